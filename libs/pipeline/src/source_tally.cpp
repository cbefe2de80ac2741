#include "source_tally.hpp"

#include <algorithm>
#include <cstring>
#include <functional>

namespace shuwei::pipeline {

size_t SenderKeyHash::operator()(const SenderKey& key) const {
    uint64_t words[2];
    std::memcpy(words, key.peer.bytes.data(), sizeof words);
    uint64_t hash = (words[0] ^ (words[1] * 0x9E3779B97F4A7C15ull)) + key.tenant;
    hash = (hash ^ (uint64_t{key.listener} << 32)) * 0xBF58476D1CE4E5B9ull;
    return hash ^ std::hash<std::string_view>{}(key.host);
}

asset::SourceKey source_key(const SenderKey& key, const SourceBindings& bindings) {
    const auto listener = bindings.listeners.find(key.listener);
    return {.tenant = key.tenant,
            .listener = listener == bindings.listeners.end() ? "listener " + std::to_string(key.listener)
                                                             : listener->second.name,
            .peer = key.peer.is_unspecified() ? std::string() : key.peer.to_string(),
            .host = std::string(key.host)};
}

bool is_trusted_relay(const base::IpAddress& peer, const SourceBindings& bindings) {
    return std::any_of(bindings.trusted_relays.begin(), bindings.trusted_relays.end(),
                       [&](const base::IpNetwork& network) { return network.contains(peer); });
}

SenderTally& SourceTally::at(const SenderKey& key, const SourceBindings& bindings) {
    const auto found = tallies_.find(key);
    if (found != tallies_.end()) return found->second;
    SenderTally& tally = tallies_[key];
    const auto binding = bindings.bindings.find(source_key(key, bindings));
    if (binding != bindings.bindings.end()) tally.binding = &binding->second;
    const auto listener = bindings.listeners.find(key.listener);
    if (listener != bindings.listeners.end()) tally.listener = &listener->second;
    return tally;
}

void SourceTally::clear() { tallies_.clear(); }

void SourceTotals::add(const SourceTally& tally, const SourceBindings& bindings, LiveCounters& live,
                       base::Timestamp now) {
    for (const auto& [sender, counted] : tally.tallies_) {
        if (counted.lines == 0) continue;
        asset::SourceKey key = source_key(sender, bindings);
        live.add_source(key, now, static_cast<uint64_t>(counted.lines));
        asset::SourceDelta& delta = deltas_[key];
        if (delta.lines == 0) {
            delta.key = std::move(key);
            delta.first = counted.first;
        }
        delta.lines += counted.lines;
        delta.unparsed += counted.unparsed;
        delta.bytes += counted.bytes;
        delta.first = std::min(delta.first, counted.first);
        delta.last = std::max(delta.last, counted.last);
        for (const auto& [pack, lines] : counted.packs) delta.packs[std::string(pack)] += lines;
        if (counted.drift) {
            delta.drift = counted.drift;
            const event::TimeZone zone = counted.zone != nullptr ? *counted.zone : event::TimeZone::china();
            delta.zone_offset = zone.offset_at(counted.last);
        }
        if (!counted.named_host.empty()) delta.named_host = counted.named_host;
    }
}

std::vector<asset::SourceDelta> SourceTotals::take() {
    std::vector<asset::SourceDelta> deltas;
    deltas.reserve(deltas_.size());
    for (auto& [key, delta] : deltas_) deltas.push_back(std::move(delta));
    deltas_.clear();
    return deltas;
}

}  // namespace shuwei::pipeline
