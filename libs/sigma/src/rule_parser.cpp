#include "shuwei/sigma/rule_parser.hpp"

#include <algorithm>
#include <cctype>

#include "condition_parser.hpp"
#include "content_hash.hpp"
#include "correlation_parser.hpp"
#include "modifiers.hpp"
#include "rule_metadata.hpp"
#include "shuwei/base/text.hpp"
#include "yaml_tree.hpp"

namespace shuwei::sigma {

using base::Error;
using base::Result;

namespace {

constexpr size_t kMaxDetectionDepth = 16;

Result<Detection> build_detection(const YamlNode& node, TestContext& context, size_t depth);

// A map: every field test must hold.
Result<Detection> build_map(const YamlNode& node, TestContext& context) {
    if (node.members.empty()) return fail(problem_at(node.line, "the selection is empty"));
    Detection all;
    all.kind = Detection::Kind::all;
    for (size_t i = 0; i < node.members.size(); ++i) {
        const auto& [key, value] = node.members[i];
        TRY_ASSIGN(FieldTest test, build_field_test(key, node.member_lines[i], value, context));
        Detection leaf;
        leaf.kind = Detection::Kind::test;
        leaf.test = std::move(test);
        all.children.push_back(std::move(leaf));
    }
    return all;
}

// A list: plain values together are keywords, everything else stands beside them; any of it suffices.
Result<Detection> build_list(const YamlNode& node, TestContext& context, size_t depth) {
    if (node.items.empty()) return fail(problem_at(node.line, "the selection is empty"));
    Detection any;
    any.kind = Detection::Kind::any;
    YamlNode keywords;
    keywords.kind = YamlNode::Kind::list;
    keywords.line = node.line;
    for (const YamlNode& item : node.items) {
        if (item.is_map() || item.is_list()) {
            TRY_ASSIGN(Detection child, build_detection(item, context, depth + 1));
            any.children.push_back(std::move(child));
        } else {
            keywords.items.push_back(item);
        }
    }
    if (!keywords.items.empty()) {
        Detection leaf;
        leaf.kind = Detection::Kind::test;
        TRY_ASSIGN(leaf.test, build_field_test("", keywords.items[0].line, keywords, context));
        any.children.push_back(std::move(leaf));
    }
    return any;
}

Result<Detection> build_detection(const YamlNode& node, TestContext& context, size_t depth) {
    if (depth > kMaxDetectionDepth) return fail(problem_at(node.line, "nested too deeply"));
    switch (node.kind) {
        case YamlNode::Kind::map: return build_map(node, context);
        case YamlNode::Kind::list: return build_list(node, context, depth);
        case YamlNode::Kind::scalar: {
            Detection leaf;
            leaf.kind = Detection::Kind::test;
            TRY_ASSIGN(leaf.test, build_field_test("", node.line, node, context));
            return leaf;
        }
        case YamlNode::Kind::null: break;
    }
    return fail(problem_at(node.line, "the selection is empty"));
}

// How many tests evaluating the condition may take when written out: what it costs compiled.
uint64_t size_of(const Detection& detection) {
    if (detection.kind == Detection::Kind::test) return detection.test.all ? detection.test.values.size() : 1;
    uint64_t size = 0;
    for (const Detection& child : detection.children) size += size_of(child);
    return size;
}

uint64_t size_of(const Condition& condition, const std::vector<Selection>& selections) {
    if (condition.kind == Condition::Kind::selection) return size_of(selections[condition.selection].detection);
    uint64_t size = 0;
    for (const Condition& child : condition.children) size += size_of(child, selections);
    if (condition.kind == Condition::Kind::at_least) {  // once for each number that may still be missing
        size *= std::min<uint64_t>(condition.minimum, condition.children.size() - condition.minimum + 1);
    }
    return size;
}
constexpr uint64_t kMaxConditionSize = 200'000;

struct Body {
    std::vector<Selection> selections;
    Condition condition;
    std::string condition_text;
};

// `detection:` of a rule or `filter:` of a filter. `reserved` keys are not selections.
Result<Body> build_body(const YamlNode& node, uint32_t line, TestContext& context, std::initializer_list<std::string_view> reserved) {
    if (!node.is_map()) return fail(problem_at(line, "expected a map of selections, found " + std::string(node.kind_name())));
    Body body;
    const YamlNode* condition = node.find("condition");
    if (condition == nullptr) return fail(problem_at(line, "the condition is missing"));
    for (size_t i = 0; i < node.members.size(); ++i) {
        const auto& [name, value] = node.members[i];
        if (name == "condition" || std::find(reserved.begin(), reserved.end(), name) != reserved.end()) continue;
        if (name == "timeframe") {
            context.warnings.push_back({context.file, node.member_lines[i], "'timeframe' is not part of Sigma 2 and says nothing here"});
            continue;
        }
        if (value.is_null()) return fail(problem_at(node.member_lines[i], "the selection is empty"));
        auto detection = build_detection(value, context, 0);
        if (!detection) return fail(std::move(detection).error());
        body.selections.push_back({name, node.member_lines[i], std::move(*detection)});
    }
    if (body.selections.empty()) return fail(problem_at(line, "there is no selection"));
    std::vector<char> used(body.selections.size());
    const auto parse_one = [&](const YamlNode& text) -> Result<Condition> {
        if (!text.is_scalar() || text.text.empty()) return fail(problem_at(text.line, "the condition is empty"));
        auto parsed = parse_condition(text.text, body.selections, used);
        if (!parsed) return fail(problem_at(text.line, parsed.error().message()));
        if (!body.condition_text.empty()) body.condition_text += " | ";
        body.condition_text += base::trim(text.text);
        return parsed;
    };
    if (condition->is_list()) {
        if (condition->items.empty()) return fail(problem_at(condition->line, "the condition is empty"));
        body.condition.kind = Condition::Kind::any;
        for (const YamlNode& text : condition->items) {
            TRY_ASSIGN(Condition one, parse_one(text));
            body.condition.children.push_back(std::move(one));
        }
        if (body.condition.children.size() == 1) {
            Condition only = std::move(body.condition.children[0]);
            body.condition = std::move(only);
        }
    } else {
        TRY_ASSIGN(body.condition, parse_one(*condition));
    }
    if (size_of(body.condition, body.selections) > kMaxConditionSize) {
        return fail(problem_at(condition->line, "the condition is too large: written out it has more than 200000 tests"));
    }
    for (size_t i = 0; i < body.selections.size(); ++i) {
        if (used[i] == 0 && !body.selections[i].name.starts_with('_')) {
            context.warnings.push_back({context.file, body.selections[i].line,
                                        "the condition does not use '" + body.selections[i].name + "'"});
        }
    }
    return body;
}

Result<> parse_document(const YamlDocument& document, size_t number, const Placeholders& placeholders, const std::string& file,
                        ParsedFile& parsed) {
    const YamlNode& root = document.root;
    if (!root.is_map()) return fail(problem_at(root.line, "expected a rule, found " + std::string(root.kind_name())));
    if (root.find("action") != nullptr) {
        return fail(problem_at(root.find("action")->line, "'action' documents are not part of Sigma 2"));
    }
    const YamlNode* detection = root.find("detection");
    const YamlNode* correlation = root.find("correlation");
    const YamlNode* filter = root.find("filter");
    const int kinds = (detection != nullptr) + (correlation != nullptr) + (filter != nullptr);
    if (kinds != 1) {
        return fail(problem_at(root.line, kinds == 0 ? "neither detection nor correlation nor filter: not a Sigma rule"
                                                     : "a rule has one of detection, correlation and filter"));
    }
    std::vector<RuleProblem> warnings;
    const RuleKind kind = detection != nullptr ? RuleKind::detection : correlation != nullptr ? RuleKind::correlation : RuleKind::filter;
    auto read = read_metadata(document, number, kind, file, warnings);
    if (!read) return fail(std::move(read).error());
    auto info = std::make_shared<RuleInfo>(std::move(*read));
    TestContext context{placeholders, file, warnings};
    switch (kind) {
        case RuleKind::detection: {
            TRY_ASSIGN(Body body, build_body(*detection, detection->line, context, {}));
            info->condition = std::move(body.condition_text);
            parsed.detections.push_back({std::move(info), std::move(body.selections), std::move(body.condition)});
            break;
        }
        case RuleKind::correlation: {
            TRY_ASSIGN(CorrelationRule rule, parse_correlation(root, *correlation, *info, file, warnings));
            rule.info = std::move(info);
            parsed.correlations.push_back(std::move(rule));
            break;
        }
        case RuleKind::filter: {
            FilterRule rule;
            TRY(parse_filter_rules(*filter, rule));
            TRY_ASSIGN(Body body, build_body(*filter, filter->line, context, {"rules"}));
            info->condition = std::move(body.condition_text);
            if (body.condition.kind == Condition::Kind::selection) {
                warnings.push_back({file, filter->line,
                                    "the filter narrows its rules to what it selects; to exclude that write 'condition: not " +
                                        body.selections[body.condition.selection].name + "'"});
            }
            rule.info = std::move(info);
            rule.selections = std::move(body.selections);
            rule.condition = std::move(body.condition);
            parsed.filters.push_back(std::move(rule));
            break;
        }
    }
    std::move(warnings.begin(), warnings.end(), std::back_inserter(parsed.warnings));
    return {};
}

// "line 12" of an error back into a number.
uint32_t line_of(const Error& error) {
    for (const std::string& place : error.where()) {
        if (place.starts_with("line ")) {
            return static_cast<uint32_t>(base::parse_uint(std::string_view(place).substr(5)).value_or(0));
        }
    }
    return 0;
}

}  // namespace

ParsedFile parse_rules(std::string_view text, const std::string& file, const Placeholders& placeholders) {
    ParsedFile parsed;
    auto documents = parse_yaml(text);
    if (!documents) {
        parsed.failures.push_back({file, line_of(documents.error()), documents.error().message()});
        return parsed;
    }
    if (documents->empty()) parsed.failures.push_back({file, 1, "the file holds no rule"});
    for (size_t i = 0; i < documents->size(); ++i) {
        if (auto done = parse_document((*documents)[i], i, placeholders, file, parsed); !done) {
            parsed.failures.push_back({file, line_of(done.error()), done.error().message()});
        }
    }
    return parsed;
}

}  // namespace shuwei::sigma
