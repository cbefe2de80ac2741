// The functions and operators that expert SQL knows: their arguments, and the text each becomes. Constants.
#pragma once

#include <span>
#include <string_view>

#include "shuwei/eventstore/expert_sql.hpp"

namespace shuwei::eventstore {

// Arguments as letters: t text, n number, d time, b boolean, x anything; capital: must be a literal. '?' behind a
// letter: may be left out, '*' : any number more of it (it is the last). `sql` has $1, $2 ... for the arguments, $* for
// all with commas. Result: a letter as above, 'x' for the type of the first argument.
struct ExpertFunction {
    std::string_view name;
    std::string_view arguments;
    char result;
    bool aggregate;
    std::string_view sql;  // empty: the emitter writes it itself
    std::string_view help;
};

std::span<const ExpertFunction> expert_functions();
const ExpertFunction* find_expert_function(std::string_view name);  // letter case ignored

}  // namespace shuwei::eventstore
