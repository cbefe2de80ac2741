// `shuwei rules lint`: loads rule folders without compiling matchers and says what is wrong where. Thread-safe.
#pragma once

#include <filesystem>
#include <span>

#include "shuwei/base/result.hpp"
#include "shuwei/sigma/load_report.hpp"

namespace shuwei::sigma {

// Every *.yml and *.yaml under the given folders (or the given files themselves). `content` is content/sigma. An error
// only when a path or the content cannot be read.
base::Result<LoadReport> lint(std::span<const std::filesystem::path> paths, const std::filesystem::path& content);

}  // namespace shuwei::sigma
