#include "shuwei/work/calendar.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

namespace shuwei::work {
namespace {

using base::kDay;
using base::kHour;
using base::kMinute;
using base::Timestamp;

int day(int year, unsigned month, unsigned number) {
    using namespace std::chrono;
    return static_cast<int>(
        sys_days(year_month_day(std::chrono::year(year), std::chrono::month(month), std::chrono::day(number)))
            .time_since_epoch()
            .count());
}

// Local time in UTC+8.
Timestamp at(int year, unsigned month, unsigned number, int hour, int minute = 0) {
    return day(year, month, number) * kDay + hour * kHour + minute * kMinute - 8 * kHour;
}

Calendar office() {
    Calendar::Hours hours;
    for (int i = 0; i < 5; ++i) hours.days[i] = {{9 * kHour, 12 * kHour}, {13 * kHour, 18 * kHour}};
    hours.holidays = {day(2026, 10, 1), day(2026, 10, 2)};
    hours.extra_days = {day(2026, 10, 10)};  // a Saturday
    return Calendar::with_hours(hours);
}

TEST(Calendar, AroundTheClockEverySecondCounts) {
    const Calendar calendar = Calendar::around_the_clock();
    EXPECT_EQ(calendar.add(1000, 3 * kDay), 1000 + 3 * kDay);
    EXPECT_EQ(calendar.between(1000, 5000), 4000);
    EXPECT_EQ(calendar.between(5000, 1000), 0);
    EXPECT_EQ(calendar.add(1000, -5), 1000);
}

struct Span {
    const char* what;
    Timestamp start;
    base::Duration worked;
    Timestamp end;
};

TEST(Calendar, WorkingHoursPassNightsWeekendsAndHolidays) {
    const Span spans[] = {
        {"inside a morning", at(2026, 11, 18, 9), 2 * kHour, at(2026, 11, 18, 11)},
        {"over lunch", at(2026, 11, 18, 11), 2 * kHour, at(2026, 11, 18, 14)},
        {"over a night", at(2026, 11, 18, 17), 2 * kHour, at(2026, 11, 19, 10)},
        {"from before opening", at(2026, 11, 18, 3), 1 * kHour, at(2026, 11, 18, 10)},
        {"from the evening", at(2026, 11, 18, 22), 30 * kMinute, at(2026, 11, 19, 9, 30)},
        {"over a weekend", at(2026, 11, 20, 17), 2 * kHour, at(2026, 11, 23, 10)},
        {"from a Sunday", at(2026, 11, 22, 12), 8 * kHour, at(2026, 11, 23, 18)},
        {"over the holidays and the weekend", at(2026, 9, 30, 17), 2 * kHour, at(2026, 10, 5, 10)},
        {"a Saturday that is worked", at(2026, 10, 9, 17), 2 * kHour, at(2026, 10, 10, 10)},
        {"three working days", at(2026, 11, 18, 9), 24 * kHour, at(2026, 11, 20, 18)},
    };
    const Calendar calendar = office();
    for (const auto& [what, start, worked, end] : spans) {
        EXPECT_EQ(calendar.add(start, worked), end) << what;
        EXPECT_EQ(calendar.between(start, end), worked) << what;
    }
}

TEST(Calendar, AddingAndCountingAgreeEverywhere) {
    const Calendar calendar = office();
    std::mt19937_64 random(7);
    for (int i = 0; i < 2000; ++i) {
        const Timestamp start = at(2026, 9, 1, 0) + static_cast<Timestamp>(random() % (90 * kDay));
        const auto worked = static_cast<base::Duration>(random() % (60 * kHour)) + 1;
        const Timestamp end = calendar.add(start, worked);
        ASSERT_EQ(calendar.between(start, end), worked) << start << " + " << worked;
        ASSERT_LT(calendar.between(start, end - 1), worked) << "the end is the first such moment";
    }
}

TEST(Calendar, TimesBeforeTheEpochAndEmptyStretchesAreNoTrouble) {
    const Calendar calendar = office();
    EXPECT_EQ(calendar.between(at(1969, 12, 29, 9), at(1969, 12, 29, 10)), kHour);
    EXPECT_EQ(calendar.between(at(2026, 11, 21, 0), at(2026, 11, 22, 23)), 0) << "a weekend";
    EXPECT_GT(calendar.add(at(2026, 1, 1, 0), 100'000 * kHour), at(2030, 1, 1, 0)) << "bounded, not endless";
}

}  // namespace
}  // namespace shuwei::work
