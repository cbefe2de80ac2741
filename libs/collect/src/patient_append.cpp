#include "patient_append.hpp"

#include <utility>

#include "shuwei/base/log.hpp"

namespace shuwei::collect {

namespace {
constexpr int kShareLook = 100;  // milliseconds
}  // namespace

base::Result<spool::SeqRange> append_patiently(FrameSink& sink, ListenerCounters& counters,
                                               std::span<const spool::FrameView> frames, const StopSignal& stop,
                                               base::Duration patience) {
    const base::Duration begun = base::monotonic_now();
    bool told = false;
    while (true) {
        auto range = sink.append(counters, frames);
        if (range) {
            if (told) base::log::info("the spool takes frames again");
            return range;
        }
        const bool hopeless = range.error().code() == base::ErrorCode::invalid_argument;
        if (!told) base::log::warning("the spool refuses frames, senders wait", {{"error", range.error().to_string()}});
        told = true;
        if (patience > 0 && base::monotonic_now() - begun > patience) return range;
        if (hopeless || stop.wait(50)) {
            counters.dropped(hopeless ? "invalid" : "stopping").add(static_cast<int64_t>(frames.size()));
            return range;
        }
    }
}

base::Result<spool::SeqRange> append_fairly(FrameSink& sink, const Listener& listener, ListenerCounters& counters,
                                            std::span<const spool::FrameView> frames, const StopSignal& stop) {
    uint64_t bytes = 0;
    for (const auto& frame : frames) bytes += frame.payload.size();
    bool told = false;
    while (!sink.admits(listener.number, {}, bytes)) {
        if (!std::exchange(told, true)) counters.bounded.add();
        if (stop.wait(kShareLook)) return base::fail(base::ErrorCode::cancelled, "stopped while waiting for its share of the spool");
    }
    return append_patiently(sink, counters, frames, stop);
}

}  // namespace shuwei::collect
