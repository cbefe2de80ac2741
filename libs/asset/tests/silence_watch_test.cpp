#include "shuwei/asset/silence_watch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace shuwei::asset {
namespace {

using base::kHour;
using base::kMinute;
using base::kSecond;
using ledger::Reader;
using ledger::Transaction;
using Kind = SilenceChange::Kind;

const ledger::MigrationSet kTenants{
    "access",
    {{1, "tenants", "CREATE TABLE tenant (number INTEGER PRIMARY KEY); INSERT INTO tenant VALUES (1), (2);"}}};

constexpr base::Timestamp kStart = 1'790'000'000 * kSecond;

struct SilenceWatchTest : testing::Test {
    SilenceWatchTest() {
        std::string name = (std::filesystem::temp_directory_path() / "shuwei-silence-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        auto opened = ledger::Ledger::open(folder, std::vector{kTenants, migrations()}, clock, random);
        EXPECT_TRUE(opened) << opened.error().to_string();
        ledger = std::move(*opened);
    }
    ~SilenceWatchTest() override {
        ledger = nullptr;
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }
    // Lines in even steps, the last one at `until`.
    void beats(const std::string& peer, base::Timestamp since, base::Timestamp until, const std::string& listener = "syslog") {
        std::vector<SourceDelta> deltas;
        for (base::Timestamp at = since; at <= until; at += kMinute) {
            deltas.push_back({.key = {1, listener, peer, ""}, .lines = 5, .bytes = 100, .first = at, .last = at});
        }
        const auto done = ledger->transaction([&](Transaction& t) { return store.record(t, deltas); });
        ASSERT_TRUE(done) << done.error().to_string();
    }
    void line(const std::string& peer, base::Timestamp at) { beats(peer, at, at); }
    std::vector<SilenceChange> look(const std::vector<Listener>& deaf = {}) {
        auto done = ledger->transaction([&](Transaction& t) { return watch.look(t, now, deaf); });
        EXPECT_TRUE(done) << done.error().to_string();
        return std::move(*done);
    }
    // Looks every few seconds until `until`, as the program does.
    std::vector<SilenceChange> watch_until(base::Timestamp until, const std::vector<Listener>& deaf = {}) {
        auto changes = ledger->transaction([&](Transaction& t) -> base::Result<std::vector<SilenceChange>> {
            std::vector<SilenceChange> all;
            while (now < until) {
                now = std::min(now + 20 * kSecond, until);
                TRY_ASSIGN(auto some, watch.look(t, now, deaf));
                for (auto& change : some) all.push_back(std::move(change));
            }
            return all;
        });
        EXPECT_TRUE(changes) << changes.error().to_string();
        return std::move(*changes);
    }
    // A beat a minute for a day and a bit: threshold just above five minutes.
    void make_regular(const std::string& peer, const std::string& listener = "syslog") {
        beats(peer, kStart, kStart + 25 * kHour, listener);
        now = kStart + 25 * kHour;
        look();
    }
    Source source(const std::string& peer) {
        const auto sources = ledger->read([&](Reader& r) { return store.list(r, TenantScope::every_tenant()); });
        return *std::ranges::find(*sources, peer, [](const Source& s) { return s.key.peer; });
    }
    void update(const std::string& peer, const SourceChange& change) {
        const auto done = ledger->transaction([&](Transaction& t) {
            return store.update(t, TenantScope::only(1), source(peer).id, change, ledger::Actor::person("li.na", "::1"), ledger->audit());
        });
        ASSERT_TRUE(done) << done.error().to_string();
    }

    std::filesystem::path folder;
    base::ManualClock clock;
    base::SystemRandom random;
    std::unique_ptr<ledger::Ledger> ledger;
    SourceStore store;
    SilenceWatch watch;
    base::Timestamp now = kStart;
};

TEST_F(SilenceWatchTest, OneAlarmASilenceAndItsEnd) {
    make_regular("10.0.0.1");
    const base::Timestamp last = now;
    EXPECT_TRUE(watch_until(last + 5 * kMinute).empty());
    const auto fell = watch_until(last + 30 * kMinute);
    ASSERT_EQ(fell.size(), 1U) << "once, not at every look";
    EXPECT_EQ(fell[0].kind, Kind::fell_silent);
    EXPECT_GT(fell[0].quiet, fell[0].allowed);
    EXPECT_LT(fell[0].allowed, 6 * kMinute);
    EXPECT_EQ(source("10.0.0.1").silent_since, last);
    line("10.0.0.1", now - kSecond);
    const auto ended = look();
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_EQ(ended[0].kind, Kind::spoke_again);
    EXPECT_EQ(ended[0].quiet, 30 * kMinute - kSecond);
    EXPECT_FALSE(source("10.0.0.1").silent_since);
    EXPECT_LT(*silence_threshold(source("10.0.0.1")), 30 * kMinute) << "an alarm is not learned as usual at once";
}

TEST_F(SilenceWatchTest, ARestartOfHoursBlamesNobodyAndTeachesNothing) {
    make_regular("10.0.0.1");
    const auto threshold = *silence_threshold(source("10.0.0.1"));
    now += 10 * kHour;  // nobody looked
    EXPECT_TRUE(look().empty());
    line("10.0.0.1", now + kSecond);
    EXPECT_EQ(silence_threshold(source("10.0.0.1")), threshold);
    EXPECT_EQ(watch_until(now + 10 * kMinute).size(), 1U) << "afterwards it counts again";
}

TEST_F(SilenceWatchTest, TimeDownDoesNotCountTimeUpDoes) {
    make_regular("10.0.0.1");
    EXPECT_TRUE(watch_until(now + 4 * kMinute).empty());
    now += 3 * kHour;
    EXPECT_TRUE(look().empty());
    EXPECT_EQ(watch_until(now + 2 * kMinute).size(), 1U) << "four minutes before the restart and two after it";
}

TEST_F(SilenceWatchTest, APausedInputBlamesNoneOfItsSources) {
    make_regular("10.0.0.1", "branch");
    make_regular("10.0.0.2", "syslog");
    const std::vector<Listener> paused{{1, "branch"}};
    const auto changes = watch_until(now + kHour, paused);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].source.key.peer, "10.0.0.2");
    EXPECT_TRUE(watch_until(now + 5 * kMinute).empty()) << "after the pause it has its time";
    EXPECT_EQ(watch_until(now + 5 * kMinute).size(), 1U);
}

TEST_F(SilenceWatchTest, PeopleSetTheThresholdOrLetItBe) {
    line("10.0.0.1", kStart);
    EXPECT_TRUE(watch_until(kStart + kHour).empty()) << "too little to be judged";
    update("10.0.0.1", {.own_silence = 30 * kSecond});
    const auto fell = look();
    ASSERT_EQ(fell.size(), 1U);
    EXPECT_EQ(fell[0].allowed, 30 * kSecond);
    update("10.0.0.1", {.silence_rule = SilenceRule::allowed});
    const auto excused = look();
    ASSERT_EQ(excused.size(), 1U);
    EXPECT_EQ(excused[0].kind, Kind::excused);
    EXPECT_TRUE(watch_until(now + kHour).empty());
    update("10.0.0.1", {.silence_rule = SilenceRule::own});
    EXPECT_EQ(look().size(), 1U) << "its own threshold was kept";
}

TEST_F(SilenceWatchTest, WhatIsSilentAgainAndAgainIsSoUsually) {
    make_regular("10.0.0.1");
    int alarms = 0;
    for (int day = 0; day < 14; ++day) {
        for (const auto& change : watch_until(now + 3 * kHour)) alarms += change.kind == Kind::fell_silent;
        const base::Timestamp spoke = now;
        beats("10.0.0.1", spoke, spoke + kHour);
        watch_until(spoke + kHour);
    }
    EXPECT_GE(alarms, 1);
    EXPECT_LE(alarms, 6) << "three hours become its way";
}

TEST_F(SilenceWatchTest, AClockSetBackHarmsNothing) {
    make_regular("10.0.0.1");
    now -= 2 * kHour;
    EXPECT_TRUE(look().empty());
    EXPECT_TRUE(watch_until(now + kHour).empty());
}

}  // namespace
}  // namespace shuwei::asset
