// The syntax trees of rules, after modifiers have been applied and the condition has been resolved against the
// selections. Made by the parser, read by the compiler, explain and converters. Immutable once loaded.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/ip_address.hpp"
#include "shuwei/sigma/pattern.hpp"
#include "shuwei/sigma/rule_info.hpp"

namespace shuwei::sigma {

enum class Operation : uint8_t {
    pattern,          // `pattern` matches the whole value
    regex,            // `text` found in the value
    cidr,             // the value is an address inside `network`
    exists,           // the field is there (`flag` true) or not
    null_value,       // the field is missing or null
    field_reference,  // the value equals that of field `text` (or begins, ends with, contains it)
    compare,          // the value (or `time_part` of it) as a number stands in `comparison` to `number`
    never,            // a placeholder without values, inside other text
    group,            // the value is one of (`anchor`: begins, ends with, contains one of) what placeholder `text` stands for
};
enum class Comparison : uint8_t { eq, ne, lt, lte, gt, gte };
enum class TimePart : uint8_t { none, minute, hour, day, week, month, year };
enum class Anchor : uint8_t { whole, starts, ends, contains };
std::string_view to_string(Comparison comparison);  // "gte"
std::string_view to_string(TimePart part);          // "hour"

struct RegexFlags {
    bool ignore_case = false;
    bool multi_line = false;
    bool dot_all = false;
    bool operator==(const RegexFlags&) const = default;
};

// One value of a field test.
struct ValueTest {
    Operation operation = Operation::pattern;
    bool cased = false;
    bool flag = false;
    Comparison comparison = Comparison::eq;
    TimePart time_part = TimePart::none;
    Anchor anchor = Anchor::whole;
    RegexFlags regex;
    Pattern pattern;
    std::string text;   // expression, network, field name
    double number = 0;
    base::IpNetwork network;

    std::string to_text() const;  // for people: "*\certutil.exe", "10.0.0.0/8", ">= 5"
};

// `Field|modifiers: values`. Each value may have become several alternatives (windash, base64offset, expand).
struct FieldTest {
    std::string field;      // empty: keywords, searched in the raw line and in every value
    std::string modifiers;  // as written, "contains|all"
    bool all = false;       // every value must match, else one of them
    bool negated = false;   // neq
    uint32_t line = 0;
    std::vector<std::vector<ValueTest>> values;
};

// The body of a selection: maps are `all`, lists are `any`.
struct Detection {
    enum class Kind : uint8_t { all, any, test };
    Kind kind = Kind::all;
    std::vector<Detection> children;
    FieldTest test;
};

struct Selection {
    std::string name;
    uint32_t line = 0;
    Detection detection;
};

struct Condition {
    enum class Kind : uint8_t { all, any, negation, selection, at_least };
    Kind kind = Kind::selection;
    uint32_t selection = 0;  // number into DetectionRule::selections
    uint32_t minimum = 0;    // at_least: that many of the children
    std::vector<Condition> children;
};

struct DetectionRule {
    RuleHandle info;
    std::vector<Selection> selections;
    Condition condition;
};

enum class CorrelationType : uint8_t {
    event_count,
    value_count,
    temporal,
    temporal_ordered,
    value_sum,
    value_avg,
    value_percentile,
};
std::string_view to_string(CorrelationType type);

struct Bound {
    Comparison comparison = Comparison::gte;
    double value = 0;
};

struct FieldAlias {
    std::string alias;
    std::vector<std::pair<std::string, std::string>> fields;  // rule name or id -> field
};

struct CorrelationRule {
    RuleHandle info;
    CorrelationType type = CorrelationType::event_count;
    std::vector<std::string> rules;  // names or ids, as written
    std::vector<std::string> group_by;
    std::vector<FieldAlias> aliases;
    base::Duration timespan = 0;
    std::vector<Bound> bounds;       // all must hold; empty only for temporal types
    std::vector<std::string> fields; // condition.field
    bool generate = false;           // the rules referred to fire by themselves, too

    // Filled by the loader: what `rules` refer to, in order.
    struct Reference {
        bool correlation = false;
        uint32_t number = 0;         // into the collection's detections or correlations
    };
    std::vector<Reference> references;
};

// A global filter: what it adds to the rules it names.
struct FilterRule {
    RuleHandle info;
    bool any = false;                // rules: any
    std::vector<std::string> rules;  // names or ids
    std::vector<Selection> selections;
    Condition condition;
};

}  // namespace shuwei::sigma
