#include "shuwei/asset/source_learning.hpp"

#include <gtest/gtest.h>

namespace shuwei::asset {
namespace {

using base::Duration;
using base::kDay;
using base::kHour;
using base::kMinute;
using base::kSecond;

constexpr base::Timestamp kStart = 1'790'000'000 * kSecond;

struct Part {
    int times;
    std::vector<Duration> pauses;
};

TEST(PauseHistory, TheThresholdFollowsWhatIsUsual) {
    struct Case {
        const char* what;
        std::vector<Part> parts;
        Duration at_least;
        Duration at_most;
    };
    const Case cases[] = {
        {"a line a second", {{7 * 86400, {kSecond}}}, kShortestSilence, kShortestSilence},
        {"a beat a minute", {{3 * 1440, {kMinute}}}, kShortestSilence, 6 * kMinute},
        {"every ten minutes", {{3 * 144, {10 * kMinute}}}, 40 * kMinute, 48 * kMinute},
        {"chatter by day, eight hours of night", {{14, {kSecond, 16 * kHour / 960}}, {14, std::vector<Duration>(960, kMinute)}, {14, {8 * kHour}}}, 32 * kHour, 39 * kHour},
        {"once a day", {{30, {kDay}}}, 4 * kDay, 5 * kDay},
        {"once a week: the cap", {{30, {7 * kDay}}}, kLongestSilence, kLongestSilence},
        {"one pause of ten minutes in a month", {{30 * 86400, {kSecond}}, {1, {10 * kMinute}}}, kShortestSilence, kShortestSilence},
    };
    for (const Case& c : cases) {
        PauseHistory history;
        base::Timestamp at = kStart;
        for (const Part& part : c.parts) {
            for (int i = 0; i < part.times; ++i) {
                for (const Duration pause : part.pauses) history.add(pause, at += pause);
            }
        }
        const auto threshold = learned_silence(history, 1000, at - kStart);
        ASSERT_TRUE(threshold) << c.what;
        EXPECT_GE(*threshold, c.at_least) << c.what << ": " << *threshold / kSecond << " s";
        EXPECT_LE(*threshold, c.at_most) << c.what << ": " << *threshold / kSecond << " s";
    }
}

TEST(PauseHistory, NobodyIsJudgedByTooLittle) {
    PauseHistory history;
    base::Timestamp at = kStart;
    for (int i = 0; i < 7; ++i) history.add(kMinute, at += kMinute);
    EXPECT_FALSE(learned_silence(history, 1000, kDay)) << "seven pauses";
    history.add(kMinute, at += kMinute);
    EXPECT_FALSE(learned_silence(history, 19, kDay)) << "nineteen lines";
    EXPECT_EQ(learned_silence(history, 20, kHour), kFirstDaySilence) << "no night was seen yet";
    EXPECT_LT(*learned_silence(history, 20, kDay), 6 * kMinute);
}

TEST(PauseHistory, WhatIsOldIsForgotten) {
    PauseHistory history;
    base::Timestamp at = kStart;
    for (int i = 0; i < 10; ++i) history.add(kDay, at += kDay);
    EXPECT_GE(history.usual_longest(), kDay);
    for (int i = 0; i < 1440 * 120; ++i) history.add(kMinute, at += kMinute);
    EXPECT_LT(history.usual_longest(), 2 * kMinute) << "four months of a beat a minute";
}

TEST(ClockHistory, DriftIsToldFromAWrongZone) {
    struct Case {
        const char* what;
        Duration read_in;
        std::vector<Duration> drifts;
        ClockVerdict verdict;
        const char* zone;
    };
    const auto steady = [](Duration drift, Duration jitter = 0) {
        return std::vector<Duration>{drift, drift + jitter, drift, drift - jitter, drift, drift + jitter};
    };
    const Case cases[] = {
        {"nothing yet", 8 * kHour, {}, ClockVerdict::unknown, ""},
        {"four samples", 8 * kHour, {-8 * kHour, -8 * kHour, -8 * kHour, -8 * kHour}, ClockVerdict::unknown, ""},
        {"right", 8 * kHour, steady(-kSecond, kSecond), ClockVerdict::right, ""},
        {"just within a minute", 8 * kHour, steady(kMinute), ClockVerdict::right, ""},
        {"writes UTC, read as Shanghai", 8 * kHour, steady(-8 * kHour, 2 * kSecond), ClockVerdict::zone, "UTC"},
        {"writes Shanghai, read as UTC", 0, steady(8 * kHour - 40 * kSecond), ClockVerdict::zone, "Asia/Shanghai"},
        {"India, read as Shanghai", 8 * kHour, steady(-150 * kMinute), ClockVerdict::zone, "+05:30"},
        {"New York in winter, read as Shanghai", 8 * kHour, steady(-13 * kHour), ClockVerdict::zone, "-05:00"},
        {"one late batch among many", 8 * kHour, {-8 * kHour, -8 * kHour, -9 * kHour, -8 * kHour, -8 * kHour, -8 * kHour, -8 * kHour, -8 * kHour}, ClockVerdict::zone, "UTC"},
        {"no zone is so far east", 8 * kHour, steady(7 * kHour), ClockVerdict::ahead, ""},
        {"three minutes slow", 8 * kHour, steady(-187 * kSecond), ClockVerdict::behind, ""},
        {"a year fast", 8 * kHour, steady(365 * kDay), ClockVerdict::ahead, ""},
        {"an old file read anew", 8 * kHour, {-8 * kHour, -7 * kHour, -6 * kHour, -5 * kHour, -4 * kHour, -3 * kHour}, ClockVerdict::unsteady, ""},
    };
    for (const Case& c : cases) {
        ClockHistory clock;
        for (const Duration drift : c.drifts) clock.add(drift, c.read_in);
        const ClockFinding found = judge_clock(clock);
        EXPECT_EQ(to_string(found.verdict), to_string(c.verdict)) << c.what;
        EXPECT_EQ(found.verdict == ClockVerdict::zone ? zone_named(found.zone_offset) : "", c.zone) << c.what;
    }
}

TEST(ClockHistory, AnotherZoneThatMovesNothingIsStatedInTheLines) {
    ClockHistory clock;
    for (int i = 0; i < 6; ++i) clock.add(-8 * kHour, 8 * kHour);
    ASSERT_EQ(judge_clock(clock).verdict, ClockVerdict::zone);
    clock.begin_anew();
    EXPECT_EQ(judge_clock(clock).verdict, ClockVerdict::unknown);
    clock.add(-8 * kHour, 8 * kHour);  // was on its way when the zone was set
    for (int i = 0; i < 6; ++i) clock.add(-8 * kHour, 0);
    EXPECT_EQ(judge_clock(clock).verdict, ClockVerdict::stated_zone);
}

TEST(SourceLearning, IsWrittenAndReadBack) {
    SourceLearning learning;
    base::Timestamp at = kStart;
    for (int i = 0; i < 30; ++i) {
        learning.pauses.add(10 * kMinute, at += 10 * kMinute);
        learning.clock.add(-8 * kHour, 8 * kHour);
    }
    learning.clock.begin_anew();
    learning.clock.add(1500 * base::kMillisecond, 0);
    for (int i = 0; i < 12; ++i) learning.add_pack("pack-" + std::to_string(i), 100 - i);
    learning.add_host("fw-01");
    learning.add_host("");
    EXPECT_FALSE(learning.several_hosts);
    learning.add_host("fw-02");
    const SourceLearning again = SourceLearning::decode(learning.encode());
    EXPECT_EQ(again.encode(), learning.encode());
    EXPECT_EQ(again.pauses.usual_longest(), learning.pauses.usual_longest());
    EXPECT_EQ(again.clock.drift(), 1500 * base::kMillisecond);
    EXPECT_EQ(again.clock.before()->drift, -8 * kHour);
    EXPECT_EQ(again.packs.size(), SourceLearning::kPacks);
    EXPECT_EQ(again.main_pack(), "pack-0");
    EXPECT_TRUE(again.several_hosts);
    for (const char* damaged : {"", "{", "[]", "{\"pauses\":\"x\"}", "null"}) {
        EXPECT_EQ(SourceLearning::decode(damaged).encode(), SourceLearning().encode()) << damaged;
    }
}

}  // namespace
}  // namespace shuwei::asset
