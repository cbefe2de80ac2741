#include "pack_compiler_state.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::parse {

bool PackCompiler::read_set(const YAML::Node& set, std::vector<Rule>& rules) {
    Rule rule;
    if (!read_assignments(set, rule)) return false;
    rules.push_back(std::move(rule));
    return true;
}

bool PackCompiler::read_rules(const YAML::Node& rules_node, std::vector<Rule>& rules) {
    if (!rules_node.IsSequence()) return refuse(rules_node, "rules must be a list");
    for (const auto& entry : rules_node) {
        if (!check_keys(entry, {"when", "set"}, "rule")) return false;
        if (!entry["when"] || !entry["set"]) return refuse(entry, "a rule needs when and set");
        Rule rule;
        if (!read_conditions(entry["when"], rule.conditions) || !read_assignments(entry["set"], rule)) return false;
        rules.push_back(std::move(rule));
    }
    return true;
}

bool PackCompiler::read_assignments(const YAML::Node& set, Rule& rule) {
    if (!set.IsMap()) return refuse(set, "set must be a map of fields");
    for (const auto& entry : set) {
        if (!entry.first.IsScalar()) return refuse(entry.first, "a field name must be a text");
        Assignment assignment;
        assignment.target = target_of(entry.first.Scalar(), entry.first);
        if (assignment.target == kNone) return false;
        if (!entry.second.IsNull() && !read_constant(entry.second, assignment.constant)) return false;
        rule.assignments.push_back(assignment);
    }
    return true;
}

bool PackCompiler::read_constant(const YAML::Node& value, uint16_t& out) {
    std::vector<std::string> texts;
    if (!read_texts(value, texts, "a value")) return false;
    std::vector<Template> templates;
    for (const std::string& text : texts) {
        Template compiled;
        if (!read_template(text, value, compiled)) return false;
        templates.push_back(std::move(compiled));
    }
    if (pack_.constants.size() >= kNone) return refuse(value, "too many constants");
    out = static_cast<uint16_t>(pack_.constants.size());
    pack_.constants.push_back(std::move(templates));
    return true;
}

bool PackCompiler::read_template(const std::string& text, const YAML::Node& place, Template& out) {
    std::string literal;
    for (size_t at = 0; at < text.size(); ++at) {
        if (text.compare(at, 2, "{{") == 0) {
            literal += '{';
            ++at;
            continue;
        }
        const size_t close = text[at] == '{' ? text.find('}', at) : std::string::npos;
        if (close == std::string::npos) {
            literal += text[at];
            continue;
        }
        if (!literal.empty()) out.parts.push_back({immortal(literal), kNoRegister});
        literal.clear();
        std::string_view name = std::string_view(text).substr(at + 1, close - at - 1);
        Template::Filter filter = Template::Filter::none;
        if (const size_t bar = name.rfind('|'); bar != std::string_view::npos && bar > 0) {
            const std::string_view wanted = name.substr(bar + 1);
            if (wanted == "lower") filter = Template::Filter::lower;
            else if (wanted == "upper") filter = Template::Filter::upper;
            else if (wanted == "url") filter = Template::Filter::url;
            else return refuse(place, "unknown '|" + std::string(wanted) + "' in '" + text + "'; lower, upper and url are known");
            name = name.substr(0, bar);
        }
        const Register from = reg(place, name);
        if (from == kNoRegister) return false;
        out.parts.push_back({{}, from, filter});
        at = close;
    }
    if (!literal.empty() || out.parts.empty()) out.parts.push_back({immortal(literal), kNoRegister});
    return true;
}

bool PackCompiler::read_compute(const YAML::Node& compute) {
    if (!compute.IsMap()) return refuse(compute, "compute must be a map of names");
    for (const auto& entry : compute) {
        if (!entry.first.IsScalar()) return refuse(entry.first, "a name must be a text");
        Computed computed;
        computed.reg = reg(entry.first, entry.first.Scalar());
        captured_.insert(computed.reg);
        if (computed.reg == kNoRegister) return false;
        const bool adds = entry.second.IsMap();
        if (adds && !check_keys(entry.second, {"sum"}, "compute")) return false;
        std::vector<std::string> texts;
        if (!read_texts(adds ? entry.second["sum"] : entry.second, texts, "compute")) return false;
        if (adds && texts.empty()) return refuse(entry.second, "sum needs names to add up");
        for (const std::string& text : texts) {
            if (adds) {
                computed.sum.push_back(reg(entry.second, text));
                if (computed.sum.back() == kNoRegister) return false;
                continue;
            }
            Template compiled;
            if (!read_template(text, entry.second, compiled)) return false;
            computed.templates.push_back(std::move(compiled));
        }
        pack_.computed.push_back(std::move(computed));
    }
    return true;
}

bool PackCompiler::read_conditions(const YAML::Node& when, std::vector<Condition>& conditions) {
    if (!when.IsMap() || when.size() == 0) return refuse(when, "when must be a map of names and tests");
    for (const auto& entry : when) {
        if (!entry.first.IsScalar()) return refuse(entry.first, "a name must be a text");
        Condition condition;
        condition.reg = reg(entry.first, entry.first.Scalar());
        if (condition.reg == kNoRegister || !read_test(entry.second, std::move(condition), conditions)) return false;
    }
    return true;
}

bool PackCompiler::read_test(const YAML::Node& test, Condition condition, std::vector<Condition>& conditions) {
    if (!test.IsMap()) {
        if (!read_texts(test, condition.values, "a test")) return false;
        if (condition.values.empty()) return refuse(test, "a test with an empty list is never true");
        conditions.push_back(std::move(condition));
        return true;
    }
    if (!check_keys(test, {"exists", "starts", "ends", "contains", "from", "to", "matches", "not"}, "test")) return false;
    if (const auto exists = test["exists"]) {
        bool wanted = true;
        if (!read_flag(exists, wanted, "exists")) return false;
        Condition made = condition;
        made.test = TestKind::exists;
        made.negated = !wanted;
        conditions.push_back(std::move(made));
    }
    const std::pair<const char*, TestKind> kinds[] = {{"starts", TestKind::starts}, {"ends", TestKind::ends}, {"contains", TestKind::contains}, {"not", TestKind::equals}};
    for (const auto& [key, kind] : kinds) {
        const auto node = test[key];
        if (!node) continue;
        Condition made = condition;
        made.test = kind;
        made.negated = kind == TestKind::equals;
        if (!read_texts(node, made.values, key)) return false;
        if (made.values.empty()) return refuse(node, std::string(key) + " is empty");
        conditions.push_back(std::move(made));
    }
    if (test["from"] || test["to"]) {
        Condition made = condition;
        made.test = TestKind::range;
        try {
            made.low = test["from"] ? test["from"].as<double>() : -1e300;
            made.high = test["to"] ? test["to"].as<double>() : 1e300;
        } catch (const YAML::Exception&) {
            return refuse(test, "from and to are numbers");
        }
        conditions.push_back(std::move(made));
    }
    if (const auto matches = test["matches"]) {
        std::string pattern;
        if (!read_text(matches, pattern, "matches")) return false;
        auto compiled = Regex::compile(pattern, [](std::string_view) { return kNoRegister; });
        if (!compiled) return refuse(matches, compiled.error().message());
        Condition made = condition;
        made.test = TestKind::matches;
        made.regex = static_cast<uint16_t>(pack_.regexes.size());
        pack_.regexes.push_back(std::move(*compiled));
        conditions.push_back(std::move(made));
    }
    return true;
}

}  // namespace shuwei::parse
