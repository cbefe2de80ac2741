// Keeps a wrong pack from slowing the stream: measures now and then how long packs take over a line, and tells of those that
// are too slow again and again. Counts CPU time of the thread, so a busy machine blames nobody. One per worker; slow lines
// are counted in the pack's health, which all workers share.
#pragma once

#include <cstdint>
#include <ctime>
#include <vector>

#include "compiled_pack.hpp"
#include "shuwei/base/clock.hpp"

namespace shuwei::parse {

class PackWatch {
public:
    static constexpr base::Duration kLineBudget = 300 * base::kMicrosecond;
    static constexpr base::Duration kByteBudget = 50;   // nanoseconds more for every byte
    static constexpr uint16_t kSlowLines = 64;          // more slow than good ones by this many: set aside
    static constexpr uint16_t kMeasureEvery = 64;       // lines, as long as all were good

    struct Turn {
        uint16_t number = 0;
        base::Duration started = 0;  // 0: not measured
    };

    void forget_packs(size_t packs) { paces_.assign(packs + 1, {}); }

    Turn begin(uint16_t number) {
        Pace& pace = paces_[number];
        if (pace.slow == 0 && pace.until_measured-- > 0) return {number, 0};
        return {number, cpu_time()};
    }

    // True when the pack is too slow too often. `limited`: the extractor cut the line off.
    bool end(Turn turn, const CompiledPack& pack, size_t bytes, bool limited) {
        if (turn.started == 0 && !limited) return false;
        return note(turn.number, pack, limited || cpu_time() - turn.started > kLineBudget + kByteBudget * static_cast<base::Duration>(bytes));
    }

    // A line of the pack was slow or good.
    bool note(uint16_t number, const CompiledPack& pack, bool slow) {
        Pace& pace = paces_[number];
        if (!slow) {
            if (pace.slow > 0) --pace.slow;
            if (pace.slow == 0) pace.until_measured = kMeasureEvery;
            return false;
        }
        pack.health.slow_lines.fetch_add(1, std::memory_order_relaxed);
        if (pace.slow < kSlowLines) ++pace.slow;
        return pace.slow == kSlowLines;
    }

    static base::Duration cpu_time() {
        timespec now{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
        return now.tv_sec * base::kSecond + now.tv_nsec;
    }

private:
    struct Pace {
        int16_t until_measured = 16;  // the first lines of a pack are slow for other reasons
        uint16_t slow = 0;
    };
    std::vector<Pace> paces_;  // by number
};

}  // namespace shuwei::parse
