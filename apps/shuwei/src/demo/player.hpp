// Plays a scenario through the real inputs: syslog over UDP and TCP, NDJSON over HTTP, one thread each. The same
// scenario, seed and bounds give the same lines in the same order on every input (times apart).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "demo/scenario.hpp"
#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::demo {

struct PlayOptions {
    std::string syslog = "127.0.0.1:5514";  // ADDR:PORT, UDP and TCP; empty: leave those devices out
    std::string http;                       // ADDR:PORT; empty: leave HTTP devices out
    std::string token;                      // API token for HTTP
    double lines_per_second = 40;           // of ordinary lines, over all inputs; 0: as fast as the inputs take them
    uint64_t lines = 0;                     // ordinary lines in all, with which play ends; 0: no bound
    base::Duration duration = 0;            // 0: no bound
    uint64_t seed = 20260101;
    bool stories = true;
    // Lines rendered before play and repeated in turn; 0: rendered as they are sent, with the time of sending. For
    // load: sending alone is faster.
    uint64_t prepared_lines = 0;
};

// Counts, readable while playing.
struct PlayCounts {
    struct PerInput {
        std::atomic<uint64_t> lines{0};    // handed to the kernel, or answered 2xx
        std::atomic<uint64_t> bytes{0};    // of those lines, without framing
        std::atomic<uint64_t> retried{0};  // HTTP requests answered 429 or 503 and sent again
    };
    std::array<PerInput, kInputs> inputs;
    std::atomic<uint64_t> stories_told{0};
    std::atomic<uint64_t> story_lines{0};  // included in the lines above

    PerInput& operator[](Input input) { return inputs[static_cast<size_t>(input)]; }
    const PerInput& operator[](Input input) const { return inputs[static_cast<size_t>(input)]; }
    uint64_t lines() const;
    uint64_t bytes() const;
};

// Returns when a bound is reached, `stop` is set, or an input failed. Blocks; call it on a thread of its own.
base::Result<> play(const Scenario& scenario, const PlayOptions& options, const base::Clock& clock, PlayCounts& counts,
                    const std::atomic<bool>& stop);

}  // namespace shuwei::demo
