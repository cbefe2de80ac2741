// Working time: which seconds of the week count for a clock (7x24, 5x8 with holidays). Pure arithmetic on
// timestamps; immutable after loading, so thread-safe.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "shuwei/base/clock.hpp"

namespace shuwei::work {

// "300s", "15m", "2h", "3d", up to 366 days; as content files write durations.
std::optional<base::Duration> duration_from(std::string_view text);

class Calendar {
public:
    // Every second counts.
    static Calendar around_the_clock() { return Calendar(); }

    struct Hours {
        // [from, to) of each weekday (0 = Monday) as offsets from local midnight, in order, not overlapping
        std::vector<std::pair<base::Duration, base::Duration>> days[7];
        std::vector<int> holidays;                // days since 1970-01-01, sorted: nothing counts
        std::vector<int> extra_days;              // working days by decree (调休), sorted: hours of Monday
        base::Duration offset = 8 * base::kHour;  // local time minus UTC
    };
    // At least one weekday must have hours.
    static Calendar with_hours(Hours hours) {
        Calendar c;
        c.whole_ = false;
        c.hours_ = std::move(hours);
        return c;
    }

    // The moment when `worked` of working time has passed after `start`; beyond ten years: that far.
    base::Timestamp add(base::Timestamp start, base::Duration worked) const;
    // Working time between the two; 0 when until <= from.
    base::Duration between(base::Timestamp from, base::Timestamp until) const;

private:
    const std::vector<std::pair<base::Duration, base::Duration>>& hours_of(int64_t day) const;

    bool whole_ = true;
    Hours hours_;
};

}  // namespace shuwei::work
