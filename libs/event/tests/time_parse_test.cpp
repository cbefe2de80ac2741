#include "shuwei/event/time_parse.hpp"

#include <gtest/gtest.h>

namespace shuwei::event {
namespace {

constexpr base::Timestamp kReceived = 1'795'221'060 * base::kSecond;  // 2026-11-21T00:31:00Z

std::string text(const std::optional<base::Timestamp>& time) { return time ? format_rfc3339(*time) : "none"; }

base::Timestamp at(std::string_view rfc3339) { return *parse_rfc3339(rfc3339, TimeZone::utc()); }

struct Case {
    const char* input;
    const char* expected;  // UTC, or "none"
};

TEST(ParseRfc3339, reads_the_forms_devices_write) {
    const Case cases[] = {
        {"2026-11-21T08:30:00Z", "2026-11-21T08:30:00.000000Z"},
        {"2026-11-21T08:30:00.123456+08:00", "2026-11-21T00:30:00.123456Z"},
        {"2026-11-21 08:30:00", "2026-11-21T00:30:00.000000Z"},          // the zone given: Asia/Shanghai
        {"2026-11-21 08:30:00,123", "2026-11-21T00:30:00.123000Z"},
        {"2026-11-21T08:30:00+0800", "2026-11-21T00:30:00.000000Z"},
        {"2026-11-21T08:30:00-05:30", "2026-11-21T14:00:00.000000Z"},
        {"2026-11-21 08:30:00 +0800", "2026-11-21T00:30:00.000000Z"},
        {"2026/11/21 08:30:00", "2026-11-21T00:30:00.000000Z"},
        {"2026-11-21t08:30:00z", "2026-11-21T08:30:00.000000Z"},
        {"2026-11-21T08:30:00.123456789Z", "2026-11-21T08:30:00.123456Z"},
        {"2026-11-21T08:30:00.1234567891234Z", "2026-11-21T08:30:00.123456Z"},
        {"2026-11-21", "2026-11-20T16:00:00.000000Z"},
        {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z"},
        {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"},         // leap second
        {"2026-11-21T24:00:00Z", "2026-11-22T00:00:00.000000Z"},
        {"2023-02-29T00:00:00Z", "none"},
        {"2026-13-01T00:00:00Z", "none"},
        {"2026-11-31T00:00:00Z", "none"},
        {"2026-11-21T25:00:00Z", "none"},
        {"2026-11-21T08:60:00Z", "none"},
        {"2026-11-21T08:30:00Zx", "none"},
        {"0000-11-21T08:30:00Z", "none"},
        {"9999-11-21T08:30:00Z", "none"},                                // beyond the range of nanoseconds
        {"26-11-21T08:30:00Z", "none"},
        {"2026-11-21T", "none"},
        {"", "none"},
    };
    const TimeZone shanghai = TimeZone::china();
    for (const Case& each : cases) EXPECT_EQ(text(parse_rfc3339(each.input, shanghai)), each.expected) << each.input;
}

TEST(ParseSyslogTime, reads_years_before_behind_and_missing) {
    const Case cases[] = {
        {"Nov 21 08:30:00", "2026-11-21T00:30:00.000000Z"},
        {"Nov  1 08:30:00", "2026-11-01T00:30:00.000000Z"},
        {"Nov 01 08:30:00", "2026-11-01T00:30:00.000000Z"},
        {"Nov 21 2025 08:30:00", "2025-11-21T00:30:00.000000Z"},
        {"Nov 21 08:30:00 2025", "2025-11-21T00:30:00.000000Z"},
        {"2025 Nov 21 08:30:00", "2025-11-21T00:30:00.000000Z"},
        {"Nov 21 08:30:00.250", "2026-11-21T00:30:00.250000Z"},
        {"Nov 21 08:30:00:250 2026", "2026-11-21T00:30:00.250000Z"},
        {"Nov 21 2026 08:30:00+00:00", "2026-11-21T08:30:00.000000Z"},
        {"november 21 08:30:00", "2026-11-21T00:30:00.000000Z"},
        {"Nov 32 08:30:00", "none"},
        {"Foo 21 08:30:00", "none"},
        {"Nov 21", "none"},
        {"Nov 21 08:30", "none"},
    };
    for (const Case& each : cases) EXPECT_EQ(text(parse_syslog_time(each.input, TimeZone::china(), kReceived)), each.expected) << each.input;
}

TEST(ParseSyslogTime, takes_the_year_closest_to_receipt_at_most_a_day_ahead) {
    struct {
        const char* line;
        const char* received;
        const char* expected;
    } cases[] = {
        {"Dec 31 23:59:59", "2027-01-01T00:00:05Z", "2026-12-31T23:59:59.000000Z"},
        {"Jan  1 00:00:30", "2026-12-31T23:59:50Z", "2027-01-01T00:00:30.000000Z"},  // the sender's clock is ahead
        {"Jan  2 12:00:00", "2026-12-31T23:59:50Z", "2026-01-02T12:00:00.000000Z"},  // more than a day ahead: last year's
        {"Nov 22 00:00:00", "2026-11-21T00:31:00Z", "2026-11-22T00:00:00.000000Z"},
        {"Nov 23 00:00:00", "2026-11-21T00:31:00Z", "2025-11-23T00:00:00.000000Z"},
        {"Feb 29 10:00:00", "2024-02-29T10:00:01Z", "2024-02-29T10:00:00.000000Z"},
        {"Feb 29 10:00:00", "2026-11-21T00:31:00Z", "2024-02-29T10:00:00.000000Z"},
        {"Feb 29 10:00:00", "2103-11-21T00:31:00Z", "2096-02-29T10:00:00.000000Z"},  // 2100 is no leap year
    };
    for (const auto& each : cases) {
        EXPECT_EQ(text(parse_syslog_time(each.line, TimeZone::utc(), at(each.received))), each.expected) << each.line << " received " << each.received;
    }
}

TEST(ScanTime, tells_how_much_it_read) {
    struct {
        const char* line;
        size_t size;
    } cases[] = {
        {"Nov 21 08:30:00 web01 sshd[1]: x", 15},
        {"Nov 21 2026 08:30:00 fw", 20},
        {"2026-11-21T08:30:00.123+08:00 host", 29},
        {"2026-11-21 08:30:00 host", 19},
        {"Nov 21 08:30:00 2026 host", 20},
        {"Nov 21 08:30:00 1999host", 15},   // a host, not a year
        {"Nov 21 08:30:00 5060 port", 15},
    };
    for (const auto& each : cases) {
        const auto scanned = scan_time(each.line, TimeZone::china(), kReceived);
        ASSERT_TRUE(scanned) << each.line;
        EXPECT_EQ(scanned->size, each.size) << each.line;
    }
    for (const char* line : {"web01 sshd[1]: x", "10.0.0.1 - - [21/Nov/2026", "2026-11-21", "", "Nov", "123: Nov"}) {
        EXPECT_FALSE(scan_time(line, TimeZone::china(), kReceived)) << line;
    }
}

TEST(ParseEpoch, tells_units_apart_by_magnitude) {
    const Case cases[] = {
        {"1795221001", "2026-11-21T00:30:01.000000Z"},
        {"1795221001.25", "2026-11-21T00:30:01.250000Z"},
        {"1795221001120", "2026-11-21T00:30:01.120000Z"},
        {"1795221001120.5", "2026-11-21T00:30:01.120500Z"},
        {"1795221001120042", "2026-11-21T00:30:01.120042Z"},
        {"1795221001120042999", "2026-11-21T00:30:01.120042Z"},
        {"0", "1970-01-01T00:00:00.000000Z"},
        {"99999999999999999999999", "none"},
        {"-5", "none"},
        {"12x", "none"},
        {"12.", "none"},
        {"", "none"},
    };
    for (const Case& each : cases) EXPECT_EQ(text(parse_epoch(each.input)), each.expected) << each.input;
}

TEST(TimeFormat, follows_strftime) {
    struct {
        const char* format;
        const char* input;
        const char* expected;
    } cases[] = {
        {"%d/%b/%Y:%H:%M:%S %z", "21/Nov/2026:08:30:01 +0800", "2026-11-21T00:30:01.000000Z"},
        {"%Y-%m-%d %H:%M:%S.%f", "2026-11-21 08:30:01.5", "2026-11-21T00:30:01.500000Z"},
        {"%m%d%Y%H%M%S", "11212026083001", "2026-11-21T00:30:01.000000Z"},
        {"%Y%m%d %T", "20261121 08:30:01", "2026-11-21T00:30:01.000000Z"},
        {"%a %b %d %H:%M:%S.%f %Y", "Sat Nov 21 08:30:01.25 2026", "2026-11-21T00:30:01.250000Z"},
        {"%A, %d %B %Y %I:%M:%S %p", "Saturday, 21 November 2026 08:30:01 PM", "2026-11-21T12:30:01.000000Z"},
        {"%m/%d/%Y %I:%M:%S %p", "11/21/2026 12:30:01 AM", "2026-11-20T16:30:01.000000Z"},
        {"%y%m%d %H:%M:%S", "261121  8:30:01", "2026-11-21T00:30:01.000000Z"},
        {"%Y-%m-%d %H:%M:%S %Z", "2026-11-21 08:30:01 UTC", "2026-11-21T08:30:01.000000Z"},
        {"%Y-%m-%d %H:%M:%S %Z", "2026-11-21 08:30:01 CST", "2026-11-21T00:30:01.000000Z"},  // the zone decides
        {"%Y %j %H:%M:%S", "2026 325 08:30:01", "2026-11-21T00:30:01.000000Z"},
        {"%s", "1795221001", "2026-11-21T00:30:01.000000Z"},
        {"%b %e %H:%M:%S", "Nov  1 08:30:01", "2026-11-01T00:30:01.000000Z"},
        {"%H:%M:%S", "08:30:01", "2026-11-21T00:30:01.000000Z"},                            // the day of receipt
        {"%F", "2026-11-21", "2026-11-20T16:00:00.000000Z"},
        {"%d%% %Y-%m", "21% 2026-11", "2026-11-20T16:00:00.000000Z"},
        {"%Y-%m-%d", "2026-11-21 extra", "none"},
        {"%Y-%m-%d", "2026-11", "none"},
        {"%I:%M %p", "13:30 PM", "none"},
        {"%d/%b/%Y", "21/Xxx/2026", "none"},
    };
    for (const auto& each : cases) {
        const auto format = TimeFormat::compile(each.format);
        ASSERT_TRUE(format) << each.format;
        EXPECT_EQ(text(format->parse(each.input, TimeZone::china(), kReceived)), each.expected) << each.format << " | " << each.input;
    }
    EXPECT_FALSE(TimeFormat::compile("%Q"));
    EXPECT_FALSE(TimeFormat::compile("%"));
    EXPECT_FALSE(TimeFormat::compile(""));
}

TEST(TimeZone, finds_names_and_offsets) {
    for (const char* name : {"Asia/Shanghai", "UTC", "Z", "+08:00", "+0800", "+8", "UTC+8", "GMT-05:30", "America/New_York"}) {
        EXPECT_TRUE(TimeZone::find(name)) << name;
    }
    for (const char* name : {"", "Mars/Olympus", "+", "+99:00", "08:00", "+08:0", "+08:000", "../../etc/passwd"}) {
        EXPECT_FALSE(TimeZone::find(name)) << name;
    }
    EXPECT_EQ(TimeZone::find("UTC+8")->offset_at(0), 8 * base::kHour);
    EXPECT_EQ(TimeZone::find("-0330")->offset_at(0), -(3 * base::kHour + 30 * base::kMinute));
}

TEST(TimeZone, handles_summer_time_at_its_edges) {
    const auto zone = TimeZone::find("America/New_York");
    ASSERT_TRUE(zone);
    const Case cases[] = {
        {"2026-07-01 12:00:00", "2026-07-01T16:00:00.000000Z"},
        {"2026-01-01 12:00:00", "2026-01-01T17:00:00.000000Z"},
        {"2026-11-01 01:30:00", "2026-11-01T05:30:00.000000Z"},  // twice: the earlier
        {"2026-11-01 03:00:00", "2026-11-01T08:00:00.000000Z"},
        {"2026-03-08 02:30:00", "2026-03-08T07:30:00.000000Z"},  // never: behind the gap
        {"2026-03-08 01:59:59", "2026-03-08T06:59:59.000000Z"},
        {"2026-03-08 03:00:00", "2026-03-08T07:00:00.000000Z"},
    };
    for (const Case& each : cases) EXPECT_EQ(text(parse_rfc3339(each.input, *zone)), each.expected) << each.input;
}

TEST(ParseTimeArgument, reads_what_people_type) {
    struct {
        const char* input;
        base::Timestamp expected;
    } cases[] = {
        {"now", kReceived},
        {"15m", kReceived - 15 * base::kMinute},
        {"1h", kReceived - base::kHour},
        {"7d", kReceived - 7 * base::kDay},
        {"2w", kReceived - 14 * base::kDay},
        {"90s", kReceived - 90 * base::kSecond},
        {"2026-11-21T00:30:00Z", at("2026-11-21T00:30:00Z")},
        {"2026-11-21", at("2026-11-20T16:00:00Z")},
        {"1795221000", 1'795'221'000 * base::kSecond},
    };
    for (const auto& each : cases) {
        const auto time = parse_time_argument(each.input, kReceived);
        ASSERT_TRUE(time) << each.input;
        EXPECT_EQ(*time, each.expected) << each.input;
    }
    for (const char* input : {"", "yesterday", "1x", "h", "-1h", "99999999999d"}) EXPECT_FALSE(parse_time_argument(input, kReceived)) << input;
}

}  // namespace
}  // namespace shuwei::event
