// Rule text to syntax trees. One bad document refuses only itself. Pure; thread-safe.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/sigma/load_report.hpp"
#include "shuwei/sigma/rule.hpp"

namespace shuwei::sigma {

// Values for |expand, by placeholder name without the percent signs.
using Placeholders = std::map<std::string, std::vector<std::string>>;

struct ParsedFile {
    std::vector<DetectionRule> detections;
    std::vector<CorrelationRule> correlations;  // references not resolved yet
    std::vector<FilterRule> filters;
    std::vector<RuleProblem> failures;
    std::vector<RuleProblem> warnings;
};

constexpr size_t kMaxValuesPerRule = 50'000;

// `file` is what problems and RuleInfo::file will say.
ParsedFile parse_rules(std::string_view text, const std::string& file, const Placeholders& placeholders = {});

}  // namespace shuwei::sigma
