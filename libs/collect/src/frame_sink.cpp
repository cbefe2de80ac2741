#include "shuwei/collect/frame_sink.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>

#include "fair_share.hpp"
#include "listener_counters.hpp"

namespace shuwei::collect {

ListenerCounters::ListenerCounters(base::Metrics& metrics, std::string_view name)
    : received(metrics.counter("shuwei_received_total", "Frames received", {{"listener", std::string(name)}})),
      received_bytes(metrics.counter("shuwei_received_bytes_total", "Bytes of the frames received, as long as they were sent",
                                     {{"listener", std::string(name)}})),
      spooled(metrics.counter("shuwei_spooled_total", "Frames that are on disk", {{"listener", std::string(name)}})),
      truncated(metrics.counter("shuwei_truncated_total", "Frames cut at 1 MiB", {{"listener", std::string(name)}})),
      unterminated(metrics.counter("shuwei_unterminated_total", "Frames whose stream ended before they did",
                                   {{"listener", std::string(name)}})),
      framing_errors(metrics.counter("shuwei_framing_errors_total", "Places where a stream's framing did not hold",
                                     {{"listener", std::string(name)}})),
      bounded(metrics.counter("shuwei_bounded_total", "Times a sender had to wait: it took more than its share of a spool that fills",
                              {{"listener", std::string(name)}})),
      connections(metrics.gauge("shuwei_connections", "Open connections", {{"listener", std::string(name)}})),
      metrics_(metrics),
      name_(name) {}

base::Metric& ListenerCounters::dropped(std::string_view reason) const {
    return metrics_.counter("shuwei_dropped_total", "Frames that were lost, by reason",
                            {{"listener", name_}, {"reason", std::string(reason)}});
}

base::Metric& ListenerCounters::connections_refused(std::string_view reason) const {
    return metrics_.counter("shuwei_connections_refused_total", "Connections closed by us, by reason",
                            {{"listener", name_}, {"reason", std::string(reason)}});
}

struct FrameSink::State {
    struct Appended {
        uint64_t last_seq;
        uint64_t frames;
        ListenerCounters* counters;
    };
    std::mutex mutex;
    std::map<std::string, std::unique_ptr<ListenerCounters>, std::less<>> counters;
    FairShare shares;
    std::deque<Appended> waiting;  // written, not known to be on disk

    void count_durable(uint64_t seq) {
        const std::scoped_lock lock(mutex);
        while (!waiting.empty() && waiting.front().last_seq <= seq) {
            waiting.front().counters->spooled.add(static_cast<int64_t>(waiting.front().frames));
            waiting.pop_front();
        }
    }
};

FrameSink::FrameSink(spool::Spool& spool, base::Metrics& metrics, const base::Clock& clock)
    : spool_(spool), metrics_(metrics), clock_(clock), state_(std::make_unique<State>()) {
    spool_.on_durable([state = state_.get()](uint64_t seq) { state->count_durable(seq); });
}

FrameSink::~FrameSink() { spool_.on_durable({}); }

ListenerCounters& FrameSink::counters(std::string_view listener_name) {
    const std::scoped_lock lock(state_->mutex);
    const auto found = state_->counters.find(listener_name);
    if (found != state_->counters.end()) return *found->second;
    return *state_->counters
                .emplace(std::string(listener_name), std::make_unique<ListenerCounters>(metrics_, listener_name))
                .first->second;
}

bool FrameSink::filling() const { return spool_.bytes() > spool_.max_bytes() / 2; }

bool FrameSink::admits(uint32_t listener, const base::IpAddress& sender, uint64_t bytes) {
    const uint64_t most = spool_.max_bytes();
    const uint64_t held = spool_.bytes();
    return held <= most / 2 || state_->shares.admits(listener, sender, bytes, most - std::min(held, most), base::monotonic_now());
}

base::Result<spool::SeqRange> FrameSink::append(ListenerCounters& listener, std::span<const spool::FrameView> frames) {
    auto range = spool_.append(frames);
    if (!range || frames.empty()) return range;
    uint64_t bytes = 0;
    int64_t truncated = 0;
    int64_t unterminated = 0;
    for (const auto& frame : frames) {
        bytes += frame.true_length;
        truncated += frame.truncated() ? 1 : 0;
        unterminated += frame.unterminated() ? 1 : 0;
    }
    listener.received.add(static_cast<int64_t>(frames.size()));
    listener.received_bytes.add(static_cast<int64_t>(bytes));
    if (truncated > 0) listener.truncated.add(truncated);
    if (unterminated > 0) listener.unterminated.add(unterminated);
    {
        const std::scoped_lock lock(state_->mutex);
        state_->waiting.push_back({range->last, frames.size(), &listener});
    }
    // A sync may have passed between the two lines above.
    const uint64_t durable = spool_.durable_seq();
    if (durable >= range->last) state_->count_durable(durable);
    return range;
}

}  // namespace shuwei::collect
