// Tokens of expert SQL. Comments, backticks, braces and the like do not exist here: they are refused with their place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shuwei/eventstore/kql.hpp"

namespace shuwei::eventstore {

struct ExpertToken {
    enum class Kind : uint8_t { word, quoted_name, text, number, sign, end };
    Kind kind = Kind::end;
    std::string text;  // of names and texts without quotes; of signs "<=", "(" ...
    size_t begin = 0, end = 0;
};

// The tokens and an `end`.
tl::expected<std::vector<ExpertToken>, QueryProblem> read_expert_tokens(std::string_view text);

QueryProblem expert_problem(std::string_view text, size_t begin, size_t end, std::string message, std::string hint = {});

}  // namespace shuwei::eventstore
