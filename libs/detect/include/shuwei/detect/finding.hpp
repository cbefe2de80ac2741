// A Finding: one rule fired on one event (or, for a correlation, on the event that completed it). It owns copies of
// everything it says, so it outlives its batch. A value; no shared mutable state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/sigma/rule_info.hpp"

namespace shuwei::detect {

// What a correlation counted when it fired.
struct CorrelationInfo {
    std::vector<std::pair<std::string, std::string>> group;  // group-by field (or alias) and its value
    uint64_t count = 0;                                      // events, or distinct values, inside the window
    base::Timestamp first = 0;                               // event time of the oldest counted event
    base::Timestamp last = 0;
    std::vector<uint64_t> seqs;                              // up to kMaxCorrelatedSeqs contributing events, oldest first
};
constexpr size_t kMaxCorrelatedSeqs = 100;

struct Finding {
    sigma::RuleHandle rule;           // never null
    uint64_t seq = 0;                 // of the event
    uint32_t tenant = 0;
    uint32_t event_index = 0;         // in the batch it was found in
    base::Timestamp received = 0;     // of the event
    base::Timestamp time = 0;         // of the event
    std::string source;               // who did it, "" when unknown; see entities.hpp for the policy
    std::string target;               // to whom, "" when unknown
    std::string_view source_field;    // the fields they came from, as entities.hpp says
    std::string_view target_field;
    // JSON object. Detection: {"selections":[{"name","fields":[{"field","value","pattern"}]}],"condition"};
    // correlation: {"correlation":{"type","condition","timespan","group":{…},"count","first","last","rules":[…]}}.
    std::string reason;
    std::optional<CorrelationInfo> correlation;  // only for correlation rules
};

}  // namespace shuwei::detect
