#include "shuwei/pipeline/live_counters.hpp"

#include <algorithm>

namespace shuwei::pipeline {

template <size_t N>
void LiveCounters::Ring<N>::add(int64_t tick, uint64_t events) {
    if (tick > newest) {
        const int64_t gap = std::min<int64_t>(tick - newest, static_cast<int64_t>(N));
        for (int64_t i = 0; i < gap; ++i) counts[static_cast<size_t>(tick - i) % N] = 0;
        newest = tick;
    }
    if (newest - tick < static_cast<int64_t>(N)) counts[static_cast<size_t>(tick) % N] += events;
}

template <size_t N>
uint64_t LiveCounters::Ring<N>::at(int64_t tick) const {
    if (tick > newest || newest - tick >= static_cast<int64_t>(N)) return 0;
    return counts[static_cast<size_t>(tick) % N];
}

double LiveCounters::minute_mean(const Ring<64>& seconds, base::Timestamp now) {
    const int64_t last = now / base::kSecond - 1;  // the last whole second
    uint64_t sum = 0;
    for (int64_t i = 0; i < 60; ++i) sum += seconds.at(last - i);
    return static_cast<double>(sum) / 60;
}

void LiveCounters::add(uint32_t tenant, base::Timestamp now, uint64_t events) {
    const std::scoped_lock lock(mutex_);
    tenants_[tenant].add(now / base::kSecond, events);
}

void LiveCounters::add_source(const asset::SourceKey& key, base::Timestamp now, uint64_t events) {
    const std::scoped_lock lock(mutex_);
    auto found = sources_.find(key);
    if (found == sources_.end()) {
        if (sources_.size() >= kMaxSources) return;
        found = sources_.emplace(key, SourceRings{}).first;
    }
    found->second.seconds.add(now / base::kSecond, events);
    found->second.minutes.add(now / base::kMinute, events);
}

void LiveCounters::add_pack(std::string_view pack, uint64_t events) {
    const std::scoped_lock lock(mutex_);
    const auto found = packs_.find(pack);
    if (found != packs_.end()) {
        found->second += events;
    } else {
        packs_.emplace(pack, events);
    }
}

double LiveCounters::per_second(const ledger::TenantScope& scope, base::Timestamp now) const {
    const std::scoped_lock lock(mutex_);
    double sum = 0;
    for (const auto& [tenant, ring] : tenants_) {
        if (scope.contains(tenant)) sum += minute_mean(ring, now);
    }
    return sum;
}

std::vector<LiveCounters::SourceRate> LiveCounters::source_rates(const ledger::TenantScope& scope,
                                                                 base::Timestamp now) const {
    const std::scoped_lock lock(mutex_);
    std::vector<SourceRate> rates;
    for (const auto& [key, rings] : sources_) {
        if (!scope.contains(key.tenant)) continue;
        SourceRate& rate = rates.emplace_back();
        rate.key = key;
        rate.per_second = minute_mean(rings.seconds, now);
        const int64_t last = now / base::kMinute;
        for (size_t i = 0; i < kMinutes; ++i) {
            rate.series[i] = static_cast<double>(rings.minutes.at(last - static_cast<int64_t>(kMinutes - 1 - i))) / 60;
        }
    }
    return rates;
}

std::map<std::string, uint64_t> LiveCounters::pack_events() const {
    const std::scoped_lock lock(mutex_);
    return {packs_.begin(), packs_.end()};
}

}  // namespace shuwei::pipeline
