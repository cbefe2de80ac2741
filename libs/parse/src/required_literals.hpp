// What text must hold for a regular expression to match it: "any of these literals". Pure function.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shuwei::parse {

struct RequiredLiterals {
    std::vector<std::string> any_of;  // none empty
    bool caseless = false;
    int rarity = 0;                   // of the commonest of them: how little of other text has it
};

// The rarest such set; none when the expression needs no text of its own. Knows what expressions of packs look like and
// gives up, never errs, where it does not.
std::optional<RequiredLiterals> required_literals(std::string_view regex);

// How rarely a literal turns up in text of others: its bytes weighted.
int rarity_of(std::string_view literal);

}  // namespace shuwei::parse
