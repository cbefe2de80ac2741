// What loading rule folders found. Values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace shuwei::sigma {

// A place in a rule file and what is the matter there.
struct RuleProblem {
    std::string file;   // as given to the loader
    uint32_t line = 0;  // 1-based; 0 when the whole file is meant
    std::string text;   // "unknown modifier 'foo'"
};

struct LoadReport {
    size_t files = 0;          // *.yml and *.yaml found; files = loaded + failed
    size_t loaded = 0;         // files of which every document loaded
    size_t failed = 0;
    size_t detections = 0;     // documents, by kind
    size_t correlations = 0;
    size_t filters = 0;
    std::vector<RuleProblem> failures;   // at least one for each failed file
    std::vector<RuleProblem> warnings;   // the rule works, but look here
    bool cached = false;                 // the compiled program came from the cache
    double seconds = 0;                  // loading and compiling
};

}  // namespace shuwei::sigma
