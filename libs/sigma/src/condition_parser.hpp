// The condition language: or < and < not < "x of y" < parentheses. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/sigma/rule.hpp"

namespace shuwei::sigma {

constexpr size_t kMaxConditionBytes = 16 * 1024;
constexpr size_t kMaxConditionDepth = 64;

// `selections` are those of the rule; `used` (same length) is marked for each selection that the condition names.
base::Result<Condition> parse_condition(std::string_view text, const std::vector<Selection>& selections,
                                        std::vector<char>& used);

}  // namespace shuwei::sigma
