// `Field|modifier|modifier: values` to a FieldTest. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/sigma/load_report.hpp"
#include "shuwei/sigma/rule_parser.hpp"
#include "yaml_tree.hpp"

namespace shuwei::sigma {

// Where a test is being built: what it may use and where it tells what is odd.
struct TestContext {
    const Placeholders& placeholders;
    const std::string& file;
    std::vector<RuleProblem>& warnings;
    size_t values_left = kMaxValuesPerRule;
};

// `key` is the whole key of the map; empty (or "|modifiers") for keywords. `value` a scalar, null or a list of these.
// Failures carry "line N".
base::Result<FieldTest> build_field_test(std::string_view key, uint32_t line, const YamlNode& value, TestContext& context);

base::Error problem_at(uint32_t line, std::string text);

}  // namespace shuwei::sigma
