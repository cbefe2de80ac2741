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
    struct Group {
        std::string name;        // group-by field (or alias) as the rule calls it
        std::string_view field;  // the event's field it was found in, a name that is kept for ever; empty with the value
        std::string value;
        bool operator==(const Group&) const = default;
    };
    std::vector<Group> group;
    uint64_t count = 0;          // events, or distinct values, inside the window
    base::Timestamp first = 0;   // event time of the oldest counted event
    base::Timestamp last = 0;
    std::vector<uint64_t> seqs;  // the latest kMaxCorrelatedSeqs counted events (of a value: its latest), oldest first
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
    // correlation: {"correlation":{"type","condition","timespan_seconds","fields":[…],"group":[{"name","field","value"}],
    // "count","first","last","rules":[{"id","title","title_zh"}],"seqs":[…]}}, "fields" being what values are counted of.
    std::string reason;
    std::optional<CorrelationInfo> correlation;  // only for correlation rules
};

}  // namespace shuwei::detect
