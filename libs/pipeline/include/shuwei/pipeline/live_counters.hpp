// What came in lately, for live pages: events a second over the last hour by tenant, and by source over the last
// minute. Thread-safe; adding is once a batch, not once an event.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include "shuwei/asset/source_store.hpp"
#include "shuwei/base/clock.hpp"

namespace shuwei::pipeline {

class LiveCounters {
public:
    static constexpr size_t kSeconds = 3600;

    void add(uint32_t tenant, base::Timestamp now, uint64_t events);
    void add_source(const asset::SourceKey& key, base::Timestamp now, uint64_t events);

    // Events in each of the last `seconds` whole seconds before `now`, oldest first; empty `tenants` = all.
    std::vector<uint64_t> per_second(const std::set<uint32_t>& tenants, base::Timestamp now, size_t seconds) const;
    // Mean events a second of one source over the last minute.
    double source_rate(const asset::SourceKey& key, base::Timestamp now) const;

private:
    template <size_t N>
    struct Ring {
        std::array<uint64_t, N> counts{};
        int64_t newest = 0;  // second of the newest slot
        void add(int64_t second, uint64_t events);
        uint64_t at(int64_t second) const;
    };
    static constexpr size_t kMaxSources = 20'000;  // further ones are not rated

    mutable std::mutex mutex_;
    std::map<uint32_t, Ring<kSeconds>> tenants_;
    std::map<asset::SourceKey, Ring<64>> sources_;
};

}  // namespace shuwei::pipeline
