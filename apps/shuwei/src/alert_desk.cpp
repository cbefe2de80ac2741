#include "alert_desk.hpp"

#include "shuwei/base/ip_address.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/detect/entities.hpp"
#include "shuwei/ledger/checkpoint_store.hpp"

namespace shuwei::app {
namespace {

using base::Result;
using pipeline::DeskFinding;

work::Entity to_entity(const std::string& value, std::string_view field) {
    work::Entity entity;
    if (value.empty()) return entity;
    entity.value = value;
    entity.field = field;
    entity.kind = detect::entity_kind(field);
    if (entity.kind == "other" && base::IpAddress::parse(value)) entity.kind = "ip";
    return entity;
}

triage::FindingInput to_input(const DeskFinding& desk_finding) {
    const detect::Finding& finding = desk_finding.finding;
    const sigma::RuleInfo& rule = *finding.rule;
    triage::FindingInput input;
    input.tenant = finding.tenant;
    input.seq = finding.seq;
    input.event_time = finding.time;
    input.received = finding.received;
    input.rule_id = rule.id;
    input.rule_title = rule.title;
    input.rule_title_zh = rule.title_zh;
    input.level = work::severity_from(sigma::to_string(rule.level)).value_or(work::Severity::medium);
    input.tags = rule.tags;
    input.description = rule.description_zh.empty() ? rule.description : rule.description_zh;
    input.advice = rule.advice_zh.empty() ? rule.advice_en : rule.advice_zh;
    input.reason_json = finding.reason;
    input.source = to_entity(finding.source, finding.source_field);
    input.target = to_entity(finding.target, finding.target_field);
    input.alert_id = base::parse_int(desk_finding.alert_id).value_or(0);
    input.keep_event = desk_finding.keep_event;
    input.event_json = desk_finding.event_json;
    return input;
}

std::vector<triage::FindingInput> to_inputs(std::span<const DeskFinding> findings) {
    std::vector<triage::FindingInput> inputs;
    inputs.reserve(findings.size());
    for (const DeskFinding& finding : findings) inputs.push_back(to_input(finding));
    return inputs;
}

}  // namespace

Result<> AlertDesk::assign(std::span<DeskFinding> findings) {
    auto inputs = to_inputs(findings);
    TRY(triage_.assign(inputs));
    for (size_t i = 0; i < findings.size(); ++i) {
        findings[i].alert_id = std::to_string(inputs[i].alert_id);
        findings[i].keep_event = inputs[i].keep_event;
    }
    return {};
}

Result<> AlertDesk::commit(const pipeline::Commit& commit) {
    const auto inputs = to_inputs(commit.findings);
    TRY_ASSIGN(const auto changes,
               ledger_.transaction([&](ledger::Transaction& transaction) -> Result<std::vector<triage::AlertChange>> {
                   std::vector<triage::AlertChange> changed;
                   if (!inputs.empty()) {
                       TRY_ASSIGN(changed, triage_.apply(transaction, inputs));
                   }
                   TRY(sources_.record(transaction, commit.sources));
                   for (const auto& [chain, leaves] : commit.leaves) TRY(seals_.append(transaction, chain, leaves));
                   TRY(ledger::CheckpointStore::set(transaction, kCheckpoint, commit.checkpoint));
                   return changed;
               }));
    for (const triage::AlertChange& change : changes) {
        live_.alert_changed(change.alert);
        if (change.new_case) live_.case_changed(*change.new_case);
    }
    return {};
}

Result<uint64_t> AlertDesk::checkpoint(ledger::Ledger& ledger) {
    TRY_ASSIGN(const auto stored, ledger.read([](ledger::Reader& reader) {
        return ledger::CheckpointStore::get(reader, kCheckpoint);
    }));
    return stored.value_or(0);
}

}  // namespace shuwei::app
