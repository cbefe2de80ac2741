#include "shuwei/sigma/log_source_map.hpp"

#include <algorithm>
#include <optional>

#include "mapping_yaml.hpp"
#include "modifiers.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/sigma/pattern.hpp"

namespace shuwei::sigma {

using base::fail;
using base::Result;

namespace {

// Other names under which a routing field is found.
struct OtherNames {
    std::vector<std::pair<std::string, std::vector<std::string>>> names;

    std::vector<event::FieldId> fields_of(const std::string& name) const {
        std::vector<event::FieldId> fields;
        const auto add = [&fields](const std::string& one) {
            if (const event::FieldId id = event::intern_field(one); id != event::kNoField) fields.push_back(id);
        };
        add(name);
        for (const auto& [known, others] : names) {
            if (known != name) continue;
            for (const std::string& other : others) add(other);
        }
        return fields;
    }
};

Result<OtherNames> read_other_names(const YamlNode* node) {
    OtherNames others;
    if (node == nullptr || node->is_null()) return others;
    if (const YamlNode* names = node->find("names")) {
        for (const auto& [name, list] : names->members) {
            std::vector<std::string> texts;
            for (const YamlNode& one : list.items) texts.push_back(one.text);
            others.names.emplace_back(name, std::move(texts));
        }
    }
    return others;
}

// {field: value, field: [value, value]}; null = absent, "*" = present.
Result<RoutingClause> read_clause(const YamlNode& node, const OtherNames& others) {
    if (!node.is_map() || node.members.empty()) return fail(problem_at(node.line, "expected a map from fields to values"));
    RoutingClause clause;
    for (const auto& [name, value] : node.members) {
        RoutingTest test;
        test.fields = others.fields_of(name);
        if (test.fields.empty()) return fail(problem_at(value.line, "bad field name"));
        const auto add = [&](const YamlNode& one) -> Result<> {
            if (one.is_null()) {
                test.absent = true;
            } else if (!one.is_scalar()) {
                return fail(problem_at(one.line, "expected a value"));
            } else if (one.text == "*") {
                test.present = true;
            } else {
                test.values.push_back(fold_case(one.text));
            }
            return {};
        };
        if (value.is_list()) {
            for (const YamlNode& one : value.items) TRY(add(one));
        } else {
            TRY(add(value));
        }
        clause.push_back(std::move(test));
    }
    return clause;
}

// `text` with {product} and the like filled in; nothing when such a part is empty.
std::optional<std::string> fill(std::string text, const LogSource& source) {
    const std::pair<std::string_view, const std::string&> parts[] = {
        {"{product}", source.product}, {"{category}", source.category}, {"{service}", source.service}};
    for (const auto& [name, value] : parts) {
        for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size())) {
            if (value.empty()) return std::nullopt;
            text.replace(at, name.size(), value);
        }
    }
    return text;
}

}  // namespace

Result<LogSourceMap> LogSourceMap::load(const std::filesystem::path& file) {
    TRY_ASSIGN(const std::string text, base::read_file(file, kMaxYamlBytes));
    auto map = parse(text);
    if (!map) return fail(std::move(map).error().at(file.string()));
    return map;
}

Result<LogSourceMap> LogSourceMap::parse(std::string_view text) {
    TRY_ASSIGN(const std::vector<YamlDocument> documents, parse_yaml(text));
    if (documents.size() != 1 || !documents[0].root.is_map()) return fail(problem_at(1, "expected a map with 'sources' and 'fallback'"));
    const YamlNode& root = documents[0].root;
    LogSourceMap map;
    TRY_ASSIGN(const OtherNames others, read_other_names(root.find("also")));
    const YamlNode* sources = root.find("sources");
    if (sources == nullptr || !sources->is_list()) return fail(problem_at(root.line, "'sources' must be a list"));
    for (const YamlNode& node : sources->items) {
        const YamlNode* source = node.find("logsource");
        const YamlNode* when = node.find("when");
        if (source == nullptr || when == nullptr || !when->is_list()) return fail(problem_at(node.line, "an entry has 'logsource' and a list 'when'"));
        TRY_ASSIGN(const LogSource meant, read_log_source_map(*source));
        RoutingPredicate predicate;
        for (const YamlNode& clause : when->items) {
            TRY_ASSIGN(RoutingClause read, read_clause(clause, others));
            predicate.any.push_back(std::move(read));
        }
        map.entries_.push_back({meant, std::move(predicate)});
    }
    if (const YamlNode* fallback = root.find("fallback"); fallback != nullptr && fallback->is_list()) {
        for (const YamlNode& node : fallback->items) {
            TRY_ASSIGN(const RoutingClause clause, read_clause(node, others));
            std::vector<TemplateTest> tests;
            for (const RoutingTest& test : clause) tests.push_back({test.fields, test.values});
            map.fallback_.push_back(std::move(tests));
        }
    }
    return map;
}

RoutingPredicate LogSourceMap::predicate(const LogSource& source, bool& known) const {
    const auto agrees = [](const std::string& part, const std::string& wanted) { return part.empty() || part == wanted; };
    const Entry* best = nullptr;
    size_t best_parts = 0;
    for (const Entry& entry : entries_) {
        const LogSource& meant = entry.source;
        if (!agrees(meant.product, source.product) || !agrees(meant.category, source.category) || !agrees(meant.service, source.service)) {
            continue;
        }
        // A rule that says "windows security" is not served by an entry for all of windows unless there is no better one.
        const size_t parts = !meant.product.empty() + 2 * !meant.category.empty() + 2 * !meant.service.empty();
        if (best == nullptr || parts > best_parts) {
            best = &entry;
            best_parts = parts;
        }
    }
    // An entry for the product alone speaks for rules about the product alone.
    const bool too_general = best != nullptr && best->source.category.empty() && best->source.service.empty() &&
                             !(source.category.empty() && source.service.empty());
    known = best != nullptr && !too_general;
    if (known) return best->predicate;

    RoutingPredicate predicate;
    for (const auto& tests : fallback_) {
        RoutingClause clause;
        bool usable = true;
        for (const TemplateTest& test : tests) {
            RoutingTest filled;
            filled.fields = test.fields;
            for (const std::string& value : test.values) {
                if (auto text = fill(value, source)) filled.values.push_back(fold_case(*text));
            }
            usable = usable && !filled.values.empty();
            clause.push_back(std::move(filled));
        }
        if (usable) predicate.any.push_back(std::move(clause));
    }
    return predicate;
}

}  // namespace shuwei::sigma
