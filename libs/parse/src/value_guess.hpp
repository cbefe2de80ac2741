// What a value looks like and what it may be called: the guesses of suggest_pack. Pure functions; views into the text.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace shuwei::parse {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

enum class ValueClass : uint8_t { text, integer, address, time };
ValueClass class_of(const std::vector<std::string_view>& values);

// The format of `@timestamp` that reads it; empty when none is known.
std::string time_format(std::string_view value);

// The field for a device's key with such a value ("srcip" -> source.ip); empty: no guess.
std::string field_for_key(std::string_view key, std::string_view value);

// The field for values of a class behind the word `before`, none of `taken`; empty: no guess.
std::string field_for_place(ValueClass kind, std::string_view before, const std::set<std::string>& taken);

// A piece of a message, and what stands between it and the next.
struct Word {
    std::string_view text;
    std::string_view gap;
};
std::vector<Word> words_of(std::string_view message);
// Whether two messages are of one form.
bool alike(const std::vector<Word>& a, const std::vector<Word>& b);
// Whether a word seen once is likely another in the next line.
bool varies_by_itself(std::string_view word);

}  // namespace shuwei::parse
