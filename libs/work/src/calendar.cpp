#include "shuwei/work/calendar.hpp"

#include <algorithm>

#include "shuwei/base/text.hpp"

namespace shuwei::work {

using base::Duration;
using base::Timestamp;

namespace {

constexpr int64_t kLongestDays = 3660;  // ten years: a bound for calendars with hardly any hours

int64_t day_of(Timestamp local) { return local >= 0 ? local / base::kDay : -((-local + base::kDay - 1) / base::kDay); }

}  // namespace

std::optional<Duration> duration_from(std::string_view text) {
    if (text.size() < 2) return std::nullopt;
    Duration unit = 0;
    switch (text.back()) {
        case 's': unit = base::kSecond; break;
        case 'm': unit = base::kMinute; break;
        case 'h': unit = base::kHour; break;
        case 'd': unit = base::kDay; break;
        default: return std::nullopt;
    }
    const auto number = base::parse_uint(text.substr(0, text.size() - 1));
    if (!number || *number > static_cast<uint64_t>(366 * base::kDay / unit)) return std::nullopt;
    return static_cast<Duration>(*number) * unit;
}

const std::vector<std::pair<Duration, Duration>>& Calendar::hours_of(int64_t day) const {
    static const std::vector<std::pair<Duration, Duration>> none;
    const int number = static_cast<int>(day);
    if (std::binary_search(hours_.extra_days.begin(), hours_.extra_days.end(), number)) return hours_.days[0];
    if (std::binary_search(hours_.holidays.begin(), hours_.holidays.end(), number)) return none;
    return hours_.days[((day % 7) + 7 + 3) % 7];  // 1970-01-01 was a Thursday
}

Timestamp Calendar::add(Timestamp start, Duration worked) const {
    worked = std::max<Duration>(worked, 0);
    if (whole_) return start + std::min(worked, kLongestDays * base::kDay);
    const Timestamp local = start + hours_.offset;
    const int64_t first = day_of(local);
    for (int64_t day = first; day < first + kLongestDays; ++day) {
        const Timestamp midnight = day * base::kDay;
        for (const auto& [from, until] : hours_of(day)) {
            const Timestamp begin = std::max(midnight + from, local);
            const Duration here = midnight + until - begin;
            if (here <= 0) continue;
            if (worked <= here) return begin + worked - hours_.offset;
            worked -= here;
        }
    }
    return start + kLongestDays * base::kDay;
}

Duration Calendar::between(Timestamp from, Timestamp until) const {
    if (until <= from) return 0;
    if (whole_) return until - from;
    const Timestamp begin = from + hours_.offset;
    const Timestamp end = until + hours_.offset;
    Duration worked = 0;
    const int64_t first = day_of(begin);
    const int64_t last = std::min(day_of(end), first + kLongestDays);
    for (int64_t day = first; day <= last; ++day) {
        const Timestamp midnight = day * base::kDay;
        for (const auto& [open, close] : hours_of(day))
            worked += std::max<Duration>(0, std::min(midnight + close, end) - std::max(midnight + open, begin));
    }
    return worked;
}

}  // namespace shuwei::work
