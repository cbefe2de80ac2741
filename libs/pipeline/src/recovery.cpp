#include "recovery.hpp"

#include <algorithm>

#include "shuwei/event/field.hpp"

namespace shuwei::pipeline {

using base::Result;

namespace {

// `name` for ever, as a finding wants it.
std::string_view kept_name(std::string_view name) {
    const event::FieldId field = event::intern_field(name);
    return field == event::kNoField ? std::string_view() : event::field_name(field);
}

// A stored finding read back: its rule as it is now, or what its row still says when the rule has gone.
DeskFinding from_row(uint32_t tenant, const eventstore::Finding& row, const detect::RuleSet& rules) {
    DeskFinding desk_finding;
    detect::Finding& finding = desk_finding.finding;
    finding.rule = rules.find(row.rule_id);
    if (!finding.rule) {
        auto rule = std::make_shared<sigma::RuleInfo>();
        rule->id = row.rule_id;
        rule->title = row.rule_id;
        rule->level = sigma::parse_level(row.level).value_or(sigma::Level::medium);
        rule->content_hash = row.rule_hash;
        finding.rule = std::move(rule);
    }
    finding.seq = row.seq;
    finding.tenant = tenant;
    finding.received = row.received;
    finding.time = row.time;
    finding.source = row.entity_source;
    finding.target = row.entity_target;
    finding.source_field = kept_name(row.entity_source_field);
    finding.target_field = kept_name(row.entity_target_field);
    finding.reason = row.reason;
    desk_finding.alert_id = row.alert_id;
    return desk_finding;
}

}  // namespace

Result<Recovery> Recovery::read(eventstore::EventStore& store, uint64_t checkpoint, const detect::RuleSet& rules,
                                Desk& desk) {
    Recovery recovery;
    TRY_ASSIGN(const auto tenants, store.tenants());
    std::vector<DeskFinding> found;
    for (const uint32_t tenant : tenants) {
        TRY_ASSIGN(auto seqs, store.present(tenant, checkpoint + 1));
        if (!seqs.empty()) recovery.events_[tenant] = std::move(seqs);
        TRY_ASSIGN(const auto rows, store.findings_from(tenant, checkpoint + 1));
        for (const eventstore::Finding& row : rows) {
            found.push_back(from_row(tenant, row, rules));
            recovery.finding_keys_.emplace(row.seq, row.rule_id);
        }
    }
    if (found.empty()) return recovery;
    std::sort(found.begin(), found.end(),
              [](const DeskFinding& a, const DeskFinding& b) { return a.finding.seq < b.finding.seq; });
    TRY(desk.assign(found));
    for (DeskFinding& finding : found) recovery.findings_.emplace(finding.finding.seq, std::move(finding));
    return recovery;
}

bool Recovery::is_stored(uint32_t tenant, uint64_t seq) const {
    if (events_.empty()) return false;
    const auto found = events_.find(tenant);
    return found != events_.end() && std::binary_search(found->second.begin(), found->second.end(), seq);
}

bool Recovery::is_stored(const detect::Finding& finding) const {
    return !finding_keys_.empty() && finding_keys_.contains({finding.seq, finding.rule->id});
}

std::vector<DeskFinding> Recovery::take_findings(uint64_t last_seq) {
    std::vector<DeskFinding> taken;
    while (!findings_.empty() && findings_.begin()->first <= last_seq) {
        taken.push_back(std::move(findings_.begin()->second));
        findings_.erase(findings_.begin());
    }
    return taken;
}

}  // namespace shuwei::pipeline
