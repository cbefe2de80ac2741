#include "shuwei/base/clock.hpp"

#include <ctime>

namespace shuwei::base {
namespace {
int64_t read(clockid_t id) {
    timespec time{};
    clock_gettime(id, &time);
    return int64_t{time.tv_sec} * kSecond + time.tv_nsec;
}
}  // namespace

Timestamp SystemClock::now() const { return read(CLOCK_REALTIME); }
Duration monotonic_now() { return read(CLOCK_MONOTONIC); }
}  // namespace shuwei::base
