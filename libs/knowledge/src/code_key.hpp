// Codes are compared without regard to letter case: 0xc000006a and 0xC000006A are one.
#pragma once

#include <string>
#include <string_view>

#include "shuwei/base/text.hpp"

namespace shuwei::knowledge {

inline std::string code_key(std::string_view code) { return base::to_ascii_lower(code); }

}  // namespace shuwei::knowledge
