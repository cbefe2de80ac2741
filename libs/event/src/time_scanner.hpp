// Reading digits, names and offsets off the front of text: what all time parsers here share.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::event {

struct CivilTime {
    int year = 0;  // 0 = not said
    unsigned month = 1;
    unsigned day = 1;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    int64_t nanosecond = 0;
    std::optional<base::Duration> offset;  // said in the text; else the zone's
};

// The civil time as nanoseconds, or nothing for a date or time of day that does not exist or does not fit.
inline std::optional<int64_t> civil_nanoseconds(const CivilTime& civil) {
    using namespace std::chrono;
    if (civil.year < 1678 || civil.year > 2261) return std::nullopt;
    if (civil.hour > 24 || civil.minute > 59 || civil.second > 60) return std::nullopt;
    if (civil.hour == 24 && (civil.minute != 0 || civil.second != 0)) return std::nullopt;
    const year_month_day date{year{civil.year}, month{civil.month}, day{civil.day}};
    if (!date.ok()) return std::nullopt;
    const int64_t seconds = sys_days{date}.time_since_epoch().count() * int64_t{86400} + civil.hour * 3600 +
                            civil.minute * 60 + civil.second;
    return seconds * base::kSecond + civil.nanosecond;
}

// The instant; a missing year is the one that brings it closest to `received`, at most a day ahead of it.
inline std::optional<base::Timestamp> to_instant(CivilTime civil, const TimeZone& zone, base::Timestamp received) {
    const auto instant = [&]() -> std::optional<base::Timestamp> {
        const auto nanoseconds = civil_nanoseconds(civil);
        if (!nanoseconds) return std::nullopt;
        return civil.offset ? *nanoseconds - *civil.offset : zone.to_utc(*nanoseconds);
    };
    if (civil.year != 0) return instant();
    using namespace std::chrono;
    const auto today = year_month_day{floor<days>(sys_time<nanoseconds>{nanoseconds{received}})};
    const int last = static_cast<int>(today.year()) + 1;
    for (int year = last; year > last - 10; --year) {  // 29 February may be eight years away
        civil.year = year;
        const auto time = instant();
        if (time && *time <= received + base::kDay) return time;
    }
    return std::nullopt;
}

class TimeScanner {
public:
    explicit TimeScanner(std::string_view text) : text_(text) {}

    size_t position() const { return at_; }
    bool at_end() const { return at_ == text_.size(); }
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool skip(char c) {
        if (peek() != c || at_end()) return false;
        ++at_;
        return true;
    }
    bool skip_spaces() {
        const size_t start = at_;
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
        return at_ > start;
    }
    void rewind(size_t position) { at_ = position; }

    // `least` to `most` digits.
    std::optional<unsigned> number(size_t least, size_t most) {
        unsigned value = 0;
        size_t digits = 0;
        while (digits < most && at_ + digits < text_.size() && is_digit(text_[at_ + digits])) {
            value = value * 10 + static_cast<unsigned>(text_[at_ + digits] - '0');
            ++digits;
        }
        if (digits < least) return std::nullopt;
        at_ += digits;
        return value;
    }

    // Digits behind the dot or comma as nanoseconds; further ones than nine are read and dropped.
    std::optional<int64_t> fraction() {
        int64_t value = 0;
        int64_t unit = base::kSecond / 10;
        size_t digits = 0;
        for (; at_ < text_.size() && is_digit(text_[at_]); ++at_, ++digits) {
            value += (text_[at_] - '0') * unit;
            unit /= 10;
        }
        if (digits == 0) return std::nullopt;
        return value;
    }

    // Jan, January, jan: 1..12.
    std::optional<unsigned> month_name() {
        static constexpr std::array<std::string_view, 12> kMonths{"january", "february", "march",     "april",   "may",      "june",
                                                                  "july",    "august",   "september", "october", "november", "december"};
        if (text_.size() - at_ < 3) return std::nullopt;
        const std::array<char, 3> start{base::ascii_lower(text_[at_]), base::ascii_lower(text_[at_ + 1]), base::ascii_lower(text_[at_ + 2])};
        for (unsigned month = 0; month < 12; ++month) {
            const std::string_view name = kMonths[month];
            if (name[0] != start[0] || name[1] != start[1] || name[2] != start[2]) continue;
            const bool whole = text_.size() - at_ >= name.size() && base::equals_ignoring_case(text_.substr(at_, name.size()), name);
            at_ += whole ? name.size() : 3;
            return month + 1;
        }
        return std::nullopt;
    }

    // Z, +08:00, +0800, +08.
    std::optional<base::Duration> offset() {
        const char sign = peek();
        if (sign == 'Z' || sign == 'z') {
            ++at_;
            return 0;
        }
        if (sign != '+' && sign != '-') return std::nullopt;
        const size_t start = at_++;
        const auto hours = number(2, 2);
        std::optional<unsigned> minutes = 0;
        if (hours) {
            const bool colon = skip(':');
            if (colon || is_digit(peek())) minutes = number(2, 2);
        }
        if (!hours || !minutes || *hours > 18 || *minutes > 59) {
            at_ = start;
            return std::nullopt;
        }
        const base::Duration east = *hours * base::kHour + *minutes * base::kMinute;
        return sign == '-' ? -east : east;
    }

    // HH:MM:SS with an optional fraction.
    bool time_of_day(CivilTime& civil) {
        const size_t start = at_;
        const auto hour = number(1, 2);
        if (!hour || !skip(':')) return fail_at(start);
        const auto minute = number(2, 2);
        if (!minute || !skip(':')) return fail_at(start);
        const auto second = number(2, 2);
        if (!second) return fail_at(start);
        civil.hour = *hour;
        civil.minute = *minute;
        civil.second = *second;
        if ((peek() == '.' || peek() == ',') && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
            ++at_;
            civil.nanosecond = *fraction();
        } else if (peek() == ':' && at_ + 4 <= text_.size()) {  // 08:30:00:123, as some switches write it
            const size_t colon = at_++;
            const auto milliseconds = number(3, 3);
            if (milliseconds && !is_digit(peek())) {
                civil.nanosecond = *milliseconds * base::kMillisecond;
            } else {
                at_ = colon;
            }
        }
        return true;
    }

    std::optional<std::string_view> letters(size_t most) {
        const size_t start = at_;
        while (at_ < text_.size() && base::ascii_lower(text_[at_]) >= 'a' && base::ascii_lower(text_[at_]) <= 'z') ++at_;
        if (at_ == start || at_ - start > most) {
            at_ = start;
            return std::nullopt;
        }
        return text_.substr(start, at_ - start);
    }
    // A zone's abbreviation of one meaning. CST, IST, BST mean several: there the configured zone decides.
    static std::optional<base::Duration> offset_of_letters(std::string_view abbreviation) {
        struct Known {
            std::string_view letters;
            int hours;
        };
        static constexpr Known kKnown[] = {{"Z", 0},    {"UTC", 0},  {"GMT", 0},  {"EST", -5}, {"EDT", -4}, {"CDT", -5},
                                           {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}, {"CET", 1},  {"CEST", 2},
                                           {"EET", 2},  {"EEST", 3}, {"MSK", 3},  {"JST", 9},  {"KST", 9},  {"HKT", 8},
                                           {"SGT", 8},  {"AEST", 10}, {"AEDT", 11}};
        for (const Known& known : kKnown) {
            if (known.letters == abbreviation) return known.hours * base::kHour;
        }
        return std::nullopt;
    }

    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

private:
    bool fail_at(size_t start) {
        at_ = start;
        return false;
    }
    std::string_view text_;
    size_t at_ = 0;
};

}  // namespace shuwei::event
