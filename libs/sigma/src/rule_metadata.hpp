// The descriptive keys of a rule document. Pure.
#pragma once

#include <string>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/sigma/load_report.hpp"
#include "shuwei/sigma/rule_info.hpp"
#include "yaml_tree.hpp"

namespace shuwei::sigma {

// `number` is that of the document in its file. Failures carry "line N".
base::Result<RuleInfo> read_metadata(const YamlDocument& document, size_t number, RuleKind kind, const std::string& file,
                                     std::vector<RuleProblem>& warnings);

}  // namespace shuwei::sigma
