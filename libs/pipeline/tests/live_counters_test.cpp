#include "shuwei/pipeline/live_counters.hpp"

#include <gtest/gtest.h>

namespace shuwei::pipeline {
namespace {

using ledger::TenantScope;

constexpr base::Timestamp kNow = 1'790'000'000 * base::kSecond;

asset::SourceKey source(uint32_t tenant, std::string host) {
    return {.tenant = tenant, .listener = "syslog", .peer = "10.0.0.1", .host = std::move(host)};
}

TEST(LiveCounters, CountTheLastWholeMinuteOfTheTenantsInScope) {
    LiveCounters counters;
    counters.add(1, kNow - 61 * base::kSecond, 6000);  // too old
    counters.add(1, kNow - 30 * base::kSecond, 600);
    counters.add(2, kNow - 1 * base::kSecond, 60);
    counters.add(2, kNow, 6000);  // this second is not over yet
    EXPECT_DOUBLE_EQ(counters.per_second(TenantScope::only(1), kNow), 10);
    EXPECT_DOUBLE_EQ(counters.per_second(TenantScope::only(2), kNow), 1);
    EXPECT_DOUBLE_EQ(counters.per_second(TenantScope::every_tenant(), kNow), 11);
    EXPECT_DOUBLE_EQ(counters.per_second(TenantScope::only(3), kNow), 0);
}

TEST(LiveCounters, OldCountsGoWhenTheClockMovesOn) {
    LiveCounters counters;
    counters.add(1, kNow, 60);
    counters.add(1, kNow + 10 * base::kMinute, 0);
    EXPECT_DOUBLE_EQ(counters.per_second(TenantScope::only(1), kNow + 10 * base::kMinute), 0);
}

TEST(LiveCounters, AClockThatStepsBackNeitherCrashesNorInventsEvents) {
    LiveCounters counters;
    counters.add(1, kNow, 60);
    counters.add(1, kNow - base::kHour, 1'000'000);
    EXPECT_DOUBLE_EQ(counters.per_second(TenantScope::only(1), kNow + base::kSecond), 1);
}

TEST(LiveCounters, SourcesHaveARateAndAnHourOfMinutes) {
    LiveCounters counters;
    counters.add_source(source(1, "web-01"), kNow - base::kMinute, 120);
    counters.add_source(source(1, "web-01"), kNow - base::kSecond, 60);
    counters.add_source(source(2, "db-01"), kNow, 60);
    const auto rates = counters.source_rates(TenantScope::only(1), kNow);
    ASSERT_EQ(rates.size(), 1u);
    EXPECT_EQ(rates[0].key.host, "web-01");
    EXPECT_GT(rates[0].per_second, 0);
    double minutes = 0;
    for (const double minute : rates[0].series) minutes += minute;
    EXPECT_DOUBLE_EQ(minutes, 3);
}

TEST(LiveCounters, PacksAreCountedSinceTheStart) {
    LiveCounters counters;
    counters.add_pack("linux-sshd", 2);
    counters.add_pack("linux-sshd", 3);
    EXPECT_EQ(counters.pack_events(), (std::map<std::string, uint64_t>{{"linux-sshd", 5}}));
}

}  // namespace
}  // namespace shuwei::pipeline
