// Every modifier and value form, from rule text to match.
#include "rule_fixture.hpp"
#include "shuwei/sigma/value_groups.hpp"

namespace shuwei::sigma::test {
namespace {

using enum event::ValueKind;

struct Case {
    const char* what;
    std::string detection;  // body of `detection:` without the condition; the condition is `selection`
    std::vector<Fields> matching;
    std::vector<Fields> not_matching;
};

void check(const Case& one) {
    const auto program = compile(rule_text(one.detection + "  condition: selection\n"));
    ASSERT_NE(program, nullptr);
    const auto show = [](const Fields& fields) {
        std::string text;
        for (const Field& field : fields) text += field.name + "=" + field.value + " ";
        return text;
    };
    for (const Fields& fields : one.matching) EXPECT_EQ(match(program, fields).size(), 1U) << one.what << ": should match " << show(fields);
    for (const Fields& fields : one.not_matching) EXPECT_EQ(match(program, fields).size(), 0U) << one.what << ": should not match " << show(fields);
}

std::string selection(const std::string& line) { return "  selection:\n    " + line + "\n"; }

TEST(Modifiers, PlainValues) {
    const Case cases[] = {
        {"equals, without regard to case", selection("F: 'Abc'"), {{{"F", "aBC"}}}, {{{"F", "abcd"}}, {{"G", "abc"}}, {}}},
        {"a list is or", selection("F: [a, b]"), {{{"F", "a"}}, {{"F", "B"}}}, {{{"F", "c"}}}},
        {"a map is and", "  selection:\n    F: a\n    G: b\n", {{{"F", "a"}, {"G", "b"}}}, {{{"F", "a"}}, {{"G", "b"}}}},
        {"a list of maps is or", "  selection:\n    - F: a\n    - G: b\n      H: c\n", {{{"F", "a"}}, {{"G", "b"}, {"H", "c"}}}, {{{"G", "b"}}}},
        {"wildcards", selection("F: 'a*c?e'"), {{{"F", "abbcde"}}, {{"F", "acxe"}}}, {{{"F", "acde-"}}, {{"F", "ace"}}}},
        {"number as text", selection("F: 4688"), {{{"F", "4688"}}, {{"F", "4688", number}}}, {{{"F", "46880"}}}},
        {"boolean as text", selection("F: true"), {{{"F", "true"}}, {{"F", "True"}}, {{"F", "true", boolean}}}, {{{"F", "false"}}}},
        {"empty value", selection("F: ''"), {{{"F", ""}}}, {{{"F", " "}}, {}, {null_field("F")}}},
        {"null: missing or null", selection("F: null"), {{{"G", "x"}}, {null_field("F")}}, {{{"F", ""}}, {{"F", "x"}}}},
        {"null in a list", selection("F: [null, '', a]"), {{{"G", "x"}}, {{"F", ""}}, {{"F", "a"}}}, {{{"F", "b"}}}},
        {"any of several values of a field", selection("F: b"), {{{"F", "a"}, {"G", "x"}, {"F", "b"}}}, {{{"F", "a"}, {"F", "c"}}}},
        {"an asterisk matches whatever is there", selection("F: '*'"), {{{"F", "x"}}, {{"F", ""}}}, {{{"G", "x"}}}},
        {"an alias, when the name itself is missing", selection("Alias: a"), {{{"target_of_alias", "a"}}, {{"Alias", "a"}, {"target_of_alias", "b"}}},
         {{{"Alias", "b"}, {"target_of_alias", "a"}}}},
        {"letters beyond ASCII", selection("F: 'ÜBER戍卫'"), {{{"F", "über戍卫"}}}, {{{"F", "uber戍卫"}}}},
        {"numbers with wildcards", selection("F: '46*'"), {{{"F", "4688", number}}}, {{{"F", "4588"}}}},
    };
    for (const Case& one : cases) check(one);
}

TEST(Modifiers, Strings) {
    const Case cases[] = {
        {"contains", selection("F|contains: 'bC'"), {{{"F", "xxBCyy"}}, {{"F", "bc"}}}, {{{"F", "b-c"}}}},
        {"contains with a wildcard inside", selection("F|contains: 'b*d'"), {{{"F", "abxxde"}}}, {{{"F", "dxb"}}}},
        {"contains all", selection("F|contains|all: [a, b]"), {{{"F", "b then a"}}}, {{{"F", "only a"}}}},
        {"contains all over several values", selection("F|contains|all: [a, b]"), {{{"F", "a"}, {"F", "b"}}}, {{{"F", "a"}, {"F", "c"}}}},
        {"startswith", selection("F|startswith: 'ab'"), {{{"F", "ABc"}}}, {{{"F", "xab"}}}},
        {"endswith", selection("F|endswith: '\\cmd.exe'"), {{{"F", "C:\\Windows\\CMD.exe"}}}, {{{"F", "C:\\cmd.exe.bak"}}}},
        {"endswith longer than 32 bytes", selection("F|endswith: '\\a\\very\\long\\path\\to\\something\\deep\\cmd.exe'"),
         {{{"F", "C:\\a\\very\\long\\path\\to\\something\\deep\\cmd.exe"}}}, {{{"F", "C:\\A\\another\\path\\to\\something\\deep\\cmd.exe"}}}},
        {"cased", selection("F|cased: 'Abc'"), {{{"F", "Abc"}}}, {{{"F", "abc"}}}},
        {"contains cased", selection("F|contains|cased: 'Bc'"), {{{"F", "aBcd"}}}, {{{"F", "abcd"}}}},
        {"neq", selection("F|neq: a"), {{{"F", "b"}}, {{"G", "a"}}}, {{{"F", "A"}}}},
        {"neq of a list", selection("F|neq: [a, b]"), {{{"F", "c"}}}, {{{"F", "a"}}, {{"F", "b"}}}},
        {"not null", selection("F|neq: null"), {{{"F", "b"}}}, {{{"G", "a"}}}},
        {"windash", selection("F|windash|contains: ' -enc'"), {{{"F", "ps -ENC x"}}, {{"F", "ps /enc x"}}, {{"F", "ps \u2013enc"}}, {{"F", "ps \u2014enc"}}, {{"F", "ps \u2015enc"}}},
         {{{"F", "ps enc x"}}}},
        {"windash touches flags only", selection("F|windash|contains: 'a-b -c'"), {{{"F", "a-b /c"}}}, {{{"F", "a/b /c"}}}},
        {"windash with many dashes", selection("F|windash|contains: ' -a -b -c -d'"), {{{"F", "x /a -b \u2013c /d y"}}}, {{{"F", "x a -b -c -d"}}}},
        {"windash all", selection("F|windash|contains|all: [' -a', ' -b']"), {{{"F", "x /b -a"}}}, {{{"F", "x /a"}}}},
        {"base64", selection("F|base64: 'ping'"), {{{"F", "cGluZw=="}}}, {{{"F", "ping"}}}},
        {"base64offset", selection("F|base64offset|contains: 'http://'"),
         {{{"F", "xx aHR0cDovL2E="}}, {{"F", "YWh0dHA6Ly9h"}}, {{"F", "YWFodHRwOi8vYQ=="}}}, {{{"F", "http://"}}}},
        {"wide", selection("F|wide|contains: 'cmd'"), {{{"F", std::string("x\0c\0m\0d\0", 8)}}}, {{{"F", "cmd"}}}},
        {"utf16le is wide", selection("F|utf16le: 'c'"), {{{"F", std::string("c\0", 2)}}}, {{{"F", "c"}}}},
        {"utf16be", selection("F|utf16be: 'cm'"), {{{"F", std::string("\0c\0m", 4)}}}, {{{"F", std::string("c\0m\0", 4)}}}},
        {"utf16 with its mark", selection("F|utf16: 'c'"), {{{"F", std::string("\xFF\xFE" "c\0", 4)}}}, {{{"F", std::string("c\0", 2)}}}},
        {"wide base64offset", selection("F|wide|base64offset|contains: 'http'"), {{{"F", "aAB0AHQAcAA="}}}, {{{"F", "aHR0cA=="}}}},
    };
    for (const Case& one : cases) check(one);
}

TEST(Modifiers, RegularExpressions) {
    const Case cases[] = {
        {"re is searched, with regard to case", selection("F|re: 'b[0-9]+d'"), {{{"F", "ab12de"}}}, {{{"F", "aB12de"}}, {{"F", "abd"}}}},
        {"re anchored", selection("F|re: '^a.*z$'"), {{{"F", "abcz"}}}, {{{"F", "xabcz"}}}},
        {"i", selection("F|re|i: 'b1d'"), {{{"F", "aB1D"}}}, {{{"F", "b2d"}}}},
        {"m", selection("F|re|m: '^b$'"), {{{"F", "a\nb\nc"}}}, {{{"F", "abc"}}}},
        {"without m", selection("F|re: '^b$'"), {{{"F", "b"}}}, {{{"F", "a\nb\nc"}}}},
        {"s", selection("F|re|s: 'a.b'"), {{{"F", "a\nb"}}}, {{{"F", "ab"}}}},
        {"without s", selection("F|re: 'a.b'"), {{{"F", "a-b"}}}, {{{"F", "a\nb"}}}},
        {"flags together", selection("F|re|i|m|s: '^A.B$'"), {{{"F", "x\na\nb\ny"}}}, {{{"F", "xa\nb"}}}},
        {"look-ahead and back reference go to PCRE2", selection("F|re: '(\\w)\\1(?=z)'"), {{{"F", "aabbz"}}}, {{{"F", "abz"}}}},
        {"list of expressions", selection("F|re: ['^a', 'z$']"), {{{"F", "ab"}}, {{"F", "yz"}}}, {{{"F", "bay"}}}},
        {"all expressions", selection("F|re|all: ['^a', 'z$']"), {{{"F", "abz"}}}, {{{"F", "ab"}}}},
    };
    for (const Case& one : cases) check(one);
}

TEST(Modifiers, NumbersNetworksTimesAndFields) {
    const Case cases[] = {
        {"gt", selection("F|gt: 5"), {{{"F", "6"}}, {{"F", "5.5", number}}}, {{{"F", "5"}}, {{"F", "x"}}, {}}},
        {"gte", selection("F|gte: 5"), {{{"F", "5"}}, {{"F", "5.0"}}}, {{{"F", "4.99"}}}},
        {"lt", selection("F|lt: -5"), {{{"F", "-6"}}}, {{{"F", "-5"}}}},
        {"lte", selection("F|lte: 5"), {{{"F", "5"}}}, {{{"F", "6"}}}},
        {"hexadecimal values", selection("F|gte: 16"), {{{"F", "0x10"}}}, {{{"F", "0xF"}}}},
        {"two bounds", "  selection:\n    F|gt: 1\n    F|lt: 5\n", {{{"F", "3"}}}, {{{"F", "5"}}, {{"F", "1"}}}},
        {"cidr 4", selection("F|cidr: 10.0.0.0/8"), {{{"F", "10.200.3.4"}}}, {{{"F", "11.0.0.1"}}, {{"F", "no address"}}}},
        {"cidr 6", selection("F|cidr: 'fe80::/10'"), {{{"F", "fe80::1"}}, {{"F", "fe80::1%eth0"}}}, {{{"F", "2001:db8::1"}}}},
        {"cidr list", selection("F|cidr: ['10.0.0.0/8', '192.168.0.0/16']"), {{{"F", "192.168.1.1"}}}, {{{"F", "172.16.0.1"}}}},
        {"exists", selection("F|exists: true"), {{{"F", ""}}, {null_field("F")}}, {{{"G", "x"}}}},
        {"does not exist", selection("F|exists: false"), {{{"G", "x"}}}, {{{"F", "x"}}}},
        {"fieldref", selection("F|fieldref: G"), {{{"F", "Abc"}, {"G", "aBC"}}}, {{{"F", "a"}, {"G", "b"}}, {{"F", "a"}}}},
        {"fieldref cased", selection("F|fieldref|cased: G"), {{{"F", "Abc"}, {"G", "Abc"}}}, {{{"F", "Abc"}, {"G", "abc"}}}},
        {"fieldref neq", selection("F|fieldref|neq: G"), {{{"F", "a"}, {"G", "b"}}}, {{{"F", "a"}, {"G", "a"}}}},
        {"fieldref startswith", selection("F|fieldref|startswith: G"), {{{"F", "abc"}, {"G", "AB"}}}, {{{"F", "xabc"}, {"G", "ab"}}}},
        {"fieldref contains", selection("F|contains|fieldref: G"), {{{"F", "xabc"}, {"G", "AB"}}}, {{{"F", "b"}, {"G", "ab"}}}},
        {"hour", selection("F|hour: 3"), {{{"F", "2026-11-21T03:59:00Z"}}, {{"F", "2026-11-21T03:00:00+08:00"}}}, {{{"F", "2026-11-21T04:00:00Z"}}, {{"F", "3"}}}},
        {"hour gte", selection("F|hour|gte: 22"), {{{"F", "2026-11-21 23:00:00"}}}, {{{"F", "2026-11-21 21:59:59"}}}},
        {"minute", selection("F|minute: 7"), {{{"F", "2026-11-21T03:07:00Z"}}}, {{{"F", "2026-11-21T07:08:00Z"}}}},
        {"day", selection("F|day: 29"), {{{"F", "2024-02-29T00:00:00Z"}}}, {{{"F", "2024-03-01T00:00:00Z"}}}},
        {"week", selection("F|week: 53"), {{{"F", "2027-01-01T00:00:00Z"}}}, {{{"F", "2026-11-21T00:00:00Z"}}}},
        {"week one of a year that began on a Thursday", selection("F|week: 1"), {{{"F", "2026-01-01T12:00:00Z"}}}, {{{"F", "2026-01-05T12:00:00Z"}}}},
        {"month", selection("F|month: 12"), {{{"F", "1999-12-31T23:59:59Z"}}}, {{{"F", "2000-01-01T00:00:00Z"}}}},
        {"year", selection("F|year|lt: 2000"), {{{"F", "1999-12-31T23:59:59Z"}}}, {{{"F", "2000-01-01T00:00:00Z"}}}},
    };
    for (const Case& one : cases) check(one);
}

TEST(Modifiers, Expand) {
    const auto program = compile(rule_text(selection("F|expand: 'srv-%names%'") + "  condition: selection\n"), {{"names", {"a", "b*"}}});
    EXPECT_EQ(match(program, {{"F", "srv-A"}}).size(), 1U);
    EXPECT_EQ(match(program, {{"F", "srv-bcd"}}).size(), 1U);
    EXPECT_EQ(match(program, {{"F", "srv-c"}}).size(), 0U);
    EXPECT_EQ(match(program, {{"F", "srv-%names%"}}).size(), 0U);

    const auto literal = compile(rule_text(selection("F: '%names%'") + "  condition: selection\n"), {{"names", {"a"}}});
    EXPECT_EQ(match(literal, {{"F", "%names%"}}).size(), 1U);
    const auto escaped = compile(rule_text(selection("F|expand: '\\%plain%names%'") + "  condition: selection\n"), {{"names", {"a"}}});
    EXPECT_EQ(match(escaped, {{"F", "%plaina"}}).size(), 1U);

    const ParsedFile unknown = parse_rules(rule_text(selection("F|expand: 'srv-%nobody%'") + "  condition: selection\n"), "t.yml");
    EXPECT_TRUE(unknown.failures.empty());
    ASSERT_EQ(unknown.warnings.size(), 1U);
    EXPECT_NE(unknown.warnings[0].text.find("%nobody%"), std::string::npos);
}

TEST(Modifiers, PlaceholdersStandForWhatTheTenantSays) {
    const auto said = [](std::vector<std::string> values) { return ValueGroup::of_values(values); };
    auto groups = std::make_shared<ValueGroups>();
    groups->set(0, "Admins", said({"root"}));
    groups->set(2, "admins", said({"ops*", "a\\*b"}));
    groups->set(2, "dc", said({"dc1", "dc01.corp"}));
    const auto address = [](const char* text) { return *base::IpAddress::parse(text); };
    groups->set(2, "office", ValueGroup::of_addresses({{address("10.2.0.5"), address("10.2.0.9")}, {address("10.0.0.0"), address("10.0.255.255")},
                                                       {address("10.2.0.1"), address("10.2.0.6")}}));
    const auto matches = [&](const std::string& test, uint32_t tenant, const Fields& fields, const char* condition = "selection") {
        const auto program = compile(rule_text(selection(test) + "  condition: " + condition + "\n"));
        Matcher matcher(program);
        matcher.set_groups(groups);
        event::EventBatch batch;
        event::Event& event = add_event(batch, fields);
        event.tenant = tenant;
        std::vector<uint32_t> rules;
        matcher.match(batch, event, rules);
        const bool told = program->explain(0, batch, event, groups.get()).find("selections\":[]") == std::string::npos;
        if (std::string_view(condition) == "selection") EXPECT_EQ(told, !rules.empty()) << test;
        return !rules.empty();
    };
    const std::string admins = "F|expand: '%admins%'";
    EXPECT_TRUE(matches(admins, 1, {{"F", "ROOT"}}));
    EXPECT_FALSE(matches(admins, 2, {{"F", "root"}})) << "the tenant's own replaces the default";
    EXPECT_TRUE(matches(admins, 2, {{"F", "Ops-7"}}));
    EXPECT_FALSE(matches(admins, 1, {{"F", "ops-7"}})) << "another tenant's";
    EXPECT_TRUE(matches(admins, 2, {{"F", "a*b"}}));
    EXPECT_FALSE(matches(admins, 2, {{"F", "axb"}}));
    EXPECT_TRUE(matches(admins, 1, {{"F", "bob"}}, "not selection"));
    EXPECT_FALSE(matches(admins, 1, {{"F", "root"}}, "not selection"));
    EXPECT_FALSE(matches("F|expand: '%nothing%'", 1, {{"F", "%nothing%"}}));

    EXPECT_TRUE(matches("F|contains|expand: '%dc%'", 2, {{"F", "cn=DC01.corp,ou=x"}}));
    EXPECT_TRUE(matches("F|expand|contains: '%dc%'", 2, {{"F", "xdc1x"}}));
    EXPECT_FALSE(matches("F|contains|expand: '%dc%'", 1, {{"F", "dc1"}}));
    EXPECT_TRUE(matches("F|startswith|expand: '%dc%'", 2, {{"F", "dc1.corp"}}));
    EXPECT_FALSE(matches("F|startswith|expand: '%dc%'", 2, {{"F", "xdc1"}}));
    EXPECT_TRUE(matches("F|endswith|expand: '%dc%'", 2, {{"F", "xdc1"}}));
    EXPECT_FALSE(matches("F|expand: '%dc%'", 2, {{"F", "xdc1"}}));

    for (const char* test : {"F|expand: '%office%'", "F|cidr|expand: '%office%'", "F|expand|cidr: '%office%'"}) {
        EXPECT_TRUE(matches(test, 2, {{"F", "10.0.3.4"}})) << test;
        EXPECT_TRUE(matches(test, 2, {{"F", "10.2.0.8"}})) << test;
        EXPECT_TRUE(matches(test, 2, {{"F", "[10.2.0.1]"}})) << test;
        EXPECT_FALSE(matches(test, 2, {{"F", "10.2.0.10"}})) << test;
        EXPECT_FALSE(matches(test, 2, {{"F", "9.255.255.255"}})) << test;
        EXPECT_FALSE(matches(test, 2, {{"F", "office"}})) << test;
        EXPECT_FALSE(matches(test, 3, {{"F", "10.0.3.4"}})) << test;
    }
}

TEST(Modifiers, KeywordsAreLookedForInTheLineAndInEveryValue) {
    const auto one = compile(rule_text("  selection:\n    - 'event::CLEAR'\n    - 'drop*table'\n  condition: selection\n"));
    EXPECT_EQ(match(one, {{"F", "x event::clear y"}}).size(), 1U);
    EXPECT_EQ(match(one, {}, "the line says Event::Clear").size(), 1U);
    EXPECT_EQ(match(one, {{"F", "DROP the TABLE"}}).size(), 1U);
    EXPECT_EQ(match(one, {{"F", "drop"}, {"G", "table"}}).size(), 0U) << "a pattern does not reach over two values";
    EXPECT_EQ(match(one, {{"F", "event"}, {"G", "::clear"}}).size(), 0U);

    const auto all = compile(rule_text("  selection:\n    '|all':\n      - alpha\n      - beta\n  condition: selection\n"));
    EXPECT_EQ(match(all, {{"F", "alpha"}, {"G", "beta"}}).size(), 1U);
    EXPECT_EQ(match(all, {{"F", "alpha"}}).size(), 0U);

    const auto regex = compile(rule_text("  selection:\n    '|re': 'a[0-9]z'\n  condition: selection\n"));
    EXPECT_EQ(match(regex, {{"F", "xa1z"}}).size(), 1U);
    EXPECT_EQ(match(regex, {}, "line a5z").size(), 1U);
    EXPECT_EQ(match(regex, {{"F", "az"}}).size(), 0U);

    const auto number = compile(rule_text("  selection:\n    - 4625\n  condition: selection\n"));
    EXPECT_EQ(match(number, {}, "id=4625 x").size(), 1U);
    const auto mixed = compile(rule_text("  selection:\n    - word\n    - F: a\n  condition: selection\n"));
    EXPECT_EQ(match(mixed, {{"F", "a"}}).size(), 1U);
    EXPECT_EQ(match(mixed, {{"G", "a word"}}).size(), 1U);
    EXPECT_EQ(match(mixed, {{"G", "a"}}).size(), 0U);
}

TEST(Modifiers, RefusesWhatItCannotMean) {
    struct Bad {
        std::string detection;
        uint32_t line;  // in the file
        const char* text;
    };
    const Bad cases[] = {
        {"  selection:\n    F|contians: a\n", 8, "unknown modifier 'contians'"},
        {"  selection:\n    G: a\n    F|: a\n", 9, "unknown modifier ''"},
        {"  selection:\n    F|re: '(a'\n", 8, "bad regular expression"},
        {"  selection:\n    F|cidr: '10.0.0.300/8'\n", 8, "not a network"},
        {"  selection:\n    F|gt: abc\n", 8, "needs a number"},
        {"  selection:\n    F|i: abc\n", 8, "belongs behind 're'"},
        {"  selection:\n    F|re|contains|cidr: abc\n", 8, "cannot follow"},
        {"  selection:\n    F|contains: null\n", 8, "cannot be applied to null"},
        {"  selection:\n    F|base64: 'a*b'\n", 8, "cannot be applied to wildcards"},
        {"  selection:\n    F|exists: maybe\n", 8, "takes true or false"},
        {"  selection:\n    F: []\n", 8, "list of values is empty"},
        {"  selection:\n    F:\n      G: a\n", 9, "found a map"},
        {"  selection:\n    F: [[a]]\n", 8, "found a list"},
        {"  selection: {}\n", 7, "selection is empty"},
        {"  selection: []\n", 7, "selection is empty"},
        {"  selection:\n", 7, "selection is empty"},
        {"  selection:\n    - ''\n", 8, "an empty keyword"},
        {"  selection:\n    '|cidr': 10.0.0.0/8\n", 8, "keywords are"},
    };
    for (const Bad& bad : cases) {
        const ParsedFile parsed = parse_rules(rule_text(bad.detection + "  condition: selection\n"), "bad.yml");
        ASSERT_EQ(parsed.failures.size(), 1U) << bad.detection;
        EXPECT_NE(parsed.failures[0].text.find(bad.text), std::string::npos) << parsed.failures[0].text;
        EXPECT_EQ(parsed.failures[0].line, bad.line) << bad.detection << parsed.failures[0].text;
        EXPECT_EQ(parsed.failures[0].file, "bad.yml");
    }
}

}  // namespace
}  // namespace shuwei::sigma::test
