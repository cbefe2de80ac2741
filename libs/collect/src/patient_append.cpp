#include "patient_append.hpp"

#include "shuwei/base/log.hpp"

namespace shuwei::collect {

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

}  // namespace shuwei::collect
