#include "correlation_parser.hpp"

#include <charconv>
#include <cmath>

#include "modifiers.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::sigma {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;

constexpr size_t kMaxCorrelatedRules = 1'000;

Result<std::vector<std::string>> read_texts(const YamlNode& node, std::string_view what) {
    std::vector<std::string> texts;
    if (node.is_scalar()) {
        texts.push_back(node.text);
    } else if (node.is_list()) {
        for (const YamlNode& item : node.items) {
            if (!item.is_scalar() || item.text.empty()) return fail(problem_at(item.line, "'" + std::string(what) + "' must be a list of texts"));
            texts.push_back(item.text);
        }
    } else {
        return fail(problem_at(node.line, "'" + std::string(what) + "' must be a list of texts, found " + std::string(node.kind_name())));
    }
    if (texts.empty()) return fail(problem_at(node.line, "'" + std::string(what) + "' is empty"));
    if (texts.size() > kMaxCorrelatedRules) return fail(problem_at(node.line, "'" + std::string(what) + "' has more than 1000 entries"));
    return texts;
}

bool counts_values(CorrelationType type) {
    return type == CorrelationType::value_count || type == CorrelationType::value_sum || type == CorrelationType::value_avg ||
           type == CorrelationType::value_percentile;
}

Result<> read_condition(const YamlNode& node, CorrelationRule& rule, RuleInfo& info) {
    if (!node.is_map()) {
        return fail(problem_at(node.line, "the condition of a correlation is a map like 'gte: 10', found " + std::string(node.kind_name())));
    }
    for (size_t i = 0; i < node.members.size(); ++i) {
        const auto& [key, value] = node.members[i];
        if (key == "field") {
            TRY_ASSIGN(rule.fields, read_texts(value, "field"));
            continue;
        }
        if (key == "percentile") continue;
        constexpr std::pair<std::string_view, Comparison> kComparisons[] = {
            {"eq", Comparison::eq}, {"neq", Comparison::ne}, {"lt", Comparison::lt},
            {"lte", Comparison::lte}, {"gt", Comparison::gt}, {"gte", Comparison::gte}};
        Bound bound;
        bool known = false;
        for (const auto& [name, comparison] : kComparisons) {
            if (name != key) continue;
            known = true;
            bound.comparison = comparison;
        }
        if (!known) return fail(problem_at(node.member_lines[i], "unknown comparison '" + key + "' in the condition"));
        const char* begin = value.text.data();
        const auto [end, error] = std::from_chars(begin, begin + value.text.size(), bound.value);
        if (!value.is_scalar() || value.text.empty() || error != std::errc{} || end != begin + value.text.size() || !std::isfinite(bound.value)) {
            return fail(problem_at(node.member_lines[i], "'" + key + "' needs a number"));
        }
        rule.bounds.push_back(bound);
        if (!info.condition.empty()) info.condition += " and ";
        info.condition += key + " " + value.text;
    }
    return {};
}

Result<> read_aliases(const YamlNode& node, CorrelationRule& rule) {
    if (!node.is_map()) return fail(problem_at(node.line, "'aliases' must be a map, found " + std::string(node.kind_name())));
    for (const auto& [name, fields] : node.members) {
        if (!fields.is_map()) return fail(problem_at(fields.line, "the alias '" + name + "' must be a map from rules to fields"));
        FieldAlias alias;
        alias.alias = name;
        for (const auto& [rule_name, field] : fields.members) {
            if (!field.is_scalar()) return fail(problem_at(field.line, "expected the name of a field"));
            alias.fields.emplace_back(rule_name, field.text);
        }
        rule.aliases.push_back(std::move(alias));
    }
    return {};
}

}  // namespace

Result<base::Duration> parse_timespan(std::string_view text) {
    const std::string_view shown = text;
    text = base::trim(text);
    base::Duration unit = 0;
    if (!text.empty()) {
        switch (text.back()) {
            case 's': unit = base::kSecond; break;
            case 'm': unit = base::kMinute; break;
            case 'h': unit = base::kHour; break;
            case 'd': unit = base::kDay; break;
            case 'w': unit = 7 * base::kDay; break;
            default: break;
        }
        text.remove_suffix(1);
    }
    const auto number = base::parse_uint(text);
    constexpr uint64_t kMaxDays = 366;
    if (unit == 0 || !number.has_value() || *number == 0 || *number > kMaxDays * static_cast<uint64_t>(base::kDay / unit) + 1) {
        return fail(ErrorCode::invalid_argument,
                    "'" + std::string(shown) + "' is not a time span like 30s, 90m, 12h or 7d (at most 366d)");
    }
    return static_cast<base::Duration>(*number) * unit;
}

Result<CorrelationRule> parse_correlation(const YamlNode& root, const YamlNode& node, RuleInfo& info, const std::string& file,
                                          std::vector<RuleProblem>& warnings) {
    if (!node.is_map()) return fail(problem_at(node.line, "'correlation' must be a map, found " + std::string(node.kind_name())));
    CorrelationRule rule;
    const YamlNode* type = node.find("type");
    if (type == nullptr || !type->is_scalar()) return fail(problem_at(node.line, "'type' of the correlation is missing"));
    bool known = false;
    for (int i = 0; i <= static_cast<int>(CorrelationType::value_percentile); ++i) {
        if (to_string(static_cast<CorrelationType>(i)) != type->text) continue;
        known = true;
        rule.type = static_cast<CorrelationType>(i);
    }
    if (!known) return fail(problem_at(type->line, "unknown correlation type '" + type->text + "'"));

    const YamlNode* rules = node.find("rules");
    if (rules == nullptr) return fail(problem_at(node.line, "'rules' of the correlation is missing"));
    TRY_ASSIGN(rule.rules, read_texts(*rules, "rules"));

    const YamlNode* timespan = node.find("timespan");
    if (timespan == nullptr || !timespan->is_scalar()) return fail(problem_at(node.line, "'timespan' of the correlation is missing"));
    const auto duration = parse_timespan(timespan->text);
    if (!duration) return fail(problem_at(timespan->line, duration.error().message()));
    rule.timespan = *duration;

    if (const YamlNode* group = node.find("group-by"); group != nullptr && !group->is_null()) {
        TRY_ASSIGN(rule.group_by, read_texts(*group, "group-by"));
    } else {
        warnings.push_back({file, node.line, "no 'group-by': all events of a client count together"});
    }
    if (const YamlNode* aliases = node.find("aliases"); aliases != nullptr && !aliases->is_null()) TRY(read_aliases(*aliases, rule));
    const YamlNode* condition = node.find("condition");
    if (condition != nullptr) TRY(read_condition(*condition, rule, info));
    const bool temporal = rule.type == CorrelationType::temporal || rule.type == CorrelationType::temporal_ordered;
    if (!temporal && rule.bounds.empty()) return fail(problem_at(node.line, "the condition of the correlation is missing"));
    if (counts_values(rule.type) && rule.fields.empty()) {
        return fail(problem_at(condition->line, "'" + type->text + "' needs 'field' in its condition"));
    }
    const YamlNode* generate = root.find("generate");
    if (generate == nullptr) generate = node.find("generate");
    if (generate != nullptr) rule.generate = base::equals_ignoring_case(generate->text, "true");
    return rule;
}

Result<> parse_filter_rules(const YamlNode& node, FilterRule& rule) {
    if (!node.is_map()) return fail(problem_at(node.line, "'filter' must be a map, found " + std::string(node.kind_name())));
    const YamlNode* rules = node.find("rules");
    if (rules == nullptr) return fail(problem_at(node.line, "'rules' of the filter is missing"));
    if (rules->is_scalar() && rules->text == "any") {
        rule.any = true;
        return {};
    }
    TRY_ASSIGN(rule.rules, read_texts(*rules, "rules"));
    return {};
}

}  // namespace shuwei::sigma
