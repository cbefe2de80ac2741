// Why a rule fired: what detection wrote down, as MatchReason and AlertReason of the contract. Pure functions.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace shuwei::api {

// `text` is the JSON of a finding: detection's own form (selections with fields; see detect/finding.hpp) or the
// contract's (matches). Anything else gives an empty reason.
nlohmann::json alert_reason(std::string_view text);
nlohmann::json match_reasons(std::string_view text);  // its `matches`
// Numbers of the events that a correlation counted, oldest first; none for a detection.
std::vector<uint64_t> correlated_seqs(std::string_view text);

}  // namespace shuwei::api
