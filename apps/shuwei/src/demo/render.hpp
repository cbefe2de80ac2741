// A scenario's lines as text, without sending them: for tests, benchmarks of parsing, and a look at them.
#pragma once

#include <string>

#include "demo/scenario.hpp"

namespace shuwei::demo {

struct RenderOptions {
    uint64_t seed = 20260101;
    uint64_t lines = 0;     // ordinary ones
    bool stories = true;    // then each story once
    std::string device;     // only lines of this device; empty: of all
};

// Appends the lines, each with a line feed, all bearing `time`.
void render_lines(const Scenario& scenario, const RenderOptions& options, base::Timestamp time, std::string& out);

}  // namespace shuwei::demo
