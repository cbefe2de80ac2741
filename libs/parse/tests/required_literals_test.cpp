#include "required_literals.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace shuwei::parse {
namespace {

std::string of(std::string_view regex) {
    auto found = required_literals(regex);
    if (!found) return "(none)";
    std::sort(found->any_of.begin(), found->any_of.end());
    std::string text = found->caseless ? "(i)" : "";
    for (const std::string& each : found->any_of) text += (text.empty() || text == "(i)" ? "" : "|") + each;
    return text;
}

TEST(RequiredLiterals, finds_what_must_be_there) {
    const std::pair<const char*, const char*> cases[] = {
        {"hello", "hello"},
        {"^hello$", "hello"},
        {R"(%ASA-\d-\d{6})", "%ASA-"},
        {"abc?d", "abcd|abd"},
        {"xyz*abc", "abc"},
        {"ab+cd", "ab"},
        {"(?:one|two) three", "one three|two three"},
        {R"((?:^|[ :])id=(?:tos|ngtos) )", "id=ngtos |id=tos "},
        {R"re(\bid="?(?:fw)"? )re", "id=\"fw |id=\"fw\" |id=fw |id=fw\" "},
        {R"((?i)\|(?:Apusic|AAS)[^|]*\|)", "(i)|AAS||Apusic"},
        {R"([Ii]nfo: )", "Info: |info: "},
        {R"(-[0-2]-)", "-0-|-1-|-2-"},
        {R"(a{0,3}bcd)", "bcd"},
        {R"((?:abc|\d+))", "(none)"},
        {R"((?:abc)?)", "(none)"},
        {R"((?!abc)def)", "def"},
        {R"(\d\d:\d\d)", "(none)"},
        {R"(\x41bc)", "(none)"},
        {R"((?<name>abc).*defgh)", "defgh"},
        {R"([^a]bcd)", "bcd"},
        {R"(a|bcd)", "(none)"},
    };
    for (const auto& [regex, expected] : cases) EXPECT_EQ(of(regex), expected) << regex;
}

TEST(RequiredLiterals, survives_malformed_expressions) {
    for (const char* regex : {"", "(", ")", "[", "[]", "a{", "a{2", "\\", "(?", "(?<", "(?<a", "*", "a**", "(?P<x>", "[[:alpha:", "((((((((((((((((((((((((((((((((((a"}) {
        required_literals(regex);
    }
}

}  // namespace
}  // namespace shuwei::parse
