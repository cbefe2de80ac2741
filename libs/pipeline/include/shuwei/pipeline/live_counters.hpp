// What came in lately, for live pages: events a second by tenant over the last minute; by source over the last minute
// and minute by minute over the last hour; events by device pack since the start. Thread-safe; adding is once a batch,
// not once an event.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/asset/source_store.hpp"
#include "shuwei/base/clock.hpp"

namespace shuwei::pipeline {

class LiveCounters {
public:
    static constexpr size_t kMinutes = 60;

    struct SourceRate {
        asset::SourceKey key;
        double per_second = 0;                  // mean over the last minute
        std::array<double, kMinutes> series{};  // events a second in each of the last minutes, oldest first
    };

    void add(uint32_t tenant, base::Timestamp now, uint64_t events);
    void add_source(const asset::SourceKey& key, base::Timestamp now, uint64_t events);
    // A pack of one tenant is called by its tenant's number too: "7/acme-gate".
    void add_pack(std::string_view pack, uint64_t events);

    double per_second(const ledger::TenantScope& scope, base::Timestamp now) const;
    std::vector<SourceRate> source_rates(const ledger::TenantScope& scope, base::Timestamp now) const;
    std::map<std::string, uint64_t> pack_events() const;

private:
    template <size_t N>
    struct Ring {
        std::array<uint64_t, N> counts{};
        int64_t newest = 0;  // tick of the newest slot
        void add(int64_t tick, uint64_t events);
        uint64_t at(int64_t tick) const;
    };
    struct SourceRings {
        Ring<64> seconds;
        Ring<64> minutes;
    };
    static double minute_mean(const Ring<64>& seconds, base::Timestamp now);
    static constexpr size_t kMaxSources = 20'000;  // further ones are not rated

    mutable std::mutex mutex_;
    std::map<uint32_t, Ring<64>> tenants_;
    std::map<asset::SourceKey, SourceRings> sources_;
    std::map<std::string, uint64_t, std::less<>> packs_;
};

}  // namespace shuwei::pipeline
