// Other forms of a pattern or text that the modifiers ask for: any dash before a flag, UTF-16. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shuwei/sigma/pattern.hpp"

namespace shuwei::sigma {

// A - or / that begins a flag (not behind a word character, and a word character behind it) becomes any dash.
Pattern with_dashes(const Pattern& pattern);
// Each dash spelled out, for what has to be text; dashes beyond the third stay '-'.
std::vector<Pattern> spell_dashes(const Pattern& pattern);

enum class ByteOrder { little, big };
std::string to_utf16(std::string_view utf8, ByteOrder order);

}  // namespace shuwei::sigma
