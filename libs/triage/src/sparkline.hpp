// Counts over time in at most 60 equal steps of whole minutes: the step doubles when the span outgrows it, so an alert
// of any length keeps a bounded row. A value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/clock.hpp"

namespace shuwei::triage {

class Sparkline {
public:
    void add(base::Timestamp at);

    // The counts from the step of `first` to that of `last`.
    std::vector<int64_t> between(base::Timestamp first, base::Timestamp last) const;

    std::string encode() const;                      // "start;step;1,0,3", times in minutes
    static Sparkline decode(std::string_view text);  // empty for what is not of that form

    static constexpr size_t kSteps = 60;

private:
    void widen();

    int64_t start_ = 0;  // minutes since the epoch
    int64_t step_ = 1;   // minutes
    std::vector<int64_t> counts_;
};

}  // namespace shuwei::triage
