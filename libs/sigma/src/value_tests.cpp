#include "value_tests.hpp"

#include <charconv>
#include <cmath>

#include "shuwei/base/text.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::sigma {

std::optional<double> number_of(std::string_view text) {
    text = base::trim(text);
    if (text.empty() || text.size() > 64) return std::nullopt;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        uint64_t value = 0;
        const auto [end, error] = std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
        if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
        return static_cast<double>(value);
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

bool compare_numbers(double value, Comparison comparison, double bound) {
    switch (comparison) {
        case Comparison::eq: return value == bound;
        case Comparison::ne: return value != bound;
        case Comparison::lt: return value < bound;
        case Comparison::lte: return value <= bound;
        case Comparison::gt: return value > bound;
        case Comparison::gte: return value >= bound;
    }
    return false;
}

namespace {

struct CivilDate {
    int64_t year = 0;
    int month = 0;
    int day = 0;
    int day_of_year = 0;  // from 0
    int weekday = 0;      // Monday 0
};

bool is_leap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

// Days since 1970-01-01 to a date of the Gregorian calendar.
CivilDate civil_from_days(int64_t days) {
    CivilDate date;
    date.weekday = static_cast<int>(((days + 3) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
    const int64_t shifted = days + 719'468;                     // days since 0000-03-01
    const int64_t era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
    const int64_t day_of_era = shifted - era * 146'097;
    const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const int64_t day_of_march_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t march_month = (5 * day_of_march_year + 2) / 153;
    date.day = static_cast<int>(day_of_march_year - (153 * march_month + 2) / 5 + 1);
    date.month = static_cast<int>(march_month < 10 ? march_month + 3 : march_month - 9);
    date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
    constexpr int kBefore[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    date.day_of_year = kBefore[date.month - 1] + date.day - 1 + (date.month > 2 && is_leap(date.year) ? 1 : 0);
    return date;
}

int iso_week(const CivilDate& date) {
    const auto weeks_in = [](int64_t year) {
        const auto last_weekday = [](int64_t y) { return (y + y / 4 - y / 100 + y / 400) % 7; };  // Sunday 0, of 31 December
        return last_weekday(year) == 4 || last_weekday(year - 1) == 3 ? 53 : 52;
    };
    const int week = (date.day_of_year - date.weekday + 10) / 7;
    if (week < 1) return weeks_in(date.year - 1);
    return week > weeks_in(date.year) ? 1 : week;
}

// Offset of the zone at the end of an RFC 3339 text, in seconds; 0 when there is none.
int64_t zone_offset(std::string_view text) {
    const size_t sign = text.find_last_of("+-");
    if (sign == std::string_view::npos || sign < 11) return 0;
    std::string digits;
    for (const char c : text.substr(sign + 1)) {
        if (c >= '0' && c <= '9') digits += c;
        else if (c != ':') return 0;
    }
    if (digits.size() != 4) return 0;
    const int64_t seconds = ((digits[0] - '0') * 10 + digits[1] - '0') * 3600 + ((digits[2] - '0') * 10 + digits[3] - '0') * 60;
    return text[sign] == '-' ? -seconds : seconds;
}

}  // namespace

std::optional<int> time_part_of(std::string_view text, TimePart part) {
    text = base::trim(text);
    if (text.size() > 64) return std::nullopt;
    int64_t offset = 0;
    auto time = event::parse_rfc3339(text, event::TimeZone::utc());
    if (time.has_value()) {
        offset = zone_offset(text) * base::kSecond;
    } else {
        time = event::parse_epoch(text);
    }
    if (!time.has_value()) return std::nullopt;
    const int64_t civil = *time + offset;
    const int64_t days = civil >= 0 ? civil / base::kDay : -((-civil + base::kDay - 1) / base::kDay);
    const int64_t in_day = civil - days * base::kDay;
    switch (part) {
        case TimePart::minute: return static_cast<int>(in_day / base::kMinute % 60);
        case TimePart::hour: return static_cast<int>(in_day / base::kHour);
        case TimePart::day: return civil_from_days(days).day;
        case TimePart::week: return iso_week(civil_from_days(days));
        case TimePart::month: return civil_from_days(days).month;
        case TimePart::year: return static_cast<int>(civil_from_days(days).year);
        case TimePart::none: break;
    }
    return std::nullopt;
}

bool compare_matches(const ValueTest& test, std::string_view value) {
    if (test.time_part != TimePart::none) {
        const auto part = time_part_of(value, test.time_part);
        return part.has_value() && compare_numbers(*part, test.comparison, test.number);
    }
    const auto number = number_of(value);
    return number.has_value() && compare_numbers(*number, test.comparison, test.number);
}

std::optional<base::IpAddress> address_of(std::string_view value) {
    value = base::trim(value);
    if (value.size() > 2 && value.front() == '[' && value.back() == ']') value = value.substr(1, value.size() - 2);
    if (const size_t zone = value.find('%'); zone != std::string_view::npos) value = value.substr(0, zone);
    return base::IpAddress::parse(value);
}

bool cidr_matches(const ValueTest& test, std::string_view value) {
    const auto address = address_of(value);
    return address.has_value() && test.network.contains(*address);
}

bool reference_matches(Anchor anchor, std::string_view value, std::string_view other) {
    switch (anchor) {
        case Anchor::whole: return value == other;
        case Anchor::starts: return value.starts_with(other);
        case Anchor::ends: return value.ends_with(other);
        case Anchor::contains: return value.find(other) != std::string_view::npos;
    }
    return false;
}

}  // namespace shuwei::sigma
