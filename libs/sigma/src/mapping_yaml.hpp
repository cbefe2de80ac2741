// What the two mapping files have in common.
#pragma once

#include "shuwei/base/result.hpp"
#include "shuwei/sigma/rule_info.hpp"
#include "yaml_tree.hpp"

namespace shuwei::sigma {

// {product: …, category: …, service: …}
base::Result<LogSource> read_log_source_map(const YamlNode& node);

}  // namespace shuwei::sigma
