// Results as people and programs want them: NDJSON, one JSON array, a table, CSV. Rows are flat JSON objects; columns
// of table and CSV are the given ones, or those of the first row. Writes to stdout.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "commands/commands.hpp"

namespace shuwei::app {

void print_rows(const std::vector<nlohmann::ordered_json>& rows, OutputFormat format, std::vector<std::string> columns = {});

}  // namespace shuwei::app
