// TargetRunner: one target's thread: reads events behind the target's place, delivers, remembers the place, waits and tries
// again after an error. Owned by the Forwarder; status() and the stop calls are for any thread.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <semaphore>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "event_formatter.hpp"
#include "outlet.hpp"
#include "shuwei/forward/forwarder.hpp"

namespace shuwei::forward {

// What all runners share; outlives them.
struct Surroundings {
    ledger::Ledger& ledger;
    const TargetStore& targets;
    EventLog log;
    const base::Clock& clock;
    base::Random& random;
    base::Metrics& metrics;
    ForwarderOptions options;
    std::counting_semaphore<> reads;
};

class TargetRunner {
public:
    TargetRunner(Target target, event::Predicate filter, std::unique_ptr<Outlet> outlet, std::string tenant, Surroundings& around);
    ~TargetRunner();  // request_stop(), join

    const Target& target() const { return target_; }
    TargetStatus status() const;
    void request_stop();
    bool finished() const { return finished_; }  // its place is in the ledger, nothing more will be delivered

private:
    void run(const std::stop_token& stop);
    bool read(const std::stop_token& stop);     // fills the chunk; false when there is nothing or it failed
    void deliver(const std::stop_token& stop);
    void went_wrong(const base::Error& error, const std::stop_token& stop);
    void keep(bool now);
    void measure();
    void pause(base::Duration time, const std::stop_token& stop);
    void drop_chunk();
    void remember_sent(std::span<const Message> messages);

    Target target_;
    event::Predicate filter_;
    std::unique_ptr<Outlet> outlet_;
    EventFormatter formatter_;
    Surroundings& around_;
    base::Metric& forwarded_;
    base::Metric& errors_;
    base::Metric& refused_;
    base::Metric& lag_events_;
    base::Metric& lag_seconds_;

    // Of the thread.
    uint64_t position_;             // delivered or passed over up to here
    uint64_t range_;
    std::vector<Message> chunk_;
    size_t at_ = 0;                 // first of the chunk that is not delivered
    uint64_t chunk_end_ = 0;        // the position once the chunk is delivered
    struct Sent {
        uint64_t seq;
        size_t bytes;
        base::Timestamp at;
    };
    std::deque<Sent> recent_;       // the resend window: sent over this connection, for the first time
    size_t recent_bytes_ = 0;
    uint64_t repeated_until_ = 0;   // up to here was in doubt once; the same is not repeated again and again
    size_t slice_;                  // smaller after errors, so that a bad connection gets somewhere
    base::Duration backoff_ = 0;
    uint64_t kept_position_;
    uint64_t unkept_events_ = 0;
    base::Timestamp last_keep_ = 0;

    mutable std::mutex mutex_;
    std::condition_variable_any wake_;
    TargetStatus status_;
    base::Timestamp oldest_waiting_ = 0;     // when the first undelivered event was received; 0: none is known
    std::array<uint64_t, 60> seconds_{};     // delivered in each of the last seconds
    int64_t newest_second_ = 0;

    std::atomic<bool> finished_ = false;
    std::jthread thread_;
};

}  // namespace shuwei::forward
