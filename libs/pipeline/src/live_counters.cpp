#include "shuwei/pipeline/live_counters.hpp"

#include <algorithm>

namespace shuwei::pipeline {

template <size_t N>
void LiveCounters::Ring<N>::add(int64_t second, uint64_t events) {
    if (second > newest) {
        const int64_t gap = std::min<int64_t>(second - newest, static_cast<int64_t>(N));
        for (int64_t i = 0; i < gap; ++i) counts[static_cast<size_t>(second - i) % N] = 0;
        newest = second;
    }
    if (newest - second < static_cast<int64_t>(N)) counts[static_cast<size_t>(second) % N] += events;
}

template <size_t N>
uint64_t LiveCounters::Ring<N>::at(int64_t second) const {
    if (second > newest || newest - second >= static_cast<int64_t>(N)) return 0;
    return counts[static_cast<size_t>(second) % N];
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
        found = sources_.emplace(key, Ring<64>{}).first;
    }
    found->second.add(now / base::kSecond, events);
}

std::vector<uint64_t> LiveCounters::per_second(const std::set<uint32_t>& tenants, base::Timestamp now,
                                               size_t seconds) const {
    seconds = std::min(seconds, kSeconds - 1);
    std::vector<uint64_t> series(seconds);
    const int64_t last = now / base::kSecond - 1;
    const std::scoped_lock lock(mutex_);
    for (const auto& [tenant, ring] : tenants_) {
        if (!tenants.empty() && !tenants.contains(tenant)) continue;
        for (size_t i = 0; i < seconds; ++i) series[i] += ring.at(last - static_cast<int64_t>(seconds - 1 - i));
    }
    return series;
}

double LiveCounters::source_rate(const asset::SourceKey& key, base::Timestamp now) const {
    constexpr int kWindow = 60;
    const int64_t last = now / base::kSecond - 1;
    const std::scoped_lock lock(mutex_);
    const auto found = sources_.find(key);
    if (found == sources_.end()) return 0;
    uint64_t sum = 0;
    for (int i = 0; i < kWindow; ++i) sum += found->second.at(last - i);
    return static_cast<double>(sum) / kWindow;
}

}  // namespace shuwei::pipeline
