// Where every input puts its frames: the spool, with the counters that go with it. Shared by all inputs; thread-safe.
// One sink per spool: it takes the spool's durable notice.
//
// Counters, by listener: shuwei_received_total and shuwei_received_bytes_total (frames and payload bytes as they came),
// shuwei_spooled_total (frames that are on disk), shuwei_dropped_total with a reason (kernel, spool_full, fair_share, empty …),
// shuwei_truncated_total, shuwei_framing_errors_total, shuwei_connections (gauge).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/metrics.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/spool/spool.hpp"

namespace shuwei::collect {

// An input as the rest of the house knows it. Several transports of one input share number and tenant and differ in name.
struct Listener {
    uint32_t number = 0;   // 1 …; stays the same over restarts: a source is (listener, peer)
    std::string name;      // the metrics' label: "syslog"
    uint32_t tenant = 0;
};

class ListenerCounters;

class FrameSink {
public:
    FrameSink(spool::Spool& spool, base::Metrics& metrics, const base::Clock& clock);
    ~FrameSink();
    FrameSink(const FrameSink&) = delete;
    FrameSink& operator=(const FrameSink&) = delete;

    // Counters of a listener's label, made on first use; they live as long as the sink.
    ListenerCounters& counters(std::string_view listener_name);

    // Spools the frames, all or none, and counts them as received; errors as Spool::append().
    base::Result<spool::SeqRange> append(ListenerCounters& listener, std::span<const spool::FrameView> frames);

    // Whether the spool is more than half full: then each source gets its share (fair_share.hpp), and an input asks for a
    // sender before it takes `bytes` more of it. Always true while the spool is not filling.
    bool filling() const;
    bool admits(uint32_t listener, const base::IpAddress& sender, uint64_t bytes);

    spool::Spool& spool() { return spool_; }
    base::Metrics& metrics() { return metrics_; }
    base::Timestamp now() const { return clock_.now(); }

private:
    struct State;
    spool::Spool& spool_;
    base::Metrics& metrics_;
    const base::Clock& clock_;
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::collect
