// Where the program finds what belongs to it: content, the ClickHouse library, itself. Beside the program
// (../share/shuwei, ../lib/shuwei), or where SHUWEI_HOME and SHUWEI_LIBCHDB say.
#pragma once

#include <filesystem>

namespace shuwei::app {

std::filesystem::path content_folder();
std::filesystem::path libchdb_path();
std::filesystem::path program_path();

}  // namespace shuwei::app
