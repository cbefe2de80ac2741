// Whether bytes are UTF-8, at the speed of memory.
#pragma once

#include <string_view>

namespace shuwei::parse {
bool is_utf8(std::string_view text);
}
