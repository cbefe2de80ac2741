// The parts: sparkline, stage, policy file, window index.
#include <fstream>
#include <numeric>
#include <random>

#include "shuwei/triage/policy.hpp"
#include "sparkline.hpp"
#include "triage_fixture.hpp"
#include "window_index.hpp"

namespace shuwei::triage {
namespace {

TEST(Sparkline, CountsByMinuteAndWidensWhenItOutgrowsSixtySteps) {
    Sparkline line;
    const base::Timestamp start = 1000 * kHour;
    for (int i = 0; i < 60; ++i) line.add(start + i * kMinute);
    EXPECT_EQ(line.between(start, start + 59 * kMinute), std::vector<int64_t>(60, 1));
    line.add(start + 60 * kMinute);
    auto counts = line.between(start, start + 60 * kMinute);
    EXPECT_EQ(counts.size(), 31U);
    EXPECT_EQ(counts.front(), 2);
    EXPECT_EQ(counts.back(), 1);
    line.add(start - 40 * kMinute);
    counts = line.between(start - 40 * kMinute, start + 60 * kMinute);
    EXPECT_EQ(counts.size(), 51U);
    EXPECT_EQ(counts.front(), 1);
}

TEST(Sparkline, LosesNothingWhateverTheOrderAndStaysBounded) {
    std::mt19937_64 random(3);
    for (int round = 0; round < 50; ++round) {
        Sparkline line;
        base::Timestamp first = INT64_MAX, last = INT64_MIN;
        const base::Duration span = kMinute << (round % 20);
        for (int i = 0; i < 500; ++i) {
            const base::Timestamp at =
                20'000 * kDay + static_cast<base::Duration>(random() % static_cast<uint64_t>(span));
            first = std::min(first, at);
            last = std::max(last, at);
            line.add(at);
            line = Sparkline::decode(line.encode());
        }
        const auto counts = line.between(first, last);
        EXPECT_LE(counts.size(), Sparkline::kSteps);
        EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), int64_t{0}), 500);
    }
}

TEST(Sparkline, AbsurdTimesDoNoHarm) {
    Sparkline line;
    for (const base::Timestamp at : {INT64_MIN, INT64_MAX, base::Timestamp{0}, base::Timestamp{-1}, 20'000 * kDay})
        line.add(at);
    const auto counts = line.between(INT64_MIN, INT64_MAX);
    EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), int64_t{0}), 5);
    for (const char* text : {"", ";", "1;2", "a;b;c", "1;0;1", "-5;1;1", "1;1;x,y"})
        (void)Sparkline::decode(text).between(0, 1);
}

TEST(Stage, TheFurthestTacticIsTaken) {
    EXPECT_EQ(stage_of({"attack.initial_access", "attack.t1190", "attack.credential-access"})->title_zh, "凭据访问");
    EXPECT_EQ(stage_of({"ATTACK.Command_And_Control"})->name, "command-and-control");
    EXPECT_EQ(stage_of({"cve.2021-44228", "attack.t1110"}), nullptr);
    EXPECT_EQ(stage_of({}), nullptr);
}

TEST(Policy, TheContentLoads) {
    const auto policy = Policy::load(content("triage/policy.yaml"));
    ASSERT_TRUE(policy) << policy.error().to_string();
    EXPECT_EQ(policy->quiet, kHour);
    EXPECT_EQ(policy->longest, kDay);
    ASSERT_EQ(policy->cases.size(), 3U);
    EXPECT_EQ(policy->cases[2].count, 100);
    EXPECT_EQ(policy->cases[0].level, work::ProblemLevel::urgent);
}

TEST(Policy, WhatIsWrongIsNamedWithItsPlace) {
    std::string file = (std::filesystem::temp_directory_path() / "shuwei-policy-XXXXXX").string();
    ::close(::mkstemp(file.data()));
    const std::pair<const char*, const char*> cases[] = {
        {"", "line 1: the file must be a map"},
        {"aggregation:\n  quiet: soon\n", "line 2: quiet: not a duration"},
        {"aggregation: {quiet: 2h, longest: 1h}\n", "longest must not be shorter than quiet"},
        {"limits:\n  new_per_hour: {rule: -1}\n", "line 2: rule: not a number above zero"},
        {"limits: {per_day: 3}\n", "does not know 'per_day'"},
        {"cases:\n  open:\n    - {severity: hot, level: urgent}\n", "line 3: no severity 'hot'"},
        {"cases:\n  open:\n    - {severity: high}\n", "level is missing"},
        {"cases:\n  open:\n    - {severity: high, level: worst}\n", "no problem level 'worst'"},
        {"cases: [\n", "line"},
    };
    for (const auto& [text, message] : cases) {
        std::ofstream(file) << text;
        const auto policy = Policy::load(file);
        ASSERT_FALSE(policy) << text;
        EXPECT_NE(policy.error().to_string().find(message), std::string::npos) << policy.error().to_string();
    }
    std::ofstream(file) << "{}";
    EXPECT_TRUE(Policy::load(file)) << "everything has a default";
    std::filesystem::remove(file);
}

TEST(WindowIndex, IsBoundedAndKeepsWhatIsPending) {
    WindowIndex index(100);
    const Policy policy;
    for (int64_t id = 1; id <= 5000; ++id) {
        Window window;
        window.alert_id = id;
        window.pending = id <= 20 ? 1 : 0;
        index.add(1, "key" + std::to_string(id), window);
    }
    EXPECT_LE(index.size(), 130U);
    for (int64_t id = 1; id <= 20; ++id) EXPECT_NE(index.find(id), nullptr) << id;
    EXPECT_NE(index.find(5000), nullptr) << "the latest is there";
    EXPECT_EQ(index.find(1000), nullptr);
    EXPECT_EQ(index.find(1, "key1000", 0, policy), nullptr);
    EXPECT_NE(index.find(1, "key5", 0, policy), nullptr);
    EXPECT_EQ(index.find(2, "key5", 0, policy), nullptr) << "another tenant's key is another";
    index.forget(5);
    EXPECT_EQ(index.find(5), nullptr);
    EXPECT_EQ(index.find(1, "key5", 0, policy), nullptr);
}

}  // namespace
}  // namespace shuwei::triage
