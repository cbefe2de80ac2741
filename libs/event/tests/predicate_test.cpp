#include "shuwei/event/predicate.hpp"

#include <gtest/gtest.h>

namespace shuwei::event {
namespace {

constexpr base::Timestamp kNoon = 1'795'348'800 * base::kSecond;  // 2026-11-22T12:00:00Z

EventBatch sample() {
    EventBatch batch;
    Event& event = batch.add_event();
    event.seq = 7;
    event.time = kNoon;
    event.received = kNoon + base::kSecond;
    event.peer = *base::IpAddress::parse("192.0.2.7");
    event.raw = "<38>Nov 22 12:00:00 gw sshd[42]: Failed password for Root \xB5\xC7\xC2\xBC";  // 登录 in GBK
    batch.add(event, user_name, "Administrator");
    batch.add(event, user_name, "root");
    batch.add(event, source_ip, "10.1.2.3");
    batch.add(event, source_port, "50022", ValueKind::number);
    batch.add(event, event_severity, "high");  // not an integer, although the catalogue says so
    batch.add(event, event_start, "2026-11-22T11:59:00Z");
    batch.add(event, url_query, "q=a*b?c\\d");
    batch.add(event, "vendor.score", "7.5", ValueKind::number);
    batch.add(event, "vendor.note", "");
    batch.add(event, "vendor.nothing", {}, ValueKind::null);
    return batch;
}

bool holds(const Predicate& predicate) {
    const EventBatch batch = sample();
    return matches(predicate, batch, batch[0], "sshd");
}

TEST(Predicate, ComparesAsTheCatalogueSays) {
    struct Case {
        std::string_view field;
        Comparison comparison;
        std::string_view value;
        bool expected;
    };
    constexpr Case kCases[] = {
        {"user.name", Comparison::equals, "administrator", true},
        {"user.name", Comparison::equals, "ROOT", true},  // any of the values
        {"user.name", Comparison::equals, "roo", false},
        {"user.name", Comparison::wildcard, "adm*", true},
        {"user.name", Comparison::wildcard, "*t", true},
        {"user.name", Comparison::wildcard, "r??t", true},
        {"user.name", Comparison::wildcard, "r?t", false},
        {"user.id", Comparison::exists, "", false},
        {"user.name", Comparison::exists, "", true},
        {"vendor.note", Comparison::exists, "", true},
        {"vendor.note", Comparison::equals, "", true},
        {"user.id", Comparison::equals, "", false},
        {"vendor.nothing", Comparison::exists, "", false},
        {"source.ip", Comparison::equals, "10.1.2.3", true},
        {"source.ip", Comparison::equals, "::ffff:10.1.2.3", true},
        {"source.ip", Comparison::network, "10.0.0.0/8", true},
        {"source.ip", Comparison::network, "10.2.0.0/16", false},
        {"source.ip", Comparison::wildcard, "10.1.*", true},
        {"source.ip", Comparison::wildcard, "10.1.2*", true},
        {"source.ip", Comparison::wildcard, "10.2.*", false},
        {"source.ip", Comparison::greater, "10.1.2.2", true},
        {"source.ip", Comparison::greater, "10.1.2.30", false},
        {"source.port", Comparison::equals, "50022", true},
        {"source.port", Comparison::equals, "050022", true},
        {"source.port", Comparison::greater_equal, "1024", true},
        {"source.port", Comparison::less, "9", false},  // by value, not by text
        {"source.port", Comparison::greater, "50021.5", true},
        {"source.port", Comparison::wildcard, "500*", true},
        {"event.severity", Comparison::equals, "HIGH", true},
        {"event.severity", Comparison::greater, "3", false},
        {"event.start", Comparison::less, "2026-11-22T20:00:00+08:00", true},
        {"event.start", Comparison::less, "2026-11-22", false},
        {"@timestamp", Comparison::greater_equal, "2026-11-22T12:00:00Z", true},
        {"@timestamp", Comparison::greater, "2026-11-22T12:00:00Z", false},
        {"event.ingested", Comparison::equals, "2026-11-22T12:00:01Z", true},
        {"log.source.address", Comparison::network, "192.0.2.0/24", true},
        {"shuwei.seq", Comparison::equals, "7", true},
        {"shuwei.pack", Comparison::equals, "sshd", true},
        {"vendor.score", Comparison::greater, "7", true},
        {"vendor.score", Comparison::greater, "70", false},
        {"url.query", Comparison::equals, "q=a*b?c\\d", true},
        {"url.query", Comparison::wildcard, "*a\\*b\\?c\\\\d", true},
        {"url.query", Comparison::wildcard, "*a\\?b*", false},
        {"event.original", Comparison::wildcard, "*failed*root*", true},
        {"no.such.field", Comparison::equals, "x", false},
    };
    for (const Case& each : kCases) {
        const Predicate term = Predicate::compare(std::string(each.field), each.comparison, std::string(each.value));
        EXPECT_EQ(holds(term), each.expected) << term.to_string();
    }
}

TEST(Predicate, FindsFreeTextInEitherCharset) {
    EXPECT_TRUE(holds(Predicate::free_text("failed PASSWORD")));
    EXPECT_FALSE(holds(Predicate::free_text("accepted")));
    EXPECT_TRUE(holds(Predicate::free_text("登录")));
    EXPECT_FALSE(holds(Predicate::free_text("失败")));
    EXPECT_TRUE(holds(Predicate::free_text("")));
}

TEST(Predicate, JoinsTerms) {
    const Predicate yes = Predicate::free_text("sshd");
    const Predicate no = Predicate::free_text("sudo");
    EXPECT_TRUE(holds(Predicate{}));
    EXPECT_TRUE(holds(Predicate::all_of({})));
    EXPECT_FALSE(holds(Predicate::any_of({})));
    EXPECT_TRUE(holds(Predicate::any_of({no, yes})));
    EXPECT_FALSE(holds(Predicate::all_of({yes, no})));
    EXPECT_TRUE(holds(Predicate::negation(no)));
    EXPECT_TRUE(holds(Predicate::all_of({yes, Predicate::negation(Predicate::all_of({yes, no}))})));
    // Absent, so neither it nor its opposite is stored: the negation is true.
    EXPECT_TRUE(holds(Predicate::negation(Predicate::compare("user.id", Comparison::equals, "0"))));
}

TEST(Predicate, KnowsItsSizeAndRewritesItsTerms) {
    Predicate predicate = Predicate::all_of({Predicate::free_text("a"), Predicate::any_of({Predicate::exists("x"), Predicate::free_text("b")})});
    EXPECT_EQ(predicate.depth(), 3u);
    EXPECT_EQ(predicate.terms(), 3u);
    predicate.for_each_term([](Predicate& term) {
        if (term.kind == Predicate::Kind::field) term = Predicate::compare("y", Comparison::equals, "1");
    });
    EXPECT_EQ(predicate.to_string(), R"((text "a" and (y = "1" or text "b")))");
}

TEST(Predicate, WildcardsStayLinear) {
    const std::string text(100'000, 'a');
    EXPECT_FALSE(wildcard_matches("*a*a*a*a*a*a*a*a*b", text));
    EXPECT_TRUE(wildcard_matches(escape_wildcard("a*b?c\\d"), "A*B?C\\D"));
    EXPECT_TRUE(wildcard_matches("登?失败", "登录失败"));
    EXPECT_TRUE(wildcard_matches("", ""));
    EXPECT_FALSE(wildcard_matches("", "a"));
    EXPECT_TRUE(wildcard_matches("**", ""));
}

}  // namespace
}  // namespace shuwei::event
