#include "shuwei/sigma/field_map.hpp"

#include <algorithm>

#include "mapping_yaml.hpp"
#include "modifiers.hpp"
#include "shuwei/base/file.hpp"

namespace shuwei::sigma {

using base::fail;
using base::Result;

Result<LogSource> read_log_source_map(const YamlNode& node) {
    if (!node.is_map()) return fail(problem_at(node.line, "'logsource' must be a map"));
    LogSource source;
    for (const auto& [key, value] : node.members) {
        std::string* part = key == "product" ? &source.product : key == "category" ? &source.category
                            : key == "service" ? &source.service : nullptr;
        if (part == nullptr || !value.is_scalar()) return fail(problem_at(node.line, "'logsource' has product, category and service"));
        *part = value.text;
    }
    return source;
}

namespace {

Result<std::map<std::string, std::vector<std::string>, std::less<>>> read_names(const YamlNode* node) {
    std::map<std::string, std::vector<std::string>, std::less<>> names;
    if (node == nullptr || node->is_null()) return names;
    if (!node->is_map()) return fail(problem_at(node->line, "expected a map from rule fields to event fields"));
    for (const auto& [name, value] : node->members) {
        std::vector<std::string>& list = names[name];
        if (value.is_scalar()) list.push_back(value.text);
        for (const YamlNode& item : value.items) {
            if (!item.is_scalar()) return fail(problem_at(item.line, "expected the name of a field"));
            list.push_back(item.text);
        }
        if (list.empty()) return fail(problem_at(value.line, "expected the name of a field"));
    }
    return names;
}

}  // namespace

Result<FieldMap> FieldMap::load(const std::filesystem::path& file) {
    TRY_ASSIGN(const std::string text, base::read_file(file, kMaxYamlBytes));
    auto map = parse(text);
    if (!map) return fail(std::move(map).error().at(file.string()));
    return map;
}

Result<FieldMap> FieldMap::parse(std::string_view text) {
    TRY_ASSIGN(const std::vector<YamlDocument> documents, parse_yaml(text));
    if (documents.size() != 1 || !documents[0].root.is_map()) return fail(problem_at(1, "expected a map"));
    const YamlNode& root = documents[0].root;
    FieldMap map;
    const auto read_originals = [](const YamlNode& node) {
        std::vector<std::string> prefixes;
        if (const YamlNode* list = node.find("originals"); list != nullptr) {
            for (const YamlNode& item : list->items) prefixes.push_back(item.text);
        }
        return prefixes;
    };
    if (const YamlNode* sections = root.find("sections"); sections != nullptr) {
        for (const YamlNode& node : sections->items) {
            Section section;
            const YamlNode* source = node.find("logsource");
            if (source == nullptr) return fail(problem_at(node.line, "a section has a 'logsource'"));
            TRY_ASSIGN(section.source, read_log_source_map(*source));
            section.originals = read_originals(node);
            TRY_ASSIGN(section.first, read_names(node.find("first")));
            TRY_ASSIGN(section.aliases, read_names(node.find("aliases")));
            map.sections_.push_back(std::move(section));
        }
    }
    Section general;
    general.originals = read_originals(root);
    if (general.originals.empty()) general.originals.emplace_back();
    TRY_ASSIGN(general.first, read_names(root.find("first")));
    TRY_ASSIGN(general.aliases, read_names(root.find("aliases")));
    map.sections_.push_back(std::move(general));
    return map;
}

std::vector<event::FieldId> FieldMap::candidates(const LogSource& source, std::string_view field) const {
    std::vector<event::FieldId> ids;
    const auto add = [&ids](std::string_view name) {
        const event::FieldId id = event::intern_field(name);
        if (id != event::kNoField && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
    };
    const auto fits = [&source](const LogSource& wanted) {
        return (wanted.product.empty() || wanted.product == source.product) &&
               (wanted.category.empty() || wanted.category == source.category) &&
               (wanted.service.empty() || wanted.service == source.service);
    };
    for (const Section& section : sections_) {
        if (!fits(section.source)) continue;
        const auto found = section.first.find(field);
        if (found == section.first.end()) continue;
        for (const std::string& name : found->second) add(name);
    }
    for (const Section& section : sections_) {
        if (!fits(section.source)) continue;
        for (const std::string& prefix : section.originals) add(prefix + std::string(field));
    }
    for (const Section& section : sections_) {
        if (!fits(section.source)) continue;
        const auto found = section.aliases.find(field);
        if (found == section.aliases.end()) continue;
        for (const std::string& name : found->second) add(name);
    }
    return ids;
}

}  // namespace shuwei::sigma
