// Who may hand in how much while the spool fills. A source, which is a sender at a listener, may take in one second what
// would fill half of the room left if every source took as much: a flood comes to nothing before the others feel it, and
// what it gets settles at what the pipeline drains. Half empty, the spool asks nobody. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/ip_address.hpp"

namespace shuwei::collect {

class FairShare {
public:
    // Whether the source may hand in more in the second of `now`, `room` bytes being left; if so, `bytes` are counted.
    bool admits(uint32_t listener, const base::IpAddress& sender, uint64_t bytes, uint64_t room, base::Duration now);

private:
    using Source = std::pair<uint32_t, base::IpAddress>;
    static constexpr size_t kMaxSources = 4096;  // what comes beyond shares one share: senders may be invented

    std::mutex mutex_;
    base::Duration second_ = -1;
    std::map<Source, uint64_t> taken_;  // in this second
    uint64_t taken_by_others_ = 0;
    size_t sources_before_ = 0;         // of the second before
};

}  // namespace shuwei::collect
