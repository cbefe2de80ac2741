// An input that asks the other side in turns, on a thread of its own. A turn that fails is tried again after a pause that
// doubles up to five minutes or what is given; the error is kept for people. Derived classes call start() last in their making and finish()
// first in their destructor.
#pragma once

#include <mutex>
#include <string>
#include <thread>

#include "shuwei/base/clock.hpp"
#include "shuwei/collect/input.hpp"
#include "stop_signal.hpp"

namespace shuwei::collect {

class PollingInput : public Input {
public:
    void stop() override { finish(); }
    InputStatus status() const override;

protected:
    PollingInput(std::string address, FrameSink& sink, base::Duration longest_pause = 5 * base::kMinute);

    // Asks once; returns after how long to ask again, zero for at once. Runs on the input's thread; long waits inside look
    // at stopping().
    virtual base::Result<base::Duration> turn() = 0;

    void start();
    void finish();  // stops and joins; idempotent
    const StopSignal& stopping() const { return stopping_; }
    FrameSink& sink() { return sink_; }
    void report(const base::Error& error);  // a trouble within a turn that goes on otherwise: one file of many

private:
    void run();
    void note(const base::Error& error, bool working);

    FrameSink& sink_;
    base::Duration longest_pause_;
    StopSignal stopping_;
    mutable std::mutex mutex_;
    InputStatus status_;
    std::thread thread_;
};

}  // namespace shuwei::collect
