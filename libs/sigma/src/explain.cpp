// Why a rule matched, by walking its syntax tree over one event. Plain and slow; asked only for matches.
#include <algorithm>

#include "program_parts.hpp"
#include "shuwei/base/assert.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/sigma/value_groups.hpp"
#include "value_tests.hpp"

namespace shuwei::sigma {
namespace {

using event::Event;
using event::EventBatch;
using event::FieldValue;
using event::ValueKind;

constexpr size_t kMaxShownBytes = 256;
constexpr size_t kMaxShownSelections = 16;
constexpr size_t kMaxShownFields = 32;  // in one selection
constexpr size_t kMaxReasonBytes = 16 * 1024;  // beyond it no further field is told

struct Shown {
    std::string_view field;  // "" for keywords
    std::string value;
    std::string pattern;
};

// At most kMaxShownBytes of a value, whole characters, around what was found in it.
std::string shorten(std::string_view value, const ValueTest& test) {
    if (value.size() <= kMaxShownBytes) return std::string(value);
    size_t begin = 0;
    if (test.operation == Operation::pattern) {
        std::string_view longest;
        for (const PatternPart& part : test.pattern.parts) {
            if (part.text.size() > longest.size()) longest = part.text;
        }
        const size_t found = fold_case(value).find(fold_case(longest));
        if (found != std::string::npos && found + longest.size() > kMaxShownBytes) begin = found > 64 ? found - 64 : 0;
    }
    const auto continues = [&](size_t at) { return at < value.size() && (static_cast<uint8_t>(value[at]) & 0xC0) == 0x80; };
    while (continues(begin) && begin > 0) --begin;
    size_t end = std::min(value.size(), begin + kMaxShownBytes);
    while (continues(end) && end > begin) --end;
    return std::string(value.substr(begin, end - begin));
}

class Explainer {
public:
    Explainer(const Program::Parts& parts, const DetectionRule& rule, const EventBatch& batch, const Event& event, const ValueGroups* groups)
        : parts_(parts), rule_(rule), event_(event), groups_(groups), values_(batch.fields(event)) {}

    // Whether the condition holds; fills `selections`, by number in the rule, with what made it hold.
    bool holds(const Condition& condition, std::vector<std::pair<uint32_t, std::vector<Shown>>>& selections) {
        switch (condition.kind) {
            case Condition::Kind::selection: {
                std::vector<Shown> shown;
                if (!holds(rule_.selections[condition.selection].detection, shown)) return false;
                const bool told = std::any_of(selections.begin(), selections.end(), [&](const auto& one) { return one.first == condition.selection; });
                if (!told) selections.emplace_back(condition.selection, std::move(shown));
                return true;
            }
            case Condition::Kind::negation: {
                std::vector<std::pair<uint32_t, std::vector<Shown>>> ignored;
                return !holds(condition.children[0], ignored);
            }
            case Condition::Kind::all:
            case Condition::Kind::any:
            case Condition::Kind::at_least: {
                const size_t before = selections.size();
                size_t held = 0;
                for (const Condition& child : condition.children) held += holds(child, selections);
                const size_t needed = condition.kind == Condition::Kind::all   ? condition.children.size()
                                      : condition.kind == Condition::Kind::any ? 1
                                                                               : condition.minimum;
                if (held >= needed) return true;
                selections.resize(before);
                return false;
            }
        }
        return false;
    }

private:
    bool holds(const Detection& detection, std::vector<Shown>& shown) {
        if (detection.kind == Detection::Kind::test) return holds(detection.test, shown);
        const size_t before = shown.size();
        bool any = false;
        bool all = true;
        for (const Detection& child : detection.children) {
            const bool held = holds(child, shown);
            any = any || held;
            all = all && held;
        }
        const bool result = detection.kind == Detection::Kind::all ? all : any;
        if (!result) shown.resize(before);
        return result;
    }

    bool holds(const FieldTest& test, std::vector<Shown>& shown) {
        const size_t before = shown.size();
        bool result = test.all;
        for (const auto& alternatives : test.values) {
            const bool held = std::any_of(alternatives.begin(), alternatives.end(), [&](const ValueTest& value) { return holds(test.field, value, shown); });
            if (held == test.all) continue;
            result = held;
            break;
        }
        if (!test.negated) {
            if (!result) shown.resize(before);
            return result;
        }
        shown.resize(before);
        if (result) return false;
        std::string value;
        const auto indices = values_of(test.field);
        if (!indices.empty()) value = shorten(text_of(indices[0]), test.values[0][0]);
        shown.push_back({test.field, std::move(value), "not " + test.values[0][0].to_text()});
        return true;
    }

    std::vector<uint32_t> values_of(const std::string& field) const {
        std::vector<uint32_t> indices;
        if (field.empty()) {
            for (uint32_t i = 0; i < values_.size(); ++i) indices.push_back(i);
            if (!event_.raw.empty() && (values_.empty() || !event_.raw.starts_with('{'))) indices.push_back(static_cast<uint32_t>(values_.size()));
            return indices;
        }
        const auto slot = parts_.slot_by_name.find(slot_name(rule_.info->log_source, field));
        if (slot == parts_.slot_by_name.end()) return indices;
        for (const event::FieldId candidate : parts_.slots[slot->second]) {
            for (uint32_t i = 0; i < values_.size(); ++i) {
                if (values_[i].field == candidate) indices.push_back(i);
            }
            if (!indices.empty()) break;
        }
        return indices;
    }
    std::string_view text_of(uint32_t index) const { return index == values_.size() ? event_.raw : values_[index].text(); }
    bool is_null(uint32_t index) const { return index < values_.size() && values_[index].kind == ValueKind::null; }

    bool holds(const std::string& field, const ValueTest& test, std::vector<Shown>& shown) {
        const std::vector<uint32_t> indices = values_of(field);
        const auto show = [&](std::string value) {
            shown.push_back({field, std::move(value), test.to_text()});
            return true;
        };
        if (test.operation == Operation::exists) {
            return !indices.empty() == test.flag && show(indices.empty() ? "" : shorten(text_of(indices[0]), test));
        }
        if (test.operation == Operation::null_value) {
            const bool null = indices.empty() || std::any_of(indices.begin(), indices.end(), [&](uint32_t index) { return is_null(index); });
            return null && show("");
        }
        for (const uint32_t index : indices) {
            if (!is_null(index) && value_holds(test, text_of(index))) return show(shorten(text_of(index), test));
        }
        return false;
    }

    bool value_holds(const ValueTest& test, std::string_view text) {
        switch (test.operation) {
            case Operation::pattern:
                return test.cased ? test.pattern.matches(text) : test.pattern.folded().matches(fold_case(text));
            case Operation::regex: {
                const auto regex = PcreRegex::compile(test.text, test.regex);
                return regex && regex->search(text) == PcreRegex::Outcome::yes;
            }
            case Operation::cidr: return cidr_matches(test, text);
            case Operation::compare: return compare_matches(test, text);
            case Operation::group: {
                const ValueGroup* group = groups_ == nullptr ? nullptr : groups_->find(event_.tenant, test.text);
                return group != nullptr && group->has(text, test.anchor);
            }
            case Operation::field_reference:
                for (const uint32_t other : values_of(test.text)) {
                    if (is_null(other)) continue;
                    const bool same = test.cased ? reference_matches(test.anchor, text, text_of(other))
                                                 : reference_matches(test.anchor, fold_case(text), fold_case(text_of(other)));
                    if (same) return true;
                }
                return false;
            default: return false;
        }
    }

    const Program::Parts& parts_;
    const DetectionRule& rule_;
    const Event& event_;
    const ValueGroups* groups_;
    std::span<const FieldValue> values_;
};

}  // namespace

std::string Program::explain(uint32_t number, const EventBatch& batch, const Event& event, const ValueGroups* groups) const {
    SHUWEI_ASSERT(number < parts_->rules.size());
    const DetectionRule& rule = *parts_->rules[number];
    std::vector<std::pair<uint32_t, std::vector<Shown>>> selections;
    if (!Explainer(*parts_, rule, batch, event, groups).holds(rule.condition, selections)) selections.clear();
    std::string json = "{\"selections\":[";
    if (selections.size() > kMaxShownSelections) selections.resize(kMaxShownSelections);
    for (auto& [selection, fields] : selections) {
        if (json.back() != '[') json += ',';
        json += "{\"name\":";
        base::append_json_string(json, rule.selections[selection].name);
        json += ",\"fields\":[";
        if (fields.size() > kMaxShownFields) fields.resize(kMaxShownFields);
        for (const Shown& shown : fields) {
            if (json.size() > kMaxReasonBytes) break;
            if (json.back() != '[') json += ',';
            json += "{\"field\":";
            base::append_json_string(json, shown.field);
            json += ",\"value\":";
            base::append_json_string(json, shown.value);
            json += ",\"pattern\":";
            base::append_json_string(json, std::string_view(shown.pattern).substr(0, 1024));
            json += '}';
        }
        json += "]}";
    }
    json += "],\"condition\":";
    base::append_json_string(json, rule.info->condition);
    json += '}';
    return json;
}

}  // namespace shuwei::sigma
