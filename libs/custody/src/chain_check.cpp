#include "chain_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shuwei/crypto/time_stamp.hpp"
#include "stored_leaves.hpp"

namespace shuwei::custody {

using base::Result;

namespace {

constexpr uint64_t kEventsAtOnce = 1'000'000;  // leaves held in memory: 48 bytes each
constexpr size_t kMostSuspects = 64;           // changed events whose lines are compared with each other

bool fits(const SealLog::Tag& tag, const crypto::Digest& leaf) { return std::equal(tag.leaf.begin(), tag.leaf.end(), leaf.begin()); }

}  // namespace

bool ChainCheck::wanted(const VerifyRequest& request, const Segment& segment) {
    return (!request.filter.since || segment.last_received >= *request.filter.since) &&
           (!request.filter.until || segment.first_received < *request.filter.until);
}

bool ChainCheck::is_retired(const Chain& chain, const Seal& seal) {
    const auto retired = chain.retired.find(seal.day);
    return retired != chain.retired.end() && seal.number <= retired->second.through_number;
}

Result<ChainReport> ChainCheck::run() {
    report_.chain = chain_.key;
    if (!chain_.seals.empty()) {
        report_.last_seal = chain_.seals.back().number;
        report_.head = crypto::to_hex(chain_.seals.back().link);
    }
    if (chain_.first_bad_seal) flaw(FlawKind::seal, *chain_.first_bad_seal, 0, chain_.problem);
    check_time_stamps();
    TRY(compare_segments());
    if (!request_.filter.since && !request_.filter.until) TRY(look_outside_of_segments());
    TRY(look_for_swaps());
    return std::move(report_);
}

void ChainCheck::check_time_stamps() {
    for (const Seal& seal : chain_.seals) {
        if (seal.time_stamp.empty()) continue;
        ++report_.stamped;
        const std::string_view link(reinterpret_cast<const char*>(seal.link.data()), seal.link.size());
        const auto stamp = request_.trusted_authorities.empty()
                               ? crypto::read_time_stamp(seal.time_stamp, link)
                               : crypto::check_time_stamp(seal.time_stamp, link, request_.trusted_authorities);
        if (!stamp) flaw(FlawKind::time_stamp, seal.number, 0, fmt::format("seal {}: {}", seal.number, stamp.error().message()));
    }
}

Result<> ChainCheck::compare_segments() {
    covered_ = chain_.sealed_after;
    uint64_t events = 0;
    for (const Seal& seal : chain_.seals) {
        const bool retired = is_retired(chain_, seal);
        if (retired || !wanted(request_, seal)) {
            TRY(compare_gathered());
            events = 0;
            if (retired && wanted(request_, seal)) {
                ++report_.retired_segments;
                report_.retired_events += seal.events;
            }
            covered_ = seal.last_seq;
            continue;
        }
        if (events + seal.events > kEventsAtOnce) {
            TRY(compare_gathered());
            events = 0;
        }
        gathered_.push_back({seal.number, seal.first_seq, seal.last_seq, seal.events, seal.root, &seal});
        events += seal.events;
    }
    if (chain_.open && chain_.open->events > 0 && wanted(request_, *chain_.open)) {
        const OpenSegment& open = *chain_.open;
        gathered_.push_back({open.number, open.first_seq, open.last_seq, open.events, open.tree.root(), nullptr});
    }
    return compare_gathered();
}

// Each leaf is given to its claim; what is between the claims was added.
Result<> ChainCheck::compare_gathered() {
    if (gathered_.empty()) return {};
    TRY_ASSIGN(const auto leaves, stored_leaves(sources_.store, chain_.key, covered_ + 1, gathered_.back().last_seq, request_.stop));
    auto at = leaves.begin();
    for (const Claim& claim : gathered_) {
        for (; at != leaves.end() && at->seq < claim.first_seq; ++at) added(0, at->seq);
        const auto end = std::partition_point(at, leaves.end(), [&](const Leaf& leaf) { return leaf.seq <= claim.last_seq; });
        const size_t flaws_before = report_.flaws.size();
        compare(claim, {at, end});
        if (report_.flaws.size() > flaws_before) TRY(forget_when_retired(claim, flaws_before));
        at = end;
        done_(claim.events);
    }
    covered_ = gathered_.back().last_seq;
    gathered_.clear();
    return {};
}

// Retention may have taken the day since the chain was read.
Result<> ChainCheck::forget_when_retired(const Claim& claim, size_t flaws_before) {
    if (claim.seal == nullptr) return {};
    TRY_ASSIGN(const Chain fresh, sources_.fresh(chain_.key));
    if (!is_retired(fresh, *claim.seal)) return {};
    report_.flaws.resize(flaws_before);
    std::erase_if(changed_, [&](uint64_t seq) { return seq >= claim.first_seq && seq <= claim.last_seq; });
    --report_.segments;
    report_.events -= claim.events;
    ++report_.retired_segments;
    report_.retired_events += claim.events;
    return {};
}

void ChainCheck::compare(const Claim& claim, std::span<const Leaf> stored) {
    ++report_.segments;
    report_.events += claim.events;
    std::vector<crypto::Digest> digests;
    digests.reserve(stored.size());
    bool doubled = false;
    for (size_t i = 0; i < stored.size(); ++i) {
        doubled = doubled || (i > 0 && stored[i].seq == stored[i - 1].seq);
        digests.push_back(stored[i].digest);
    }
    MerkleTree tree;
    tree.add(digests);
    if (!doubled && stored.size() == claim.events && tree.root() == claim.root) return;
    name_events(claim, stored);
}

void ChainCheck::name_events(const Claim& claim, std::span<const Leaf> stored) {
    const size_t before = report_.flaws.size();
    auto tags = tags_of(claim.number);
    if (tags && tags->size() == claim.events) {
        size_t at = 0;
        for (const SealLog::Tag& tag : *tags) {
            for (; at < stored.size() && stored[at].seq < tag.seq; ++at) added(claim.number, stored[at].seq);
            if (at == stored.size() || stored[at].seq != tag.seq) {
                if (!flaw(FlawKind::missing, claim.number, tag.seq, fmt::format("event {} is missing", tag.seq))) return;
                continue;
            }
            if (!fits(tag, stored[at].digest)) {
                changed_.push_back(tag.seq);
                if (!flaw(FlawKind::changed, claim.number, tag.seq, fmt::format("event {} was changed", tag.seq))) return;
            }
            ++at;
        }
        for (; at < stored.size(); ++at) added(claim.number, stored[at].seq);
    }
    if (report_.flaws.size() > before) return;
    flaw(FlawKind::changed, claim.number, 0,
         fmt::format("events {} to {} are not what was sealed ({} events, {} stored); which one cannot be told, since the tags "
                     "of the segment were changed too",
                     claim.first_seq, claim.last_seq, claim.events, stored.size()));
}

Result<> ChainCheck::look_outside_of_segments() {
    TRY_ASSIGN(const auto beyond, stored_leaves(sources_.store, chain_.key, covered_ + 1, chain_.checkpoint, request_.stop));
    for (const Leaf& leaf : beyond) {
        if (!added(0, leaf.seq)) break;
    }
    if (chain_.sealed_after == 0) return {};
    TRY_ASSIGN(const auto older, stored_leaves(sources_.store, chain_.key, 0, chain_.sealed_after, request_.stop));
    report_.older = older.size();
    return {};
}

// Lines that have changed places among the changed events.
Result<> ChainCheck::look_for_swaps() {
    if (changed_.empty() || changed_.size() > kMostSuspects) return {};
    struct Suspect {
        base::Timestamp received;
        base::IpAddress peer;
        std::string raw;
    };
    std::map<uint64_t, Suspect> suspects;
    for (const uint64_t seq : changed_) {
        TRY(sources_.store.lines(chain_.key.tenant, chain_.key.retention_class, seq, seq, reading_limits(request_.stop),
                                 [&](const eventstore::StoredLine& line) {
                                     suspects[seq] = {line.received, line.peer, std::string(line.raw)};
                                     return true;
                                 }));
    }
    for (Flaw& flaw : report_.flaws) {
        const auto own = suspects.find(flaw.seq);
        if (flaw.kind != FlawKind::changed || own == suspects.end()) continue;
        const auto tags = tags_of(flaw.segment);
        if (!tags) continue;
        const auto tag = std::find_if(tags->begin(), tags->end(), [&](const SealLog::Tag& each) { return each.seq == flaw.seq; });
        if (tag == tags->end()) continue;
        for (const auto& [seq, other] : suspects) {
            if (seq == flaw.seq) continue;
            // The line alone may have moved, or all of the row.
            if (!fits(*tag, leaf_digest({flaw.seq, other.received, other.peer, other.raw})) &&
                !fits(*tag, leaf_digest({flaw.seq, own->second.received, own->second.peer, other.raw}))) {
                continue;
            }
            flaw.kind = FlawKind::reordered;
            flaw.message = fmt::format("event {} was reordered: its line stands at event {} now", flaw.seq, seq);
            break;
        }
    }
    return {};
}

std::optional<std::vector<SealLog::Tag>> ChainCheck::tags_of(int64_t number) const {
    const auto seal = std::lower_bound(chain_.seals.begin(), chain_.seals.end(), number,
                                       [](const Seal& each, int64_t wanted_number) { return each.number < wanted_number; });
    if (seal != chain_.seals.end() && seal->number == number) return sources_.seals.tags(*seal);
    if (chain_.open && chain_.open->number == number) return sources_.seals.tags(*chain_.open);
    return std::nullopt;
}

bool ChainCheck::flaw(FlawKind kind, int64_t segment, uint64_t seq, std::string message) {
    if (report_.flaws.size() < kMaxFlaws) report_.flaws.push_back({kind, chain_.key, segment, seq, std::move(message)});
    return report_.flaws.size() < kMaxFlaws;
}

bool ChainCheck::added(int64_t segment, uint64_t seq) {
    return flaw(FlawKind::added, segment, seq,
                segment == 0 ? fmt::format("event {} was added: no seal covers it", seq)
                             : fmt::format("event {} was added, or is there twice", seq));
}

}  // namespace shuwei::custody
