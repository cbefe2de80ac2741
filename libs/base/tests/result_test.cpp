#include "shuwei/base/result.hpp"

#include <gtest/gtest.h>

#include "shuwei/base/metrics.hpp"
#include "shuwei/base/random.hpp"

namespace shuwei::base {
namespace {

Result<int> parse_rule(bool good) {
    if (!good) return fail(Error(ErrorCode::invalid_argument, "unknown modifier 'foo'").at("line 12"));
    return 7;
}

Result<int> load(bool good) {
    auto rule = parse_rule(good);
    if (!rule) return fail(std::move(rule).error().at("rules/a.yml"));
    return *rule;
}

Result<int> twice(bool good) {
    TRY_ASSIGN(const int once, load(good));
    return 2 * once;
}

Result<> check(bool good) {
    TRY(twice(good));
    return {};
}

TEST(Result, ErrorsGatherPlacesOutwardsAndReadFromTheOutside) {
    const auto failed = check(false);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(failed.error().to_string(), "rules/a.yml: line 12: unknown modifier 'foo'");
    EXPECT_EQ(*twice(true), 14);
    EXPECT_TRUE(check(true));
}

TEST(Metrics, OneMetricForANameAndLabelsInWhateverOrder) {
    Metrics metrics;
    metrics.counter("dropped_total", "Frames dropped", {{"listener", "udp"}, {"reason", "kernel"}}).add(2);
    metrics.counter("dropped_total", "", {{"reason", "kernel"}, {"listener", "udp"}}).add(3);
    metrics.counter("dropped_total", "", {{"listener", "a\"b\\c\nd"}}).add();
    metrics.gauge("open", "Open connections").set(-1);
    EXPECT_EQ(metrics.sum("dropped_total"), 6);
    EXPECT_EQ(metrics.sum("unknown"), 0);
    EXPECT_EQ(metrics.to_prometheus(),
              "# HELP dropped_total Frames dropped\n# TYPE dropped_total counter\n"
              "dropped_total{listener=\"a\\\"b\\\\c\\nd\"} 1\n"
              "dropped_total{listener=\"udp\",reason=\"kernel\"} 5\n"
              "# HELP open Open connections\n# TYPE open gauge\nopen -1\n");
}

TEST(Random, PasswordsAreLongEnoughAndReadable) {
    SystemRandom random;
    const std::string password = random.password(20);
    EXPECT_EQ(password.size(), 20u);
    EXPECT_EQ(password.find_first_of("0O1lI"), std::string::npos);
    EXPECT_NE(password, random.password(20));
    EXPECT_EQ(random.hex(16).size(), 32u);
}

}  // namespace
}  // namespace shuwei::base
