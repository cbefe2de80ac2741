// The compiled program against a plain evaluator that takes one rule and one event at a time and shares no code with
// it: random rules, random events, the same matches.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "rule_fixture.hpp"

namespace shuwei::sigma::test {
namespace {

using Random = std::mt19937;

size_t below(Random& random, size_t bound) { return random() % bound; }

// --- the model: rules and events as the test sees them

const char* const kNames[] = {"alpha", "beta", "gamma", "delta", "Alias"};

std::string random_text(Random& random, size_t longest) {
    static const char kLetters[] = "aAbB\\-/.%1";
    std::string text;
    for (size_t size = below(random, longest + 1); size > 0; --size) text += kLetters[below(random, sizeof kLetters - 1)];
    return text;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
std::string lower(std::string text) {
    for (char& c : text) c = lower(c);
    return text;
}

struct Value {
    enum Kind { text, null, number_above, exists, reference } kind = text;
    std::string pattern;  // with * and ? as wildcards; the backslash stands for itself
    bool flag = false;
    int number = 0;
    std::string other;
};

struct Test {
    std::string field;  // "" = keywords
    enum How { whole, contains, starts, ends } how = whole;
    bool all = false;
    bool cased = false;
    bool negated = false;
    std::vector<Value> values;
};

struct Expression {
    enum Kind { selection, negation, all, any, at_least } kind = selection;
    size_t index = 0;
    size_t minimum = 0;
    std::vector<Expression> children;
};

struct Rule {
    std::vector<std::vector<std::vector<Test>>> selections;  // or over maps, and over tests
    Expression condition;
};

// --- writing a rule as YAML

std::string escaped(const std::string& pattern) {
    // The model's backslash is plain: written double where it would be read as an escape.
    std::string text;
    for (size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
        if (c == '\\' && (next == '\\' || next == '*' || next == '?')) text += '\\';
        text += c;
    }
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'') quoted += '\'';
        quoted += c;
    }
    return quoted + "'";
}

std::string to_yaml(const Test& test) {
    std::string line = "\"" + test.field;
    const char* const kHow[] = {"", "|contains", "|startswith", "|endswith"};
    if (test.values[0].kind == Value::text) line += kHow[test.how];
    if (test.values[0].kind == Value::number_above) line += "|gt";
    if (test.values[0].kind == Value::exists) line += "|exists";
    if (test.values[0].kind == Value::reference) line += "|fieldref";
    if (test.cased) line += "|cased";
    if (test.all) line += "|all";
    if (test.negated) line += "|neq";
    line += "\":";
    for (const Value& value : test.values) {
        line += "\n            - ";
        switch (value.kind) {
            case Value::text: line += escaped(value.pattern); break;
            case Value::null: line += "null"; break;
            case Value::number_above: line += std::to_string(value.number); break;
            case Value::exists: line += value.flag ? "true" : "false"; break;
            case Value::reference: line += value.other; break;
        }
    }
    return line;
}

std::string to_condition(const Expression& expression) {
    switch (expression.kind) {
        case Expression::selection: return "s" + std::to_string(expression.index);
        case Expression::negation: return "not (" + to_condition(expression.children[0]) + ")";
        case Expression::at_least: return std::to_string(expression.minimum) + " of s*";
        case Expression::all:
        case Expression::any: {
            std::string text = "(";
            for (const Expression& child : expression.children) {
                if (text.size() > 1) text += expression.kind == Expression::all ? " and " : " or ";
                text += to_condition(child);
            }
            return text + ")";
        }
    }
    return "";
}

std::string to_yaml(const Rule& rule, size_t number) {
    std::string text = "title: Rule " + std::to_string(number) + "\nlogsource: {product: test}\nlevel: low\ndetection:\n";
    for (size_t i = 0; i < rule.selections.size(); ++i) {
        text += "    s" + std::to_string(i) + ":\n";
        for (const auto& map : rule.selections[i]) {
            for (size_t j = 0; j < map.size(); ++j) text += (j == 0 ? "      - " : "        ") + to_yaml(map[j]) + "\n";
        }
    }
    return text + "    condition: " + to_condition(rule.condition) + "\n";
}

// --- the plain evaluator

bool glob(const char* pattern, const char* pattern_end, const char* text, const char* text_end) {
    if (pattern == pattern_end) return text == text_end;
    if (*pattern == '*') {
        for (const char* at = text; at <= text_end; ++at) {
            if (glob(pattern + 1, pattern_end, at, text_end)) return true;
        }
        return false;
    }
    return text != text_end && (*pattern == '?' || *pattern == *text) && glob(pattern + 1, pattern_end, text + 1, text_end);
}

bool value_matches(const Test& test, const Value& value, const std::string& text) {
    std::string pattern = value.pattern;
    const Test::How how = test.field.empty() && test.how == Test::whole ? Test::contains : test.how;
    if (how == Test::contains || how == Test::ends) pattern = "*" + pattern;
    if (how == Test::contains || how == Test::starts) pattern += "*";
    const std::string subject = test.cased ? text : lower(text);
    if (!test.cased) pattern = lower(pattern);
    return glob(pattern.data(), pattern.data() + pattern.size(), subject.data(), subject.data() + subject.size());
}

struct TestEvent {
    Fields fields;
    std::string raw;

    // Values of a field: its own, else those of what it stands for.
    std::vector<const Field*> values(const std::string& name) const {
        std::vector<const Field*> found;
        for (const Field& field : fields) {
            if (field.name == name) found.push_back(&field);
        }
        if (found.empty() && name == "Alias") return values("target_of_alias");
        return found;
    }
};

bool holds(const Test& test, const Value& value, const TestEvent& event) {
    if (test.field.empty()) {
        for (const Field& field : event.fields) {
            if (field.kind != event::ValueKind::null && value_matches(test, value, field.value)) return true;
        }
        return !event.raw.empty() && value_matches(test, value, event.raw);
    }
    const auto fields = event.values(test.field);
    switch (value.kind) {
        case Value::exists: return fields.empty() != value.flag;
        case Value::null: return fields.empty() || std::any_of(fields.begin(), fields.end(), [](const Field* f) { return f->kind == event::ValueKind::null; });
        case Value::number_above:
            return std::any_of(fields.begin(), fields.end(), [&](const Field* f) {
                char* end = nullptr;
                const double number = std::strtod(f->value.c_str(), &end);
                return !f->value.empty() && *end == '\0' && number > value.number;
            });
        case Value::reference:
            for (const Field* one : fields) {
                for (const Field* other : event.values(value.other)) {
                    if (one->kind == event::ValueKind::null || other->kind == event::ValueKind::null) continue;
                    if (test.cased ? one->value == other->value : lower(one->value) == lower(other->value)) return true;
                }
            }
            return false;
        case Value::text:
            return std::any_of(fields.begin(), fields.end(), [&](const Field* f) { return f->kind != event::ValueKind::null && value_matches(test, value, f->value); });
    }
    return false;
}

bool holds(const Test& test, const TestEvent& event) {
    bool result = test.all;
    for (const Value& value : test.values) {
        if (test.all) {
            result = result && holds(test, value, event);
        } else {
            result = result || holds(test, value, event);
        }
    }
    return result != test.negated;
}

bool holds(const Rule& rule, const Expression& expression, const TestEvent& event) {
    switch (expression.kind) {
        case Expression::selection:
            return std::any_of(rule.selections[expression.index].begin(), rule.selections[expression.index].end(), [&](const std::vector<Test>& map) {
                return std::all_of(map.begin(), map.end(), [&](const Test& test) { return holds(test, event); });
            });
        case Expression::negation: return !holds(rule, expression.children[0], event);
        case Expression::all:
            return std::all_of(expression.children.begin(), expression.children.end(), [&](const Expression& one) { return holds(rule, one, event); });
        case Expression::any:
            return std::any_of(expression.children.begin(), expression.children.end(), [&](const Expression& one) { return holds(rule, one, event); });
        case Expression::at_least: {
            size_t held = 0;
            for (size_t i = 0; i < rule.selections.size(); ++i) {
                Expression one;
                one.index = i;
                held += holds(rule, one, event);
            }
            return held >= expression.minimum;
        }
    }
    return false;
}

// --- drawing rules and events

Test random_test(Random& random) {
    Test test;
    const bool keywords = below(random, 8) == 0;
    if (!keywords) test.field = kNames[below(random, 5)];
    test.how = static_cast<Test::How>(below(random, 4));
    test.cased = below(random, 6) == 0;
    const size_t kind = keywords ? 0 : below(random, 12);
    const size_t count = 1 + below(random, 4);
    test.all = count > 1 && below(random, 4) == 0;
    test.negated = !keywords && below(random, 8) == 0;
    for (size_t i = 0; i < count; ++i) {
        Value value;
        if (kind == 9) {
            value.kind = Value::number_above;
            value.number = static_cast<int>(below(random, 12));
        } else if (kind == 10) {
            value.kind = Value::exists;
            value.flag = below(random, 2) == 0;
        } else if (kind == 11) {
            value.kind = Value::reference;
            value.other = kNames[below(random, 5)];
        } else if (kind == 8 && test.how == Test::whole && !test.cased) {
            value.kind = Value::null;
        } else {
            value.pattern = random_text(random, 4);
            for (size_t wildcards = below(random, 3); wildcards > 0; --wildcards) {
                value.pattern.insert(below(random, value.pattern.size() + 1), 1, below(random, 2) == 0 ? '*' : '?');
            }
            if (keywords && value.pattern.empty()) value.pattern = "a";
        }
        test.values.push_back(value);
    }
    if (kind == 9 || kind == 10) test.cased = false;
    return test;
}

Expression random_expression(Random& random, size_t selections, size_t depth) {
    Expression expression;
    const size_t kind = depth > 2 ? 0 : below(random, 6);
    if (kind <= 1) {
        expression.index = below(random, selections);
    } else if (kind == 2) {
        expression.kind = Expression::negation;
        expression.children.push_back(random_expression(random, selections, depth + 1));
    } else if (kind == 5 && selections > 1) {
        expression.kind = Expression::at_least;
        expression.minimum = 1 + below(random, selections);
    } else {
        expression.kind = kind == 3 ? Expression::all : Expression::any;
        for (size_t i = 2 + below(random, 2); i > 0; --i) expression.children.push_back(random_expression(random, selections, depth + 1));
    }
    return expression;
}

Rule random_rule(Random& random) {
    Rule rule;
    const size_t selections = 1 + below(random, 4);
    for (size_t i = 0; i < selections; ++i) {
        std::vector<std::vector<Test>> maps;
        for (size_t count = 1 + below(random, 2); count > 0; --count) {
            std::vector<Test> map;
            for (size_t tests = 1 + below(random, 3); tests > 0; --tests) {
                Test test = random_test(random);
                const std::string key = to_yaml(test).substr(0, to_yaml(test).find(':'));  // keys of a map are unique
                const bool there = std::any_of(map.begin(), map.end(), [&](const Test& one) { return to_yaml(one).substr(0, to_yaml(one).find(':')) == key; });
                if (!there) map.push_back(std::move(test));
            }
            maps.push_back(std::move(map));
        }
        rule.selections.push_back(std::move(maps));
    }
    rule.condition = random_expression(random, selections, 0);
    return rule;
}

TestEvent random_event(Random& random) {
    TestEvent event;
    for (size_t count = below(random, 7); count > 0; --count) {
        const size_t name = below(random, 6);
        Field field{name == 5 ? "target_of_alias" : kNames[name], random_text(random, 6)};
        if (below(random, 10) == 0) field = null_field(field.name);
        if (below(random, 10) == 0) field.value = std::to_string(below(random, 15));
        if (field.kind == event::ValueKind::null) field.value.clear();
        event.fields.push_back(field);
    }
    if (below(random, 3) == 0) event.raw = "line " + random_text(random, 10);
    return event;
}

TEST(Property, CompiledRulesMatchLikeThePlainEvaluator) {
    size_t matches = 0;
    for (unsigned round = 0; round < 40; ++round) {
        Random random(1000 + round);
        std::vector<Rule> rules;
        std::string yaml;
        for (size_t i = 0; i < 60; ++i) {
            rules.push_back(random_rule(random));
            yaml += to_yaml(rules.back(), i) + "---\n";
        }
        const auto program = compile(yaml);
        ASSERT_NE(program, nullptr);
        ASSERT_EQ(program->rule_count(), rules.size()) << yaml;
        Matcher matcher(program);
        event::EventBatch batch;
        std::vector<TestEvent> events;
        for (size_t i = 0; i < 150; ++i) {
            events.push_back(random_event(random));
            add_event(batch, events.back().fields, events.back().raw);
        }
        std::vector<uint32_t> found;
        for (size_t i = 0; i < events.size(); ++i) {
            found.clear();
            matcher.match(batch, batch[i], found);
            std::vector<uint32_t> expected;
            for (uint32_t rule = 0; rule < rules.size(); ++rule) {
                if (holds(rules[rule], rules[rule].condition, events[i])) expected.push_back(rule);
            }
            matches += expected.size();
            if (found == expected) {
                for (const uint32_t rule : found) {  // explain walks the syntax tree: it must agree that there is a reason
                    const std::string reason = program->explain(rule, batch, batch[i]);
                    ASSERT_NE(reason.find("\"condition\""), std::string::npos);
                }
                continue;
            }
            std::vector<uint32_t> differing;
            std::set_symmetric_difference(found.begin(), found.end(), expected.begin(), expected.end(), std::back_inserter(differing));
            std::string shown;
            for (const Field& field : events[i].fields) shown += field.name + "=[" + field.value + "]" + (field.kind == event::ValueKind::null ? "null " : " ");
            FAIL() << "round " << round << ", event " << i << " " << shown << "raw=[" << events[i].raw << "], rule\n"
                   << to_yaml(rules[differing[0]], differing[0]) << (std::count(found.begin(), found.end(), differing[0]) ? "fired" : "did not fire");
        }
    }
    EXPECT_GT(matches, 10'000U);
}

}  // namespace
}  // namespace shuwei::sigma::test
