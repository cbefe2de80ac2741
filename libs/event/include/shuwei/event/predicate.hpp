// Predicate: a condition on one event, as a tree. KQL, saved views and rule conversion build it; the event store turns
// it into SQL; matches() evaluates it on an event in memory with the same meaning.
//
// Meaning, the same everywhere:
// - A comparison of a field is true when any of the field's values satisfies it; an absent field satisfies none.
//   A null value counts as absent.
// - ASCII letter case is ignored in text, as in device logs `Administrator` and `administrator` are one account.
// - What a value is compared as follows from the catalogue: ip by address, integer / number by value, timestamp by
//   instant in microseconds, the rest as text. Where the stored or the asked value is not of the field's type, equals
//   compares text and the order comparisons are false. Order comparisons of text: numeric when the asked value is a
//   number (stored values that are none are false), else bytewise.
// - Free text is looked for in its UTF-8 bytes and, when it is not ASCII, in its GB18030 bytes too, as many Chinese
//   devices send that and the raw line is kept as it came.
// - `event.original` is the raw line, `@timestamp`, `event.ingested`, `log.source.address`, `shuwei.seq` are the
//   members of Event.
// A Predicate is a value; no shared state.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/event/batch.hpp"

namespace shuwei::event {

enum class Comparison : uint8_t {
    exists,         // the field has a value; `value` is not used
    equals,
    wildcard,       // `value` is a pattern: * any run, ? any one character, \ takes the next character as it is
    less,
    less_equal,
    greater,
    greater_equal,
    network,        // `value` is "10.0.0.0/8"; an address inside it
};
std::string_view to_string(Comparison comparison);

struct Predicate {
    enum class Kind : uint8_t {
        everything,  // true for every event
        all_of,      // of `children`; true when there are none
        any_of,      // of `children`; false when there are none
        negation,    // of the one child
        field,       // `field` `comparison` `value`
        free_text,   // the raw line contains `value`, ASCII letter case ignored
    };

    Kind kind = Kind::everything;
    Comparison comparison = Comparison::equals;
    std::string field;
    std::string value;
    std::vector<Predicate> children;

    static Predicate all_of(std::vector<Predicate> children);
    static Predicate any_of(std::vector<Predicate> children);
    static Predicate negation(Predicate child);
    static Predicate compare(std::string field, Comparison comparison, std::string value);
    static Predicate exists(std::string field);
    static Predicate free_text(std::string text);

    bool operator==(const Predicate&) const = default;

    size_t depth() const;  // 1 for a leaf
    size_t terms() const;  // leaves
    // Calls `visit` for every leaf of kind field and free_text, in order; the second form may rewrite them.
    void for_each_term(const std::function<void(const Predicate&)>& visit) const;
    void for_each_term(const std::function<void(Predicate&)>& visit);
    // For logs and tests: (user.name = "root" and not text "cron")
    std::string to_string() const;
};

// Whether the event satisfies the predicate: the reference meaning, one pass over the fields per term.
// `pack_name` is what shuwei.pack is compared with (Event carries a number only).
bool matches(const Predicate& predicate, const EventBatch& batch, const Event& event, std::string_view pack_name = {});

// Pattern of Comparison::wildcard against text, ASCII letter case ignored; linear in text x stars.
bool wildcard_matches(std::string_view pattern, std::string_view text);
// `text` with * ? \ escaped, so that as a pattern it matches itself.
std::string escape_wildcard(std::string_view text);

// The byte strings that free text is looked for as: UTF-8 and, where it differs, GB18030.
std::vector<std::string> free_text_spellings(std::string_view text);
// A value of a timestamp field: RFC 3339 (without a zone: Asia/Shanghai) or a date alone; whole microseconds.
std::optional<base::Timestamp> parse_time_value(std::string_view text);
// A decimal number as JSON writes it, finite.
std::optional<double> parse_number_value(std::string_view text);

}  // namespace shuwei::event
