// Small operations on text that several libraries need. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shuwei::base {

constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
std::string to_ascii_lower(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);  // ASCII letters only
std::string_view trim(std::string_view text);                      // spaces, tabs, CR, LF

// A whole decimal integer, no sign prefix '+', nothing left over.
std::optional<int64_t> parse_int(std::string_view text);
std::optional<uint64_t> parse_uint(std::string_view text);

// Appends one character; `code` is a scalar value up to U+10FFFF, no surrogate.
void append_utf8(std::string& out, uint32_t code);
bool is_valid_utf8(std::string_view text);
// `text` with every invalid byte sequence replaced by U+FFFD.
std::string replace_invalid_utf8(std::string_view text);

// Appends `text` as a JSON string with quotes; invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);  // standard alphabet, padding optional
std::string hex_encode(std::string_view bytes);

}  // namespace shuwei::base
