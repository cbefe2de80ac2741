#include "rule_metadata.hpp"

#include <algorithm>
#include <cctype>

#include "content_hash.hpp"
#include "modifiers.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::sigma {
namespace {

using base::fail;
using base::Result;

constexpr size_t kMaxTitleBytes = 1024;

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
    }
    return true;
}

bool is_date(std::string_view text) {  // 2024-08-08, and 2024/08/08 of older rules
    if (text.size() != 10) return false;
    for (size_t i = 0; i < 10; ++i) {
        const char c = text[i];
        if (i == 4 || i == 7 ? c != '-' && c != '/' : c < '0' || c > '9') return false;
    }
    return true;
}

struct Reader {
    const YamlNode& root;
    const std::string& file;
    std::vector<RuleProblem>& warnings;

    void warn(uint32_t line, std::string text) { warnings.push_back({file, line, std::move(text)}); }

    Result<std::string> text(std::string_view key) {
        const YamlNode* node = root.find(key);
        if (node == nullptr || node->is_null()) return std::string();
        if (!node->is_scalar()) {
            return fail(problem_at(node->line, "'" + std::string(key) + "' must be a text, found " + std::string(node->kind_name())));
        }
        return std::string(base::trim(node->text));
    }

    // A list of texts; a single text counts as a list of one. What is neither is passed over with a warning.
    std::vector<std::string> list(std::string_view key) {
        std::vector<std::string> texts;
        const YamlNode* node = root.find(key);
        if (node == nullptr || node->is_null()) return texts;
        if (node->is_scalar()) {
            texts.push_back(node->text);
        } else if (node->is_list()) {
            for (const YamlNode& item : node->items) {
                if (item.is_scalar()) {
                    texts.push_back(item.text);
                } else {
                    warn(item.line, "'" + std::string(key) + "' holds something else than texts");
                }
            }
        } else {
            warn(node->line, "'" + std::string(key) + "' must be a list");
        }
        return texts;
    }
};

Result<LogSource> read_log_source(const YamlNode& root) {
    const YamlNode* node = root.find("logsource");
    if (node == nullptr) return fail(problem_at(root.line, "'logsource' is missing"));
    if (!node->is_map()) return fail(problem_at(node->line, "'logsource' must be a map, found " + std::string(node->kind_name())));
    LogSource source;
    for (const auto& [key, value] : node->members) {
        std::string* part = key == "product" ? &source.product : key == "category" ? &source.category
                            : key == "service" ? &source.service : nullptr;
        if (part == nullptr || value.is_null()) continue;
        if (!value.is_scalar()) return fail(problem_at(value.line, "'" + key + "' of the log source must be a text"));
        *part = base::to_ascii_lower(base::trim(value.text));
    }
    if (source.product.empty() && source.category.empty() && source.service.empty()) {
        return fail(problem_at(node->line, "'logsource' names neither product nor category nor service"));
    }
    return source;
}

}  // namespace

Result<RuleInfo> read_metadata(const YamlDocument& document, size_t number, RuleKind kind, const std::string& file,
                               std::vector<RuleProblem>& warnings) {
    const YamlNode& root = document.root;
    Reader reader{root, file, warnings};
    RuleInfo info;
    info.kind = kind;
    info.file = file;
    info.line = document.line;
    info.source = document.source;
    info.content_hash = content_hash(document.source).to_hex();
    TRY_ASSIGN(info.title, reader.text("title"));
    TRY_ASSIGN(info.id, reader.text("id"));
    TRY_ASSIGN(info.name, reader.text("name"));
    TRY_ASSIGN(info.description, reader.text("description"));
    TRY_ASSIGN(info.status, reader.text("status"));
    TRY_ASSIGN(info.date, reader.text("date"));
    TRY_ASSIGN(info.modified, reader.text("modified"));
    TRY_ASSIGN(info.license, reader.text("license"));
    TRY_ASSIGN(const std::string level, reader.text("level"));
    for (const std::string& one : reader.list("author")) info.author += (info.author.empty() ? "" : ", ") + one;
    info.references = reader.list("references");
    info.tags = reader.list("tags");
    info.false_positives = reader.list("falsepositives");
    if (const YamlNode* related = root.find("related"); related != nullptr && related->is_list()) {
        for (const YamlNode& item : related->items) {
            const YamlNode* id = item.is_map() ? item.find("id") : nullptr;
            if (id != nullptr && id->is_scalar()) info.related.push_back(id->text);
        }
    }

    if (const YamlNode* own = root.find("shuwei"); own != nullptr && own->is_map()) {
        Reader ours{*own, file, warnings};
        TRY_ASSIGN(info.title_zh, ours.text("title_zh"));
        TRY_ASSIGN(info.description_zh, ours.text("description_zh"));
        info.advice_zh = ours.list("advice_zh");
        info.advice_en = ours.list("advice_en");
    }

    if (info.title.empty()) return fail(problem_at(root.line, "'title' is missing"));
    if (info.title.size() > kMaxTitleBytes) return fail(problem_at(root.find("title")->line, "the title is longer than 1024 bytes"));
    if (info.id.empty()) {
        if (kind == RuleKind::detection) reader.warn(root.line, "the rule has no id");
        info.id = !info.name.empty() ? "name:" + info.name : "file:" + file + "#" + std::to_string(number);
    } else if (!is_uuid(info.id)) {
        reader.warn(root.find("id")->line, "the id is not a UUID");
    }
    if (!level.empty()) {
        const auto known = parse_level(base::to_ascii_lower(level));
        if (!known.has_value()) {
            return fail(problem_at(root.find("level")->line,
                                   "unknown level '" + level + "': informational, low, medium, high or critical"));
        }
        info.level = *known;
    } else if (kind != RuleKind::filter) {
        reader.warn(root.line, "the rule has no level: taken as medium");
    }
    constexpr std::string_view kStatus[] = {"stable", "test", "experimental", "deprecated", "unsupported"};
    if (!info.status.empty() && std::find(std::begin(kStatus), std::end(kStatus), info.status) == std::end(kStatus)) {
        reader.warn(root.find("status")->line, "unknown status '" + info.status + "'");
    }
    for (const std::string_view key : {"date", "modified"}) {
        const YamlNode* node = root.find(key);
        if (node != nullptr && node->is_scalar() && !is_date(node->text)) {
            reader.warn(node->line, "'" + std::string(key) + "' is not a date like 2026-01-31");
        }
    }
    for (const std::string& tag : info.tags) {
        if (tag.find('.') == std::string::npos || tag.find(' ') != std::string::npos) {
            reader.warn(root.find("tags")->line, "the tag '" + tag + "' has no namespace or holds a space");
        }
    }
    if (kind != RuleKind::correlation) {
        TRY_ASSIGN(info.log_source, read_log_source(root));
    }
    return info;
}

}  // namespace shuwei::sigma
