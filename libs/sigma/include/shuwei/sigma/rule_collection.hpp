// Rule folders loaded: syntax trees with names resolved and filters applied, and the report of what failed where.
// A value; what it points to is immutable.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/sigma/load_report.hpp"
#include "shuwei/sigma/rule.hpp"
#include "shuwei/sigma/rule_parser.hpp"

namespace shuwei::sigma {

class CompiledCache;
class FieldMap;
class LogSourceMap;

struct CollectionOptions {
    std::vector<std::filesystem::path> paths;  // folders (searched for *.yml and *.yaml) or single files
    std::filesystem::path content;             // content/sigma
    Placeholders placeholders;
};

constexpr size_t kMaxRuleFiles = 200'000;

struct RuleCollection {
    std::vector<std::shared_ptr<const DetectionRule>> detections;      // filters applied
    std::vector<std::shared_ptr<const CorrelationRule>> correlations;  // references resolved
    std::vector<std::shared_ptr<const FilterRule>> filters;
    std::shared_ptr<const LogSourceMap> log_sources;
    std::shared_ptr<const FieldMap> fields;
    LoadReport report;

    // An error only when a path does not exist or the content cannot be used. Parsed files come from and go to `cache`.
    static base::Result<RuleCollection> load(const CollectionOptions& options, CompiledCache* cache = nullptr);
};

}  // namespace shuwei::sigma
