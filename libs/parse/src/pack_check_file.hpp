// cases.yaml: sample lines of a pack and what they must become.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::parse {

struct PackCase {
    std::string name;
    std::string line;
    int number = 0;  // line in the file
    // Field -> its values in order; none = the event must not have it.
    std::vector<std::pair<std::string, std::vector<std::string>>> expected;
};

struct PackCases {
    base::Timestamp received = 0;
    event::TimeZone zone;
    std::vector<PackCase> cases;
};

base::Result<PackCases> read_cases(const std::filesystem::path& file);
// How many cases the file has, by its layout; 0 when it cannot be read.
size_t count_cases(const std::filesystem::path& file);

}  // namespace shuwei::parse
