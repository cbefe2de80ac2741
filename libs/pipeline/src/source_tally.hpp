// Who sent how much: a tally per batch with cheap keys, gathered into the deltas that a commit hands to the source
// store. One owner each.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "shuwei/asset/source_store.hpp"
#include "shuwei/pipeline/live_counters.hpp"
#include "shuwei/pipeline/source_bindings.hpp"

namespace shuwei::pipeline {

struct SenderKey {
    uint32_t tenant = 0;
    uint32_t listener = 0;
    base::IpAddress peer;
    std::string_view host;  // of the batch's arena
    bool operator==(const SenderKey&) const = default;
};

struct SenderKeyHash {
    size_t operator()(const SenderKey& key) const;
};

struct SenderTally {
    int64_t lines = 0;
    int64_t unparsed = 0;
    int64_t bytes = 0;
    base::Timestamp first = 0;
    base::Timestamp last = 0;
    std::vector<std::pair<std::string_view, int64_t>> packs;  // lines recognised by each; names are the batch's PackSet's
    std::optional<base::Duration> drift;  // of the last line that bore a time
    const event::TimeZone* zone = nullptr;   // that it was read in; null: Asia/Shanghai
    std::string_view named_host;             // by the first line; of the batch's arena
    const SourceBinding* binding = nullptr;  // what people set for it; null: nothing
    const ListenerInfo* listener = nullptr;

    void count_pack(std::string_view name) {
        for (auto& [pack, its_lines] : packs) {
            if (pack.data() != name.data()) continue;
            ++its_lines;
            return;
        }
        packs.emplace_back(name, 1);
    }
};

// Of one batch. Views into the batch and pointers into `bindings` must not outlive them.
class SourceTally {
public:
    // The tally of this sender, made on first sight.
    SenderTally& at(const SenderKey& key, const SourceBindings& bindings);
    void clear();

private:
    friend class SourceTotals;
    std::unordered_map<SenderKey, SenderTally, SenderKeyHash> tallies_;
};

// Of one flush.
class SourceTotals {
public:
    void add(const SourceTally& tally, const SourceBindings& bindings, LiveCounters& live, base::Timestamp now);
    std::vector<asset::SourceDelta> take();

private:
    std::map<asset::SourceKey, asset::SourceDelta> deltas_;
};

asset::SourceKey source_key(const SenderKey& key, const SourceBindings& bindings);
bool is_trusted_relay(const base::IpAddress& peer, const SourceBindings& bindings);

}  // namespace shuwei::pipeline
