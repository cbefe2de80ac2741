#include "polling_input.hpp"

#include <algorithm>

#include "shuwei/base/log.hpp"

namespace shuwei::collect {

namespace {
constexpr base::Duration kFirstPause = base::kSecond;
}  // namespace

PollingInput::PollingInput(std::string address, FrameSink& sink, base::Duration longest_pause)
    : sink_(sink), longest_pause_(longest_pause) {
    status_.address = std::move(address);
}

void PollingInput::start() {
    thread_ = std::thread([this] { run(); });
}

void PollingInput::finish() {
    stopping_.request();
    if (thread_.joinable()) thread_.join();
}

void PollingInput::run() {
    base::Duration pause = kFirstPause;
    while (!stopping_.requested()) {
        auto next = turn();
        if (stopping_.requested()) return;
        base::Duration wait = 0;
        if (next) {
            pause = kFirstPause;
            wait = *next;
            const std::scoped_lock lock(mutex_);
            status_.working = true;
        } else {
            note(next.error(), false);
            wait = pause;
            pause = std::min(2 * pause, longest_pause_);
        }
        if (wait > 0) (void)stopping_.wait(static_cast<int>(wait / base::kMillisecond));
    }
}

void PollingInput::report(const base::Error& error) { note(error, true); }

void PollingInput::note(const base::Error& error, bool working) {
    const std::scoped_lock lock(mutex_);
    const std::string text = error.to_string();
    if (text != status_.last_error || working != status_.working) {
        base::log::warning("an input has trouble", {{"address", status_.address}, {"error", text}});
    }
    status_.last_error = text;
    status_.last_error_at = sink_.now();
    status_.working = working;
    ++status_.errors;
}

InputStatus PollingInput::status() const {
    const std::scoped_lock lock(mutex_);
    return status_;
}

}  // namespace shuwei::collect
