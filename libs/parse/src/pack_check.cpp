#include "shuwei/parse/pack_check.hpp"

#include "pack_check_file.hpp"
#include "shuwei/parse/parser.hpp"

namespace shuwei::parse {

using base::Result;

namespace {

std::string joined(const std::vector<std::string>& values) {
    if (values.empty()) return "(absent)";
    std::string text;
    for (const std::string& value : values) text += (text.empty() ? "" : " | ") + value;
    return text;
}

std::vector<std::string> values_of(const event::EventBatch& batch, const event::Event& event, const std::string& name) {
    std::vector<std::string> values;
    const event::FieldId field = event::find_field(name);
    for (const event::FieldValue& value : batch.fields(event)) {
        if (value.field == field && value.kind != event::ValueKind::null) values.emplace_back(value.text());
    }
    return values;
}

std::string differences(const PackCase& wanted, const PackCases& cases, const event::EventBatch& batch, const event::Event& event) {
    std::string reason;
    for (const auto& [name, expected] : wanted.expected) {
        if (name == "@timestamp" && !expected.empty()) {
            const auto time = event::parse_rfc3339(expected[0], cases.zone);
            if (!time || *time != event.time) reason += "@timestamp: expected " + expected[0] + ", got " + event::format_rfc3339(event.time) + "\n";
            continue;
        }
        const std::vector<std::string> values = values_of(batch, event, name);
        if (values != expected) reason += name + ": expected " + joined(expected) + ", got " + joined(values) + "\n";
    }
    if (!reason.empty()) reason.pop_back();
    return reason;
}

}  // namespace

std::string CaseFailure::to_string() const {
    return file.string() + ":" + std::to_string(line) + (name.empty() ? "" : " (" + name + ")") + ": " + reason;
}

Result<CaseReport> check_pack(const std::shared_ptr<const PackSet>& packs, uint16_t number) {
    CaseReport report;
    const PackInfo* info = packs->info(number);
    if (info == nullptr) return base::fail(base::ErrorCode::not_found, "no such pack");
    const auto file = info->folder / "cases.yaml";
    TRY_ASSIGN(const PackCases cases, read_cases(file));
    Parser parser(packs);
    event::EventBatch batch;
    SourceHint hint;
    hint.zone = &cases.zone;
    for (const PackCase& each : cases.cases) {
        ++report.cases;
        batch.clear();
        event::Event& event = batch.add_event();
        event.raw = batch.store(each.line);
        event.received = cases.received;
        const Outcome outcome = parser.parse(batch, event, hint);
        std::string reason;
        if (event.pack != number) {
            const std::string_view got = packs->name(event.pack);
            reason = "recognised as " + (got.empty() ? std::string(outcome == Outcome::partial ? "nothing: no message form matches" : "nothing") : std::string(got));
        } else {
            reason = differences(each, cases, batch, event);
        }
        if (!reason.empty()) report.failures.push_back({file, each.number, each.name, std::move(reason)});
    }
    return report;
}

Result<std::vector<std::string>> case_lines(const PackInfo& pack) {
    TRY_ASSIGN(PackCases cases, read_cases(pack.folder / "cases.yaml"));
    std::vector<std::string> lines;
    for (PackCase& each : cases.cases) lines.push_back(std::move(each.line));
    return lines;
}

}  // namespace shuwei::parse
