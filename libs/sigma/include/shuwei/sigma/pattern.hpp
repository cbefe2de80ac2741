// A value of a rule with wildcards, split into parts; and how text is folded so that letters compare without case.
// Values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shuwei::sigma {

struct PatternPart {
    enum class Kind : uint8_t {
        literal,  // these bytes
        any,      // *: any run of characters, also none
        one,      // ?: one UTF-8 character (one byte where the text is not UTF-8)
        dash,     // one of - / – — ―, from |windash
    };
    Kind kind = Kind::literal;
    std::string text;  // of a literal
    bool operator==(const PatternPart&) const = default;
};

struct Pattern {
    std::vector<PatternPart> parts;  // no two literals and no two `any` in a row

    // Escapes as the specification has them: \* \? are plain, \\ is one backslash, \ before anything else is itself.
    static Pattern parse(std::string_view text);
    static Pattern literal(std::string_view text);

    void append_literal(std::string_view text);
    void append(PatternPart::Kind kind);
    void prepend_any();
    void append_any() { append(PatternPart::Kind::any); }

    bool is_plain() const;           // no wildcard: at most one literal
    bool is_empty() const { return parts.empty(); }
    std::string plain_text() const;  // only when is_plain()
    std::string to_text() const;     // as one would write it in a rule
    // The whole text matches. For a pattern without regard to case pass both folded.
    bool matches(std::string_view text) const;
    Pattern folded() const;
    bool operator==(const Pattern&) const = default;
};

// Lower-cases ASCII, Latin-1, Latin Extended-A, Greek, Cyrillic, Armenian and full-width letters where the length in
// UTF-8 stays the same; everything else, broken UTF-8 included, stays. `out` needs size() bytes; text may be `out`.
void fold_case(std::string_view text, char* out);
std::string fold_case(std::string_view text);

}  // namespace shuwei::sigma
