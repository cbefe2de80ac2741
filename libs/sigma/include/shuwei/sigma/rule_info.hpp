// What everybody may know about a rule: identity, texts, level, where it came from. Immutable once loaded and shared
// by pointer, so findings keep it past any reload. Thread-safe by being constant.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shuwei::sigma {

enum class Level : uint8_t { informational, low, medium, high, critical };
std::string_view to_string(Level level);  // "informational" …
std::optional<Level> parse_level(std::string_view text);

enum class RuleKind : uint8_t { detection, correlation, filter };
std::string_view to_string(RuleKind kind);

// The `logsource` of a rule; absent parts are empty.
struct LogSource {
    std::string product;
    std::string category;
    std::string service;
    std::string to_string() const;  // "windows/process_creation/-"
    bool operator==(const LogSource&) const = default;
};

struct RuleInfo {
    std::string id;            // `id`; when the rule has none: "name:" + name, else "file:" + file + "#" + document
    std::string name;          // `name`, by which correlations may refer to it
    std::string title;
    std::string title_zh;      // our own keys, under `shuwei:`; empty when the rule has none
    std::string description;
    std::string description_zh;
    std::vector<std::string> advice_zh;  // what the analyst should do, step by step
    std::vector<std::string> advice_en;
    std::string status;        // "stable", "test", "experimental" …
    std::string author;
    std::string date;
    std::string modified;
    std::string license;
    std::vector<std::string> references;
    std::vector<std::string> tags;            // "attack.t1059.001" …
    std::vector<std::string> false_positives;
    std::vector<std::string> related;         // ids of related rules
    Level level = Level::medium;              // a rule without level counts as medium
    RuleKind kind = RuleKind::detection;
    LogSource log_source;      // empty for correlations
    std::string condition;     // as written; several are joined with " | "
    std::string file;          // as given to the loader: folder/relative/path.yml
    uint32_t line = 1;         // where the document begins in the file
    std::string source;        // the YAML text of this document
    std::string content_hash;  // 32 hexadecimal digits over `source`: with the id the key of correlation state
};

using RuleHandle = std::shared_ptr<const RuleInfo>;

}  // namespace shuwei::sigma
