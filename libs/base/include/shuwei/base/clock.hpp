// Time as everybody here counts it: nanoseconds since 1970-01-01T00:00:00Z in a Timestamp, and a Clock that is
// passed in, so that tests and SLA clocks choose the time. All clocks may be read from any thread.
#pragma once

#include <atomic>
#include <cstdint>

namespace shuwei::base {

using Timestamp = int64_t;  // nanoseconds since the epoch, UTC
using Duration = int64_t;   // nanoseconds

constexpr Duration kMicrosecond = 1'000;
constexpr Duration kMillisecond = 1'000'000;
constexpr Duration kSecond = 1'000'000'000;
constexpr Duration kMinute = 60 * kSecond;
constexpr Duration kHour = 60 * kMinute;
constexpr Duration kDay = 24 * kHour;

class Clock {
public:
    virtual ~Clock() = default;
    virtual Timestamp now() const = 0;
};

// The machine's real-time clock.
class SystemClock final : public Clock {
public:
    Timestamp now() const override;
};

// A clock that stands still until it is told otherwise.
class ManualClock final : public Clock {
public:
    explicit ManualClock(Timestamp start = 1'700'000'000 * kSecond) : now_(start) {}
    Timestamp now() const override { return now_.load(std::memory_order_relaxed); }
    void set(Timestamp now) { now_.store(now, std::memory_order_relaxed); }
    void advance(Duration by) { now_.fetch_add(by, std::memory_order_relaxed); }

private:
    std::atomic<Timestamp> now_;
};

// Nanoseconds of a clock that never steps back; for measuring durations and waiting only.
Duration monotonic_now();

}  // namespace shuwei::base
