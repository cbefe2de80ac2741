#include "shuwei/event/time_parse.hpp"

#include <cstring>
#include <limits>

#include "shuwei/base/text.hpp"
#include "time_scanner.hpp"

namespace shuwei::event {

using base::ErrorCode;
using base::fail;
using base::Result;
using base::Timestamp;

namespace {

// 2026-11-21T08:30:00.123+08:00, 2026/11/21 08:30:00, 2026-11-21 08:30:00 +0800; the date alone only when `date_alone`.
bool scan_rfc3339(TimeScanner& scan, CivilTime& civil, bool date_alone) {
    const auto year = scan.number(4, 4);
    const char separator = scan.peek();
    if (!year || (separator != '-' && separator != '/' && separator != '.')) return false;
    scan.skip(separator);
    const auto month = scan.number(1, 2);
    if (!month || !scan.skip(separator)) return false;
    const auto day = scan.number(1, 2);
    if (!day) return false;
    civil.year = static_cast<int>(*year);
    if (civil.year == 0) return false;
    civil.month = *month;
    civil.day = *day;
    const size_t after_date = scan.position();
    if (!scan.skip('T') && !scan.skip('t') && !scan.skip_spaces() && !scan.skip('-')) return date_alone;
    if (!scan.time_of_day(civil)) {
        scan.rewind(after_date);
        return date_alone;
    }
    const size_t after_time = scan.position();
    scan.skip(' ');
    if (const auto offset = scan.offset(); offset && (scan.position() > after_time)) {
        const char next = scan.peek();
        if (scan.at_end() || !(next >= '0' && next <= '9')) {
            civil.offset = offset;
            return true;
        }
    }
    scan.rewind(after_time);
    return true;
}

// Behind a time: AM or PM, and the zone's letters: "8:30:06 PM", "00:30:00 UTC:", "10:00:00+08:00 DST".
void scan_suffix(TimeScanner& scan, CivilTime& civil) {
    for (int words = 0; words < 2; ++words) {
        const size_t before = scan.position();
        const auto letters = scan.skip_spaces() ? scan.letters(4) : std::nullopt;
        const char next = scan.peek();
        const bool ends = scan.at_end() || next == ' ' || next == ':';
        const bool afternoon = letters == "PM" || letters == "pm";
        if (!letters || !ends) return scan.rewind(before);
        if ((afternoon || letters == "AM" || letters == "am") && words == 0 && civil.hour >= 1 && civil.hour <= 12) {
            civil.hour = civil.hour % 12 + (afternoon ? 12 : 0);
            continue;
        }
        const auto offset = TimeScanner::offset_of_letters(*letters);
        if (!offset && letters != "CST" && letters != "DST") return scan.rewind(before);
        if (offset && !civil.offset) civil.offset = offset;
        return;
    }
}

// Nov 21 08:30:00, Nov 21 2026 08:30:00, Nov 21 08:30:00 2026, 2026 Nov 21 08:30:00.
bool scan_syslog(TimeScanner& scan, CivilTime& civil) {
    if (const auto year = scan.number(4, 4)) {
        civil.year = static_cast<int>(*year);
        if (civil.year == 0 || !scan.skip_spaces()) return false;
    }
    const auto month = scan.month_name();
    if (!month || !scan.skip_spaces()) return false;
    const auto day = scan.number(1, 2);
    if (!day) return false;
    scan.skip(',');
    if (!scan.skip_spaces()) return false;
    civil.month = *month;
    civil.day = *day;
    if (!scan.time_of_day(civil)) {
        const auto year = scan.number(4, 4);
        if (!year || *year == 0 || civil.year != 0 || !scan.skip_spaces() || !scan.time_of_day(civil)) return false;
        civil.year = static_cast<int>(*year);
    }
    if (const char sign = scan.peek(); sign == '+' || sign == '-') {  // Nov 21 2026 08:30:00+08:00
        const size_t before = scan.position();
        civil.offset = scan.offset();
        if (!civil.offset) scan.rewind(before);
    }
    if (civil.year != 0) {
        scan_suffix(scan, civil);
        return true;
    }
    // A year behind the time is one only when it stands alone and is plausible, not the host 1999 or a port.
    const size_t after_time = scan.position();
    if (scan.skip_spaces()) {
        const auto year = scan.number(4, 4);
        const char next = scan.peek();
        if (year && *year >= 1990 && *year <= 2100 && (scan.at_end() || next == ' ' || next == ':' || next == ',')) {
            civil.year = static_cast<int>(*year);
            scan_suffix(scan, civil);
            return true;
        }
    }
    scan.rewind(after_time);
    scan_suffix(scan, civil);
    return true;
}

template <typename Scan>
std::optional<Timestamp> parse_whole(std::string_view text, const TimeZone& zone, Timestamp received, Scan scan_form) {
    TimeScanner scan(base::trim(text));
    CivilTime civil;
    if (!scan_form(scan, civil) || !scan.at_end()) return std::nullopt;
    return to_instant(civil, zone, received);
}

}  // namespace

std::optional<Timestamp> parse_rfc3339(std::string_view text, const TimeZone& zone) {
    return parse_whole(text, zone, 0, [](TimeScanner& scan, CivilTime& civil) { return scan_rfc3339(scan, civil, true); });
}

std::optional<Timestamp> parse_syslog_time(std::string_view text, const TimeZone& zone, Timestamp received) {
    return parse_whole(text, zone, received, scan_syslog);
}

std::optional<ScannedTime> scan_time(std::string_view text, const TimeZone& zone, Timestamp received) {
    text = text.substr(0, 64);
    for (const bool rfc3339 : {true, false}) {
        TimeScanner scan(text);
        CivilTime civil;
        if (!(rfc3339 ? scan_rfc3339(scan, civil, false) : scan_syslog(scan, civil))) continue;
        if (const auto time = to_instant(civil, zone, received)) return ScannedTime{*time, scan.position()};
    }
    return std::nullopt;
}

std::optional<Timestamp> parse_epoch(std::string_view text) {
    text = base::trim(text);
    const size_t dot = text.find('.');
    const auto whole = base::parse_uint(text.substr(0, dot));
    if (!whole || *whole > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) return std::nullopt;
    const int64_t unit = *whole < 100'000'000'000ull           ? base::kSecond
                         : *whole < 100'000'000'000'000ull     ? base::kMillisecond
                         : *whole < 100'000'000'000'000'000ull ? base::kMicrosecond
                                                               : 1;
    int64_t time = 0;
    if (__builtin_mul_overflow(static_cast<int64_t>(*whole), unit, &time)) return std::nullopt;
    if (dot != std::string_view::npos) {
        TimeScanner scan(text.substr(dot + 1));
        const auto fraction = scan.fraction();
        if (!fraction || !scan.at_end()) return std::nullopt;
        if (__builtin_add_overflow(time, *fraction / (base::kSecond / unit), &time)) return std::nullopt;
    }
    return time;
}

Result<TimeFormat> TimeFormat::compile(std::string_view format) {
    static constexpr std::string_view kKnown = "YymdebBhHkIlMSfpzZsjTDFRaA%";
    TimeFormat compiled;
    for (size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%') {
            compiled.format_ += format[i];
            continue;
        }
        if (++i == format.size()) return fail(ErrorCode::invalid_argument, "time format '" + std::string(format) + "' ends in %");
        switch (format[i]) {
            case 'T': compiled.format_ += "%H:%M:%S"; break;
            case 'R': compiled.format_ += "%H:%M"; break;
            case 'D': compiled.format_ += "%m/%d/%y"; break;
            case 'F': compiled.format_ += "%Y-%m-%d"; break;
            default:
                if (kKnown.find(format[i]) == std::string_view::npos) {
                    return fail(ErrorCode::invalid_argument,
                                "unknown %" + std::string(1, format[i]) + " in time format '" + std::string(format) + "'");
                }
                compiled.format_ += '%';
                compiled.format_ += format[i];
        }
    }
    if (compiled.format_.empty()) return fail(ErrorCode::invalid_argument, "the time format is empty");
    return compiled;
}

std::optional<Timestamp> TimeFormat::parse(std::string_view text, const TimeZone& zone, Timestamp received) const {
    TimeScanner scan(base::trim(text));
    CivilTime civil;
    bool has_date = false;
    std::optional<bool> afternoon;
    std::optional<unsigned> day_of_year;
    std::optional<Timestamp> epoch;
    const auto take = [](std::optional<unsigned> from, unsigned& to) {
        if (from) to = *from;
        return from.has_value();
    };
    for (size_t i = 0; i < format_.size(); ++i) {
        if (format_[i] == ' ') {
            if (!scan.skip_spaces()) return std::nullopt;
            continue;
        }
        if (format_[i] != '%') {
            if (!scan.skip(format_[i])) return std::nullopt;
            continue;
        }
        bool ok = false;
        switch (format_[++i]) {
            case 'Y':
                if (const auto year = scan.number(4, 4); year && *year != 0) {
                    civil.year = static_cast<int>(*year);
                    ok = true;
                }
                break;
            case 'y':
                if (const auto year = scan.number(2, 2)) {
                    civil.year = static_cast<int>(*year) + (*year < 70 ? 2000 : 1900);
                    ok = true;
                }
                break;
            case 'm': ok = take(scan.number(1, 2), civil.month); has_date = true; break;
            case 'b':
            case 'B':
            case 'h': ok = take(scan.month_name(), civil.month); has_date = true; break;
            case 'd':
            case 'e':
                scan.skip_spaces();
                ok = take(scan.number(1, 2), civil.day);
                has_date = true;
                break;
            case 'H':
            case 'I':
            case 'k':
            case 'l':
                scan.skip_spaces();
                ok = take(scan.number(1, 2), civil.hour);
                break;
            case 'M': ok = take(scan.number(1, 2), civil.minute); break;
            case 'S': ok = take(scan.number(1, 2), civil.second); break;
            case 'f':
                if (const auto fraction = scan.fraction()) {
                    civil.nanosecond = *fraction;
                    ok = true;
                }
                break;
            case 'p': {
                const char letter = base::ascii_lower(scan.peek());
                scan.skip(scan.peek());
                scan.skip('.');
                ok = (letter == 'a' || letter == 'p') && (scan.skip('M') || scan.skip('m'));
                scan.skip('.');
                afternoon = letter == 'p';
                break;
            }
            case 'z':
                civil.offset = scan.offset();
                ok = civil.offset.has_value();
                break;
            case 'Z':
                if (const auto letters = scan.letters(6)) {
                    civil.offset = TimeScanner::offset_of_letters(*letters);
                    ok = true;
                }
                break;
            case 'a':
            case 'A': ok = scan.letters(9).has_value(); break;  // the weekday is not needed
            case 's': {
                const size_t start = scan.position();
                while (TimeScanner::is_digit(scan.peek())) scan.skip(scan.peek());
                epoch = parse_epoch(base::trim(text).substr(start, scan.position() - start));
                ok = epoch.has_value();
                break;
            }
            case 'j':
                day_of_year = scan.number(1, 3);
                ok = day_of_year && *day_of_year >= 1 && *day_of_year <= 366;
                has_date = true;
                break;
            case '%': ok = scan.skip('%'); break;
        }
        if (!ok) return std::nullopt;
    }
    if (!scan.at_end()) return std::nullopt;
    if (epoch) {
        Timestamp time = 0;
        if (__builtin_add_overflow(*epoch, civil.nanosecond, &time)) return std::nullopt;
        return time;
    }
    if (afternoon) {
        if (civil.hour < 1 || civil.hour > 12) return std::nullopt;
        civil.hour = civil.hour % 12 + (*afternoon ? 12 : 0);
    }
    if (!has_date && civil.year == 0) {
        using namespace std::chrono;
        const Timestamp local = received + (civil.offset ? *civil.offset : zone.offset_at(received));
        const year_month_day today{floor<days>(sys_time<nanoseconds>{nanoseconds{local}})};
        civil.year = static_cast<int>(today.year());
        civil.month = static_cast<unsigned>(today.month());
        civil.day = static_cast<unsigned>(today.day());
    }
    if (day_of_year) {
        if (civil.year == 0) return std::nullopt;
        using namespace std::chrono;
        const year_month_day date{sys_days{year{civil.year} / January / 1} + days{*day_of_year - 1}};
        if (static_cast<int>(date.year()) != civil.year) return std::nullopt;
        civil.month = static_cast<unsigned>(date.month());
        civil.day = static_cast<unsigned>(date.day());
    }
    return to_instant(civil, zone, received);
}

void append_rfc3339(std::string& out, Timestamp time) {
    using namespace std::chrono;
    const auto instant = sys_time<nanoseconds>{nanoseconds{time}};
    const auto day = floor<days>(instant);
    const year_month_day date{day};
    const auto microseconds = static_cast<uint64_t>((instant - day).count() / 1000);
    const auto seconds = static_cast<unsigned>(microseconds / 1'000'000);
    char text[] = "0000-00-00T00:00:00.000000Z";
    const auto put = [&text](size_t at, size_t width, unsigned value) {
        for (size_t i = at + width; i-- > at; value /= 10) text[i] = static_cast<char>('0' + value % 10);
    };
    put(0, 4, static_cast<unsigned>(static_cast<int>(date.year())));
    put(5, 2, static_cast<unsigned>(date.month()));
    put(8, 2, static_cast<unsigned>(date.day()));
    put(11, 2, seconds / 3600);
    put(14, 2, seconds / 60 % 60);
    put(17, 2, seconds % 60);
    put(20, 6, static_cast<unsigned>(microseconds % 1'000'000));
    out.append(text, sizeof text - 1);
}

std::string format_rfc3339(Timestamp time) {
    std::string text;
    append_rfc3339(text, time);
    return text;
}

Result<Timestamp> parse_time_argument(std::string_view text, Timestamp now) {
    text = base::trim(text);
    if (text == "now") return now;
    if (text.size() >= 2 && text.size() <= 10) {
        const auto count = base::parse_uint(text.substr(0, text.size() - 1));
        base::Duration unit = 0;
        switch (text.back()) {
            case 's': unit = base::kSecond; break;
            case 'm': unit = base::kMinute; break;
            case 'h': unit = base::kHour; break;
            case 'd': unit = base::kDay; break;
            case 'w': unit = 7 * base::kDay; break;
            default: break;
        }
        base::Duration ago = 0;
        if (count && unit != 0 && !__builtin_mul_overflow(static_cast<int64_t>(*count), unit, &ago)) return now - ago;
    }
    if (const auto time = parse_rfc3339(text, TimeZone::china())) return *time;
    if (const auto time = parse_epoch(text)) return *time;
    return fail(ErrorCode::invalid_argument, "'" + std::string(text) + "' is not a time: now, 15m, 1h, 7d, " +
                                                 "2026-11-21T08:30:00+08:00 or seconds since the epoch are expected");
}

}  // namespace shuwei::event
