// Tests on single values that need no index: numbers, parts of times, networks, references. Pure; used by the matcher
// for what no table answers, and by explain.
#pragma once

#include <optional>
#include <string_view>

#include "shuwei/event/batch.hpp"
#include "shuwei/sigma/rule.hpp"

namespace shuwei::sigma {

// "12", "-3.5", "0x1F"; nothing else.
std::optional<double> number_of(std::string_view text);
bool compare_numbers(double value, Comparison comparison, double bound);
// The part of a time as the text has it: RFC 3339 (in the zone it is written with), or epoch (UTC).
std::optional<int> time_part_of(std::string_view text, TimePart part);

// Operation::compare and Operation::cidr on one value.
bool compare_matches(const ValueTest& test, std::string_view value);
bool cidr_matches(const ValueTest& test, std::string_view value);
// An address as logs write it: in brackets, with a zone, with spaces around.
std::optional<base::IpAddress> address_of(std::string_view value);
// `value` against the value of the other field, both folded already unless the test is cased.
bool reference_matches(Anchor anchor, std::string_view value, std::string_view other);

}  // namespace shuwei::sigma
