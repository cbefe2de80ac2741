#include "alert_rows.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace shuwei::triage {

using base::Result;
using ledger::Row;

Alert alert_of(const Row& row) {
    Alert alert;
    alert.id = row.integer("id");
    alert.tenant = static_cast<TenantNumber>(row.integer("tenant"));
    alert.rule_id = row.text("rule_id");
    alert.rule_title = row.text("rule_title");
    alert.rule_title_zh = row.text("rule_title_zh");
    alert.severity = static_cast<Severity>(row.integer("severity"));
    alert.state = static_cast<AlertState>(row.integer("state"));
    alert.verdict = static_cast<Verdict>(row.integer("verdict"));
    alert.verdict_by = row.text("verdict_by");
    alert.count = row.integer("count");
    alert.first_seen = row.integer("first_seen");
    alert.last_seen = row.integer("last_seen");
    alert.created = row.integer("created");
    alert.source = {row.text("source_kind"), row.text("source_value"), row.text("source_field"),
                    row.text("source_label")};
    alert.target = {row.text("target_kind"), row.text("target_value"), row.text("target_field"),
                    row.text("target_label")};
    alert.coalesced = static_cast<Alert::Coalesced>(row.integer("coalesced"));
    alert.tags = decode_list(row.text("tags"));
    alert.stage = row.text("stage");
    alert.sparkline = Sparkline::decode(row.text("sparkline")).between(alert.first_seen, alert.last_seen);
    alert.case_id = row.integer("case_id");
    alert.case_number = row.text("case_number");
    return alert;
}

std::string encode_list(const std::vector<std::string>& items) {
    return nlohmann::json(items).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<std::string> decode_list(std::string_view text) {
    std::vector<std::string> items;
    const auto list = nlohmann::json::parse(text, nullptr, false);
    if (!list.is_array()) return items;
    for (const auto& item : list)
        if (item.is_string()) items.push_back(item.get<std::string>());
    return items;
}

std::string title_of(const Alert& alert) {
    std::string title = alert.rule_title_zh.empty() ? alert.rule_title : alert.rule_title_zh;
    const auto named = [](const Entity& entity) { return entity.label.empty() ? entity.value : entity.label; };
    if (!alert.source.empty() && !alert.target.empty()) {
        title += fmt::format("：{} → {}", named(alert.source), named(alert.target));
    } else if (!alert.source.empty() || !alert.target.empty()) {
        title += fmt::format("：{}", named(alert.source.empty() ? alert.target : alert.source));
    }
    // Cut at a character boundary: a case's title has 256 characters, and long entities end anywhere.
    constexpr size_t kBytes = 250;
    if (title.size() > kBytes) {
        size_t end = kBytes;
        while (end > 0 && (static_cast<unsigned char>(title[end]) & 0xC0) == 0x80) --end;
        title.resize(end);
        title += "…";
    }
    return title;
}

work::CaseDesk::AttachedAlert attached(const Alert& alert) {
    return {.id = alert.id, .title = title_of(alert), .events = alert.count, .severity = alert.severity};
}

std::string case_key_of(const Alert& alert) {
    const Entity& who = alert.source.empty() ? alert.target : alert.source;
    if (who.empty()) return rule_case_key_of(alert);
    return fmt::format("entity:{}:{}", who.kind, who.value);
}

std::string rule_case_key_of(const Alert& alert) { return "rule:" + alert.rule_id; }

Result<> set_case(ledger::Transaction& transaction, int64_t alert_id, const work::Case& its_case) {
    TRY(transaction.execute("UPDATE alert SET case_id = ?, case_number = ? WHERE id = ?",
                            {its_case.id, its_case.number, alert_id}));
    return {};
}

}  // namespace shuwei::triage
