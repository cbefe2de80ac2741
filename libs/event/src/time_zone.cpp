// TimeZone over Howard Hinnant's date library, which reads the system's zone files.
#define USE_OS_TZDB 1  // as Debian built libdate-tz: these three decide its layout
#define ONLY_C_LOCALE 1
#define HAS_STRING_VIEW 1
#include <date/tz.h>

#include <array>
#include <limits>

#include "shuwei/event/time_parse.hpp"

namespace shuwei::event {

using base::Duration;
using base::ErrorCode;
using base::fail;
using base::Result;
using base::Timestamp;

namespace {

// "+08:00", "+0800", "+08", "UTC+8", "GMT-05:30".
std::optional<Duration> parse_fixed_offset(std::string_view text) {
    if (text.starts_with("UTC") || text.starts_with("GMT")) text.remove_prefix(3);
    if (text.size() < 2 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
    const bool west = text[0] == '-';
    text.remove_prefix(1);
    int digits[4];
    size_t count = 0;
    size_t colon = 0;
    for (const char c : text) {
        if (c == ':' && colon == 0 && (count == 1 || count == 2)) {
            colon = count;
            continue;
        }
        if (c < '0' || c > '9' || count == 4) return std::nullopt;
        digits[count++] = c - '0';
    }
    if (count == 0 || (colon != 0 && count != colon + 2) || (colon == 0 && count == 3)) return std::nullopt;
    const size_t hour_digits = colon != 0 ? colon : count > 2 ? 2 : count;
    const int hours = hour_digits == 1 ? digits[0] : digits[0] * 10 + digits[1];
    const int minutes = count > hour_digits ? digits[hour_digits] * 10 + digits[hour_digits + 1] : 0;
    if (hours > 18 || minutes > 59) return std::nullopt;
    const Duration offset = hours * base::kHour + minutes * base::kMinute;
    return west ? -offset : offset;
}

// A stretch of time in which a zone's offset does not change; each thread remembers the last few it needed, because
// lines come in the order of time and the zone's own search costs more than the rest of the parsing.
struct Stretch {
    const void* zone = nullptr;
    Timestamp begin = 0;
    Timestamp end = 0;
    Duration offset = 0;
};

const Stretch& stretch_at(const void* zone, Timestamp time) {
    static thread_local std::array<Stretch, 8> cache;
    static thread_local size_t next = 0;
    for (const Stretch& stretch : cache) {
        if (stretch.zone == zone && time >= stretch.begin && time < stretch.end) return stretch;
    }
    constexpr int64_t kLimit = std::numeric_limits<int64_t>::max() / base::kSecond;
    const auto nanoseconds = [](date::sys_seconds instant) {
        const int64_t seconds = instant.time_since_epoch().count();
        return seconds >= kLimit    ? std::numeric_limits<Timestamp>::max()
               : seconds <= -kLimit ? std::numeric_limits<Timestamp>::min()
                                    : seconds * base::kSecond;
    };
    const auto seconds = std::chrono::floor<std::chrono::seconds>(date::sys_time<std::chrono::nanoseconds>{std::chrono::nanoseconds{time}});
    const date::sys_info info = static_cast<const date::time_zone*>(zone)->get_info(seconds);
    cache[next] = {zone, nanoseconds(info.begin), nanoseconds(info.end), info.offset.count() * base::kSecond};
    const Stretch& stretch = cache[next];
    next = (next + 1) % cache.size();
    return stretch;
}

Timestamp subtract(Timestamp time, Duration offset) {
    Timestamp result = 0;
    return __builtin_sub_overflow(time, offset, &result) ? time : result;
}

}  // namespace

Result<TimeZone> TimeZone::find(std::string_view name) {
    if (name == "UTC" || name == "Z" || name == "GMT") return utc();
    if (const auto offset = parse_fixed_offset(name)) {
        TimeZone zone;
        zone.name_ = name;
        zone.offset_ = *offset;
        return zone;
    }
    try {
        TimeZone zone;
        zone.zone_ = date::locate_zone(name);
        zone.name_ = name;
        return zone;
    } catch (const std::exception&) {
        return fail(ErrorCode::not_found, "unknown time zone '" + std::string(name) +
                                              "': an IANA name (Asia/Shanghai), UTC, or an offset (+08:00) is expected");
    }
}

TimeZone TimeZone::utc() {
    TimeZone zone;
    zone.name_ = "UTC";
    return zone;
}

TimeZone TimeZone::china() {
    static const TimeZone china = [] {
        if (auto found = find("Asia/Shanghai")) return *found;
        return *find("+08:00");  // a machine without tzdata
    }();
    return china;
}

Timestamp TimeZone::to_utc(int64_t civil_nanoseconds) const {
    if (zone_ == nullptr) return subtract(civil_nanoseconds, offset_);
    // Of the offsets in force a day before and a day after: when both agree there is no change near.
    const Duration before = stretch_at(zone_, subtract(civil_nanoseconds, base::kDay)).offset;
    const Duration after = stretch_at(zone_, subtract(civil_nanoseconds, -base::kDay)).offset;
    const Timestamp early = subtract(civil_nanoseconds, before);
    if (before == after) return early;
    if (offset_at(early) == before) return early;  // before the change, or the first of two readings
    const Timestamp late = subtract(civil_nanoseconds, after);
    if (offset_at(late) == after) return late;
    return early;  // in the gap: the old offset carries it past the change
}

Duration TimeZone::offset_at(Timestamp time) const { return zone_ == nullptr ? offset_ : stretch_at(zone_, time).offset; }

}  // namespace shuwei::event
