// Times as devices write them. Pure functions over an immutable zone database; thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::event {

// A time zone by IANA name ("Asia/Shanghai"), "UTC", or fixed offset ("+08:00"). A cheap value; keeps no lock.
class TimeZone {
public:
    static base::Result<TimeZone> find(std::string_view name);
    static TimeZone utc();
    static TimeZone china();  // Asia/Shanghai, the default where nothing is known

    // The instant of a civil time in this zone; where the clock is set back the earlier one, where it is set forward
    // the one after the gap.
    base::Timestamp to_utc(int64_t civil_nanoseconds) const;
    base::Duration offset_at(base::Timestamp time) const;  // east positive
    const std::string& name() const { return name_; }

private:
    std::string name_;
    const void* zone_ = nullptr;   // of the database, or null for a fixed offset
    base::Duration offset_ = 0;
};

// 2026-11-21T08:30:00.123456+08:00, also a space for T, a comma for the dot, Z, +0800, no zone (then `zone`).
std::optional<base::Timestamp> parse_rfc3339(std::string_view text, const TimeZone& zone);

// "Nov 21 08:30:00", also with a leading or trailing year, one-digit days padded or not. Without a year: the year that
// brings it closest to `received`, at most a day ahead of it.
std::optional<base::Timestamp> parse_syslog_time(std::string_view text, const TimeZone& zone, base::Timestamp received);

// The same two forms at the start of longer text, as syslog headers have them: the instant and the bytes it took.
struct ScannedTime {
    base::Timestamp time = 0;
    size_t size = 0;
};
std::optional<ScannedTime> scan_time(std::string_view text, const TimeZone& zone, base::Timestamp received);

// Seconds, milliseconds, microseconds or nanoseconds since the epoch, told apart by magnitude; a fraction allowed.
std::optional<base::Timestamp> parse_epoch(std::string_view text);

// A compiled strftime-like format: %Y %y %m %d %e %b %B %H %I %M %S %f (fraction) %p %z %Z %s %j %T %D %% and literals; a space
// matches any run of spaces. Packs state their formats with it.
class TimeFormat {
public:
    static base::Result<TimeFormat> compile(std::string_view format);
    // The whole text must match. A format without %Y or %y takes the year as parse_syslog_time does; one without a date
    // takes the day of `received`.
    std::optional<base::Timestamp> parse(std::string_view text, const TimeZone& zone, base::Timestamp received) const;
    const std::string& text() const { return format_; }

private:
    std::string format_;
};

// "2026-11-21T00:30:00.123456Z": RFC 3339, UTC, microseconds. Appended or returned.
void append_rfc3339(std::string& out, base::Timestamp time);
std::string format_rfc3339(base::Timestamp time);

// "now", "1h", "15m", "7d" (ago), RFC 3339, or epoch seconds: as --since and --until take them.
base::Result<base::Timestamp> parse_time_argument(std::string_view text, base::Timestamp now);

}  // namespace shuwei::event
