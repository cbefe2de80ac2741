// Rules and events made to hurt: they are refused, or cost little.
#include "regex.hpp"
#include "rule_fixture.hpp"
#include "yaml_tree.hpp"

namespace shuwei::sigma::test {
namespace {

TEST(Hostile, ExpressionsThatExplodeAreBounded) {
    EXPECT_TRUE(is_small_expression("a{1,100}b"));
    EXPECT_TRUE(is_small_expression("[{}]{3}"));
    EXPECT_FALSE(is_small_expression("(a{1,1000}){1,1000}"));
    EXPECT_FALSE(is_small_expression("((((a{99}){99}){99}){99})"));
    EXPECT_FALSE(is_small_expression(std::string(100, '(')));
    // Refused outright: PCRE2 finds them too large, too.
    const ParsedFile huge = parse_rules(rule_text("  selection:\n    F|re: '((a{1,1000}){1,1000}){1,1000}'\n  condition: selection\n"), "t.yml");
    EXPECT_EQ(huge.failures.size(), 1U);
    const ParsedFile deep = parse_rules(rule_text("  selection:\n    F|re: '" + std::string(200, '(') + std::string(200, ')') + "'\n  condition: selection\n"), "t.yml");
    EXPECT_EQ(deep.failures.size(), 1U);
    // Catastrophic backtracking: linear in Hyperscan; with a back reference it ends at PCRE2's limit, which is counted.
    const auto linear = compile(rule_text("  selection:\n    F|re: '^(a+)+$'\n  condition: selection\n"));
    EXPECT_EQ(match(linear, {{"F", std::string(60'000, 'a') + "b"}}).size(), 0U);
    const auto limited = compile(rule_text("  selection:\n    F|re: '^(a+)+\\1?(?!c)$'\n  condition: selection\n"));
    event::EventBatch batch;
    event::Event& event = add_event(batch, {{"F", std::string(60'000, 'a') + "b"}});
    Matcher matcher(limited);
    std::vector<uint32_t> rules;
    matcher.match(batch, event, rules);
    EXPECT_TRUE(rules.empty());
    EXPECT_EQ(matcher.counters().limits, 1U);
}

TEST(Hostile, YamlBombsAreRefused) {
    std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
    for (char c = 'b'; c <= 'k'; ++c) {
        const std::string before(1, static_cast<char>(c - 1));
        bomb += std::string(1, c) + ": &" + c + " [*" + before + ",*" + before + ",*" + before + ",*" + before + ",*" + before + ",*" + before + ",*" + before + ",*" + before + ",*" + before + "]\n";
    }
    EXPECT_FALSE(parse_yaml(bomb));
    EXPECT_FALSE(parse_yaml("a: " + std::string(5'000, '[') + std::string(5'000, ']')));
    EXPECT_FALSE(parse_yaml(std::string(5'000, '-') + " x: ["));
    std::string nested;
    for (size_t i = 0; i < 200; ++i) nested += std::string(i, ' ') + "a:\n";
    EXPECT_FALSE(parse_yaml(nested));
    std::string chain = "x0: &x0 [1]\n";
    for (size_t i = 1; i < 100; ++i) chain += "x" + std::to_string(i) + ": &x" + std::to_string(i) + " [*x" + std::to_string(i - 1) + "]\n";
    EXPECT_FALSE(parse_yaml(chain)) << "depth through aliases";
    EXPECT_FALSE(parse_yaml(std::string(kMaxYamlBytes + 1, 'a')));
}

TEST(Hostile, ListsHaveABound) {
    std::string values;
    for (size_t i = 0; i < kMaxValuesPerRule + 10; ++i) values += "      - v" + std::to_string(i) + "\n";
    const ParsedFile parsed = parse_rules(rule_text("  selection:\n    F:\n" + values + "  condition: selection\n"), "t.yml");
    ASSERT_EQ(parsed.failures.size(), 1U);
    EXPECT_NE(parsed.failures[0].text.find("more than 50000 values"), std::string::npos);
    std::string many;
    for (size_t i = 0; i < 20'000; ++i) many += "      - v" + std::to_string(i) + "\n";
    const auto program = compile(rule_text("  selection:\n    F|contains:\n" + many + "  condition: selection\n"));
    EXPECT_EQ(match(program, {{"F", "xxv19999yy"}}).size(), 1U);
}

TEST(Hostile, ConditionsThatWouldGrowAreRefused) {
    std::string detection;
    for (size_t i = 0; i < 2'000; ++i) detection += "  s" + std::to_string(i) + ": {F" + std::to_string(i) + ": x}\n";
    const ParsedFile parsed = parse_rules(rule_text(detection + "  condition: 1000 of s*\n"), "t.yml");
    ASSERT_EQ(parsed.failures.size(), 1U);
    EXPECT_NE(parsed.failures[0].text.find("too large"), std::string::npos) << parsed.failures[0].text;
    const auto fine = compile(rule_text(detection + "  condition: 1 of s*\n"));
    EXPECT_EQ(match(fine, {{"F1999", "x"}}).size(), 1U);
}

TEST(Hostile, LargeAndOddEventsAreTakenInStride) {
    const auto program = compile(rule_text("  selection:\n    - F|contains: needle\n    - F|endswith: end\n  keywords:\n    - haystack\n  condition: 1 of them\n"));
    Fields fields;
    for (size_t i = 0; i < 600; ++i) fields.push_back({"f" + std::to_string(i), std::string(300, 'x')});
    fields.push_back({"F", std::string(70'000, 'y') + "needle"});  // cut at 64 KiB by the batch
    EXPECT_EQ(match(program, fields).size(), 0U);
    fields.insert(fields.begin(), Field{"F", std::string(50'000, 'y') + "NEEDLE\xFF\xFE"});
    EXPECT_EQ(match(program, fields, std::string(1 << 20, 'z')).size(), 1U);
    EXPECT_EQ(match(program, {{"F", std::string("\0\0\0", 3)}}, std::string("\0hayStack\0", 10)).size(), 1U);
    Matcher matcher(program);  // the memory of one thread survives any order of events
    std::vector<uint32_t> rules;
    for (size_t round = 0; round < 3; ++round) {
        event::EventBatch batch;
        event::Event& large = add_event(batch, fields, std::string(1 << 20, 'z'));
        matcher.match(batch, large, rules);
        event::Event& small = add_event(batch, {{"F", "the end"}});
        matcher.match(batch, small, rules);
        event::Event& none = add_event(batch, {});
        matcher.match(batch, none, rules);
    }
    EXPECT_EQ(rules.size(), 6U);
}

}  // namespace
}  // namespace shuwei::sigma::test
