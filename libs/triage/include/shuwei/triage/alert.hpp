// An alert: the findings of one rule, tenant and entity pair inside a window, as it is read. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/ledger/cursor.hpp"
#include "shuwei/triage/finding_input.hpp"
#include "shuwei/work/case.hpp"

namespace shuwei::triage {

enum class AlertState { open = 0, acknowledged = 1, closed = 2 };
std::string_view to_string(AlertState state);
std::optional<AlertState> alert_state_from(std::string_view name);

struct Alert {
    int64_t id = 0;
    TenantNumber tenant = 0;
    std::string rule_id;
    std::string rule_title;
    std::string rule_title_zh;  // may be empty
    Severity severity = Severity::medium;
    AlertState state = AlertState::open;
    Verdict verdict = Verdict::undetermined;
    std::string verdict_by;          // account name; empty: nobody yet
    int64_t count = 0;               // findings applied, exactly
    base::Timestamp first_seen = 0;  // event times
    base::Timestamp last_seen = 0;
    base::Timestamp created = 0;  // when we made it
    Entity source;
    Entity target;
    // Which of the pair were dropped to bound a flood: rows of many sources or targets gathered in one.
    enum class Coalesced { none = 0, target = 1, both = 2 };
    Coalesced coalesced = Coalesced::none;
    std::vector<std::string> tags;
    std::string stage;               // ATT&CK tactic, "credential-access"; empty: unknown
    std::vector<int64_t> sparkline;  // matches between first_seen and last_seen in equal steps, at most 60
    std::string case_number;         // empty: none
    int64_t case_id = 0;
};

struct AlertDetail {
    Alert alert;
    std::string description;
    std::vector<std::string> advice;
    std::string reason_json;                // AlertReason; empty: none
    std::vector<std::string> first_events;  // Event as JSON, oldest first, at most 10
    std::vector<std::string> last_events;   // newest first, none of them in first_events, at most 10
};

enum class AlertOrder { last_seen, severity, count, first_seen };

struct AlertFilter {
    std::vector<AlertState> states;
    std::vector<Severity> severities;
    std::vector<Verdict> verdicts;
    std::string rule;                             // rule id
    std::string entity;                           // part of a source or target value
    std::string text;                             // part of the rule title, either language
    std::optional<std::string> case_number;       // empty text: alerts without a case
    std::optional<base::Timestamp> since, until;  // of last_seen
    AlertOrder order = AlertOrder::last_seen;
    int limit = 100;
    std::string cursor;
};

using SeverityCounts = std::vector<int64_t>;  // indexed by Severity, work::kSeverities long

struct AlertPage : ledger::Page<Alert> {
    SeverityCounts by_severity;
};

struct AlertUpdate {  // absent: as it is
    std::optional<Verdict> verdict;
    std::optional<AlertState> state;
    std::string comment;
};

struct AlertCaseRequest {
    std::string case_number;  // attach to this open case; empty: open a new one
    std::string title;        // of a new one; empty: made from rule and entities
    std::optional<work::ProblemLevel> level;
};

// What one apply() did to one alert.
struct AlertChange {
    Alert alert;  // as it is after the commit, without details
    bool created = false;
    int64_t added = 0;                   // findings of this apply
    std::optional<work::Case> new_case;  // opened by the policy for it
};

// Kill-chain stage of an ATT&CK tactic for people: {"credential-access", "凭据访问", "Credential access"}.
struct Stage {
    std::string_view name;
    std::string_view title_zh;
    std::string_view title_en;
    int order;  // along the chain, 1 = reconnaissance
};
const Stage* stage_named(std::string_view name);
// The furthest stage that the tags name; null when none does. Takes attack.credential_access and -access alike.
const Stage* stage_of(const std::vector<std::string>& tags);

}  // namespace shuwei::triage
