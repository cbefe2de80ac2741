// The condition language: what it means and what it refuses.
#include "condition_parser.hpp"

#include "rule_fixture.hpp"

namespace shuwei::sigma::test {
namespace {

// Selections a, b, c, sel_1, sel_2, sel_3, _hidden: each true when the event has a field of its name.
std::string with_condition(const std::string& condition) {
    std::string detection;
    for (const char* name : {"a", "b", "c", "sel_1", "sel_2", "sel_3", "_hidden"}) {
        detection += std::string("  ") + name + ":\n    f_" + name + ": x\n";
    }
    return rule_text(detection + "  condition: " + condition + "\n");
}

TEST(Condition, Meaning) {
    struct Case {
        const char* condition;
        std::vector<std::vector<const char*>> matching;  // names of true selections
        std::vector<std::vector<const char*>> not_matching;
    };
    const Case cases[] = {
        {"a", {{"a"}, {"a", "b"}}, {{"b"}, {}}},
        {"a and b", {{"a", "b"}}, {{"a"}, {"b"}}},
        {"a or b", {{"a"}, {"b"}}, {{"c"}}},
        {"not a", {{"b"}, {}}, {{"a"}}},
        {"not not a", {{"a"}}, {{"b"}}},
        {"a or b and c", {{"a"}, {"b", "c"}}, {{"b"}, {"c"}}},
        {"(a or b) and c", {{"a", "c"}, {"b", "c"}}, {{"a"}, {"c"}}},
        {"a and not b or c", {{"a"}, {"c", "b"}}, {{"a", "b"}}},
        {"not (a or b)", {{"c"}, {}}, {{"a"}, {"b"}}},
        {"not a and b", {{"b"}}, {{"a", "b"}, {}}},
        {"1 of sel_*", {{"sel_1"}, {"sel_3", "a"}}, {{"a"}}},
        {"any of sel_*", {{"sel_2"}}, {{"a"}}},
        {"all of sel_*", {{"sel_1", "sel_2", "sel_3"}}, {{"sel_1", "sel_2"}}},
        {"2 of sel_*", {{"sel_1", "sel_2"}, {"sel_1", "sel_3"}, {"sel_2", "sel_3"}, {"sel_1", "sel_2", "sel_3"}}, {{"sel_1"}, {"sel_1", "a"}}},
        {"3 of sel_*", {{"sel_1", "sel_2", "sel_3"}}, {{"sel_1", "sel_2"}}},
        {"not 2 of sel_*", {{"sel_1"}, {}}, {{"sel_1", "sel_2"}}},
        {"1 of them", {{"sel_1"}, {"a"}}, {{"_hidden"}, {}}},
        {"all of them", {{"a", "b", "c", "sel_1", "sel_2", "sel_3"}}, {{"a", "b", "c", "sel_1", "sel_2", "_hidden"}}},
        {"2 of them", {{"a", "sel_3"}}, {{"a", "_hidden"}}},
        {"1 of s*_2", {{"sel_2"}}, {{"sel_1"}}},
        {"all of sel_1", {{"sel_1"}}, {{"sel_2"}}},
        {"1 of sel_* and not 1 of b", {{"sel_1"}}, {{"sel_1", "b"}}},
        {"a and not all of sel_*", {{"a", "sel_1"}}, {{"a", "sel_1", "sel_2", "sel_3"}}},
        {"((a))", {{"a"}}, {{"b"}}},
        {"a AND NOT b", {{"a"}}, {{"a", "b"}}},
        {"_hidden and a", {{"_hidden", "a"}}, {{"a"}}},
        {"[a, b]", {{"a"}, {"b"}}, {{"c"}}},
    };
    for (const Case& one : cases) {
        const auto program = compile(with_condition(one.condition));
        ASSERT_NE(program, nullptr);
        const auto fields = [](const std::vector<const char*>& names) {
            Fields made{{"unrelated", "y"}};
            for (const char* name : names) made.push_back({std::string("f_") + name, "x"});
            return made;
        };
        for (const auto& names : one.matching) EXPECT_EQ(match(program, fields(names)).size(), 1U) << one.condition << " with " << testing::PrintToString(names);
        for (const auto& names : one.not_matching) EXPECT_EQ(match(program, fields(names)).size(), 0U) << one.condition << " with " << testing::PrintToString(names);
    }
}

TEST(Condition, Refusals) {
    const std::pair<const char*, const char*> cases[] = {
        {"a and", "ends where a selection is expected"},
        {"and a", "'and' where a selection is expected"},
        {"a b", "expected 'and' or 'or' before 'b'"},
        {"(a", "')' is missing"},
        {"a)", "before ')'"},
        {"()", "')' where"},
        {"d", "no selection 'd'"},
        {"1 of nothing_*", "no selection fits 'nothing_*'"},
        {"1 of", "after 'of'"},
        {"4 of sel_*", "4 of only 3"},
        {"0 of sel_*", "says nothing"},
        {"sel_*", "needs '1 of' or 'all of'"},
        {"a | count() > 5", "not part of Sigma 2"},
        {"''", "condition is empty"},
        {"not", "ends where"},
    };
    for (const auto& [condition, text] : cases) {
        const ParsedFile parsed = parse_rules(with_condition(condition), "bad.yml");
        ASSERT_EQ(parsed.failures.size(), 1U) << condition;
        EXPECT_NE(parsed.failures[0].text.find(text), std::string::npos) << condition << ": " << parsed.failures[0].text;
        EXPECT_EQ(parsed.failures[0].line, 21U);
    }
    const ParsedFile deep = parse_rules(with_condition(std::string(300, '(') + "a" + std::string(300, ')')), "bad.yml");
    ASSERT_EQ(deep.failures.size(), 1U);
    EXPECT_NE(deep.failures[0].text.find("too deeply"), std::string::npos);
}

}  // namespace
}  // namespace shuwei::sigma::test
