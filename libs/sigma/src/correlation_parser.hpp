// The bodies of correlations and the rule lists of filters. Pure.
#pragma once

#include <string>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/sigma/load_report.hpp"
#include "shuwei/sigma/rule.hpp"
#include "yaml_tree.hpp"

namespace shuwei::sigma {

// Failures carry "line N". Sets the condition text of `info`. References are not resolved yet.
base::Result<CorrelationRule> parse_correlation(const YamlNode& root, const YamlNode& node, RuleInfo& info,
                                                const std::string& file, std::vector<RuleProblem>& warnings);

// `rules` of a filter: a list of names or ids, or "any".
base::Result<> parse_filter_rules(const YamlNode& node, FilterRule& rule);

// "90m" and the like: s, m, h, d, also w.
base::Result<base::Duration> parse_timespan(std::string_view text);

}  // namespace shuwei::sigma
