// The parent's side of the worker: starts it, watches it, restarts it, and lends out its channels. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "protocol.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/eventstore/event_store.hpp"

namespace shuwei::eventstore {

class WorkerProcess {
public:
    // `on_ready` runs in the supervising thread each time the worker has come up, before callers are let in; it may
    // use run() with Lane::care.
    WorkerProcess(EventStoreOptions options, std::function<base::Result<>()> on_ready);
    ~WorkerProcess();

    // Waits for the first start.
    base::Result<> wait_started(base::Duration timeout);

    // Readers are several, the others one each; a query waits for its turn.
    enum class Lane : uint8_t { read, write, care, upkeep, watch };
    static constexpr size_t kLanes = 5;
    using Receive = std::function<bool(std::string_view)>;

    struct Query {
        std::string sql;
        std::string format = "RowBinary";
        std::vector<std::pair<std::string, std::string>> parameters;
        int descriptor = -1;  // for $FD$
        bool streamed = false;
    };
    // Runs the query; `receive` gets the pieces of its result and may end it by returning false (then: cancelled).
    // `limits.time` counts from the call, waiting for a free channel included.
    base::Result<> run(Lane lane, const Query& query, const QueryLimits& limits, const Receive& receive);
    // The same with the whole result in memory.
    base::Result<std::string> run(Lane lane, const Query& query, const QueryLimits& limits);

    WorkerState state() const;
    bool wait_ready(base::Duration timeout, std::stop_token stop) const;

private:
    struct Channel {
        uint64_t number = 0;
        uint64_t next_tag = 1;
        uint64_t generation = 0;
        base::FileDescriptor socket;
    };

    void supervise(std::stop_token stop);
    base::Result<> start_once();
    std::string end_worker(bool politely);  // how it ended
    base::Result<Channel> open_channel_locked();
    base::Result<Channel> take(Lane lane, base::Timestamp deadline, std::stop_token stop);
    void give_back(Lane lane, Channel channel, bool usable);
    void tell_progress(const Channel& channel, uint64_t tag, const QueryLimits& limits);
    void send_kill(const Channel& channel, uint64_t tag);
    size_t capacity(Lane lane) const;

    EventStoreOptions options_;
    std::function<base::Result<>()> on_ready_;

    mutable std::mutex mutex_;
    mutable std::condition_variable_any changed_;
    base::FileDescriptor control_;
    bool connected_ = false;   // the worker answers; care queries may run
    bool ready_ = false;       // and is up to date
    bool first_attempt_over_ = false;
    int pid_ = -1;
    uint64_t generation_ = 0;  // of the worker: channels of an earlier one are thrown away
    uint64_t next_channel_ = 1;
    uint64_t restarts_ = 0;
    std::string last_error_;
    std::vector<Channel> idle_[kLanes];  // by lane
    size_t lent_[kLanes] = {};

    base::FileDescriptor wake_;  // eventfd: tells the supervisor to look at closing_
    std::jthread supervisor_;
};

}  // namespace shuwei::eventstore
