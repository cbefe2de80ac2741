#include "shuwei/detect/engine.hpp"

#include <algorithm>
#include <mutex>

#include "correlation_plan.hpp"
#include "correlation_state.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/detect/entities.hpp"
#include "shuwei/event/time_parse.hpp"
#include "shuwei/sigma/rule.hpp"

namespace shuwei::detect {

using event::Event;
using event::EventBatch;
using event::FieldValue;

void ScanResult::clear() {
    rules.reset();
    matches.clear();
    findings.clear();
}

struct Scanner::State {
    std::unique_ptr<sigma::Matcher> matcher;
    std::vector<std::string> pack_names;
    std::vector<uint32_t> numbers;

    sigma::Matcher& matcher_for(const RuleSet& rules) {
        if (matcher == nullptr || matcher->program() != rules.shared_program()) {
            matcher = std::make_unique<sigma::Matcher>(rules.shared_program());
            matcher->set_pack_names(pack_names);
        }
        return *matcher;
    }
};

Scanner::Scanner() : state_(std::make_unique<State>()) {}
Scanner::~Scanner() = default;
Scanner::Scanner(Scanner&&) noexcept = default;
Scanner& Scanner::operator=(Scanner&&) noexcept = default;

void Scanner::set_pack_names(std::vector<std::string> names) {
    state_->pack_names = std::move(names);
    if (state_->matcher != nullptr) state_->matcher->set_pack_names(state_->pack_names);
}

struct Engine::State {
    explicit State(const EngineOptions& options) : correlation(options) {}

    mutable std::mutex mutex;  // of `rules` and `value_groups`
    std::shared_ptr<const RuleSet> rules;
    std::shared_ptr<const sigma::ValueGroups> value_groups;

    mutable std::mutex correlation_mutex;
    CorrelationState correlation;
    std::shared_ptr<const RuleSet> correlated;  // keeps what `correlation` points into
    std::vector<Firing> firings;

    base::Metric* matches = nullptr;
    base::Metric* findings = nullptr;
    base::Metric* groups = nullptr;
    base::Metric* bytes = nullptr;
    base::Metric* evicted = nullptr;
    base::Metric* late = nullptr;
};

Engine::Engine(std::shared_ptr<const RuleSet> rules, EngineOptions options, base::Metrics* metrics)
    : state_(std::make_unique<State>(options)) {
    state_->rules = std::move(rules);
    if (metrics == nullptr) return;
    state_->matches = &metrics->counter("shuwei_rule_matches_total", "Detection rules that matched an event");
    state_->findings = &metrics->counter("shuwei_findings_total", "Findings of detection rules and correlations");
    state_->groups = &metrics->gauge("shuwei_correlation_groups", "Groups that correlations keep");
    state_->bytes = &metrics->gauge("shuwei_correlation_bytes", "Memory of correlation groups, about");
    state_->evicted = &metrics->counter("shuwei_correlation_evicted_total", "Correlation groups pushed out by the memory bounds");
    state_->late = &metrics->counter("shuwei_correlation_late_total", "Events too old for their correlation window");
}

Engine::~Engine() = default;

std::shared_ptr<const RuleSet> Engine::rules() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->rules;
}

void Engine::swap(std::shared_ptr<const RuleSet> rules) {
    const std::scoped_lock lock(state_->mutex);
    state_->rules = std::move(rules);
}

void Engine::set_groups(std::shared_ptr<const sigma::ValueGroups> groups) {
    const std::scoped_lock lock(state_->mutex);
    state_->value_groups = std::move(groups);
}

void Engine::scan(const EventBatch& batch, Scanner& scanner, ScanResult& out) const {
    out.clear();
    std::shared_ptr<const sigma::ValueGroups> groups;
    {
        const std::scoped_lock lock(state_->mutex);
        out.rules = state_->rules;
        groups = state_->value_groups;
    }
    const RuleSet& rules = *out.rules;
    sigma::Matcher& matcher = scanner.state_->matcher_for(rules);
    matcher.set_groups(groups);
    std::vector<uint32_t>& numbers = scanner.state_->numbers;
    for (uint32_t index = 0; index < batch.size(); ++index) {
        const Event& event = batch[index];
        numbers.clear();
        matcher.match(batch, event, numbers);
        if (numbers.empty()) continue;
        const Entities* entities = nullptr;
        Entities found;
        for (const uint32_t rule : numbers) {
            out.matches.push_back({index, rule});
            if (!rules.generates(rule)) continue;
            if (entities == nullptr) {
                found = entities_of(batch, event);
                entities = &found;
            }
            Finding finding;
            finding.rule = rules.rules()[rule];
            finding.seq = event.seq;
            finding.tenant = event.tenant;
            finding.event_index = index;
            finding.received = event.received;
            finding.time = event.time;
            finding.source = entities->source;
            finding.target = entities->target;
            finding.source_field = entities->source_field;
            finding.target_field = entities->target_field;
            finding.reason = rules.program().explain(rule, batch, event, groups.get());
            out.findings.push_back(std::move(finding));
        }
    }
    if (state_->matches != nullptr) {
        state_->matches->add(static_cast<int64_t>(out.matches.size()));
        state_->findings->add(static_cast<int64_t>(out.findings.size()));
    }
}

namespace {

constexpr size_t kMaxGroupValueBytes = 1024;

// Text of the first candidate that the event has, and the name of that field; no name when it has none.
std::string_view value_of(const EventBatch& batch, const Event& event, const std::vector<event::FieldId>& candidates, std::string& out) {
    for (const event::FieldId field : candidates) {
        const FieldValue* value = batch.find(event, field);
        if (value == nullptr || value->kind == event::ValueKind::null) continue;
        out.assign(value->text().substr(0, kMaxGroupValueBytes));
        return event::field_name(field);
    }
    out.clear();
    return {};
}

CorrelatedEvent correlated_event(const CorrelationPlan::Input& input, uint32_t number, const EventBatch& batch, uint32_t index) {
    const Event& event = batch[index];
    CorrelatedEvent made;
    made.time = event.time;
    made.received = event.received;
    made.seq = event.seq;
    made.tenant = event.tenant;
    made.event_index = index;
    made.input = number;
    made.grouped = input.group.empty();
    for (const auto& candidates : input.group) {
        std::string value;
        made.group_fields.push_back(value_of(batch, event, candidates, value));
        made.grouped = made.grouped || !made.group_fields.back().empty();
        made.group.push_back(std::move(value));
    }
    for (const auto& candidates : input.values) {
        std::string value;
        if (!value_of(batch, event, candidates, value).empty()) made.has_value = true;
        made.value += value;
        if (input.values.size() > 1) made.value += '\n';
    }
    return made;
}

// What a correlation that fired is to the correlations it feeds.
CorrelatedEvent correlated_event(const CorrelationPlan::Input& input, uint32_t number, const Firing& firing) {
    CorrelatedEvent made;
    made.time = firing.time;
    made.received = firing.received;
    made.seq = firing.seq;
    made.tenant = firing.tenant;
    made.event_index = firing.event_index;
    made.input = number;
    made.grouped = input.group_names.empty();
    const auto find = [&firing](const std::string& name) -> const CorrelationInfo::Group* {
        for (const CorrelationInfo::Group& group : firing.info.group) {
            if (group.name == name) return &group;
        }
        return nullptr;
    };
    for (const std::string& name : input.group_names) {
        const CorrelationInfo::Group* found = find(name);
        made.grouped = made.grouped || found != nullptr;
        made.group.push_back(found != nullptr ? found->value : std::string());
        made.group_fields.push_back(found != nullptr ? found->field : std::string_view());
    }
    for (const std::string& name : input.value_names) {
        const CorrelationInfo::Group* found = find(name);
        made.has_value = made.has_value || found != nullptr;
        if (found != nullptr) made.value += found->value;
        if (input.value_names.size() > 1) made.value += '\n';
    }
    return made;
}

// {"name":"text","other":"text"}; members whose text is empty are left out.
void append_texts(std::string& json, std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
    json += '{';
    for (const auto& [name, text] : members) {
        if (text.empty()) continue;
        if (json.back() != '{') json += ',';
        base::append_json_string(json, name);
        json += ':';
        base::append_json_string(json, text);
    }
    json += '}';
}

template <typename List, typename Append>
void append_list(std::string& json, std::string_view name, const List& list, Append append) {
    json += ",\"";
    json += name;
    json += "\":[";
    for (const auto& each : list) {
        if (json.back() != '[') json += ',';
        append(each);
    }
    json += ']';
}

std::string reason_of(const CorrelationPlan& plan, const Firing& firing, const RuleSet& rules) {
    const sigma::CorrelationRule& rule = *plan.rule;
    const CorrelationInfo& info = firing.info;
    std::string json = "{\"correlation\":{\"type\":";
    base::append_json_string(json, to_string(rule.type));
    json += ",\"condition\":";
    base::append_json_string(json, rule.info->condition);
    json += ",\"timespan_seconds\":" + std::to_string(rule.timespan / base::kSecond);
    append_list(json, "fields", rule.fields, [&](const std::string& field) { base::append_json_string(json, field); });
    append_list(json, "group", info.group, [&](const CorrelationInfo::Group& group) {
        append_texts(json, {{"name", group.name}, {"field", group.field}, {"value", std::string_view(group.value).substr(0, kMaxEntityBytes)}});
    });
    json += ",\"count\":" + std::to_string(info.count) + ",\"first\":\"" + event::format_rfc3339(info.first) + "\",\"last\":\"" +
            event::format_rfc3339(info.last) + '"';
    const size_t detections = rules.program().rule_count();
    append_list(json, "rules", plan.inputs, [&](const CorrelationPlan::Input& input) {
        const sigma::RuleInfo& counted = *rules.rules()[input.number + (input.correlation ? detections : 0)];
        append_texts(json, {{"id", counted.id}, {"title", counted.title}, {"title_zh", counted.title_zh}});
    });
    append_list(json, "seqs", info.seqs, [&](uint64_t seq) { json += std::to_string(seq); });
    json += "}}";
    return json;
}

}  // namespace

void Engine::correlate(const EventBatch& batch, ScanResult& result) {
    const RuleSet& rules = *result.rules;
    if (rules.plans().empty()) return;
    const std::scoped_lock lock(state_->correlation_mutex);
    CorrelationState& state = state_->correlation;
    state.use(rules);
    state_->correlated = result.rules;
    std::vector<Firing>& firings = state_->firings;
    firings.clear();
    for (const Match& match : result.matches) {
        for (const uint32_t number : rules.feeds(match.rule)) {
            const CorrelationPlan& plan = rules.plans()[number];
            for (uint32_t input = 0; input < plan.inputs.size(); ++input) {
                if (plan.inputs[input].correlation || plan.inputs[input].number != match.rule) continue;
                state.add(plan, number, correlated_event(plan.inputs[input], input, batch, match.event), firings);
            }
        }
    }
    state.close(rules, firings);
    for (size_t i = 0; i < firings.size(); ++i) {  // grows while correlations feed one another; there are no circles
        const Firing firing = firings[i];
        const CorrelationPlan& plan = rules.plans()[firing.correlation];
        for (const auto& [number, input] : plan.feeds) {
            const CorrelationPlan& fed = rules.plans()[number];
            state.add(fed, number, correlated_event(fed.inputs[input], input, firing), firings);
        }
        if (!plan.generates) continue;
        Finding finding;
        finding.rule = plan.rule->info;
        finding.seq = firing.seq;
        finding.tenant = firing.tenant;
        finding.event_index = firing.event_index;
        finding.received = firing.received;
        finding.time = firing.time;
        if (firing.event_index < batch.size() && batch[firing.event_index].seq == firing.seq) {
            Entities entities = entities_of(batch, batch[firing.event_index]);
            finding.source = std::move(entities.source);
            finding.target = std::move(entities.target);
            finding.source_field = entities.source_field;
            finding.target_field = entities.target_field;
        } else if (!firing.info.group.empty()) {
            finding.source = firing.info.group.front().value.substr(0, kMaxEntityBytes);
            finding.source_field = firing.info.group.front().field;
        }
        finding.reason = reason_of(plan, firing, rules);
        finding.correlation = firing.info;
        result.findings.push_back(std::move(finding));
        if (state_->findings != nullptr) state_->findings->add();
    }
    if (state_->groups != nullptr) {
        const CorrelationStats stats = state.stats();
        state_->groups->set(static_cast<int64_t>(stats.groups));
        state_->bytes->set(static_cast<int64_t>(stats.bytes));
        state_->evicted->set(static_cast<int64_t>(stats.evicted));
        state_->late->set(static_cast<int64_t>(stats.late));
    }
}

Engine::CorrelationStats Engine::correlation_stats() const {
    const std::scoped_lock lock(state_->correlation_mutex);
    return state_->correlation.stats();
}

}  // namespace shuwei::detect
