// Calls what may block for ever (a driver whose server is silent) on a thread of its own, and leaves it there when it takes
// too long or stopping was requested: its result is thrown away when it comes. What the call uses must be its own.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "../stop_signal.hpp"
#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::collect {

class BoundedCalls {
public:
    // deadline_exceeded, cancelled, or what the call returned. unavailable while three calls are left behind.
    template <typename Value>
    base::Result<Value> run(std::function<base::Result<Value>()> call, const StopSignal& stop, base::Duration limit) {
        struct State {
            std::mutex mutex;
            std::condition_variable done;
            std::optional<base::Result<Value>> result;
        };
        if (running_->load() >= 3) return base::fail(base::ErrorCode::unavailable, "the driver does not come back from earlier calls");
        auto state = std::make_shared<State>();
        running_->fetch_add(1);
        std::thread([state, running = running_, call = std::move(call)]() mutable {
            auto result = call();
            call = nullptr;  // what it owns goes before we are done
            {
                const std::scoped_lock lock(state->mutex);
                state->result = std::move(result);
            }
            running->fetch_sub(1);
            state->done.notify_one();
        }).detach();
        const base::Duration deadline = base::monotonic_now() + limit;
        std::unique_lock lock(state->mutex);
        while (!state->done.wait_for(lock, std::chrono::milliseconds(100), [&] { return state->result.has_value(); })) {
            if (stop.requested()) return base::fail(base::ErrorCode::cancelled, "stopped while the database was asked");
            if (base::monotonic_now() > deadline) return base::fail(base::ErrorCode::deadline_exceeded, "the database does not answer");
        }
        return std::move(*state->result);
    }

private:
    std::shared_ptr<std::atomic<int>> running_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace shuwei::collect
