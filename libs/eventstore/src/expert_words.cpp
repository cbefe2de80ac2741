#include "expert_words.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "shuwei/base/text.hpp"
#include "shuwei/event/field.hpp"

namespace shuwei::eventstore {
namespace {

using Type = ExpertType;

constexpr std::string_view kReserved[] = {
    "select", "distinct", "from", "where", "group", "by", "having", "order", "limit", "offset", "as", "and", "or", "not", "in", "like", "ilike",
    "between", "is", "null", "true", "false", "case", "when", "then", "else", "end", "asc", "desc", "with", "union", "intersect", "except",
    "join", "using", "on", "settings", "format", "into", "prewhere", "array", "final", "sample", "qualify", "window", "over", "interval",
    "cast", "exists", "any", "all", "global"};

constexpr std::pair<std::string_view, Type> kFindingsFields[] = {
    {"time", Type::time},          {"received", Type::time},            {"seq", Type::number},
    {"alert_id", Type::text},      {"rule_id", Type::text},             {"level", Type::text},
    {"reason", Type::text},        {"entity_source", Type::text},       {"entity_target", Type::text},
    {"entity_source_field", Type::text}, {"entity_target_field", Type::text}, {"shuwei.tenant", Type::text}};

}  // namespace

std::string_view to_string(ExpertType type) {
    switch (type) {
        case Type::null: return "null";
        case Type::text: return "text";
        case Type::number: return "number";
        case Type::time: return "time";
        case Type::boolean: return "boolean";
    }
    return "null";
}

bool ExpertExpression::same_as(const ExpertExpression& other) const {
    return kind == other.kind && type == other.type && text == other.text &&
           std::ranges::equal(children, other.children, [](const auto& a, const auto& b) { return a.same_as(b); });
}

bool is_expert_word(std::string_view word) {
    return std::ranges::any_of(kReserved, [&](std::string_view each) { return base::equals_ignoring_case(each, word); });
}

std::string capitals(std::string_view word) {
    std::string out(word);
    for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
}

ExpertType expert_type(char letter) {
    switch (letter) {
        case 't': return Type::text;
        case 'n': return Type::number;
        case 'd': return Type::time;
        case 'b': return Type::boolean;
        default: return Type::null;
    }
}

ExpertType event_field_type(std::string_view name) {
    const event::FieldId id = event::find_field(name);
    if (id == event::kNoField || event::field_info(id) == nullptr) return Type::text;
    switch (event::field_type(id)) {
        case event::FieldType::integer:
        case event::FieldType::number: return Type::number;
        case event::FieldType::boolean: return Type::boolean;
        case event::FieldType::timestamp: return Type::time;
        default: return Type::text;
    }
}

std::optional<ExpertType> findings_field_type(std::string_view name) {
    const auto known = std::ranges::find_if(kFindingsFields, [&](const auto& each) { return each.first == name; });
    if (known == std::end(kFindingsFields)) return std::nullopt;
    return known->second;
}

std::optional<int64_t> parse_expert_span(std::string_view text) {
    text = base::trim(text);
    size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
    const auto number = base::parse_int(text.substr(0, digits));
    std::string unit = base::to_ascii_lower(base::trim(text.substr(digits)));
    if (unit.size() > 1 && unit.ends_with('s')) unit.pop_back();
    constexpr std::pair<std::string_view, int64_t> kUnits[] = {
        {"second", 1}, {"sec", 1},     {"s", 1},       {"minute", 60},  {"min", 60},      {"m", 60},
        {"hour", 3600}, {"h", 3600},   {"day", 86400}, {"d", 86400},    {"week", 604800}, {"w", 604800}};
    for (const auto& [name, seconds] : kUnits) {
        if (unit == name && number && *number > 0 && *number <= 100'000) return *number * seconds;
    }
    return std::nullopt;
}

}  // namespace shuwei::eventstore
