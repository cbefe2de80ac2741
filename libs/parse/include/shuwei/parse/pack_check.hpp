// Runs the sample cases of packs: what tests, the command line and the pack editor all use. Free functions, any thread.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/parse/pack_set.hpp"

namespace shuwei::parse {

struct CaseFailure {
    std::filesystem::path file;
    int line = 0;         // of the case in its file
    std::string name;     // what the case calls itself
    std::string reason;   // one difference a line
    std::string to_string() const;
};

struct CaseReport {
    size_t cases = 0;
    std::vector<CaseFailure> failures;
};

// Every case of pack `number`, parsed by the whole set: the line must be recognised as this pack and give the expected
// fields. Fails when cases.yaml cannot be read.
base::Result<CaseReport> check_pack(const std::shared_ptr<const PackSet>& packs, uint16_t number);

// The sample lines of a pack, for benchmarks and the editor.
base::Result<std::vector<std::string>> case_lines(const PackInfo& pack);

}  // namespace shuwei::parse
