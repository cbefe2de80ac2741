#include "shuwei/eventstore/kql.hpp"

#include <gtest/gtest.h>

namespace shuwei::eventstore {
namespace {

struct Case {
    std::string_view query;
    std::string_view meaning;
};

TEST(Kql, Means) {
    constexpr Case kCases[] = {
        {"", "everything"},
        {"   ", "everything"},
        {"*", "everything"},
        {"root", R"(text "root")"},
        {"failed password", R"((text "failed" and text "password"))"},
        {"\"failed password\"", R"(text "failed password")"},
        {"登录失败", "text \"登录失败\""},
        {"管理员\u3000登录", "(text \"管理员\" and text \"登录\")"},
        {"user.name:root", R"(user.name = "root")"},
        {"user.name : root", R"(user.name = "root")"},
        {"user.name:\"Wang Wei\"", R"(user.name = "Wang Wei")"},
        {"user.name:\"say \\\"hi\\\" \\\\\"", R"(user.name = "say \"hi\" \\")"},
        {"user.name:adm*", R"(user.name ~ "adm*")"},
        {"user.name:\"adm*\"", R"(user.name = "adm*")"},
        {"user.name:a\\*b", R"(user.name = "a*b")"},
        {"user.name:a\\*b*", R"(user.name ~ "a\\*b*")"},
        {"url.query:a?b=*", R"(url.query ~ "a\\?b=*")"},
        {"user.name:*", "user.name exists"},
        {"not user.name:*", "not user.name exists"},
        {"user.name:root and source.port >= 1024", R"((user.name = "root" and source.port >= "1024"))"},
        {"user.name:root AND NOT source.port<1024", R"((user.name = "root" and not source.port < "1024"))"},
        {"a:1 or b:2 and c:3", R"((a = "1" or (b = "2" and c = "3")))"},
        {"(a:1 or b:2) and c:3", R"(((a = "1" or b = "2") and c = "3"))"},
        {"a:1 b:2 or c:3", R"(((a = "1" and b = "2") or c = "3"))"},
        {"user.name:(root or admin*)", R"((user.name = "root" or user.name ~ "admin*"))"},
        {"user.name:(not root)", R"(not user.name = "root")"},
        {"event.code:(4624 or (4625 and not 4634))", R"((event.code = "4624" or (event.code = "4625" and not event.code = "4634")))"},
        {"source.ip:10.0.0.0/8", R"(source.ip in network "10.0.0.0/8")"},
        {"source.ip:10.1.*", R"(source.ip ~ "10.1.*")"},
        {"source.ip:2001:db8::1", R"(source.ip = "2001:db8::1")"},
        {"source.ip:::1", R"(source.ip = "::1")"},
        {"source.ip:2001:db8::/32", R"(source.ip in network "2001:db8::/32")"},
        {"source.ip:(10.0.0.1 or ::1)", R"((source.ip = "10.0.0.1" or source.ip = "::1"))"},
        {"@timestamp >= 2026-11-21T08:30:00+08:00", R"(@timestamp >= "2026-11-21T08:30:00+08:00")"},
        {"source.bytes:>1000", R"(source.bytes > "1000")"},
        {"file.path:C:\\Windows\\System32\\cmd.exe", R"(file.path = "C:\\Windows\\System32\\cmd.exe")"},
        {"file.path:\"C:\\Program Files\\a\"", R"(file.path = "C:\\Program Files\\a")"},
        {"url.path:/etc/passwd", R"(url.path = "/etc/passwd")"},
        {"fail*ssh2", R"(event.original ~ "*fail*ssh2*")"},
        {"'; DROP TABLE events_1; --", R"((text "';" and text "DROP" and text "TABLE" and text "events_1;" and text "--"))"},
        {"\"and\"", R"(text "and")"},
        {"\\and", R"(text "\\and")"},
        {"android", R"(text "android")"},
    };
    for (const Case& each : kCases) {
        const auto parsed = parse_kql(each.query);
        ASSERT_TRUE(parsed) << each.query << ": " << parsed.error().message;
        EXPECT_EQ(parsed->to_string(), each.meaning) << each.query;
    }
}

TEST(Kql, SaysWhereAndWhyItDoesNotUnderstand) {
    struct Problem {
        std::string_view query;
        size_t position;
        size_t length;
        std::string_view message;
    };
    constexpr Problem kProblems[] = {
        {"user.name:", 10, 0, "a value is missing after ':'"},
        {"user.name: and x", 11, 3, "a value is missing after ':'"},
        {"(a:1 or b:2", 0, 1, "the ')' for this '(' is missing"},
        {"a:1)", 3, 1, "there is no '(' for this ')'"},
        {"user:(a or b", 5, 1, "the ')' for this '(' is missing"},
        {"or a:1", 0, 2, "'or' needs something on both sides"},
        {"a:1 and", 7, 0, "something is missing at the end"},
        {"用户:张 and", 8, 0, "something is missing at the end"},
        {"名称 \"未完", 3, 3, "the closing '\"' is missing"},
        {":x", 0, 1, "the field name before ':' is missing"},
        {"user.*:x", 0, 6, "a field name cannot have a '*'"},
        {"a > ", 2, 1, "a value is missing after the comparison"},
        {"a > 1*", 4, 2, "a '*' cannot be compared by size"},
        {"> 5", 0, 1, "the field name before the comparison is missing"},
        {"source.ip:10.0.0.0/33", 10, 11, "'10.0.0.0/33' is not a network"},
        {"@timestamp > yesterday", 13, 9, "'yesterday' is not a time"},
        {"()", 1, 1, "something is missing before ')'"},
        {"not", 3, 0, "something is missing at the end"},
        {"a\xff", 0, 2, "the query is not valid UTF-8"},
    };
    for (const Problem& each : kProblems) {
        const auto parsed = parse_kql(each.query);
        ASSERT_FALSE(parsed) << each.query << " was taken as " << parsed->to_string();
        EXPECT_EQ(parsed.error().message, each.message) << each.query;
        EXPECT_EQ(parsed.error().position, each.position) << each.query;
        EXPECT_EQ(parsed.error().length, each.length) << each.query;
    }
    EXPECT_EQ(parse_kql("user.name:").error().to_error().to_string(),
              "character 11: a value is missing after ':' (user.name:* asks whether the field is there)");
}

TEST(Kql, RefusesWhatIsTooLarge) {
    EXPECT_FALSE(parse_kql(std::string(1000, '(') + "a" + std::string(1000, ')')));
    std::string nots;
    for (int i = 0; i < 1000; ++i) nots += "not ";
    EXPECT_FALSE(parse_kql(nots + "a"));
    std::string many = "user:(a0";
    for (size_t i = 1; i <= kMaxQueryTerms; ++i) many += " or a" + std::to_string(i);
    EXPECT_FALSE(parse_kql(many + ")"));
    EXPECT_FALSE(parse_kql(std::string(kMaxQueryBytes + 1, 'a')));
    EXPECT_TRUE(parse_kql(std::string(20, '(') + "a" + std::string(20, ')')));
}

TEST(Kql, NamesItsFieldsOnce) {
    const auto parsed = parse_kql("user.name:a or source.ip:10.0.0.1 or user.name:b or text or sshd.method:*");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(fields_of(*parsed), (std::vector<std::string>{"user.name", "source.ip", "sshd.method"}));
}

TEST(Kql, NamedGroups) {
    const GroupLookup groups = [](std::string_view name) -> std::optional<std::vector<GroupEntry>> {
        if (name != "office") return std::nullopt;
        return std::vector<GroupEntry>{{event::Comparison::network, "10.0.0.0/8"}, {event::Comparison::equals, "192.0.2.1"}};
    };
    EXPECT_EQ(parse_kql("source.ip:@office", groups)->to_string(), "(source.ip in network \"10.0.0.0/8\" or source.ip = \"192.0.2.1\")");
    EXPECT_EQ(parse_kql("source.ip:(not @office)", groups)->kind, event::Predicate::Kind::negation);
    // What is no name, and what is in quotes, is text.
    for (const char* text : {"a:@x.example", "a:\"@office\"", "a:@Office", "a:@", "@office"}) {
        EXPECT_EQ(parse_kql(text, groups)->children.size(), 0u) << text;
    }
    const auto unknown = parse_kql("a:1 and source.ip:@ofice", groups);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().position, 18u);
    EXPECT_EQ(unknown.error().length, 6u);
    EXPECT_EQ(unknown.error().message, "there is no resource @ofice");
    EXPECT_NE(parse_kql("source.ip:@office").error().message.find("cannot be used here"), std::string::npos);
}

}  // namespace
}  // namespace shuwei::eventstore
