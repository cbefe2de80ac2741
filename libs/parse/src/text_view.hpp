// Searching in text, for the decoders' inner loops.
#pragma once

#include <cstring>
#include <string_view>

namespace shuwei::parse {

// First occurrence of `wanted` (not empty) at or behind `from`, or npos.
inline size_t find_text(std::string_view text, std::string_view wanted, size_t from) {
    if (from >= text.size()) return std::string_view::npos;  // an empty text may have no address
    const char* begin = text.data() + from;
    const size_t left = text.size() - from;
    const void* found = wanted.size() == 1 ? std::memchr(begin, wanted[0], left)
                                           : memmem(begin, left, wanted.data(), wanted.size());
    return found == nullptr ? std::string_view::npos : static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool is_hex_digit(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
inline unsigned hex_value(char c) {
    return static_cast<unsigned>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
}

inline bool all_digits(std::string_view text) {
    for (const char c : text) {
        if (!is_digit(c)) return false;
    }
    return !text.empty();
}

}  // namespace shuwei::parse
