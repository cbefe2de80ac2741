// Alerts between rows and values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shuwei/ledger/transaction.hpp"
#include "shuwei/triage/alert.hpp"
#include "shuwei/work/case_desk.hpp"
#include "sparkline.hpp"

namespace shuwei::triage {

constexpr std::string_view kAlertColumns =
    "a.id AS id, a.tenant AS tenant, a.rule_id AS rule_id, a.rule_title AS rule_title, "
    "a.rule_title_zh AS rule_title_zh, a.severity AS severity, a.state AS state, a.verdict AS verdict, "
    "a.verdict_by AS verdict_by, a.count AS count, a.first_seen AS first_seen, a.last_seen AS last_seen, "
    "a.created AS created, a.source_kind AS source_kind, a.source_value AS source_value, "
    "a.source_field AS source_field, a.source_label AS source_label, a.target_kind AS target_kind, "
    "a.target_value AS target_value, a.target_field AS target_field, a.target_label AS target_label, "
    "a.coalesced AS coalesced, a.tags AS tags, a.stage AS stage, a.sparkline AS sparkline, "
    "coalesce(a.case_id, 0) AS case_id, a.case_number AS case_number";

Alert alert_of(const ledger::Row& row);

// Lists of short texts in one column, as JSON.
std::string encode_list(const std::vector<std::string>& items);
std::vector<std::string> decode_list(std::string_view text);

// "规则标题：203.0.113.9 → web-01"; Chinese title where there is one.
std::string title_of(const Alert& alert);

work::CaseDesk::AttachedAlert attached(const Alert& alert);

// What alerts of one trouble join a case by.
std::string case_key_of(const Alert& alert);
std::string rule_case_key_of(const Alert& alert);

// The case says which number the alert's row must bear.
base::Result<> set_case(ledger::Transaction& transaction, int64_t alert_id, const work::Case& its_case);

}  // namespace shuwei::triage
