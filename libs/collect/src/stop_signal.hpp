// Tells a thread that waits in poll or epoll to stop. Thread-safe.
#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

#include "shuwei/base/file.hpp"

namespace shuwei::collect {

class StopSignal {
public:
    StopSignal() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

    void request() {
        requested_ = true;
        const uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(event_.get(), &one, sizeof one);
    }
    bool requested() const { return requested_; }
    int fd() const { return event_.get(); }  // readable once requested

    // Waits, at most so long; true when stopping was requested.
    bool wait(int milliseconds) const {
        pollfd waiting{event_.get(), POLLIN, 0};
        ::poll(&waiting, 1, milliseconds);
        return requested_;
    }

private:
    base::FileDescriptor event_;
    std::atomic<bool> requested_ = false;
};

}  // namespace shuwei::collect
