// Back-pressure: an input that can make its sender wait appends through this.
#pragma once

#include <span>

#include "listener_counters.hpp"
#include "shuwei/collect/frame_sink.hpp"
#include "stop_signal.hpp"

namespace shuwei::collect {

// Appends the frames, trying again while the spool has no room. Gives up once stopping was requested (the frames are
// counted as dropped), or, where `patience` > 0, after so long without success; then with the spool's error.
base::Result<spool::SeqRange> append_patiently(FrameSink& sink, ListenerCounters& counters,
                                               std::span<const spool::FrameView> frames, const StopSignal& stop,
                                               base::Duration patience = 0);

// For an input that asks the other side, and whose position stays where it was until the frames are taken: waits first while
// the input takes more than its share of a spool that fills. cancelled once stopping was requested.
base::Result<spool::SeqRange> append_fairly(FrameSink& sink, const Listener& listener, ListenerCounters& counters,
                                            std::span<const spool::FrameView> frames, const StopSignal& stop);

}  // namespace shuwei::collect
