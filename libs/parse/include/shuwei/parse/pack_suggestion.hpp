// A first pack for lines that nobody knows yet: what kind of text they are, what stands between the values, what the values
// look like. Guesses that a person then mends; a text that makes no sense still gives a pack that compiles. A free function,
// any thread; linear in the lines.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace shuwei::parse {

enum class LineShape : uint8_t { words, key_value, delimited, json, cef, leef };
std::string_view to_string(LineShape shape);

struct PackSuggestion {
    LineShape shape = LineShape::words;
    std::string yaml;  // pack.yaml
};

constexpr size_t kMaxSuggestionLines = 200;

// `name` is what the pack is called. Lines are UTF-8; a syslog header is seen and left out.
PackSuggestion suggest_pack(std::span<const std::string> lines, std::string_view name);

}  // namespace shuwei::parse
