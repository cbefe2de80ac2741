#include "shuwei/custody/verifier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace shuwei::custody {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

constexpr uint64_t kEventsAtOnce = 1'000'000;   // leaves held in memory: 48 bytes each
constexpr size_t kLinesAtOnce = 1024;           // hashed together
constexpr size_t kBytesAtOnce = size_t{4} << 20;
constexpr size_t kMostSuspects = 64;            // changed events whose lines are compared with each other

eventstore::QueryLimits limits(const std::stop_token& stop) { return {base::kHour, 0, stop}; }

// The leaves as stored against what a segment claims; one of a chain's segments.
struct Claim {
    int64_t number = 0;
    uint64_t first_seq = 0;
    uint64_t last_seq = 0;
    uint64_t events = 0;
    crypto::Digest root{};
    const Seal* seal = nullptr;  // null: the open segment
};

class ChainCheck {
public:
    ChainCheck(const SealLog& seals, const Chain& chain, ChainReport& report) : seals_(seals), chain_(chain), report_(report) {}

    bool flaw(FlawKind kind, int64_t segment, uint64_t seq, std::string message) {
        if (report_.flaws.size() < kMaxFlaws) report_.flaws.push_back({kind, chain_.key, segment, seq, std::move(message)});
        return report_.flaws.size() < kMaxFlaws;
    }

    // Leaves by seq, within the claim's range.
    void compare(const Claim& claim, std::span<const Leaf> stored) {
        ++report_.segments;
        report_.events += claim.events;
        MerkleTree tree;
        std::vector<crypto::Digest> digests;
        digests.reserve(stored.size());
        bool doubled = false;
        for (size_t i = 0; i < stored.size(); ++i) {
            doubled = doubled || (i > 0 && stored[i].seq == stored[i - 1].seq);
            digests.push_back(stored[i].digest);
        }
        tree.add(digests);
        if (!doubled && stored.size() == claim.events && tree.root() == claim.root) return;
        name_events(claim, stored);
    }

    // Events whose leaf is not the sealed one, for a closer look.
    std::vector<Leaf> changed;

private:
    void name_events(const Claim& claim, std::span<const Leaf> stored) {
        const size_t before = report_.flaws.size();
        std::optional<std::vector<SealLog::Tag>> tags =
            claim.seal != nullptr ? seals_.tags(*claim.seal) : std::optional(seals_.tags(*chain_.open));
        if (tags && tags->size() != claim.events) tags.reset();
        if (tags) {
            size_t at = 0;
            for (const SealLog::Tag& tag : *tags) {
                for (; at < stored.size() && stored[at].seq < tag.seq; ++at) added(claim, stored[at].seq);
                if (at == stored.size() || stored[at].seq != tag.seq) {
                    if (!flaw(FlawKind::missing, claim.number, tag.seq, fmt::format("event {} is missing", tag.seq))) return;
                    continue;
                }
                const bool same = std::equal(tag.leaf.begin(), tag.leaf.end(), stored[at].digest.begin());
                if (!same) {
                    changed.push_back(stored[at]);
                    if (!flaw(FlawKind::changed, claim.number, tag.seq, fmt::format("event {} was changed", tag.seq))) return;
                }
                ++at;
            }
            for (; at < stored.size(); ++at) added(claim, stored[at].seq);
        }
        if (report_.flaws.size() > before) return;
        flaw(FlawKind::changed, claim.number, 0,
             fmt::format("events {} to {} are not what was sealed ({} events, {} stored); which one cannot be told, since the tags "
                         "of the segment were changed too",
                         claim.first_seq, claim.last_seq, claim.events, stored.size()));
    }

    void added(const Claim& claim, uint64_t seq) {
        flaw(FlawKind::added, claim.number, seq, fmt::format("event {} was added, or is there twice", seq));
    }

    const SealLog& seals_;
    const Chain& chain_;
    ChainReport& report_;
};

}  // namespace

std::string_view to_string(FlawKind kind) {
    switch (kind) {
        case FlawKind::changed: return "changed";
        case FlawKind::missing: return "missing";
        case FlawKind::added: return "added";
        case FlawKind::reordered: return "reordered";
        case FlawKind::seal: return "seal";
        case FlawKind::time_stamp: return "time_stamp";
    }
    return "changed";
}

bool Verification::ok() const { return first_flaw() == nullptr; }

const Flaw* Verification::first_flaw() const {
    const Flaw* first = nullptr;
    for (const ChainReport& chain : chains) {
        for (const Flaw& flaw : chain.flaws) {
            if (first == nullptr || flaw.seq < first->seq) first = &flaw;
        }
    }
    return first;
}

std::string Verification::to_json(const std::function<std::string(ledger::TenantNumber)>& tenant_name) const {
    using Json = nlohmann::ordered_json;
    Json list = Json::array();
    for (const ChainReport& chain : chains) {
        Json flaws = Json::array();
        for (const Flaw& flaw : chain.flaws) {
            Json& entry = flaws.emplace_back(Json{{"kind", std::string(to_string(flaw.kind))}, {"message", flaw.message}});
            if (flaw.segment > 0) entry["segment"] = flaw.segment;
            if (flaw.seq > 0) entry["seq"] = flaw.seq;
        }
        list.push_back({{"tenant", tenant_name(chain.chain.tenant)},
                        {"class", chain.chain.retention_class},
                        {"ok", chain.flaws.empty()},
                        {"segments", chain.segments},
                        {"events", chain.events},
                        {"retired_segments", chain.retired_segments},
                        {"retired_events", chain.retired_events},
                        {"older_events", chain.older},
                        {"time_stamps", chain.stamped},
                        {"last_seal", chain.last_seal},
                        {"head", chain.head},
                        {"flaws", std::move(flaws)}});
    }
    return Json{{"ok", ok()}, {"chains", std::move(list)}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<std::vector<Leaf>> Verifier::stored_leaves(ChainKey chain, uint64_t first_seq, uint64_t last_seq, const std::stop_token& stop) {
    std::vector<Leaf> leaves;
    if (first_seq > last_seq) return leaves;
    std::string bytes;
    struct Waiting {
        uint64_t seq;
        base::Timestamp received;
        base::IpAddress peer;
        size_t at;
        size_t size;
    };
    std::vector<Waiting> waiting;
    std::vector<SealedLine> lines;
    const auto hash = [&] {
        lines.clear();
        for (const Waiting& line : waiting) lines.push_back({line.seq, line.received, line.peer, std::string_view(bytes).substr(line.at, line.size)});
        append_leaves(lines, leaves);
        waiting.clear();
        bytes.clear();
    };
    auto given = store_.lines(chain.tenant, chain.retention_class, first_seq, last_seq, limits(stop), [&](const eventstore::StoredLine& line) {
        waiting.push_back({line.seq, line.received, line.peer, bytes.size(), line.raw.size()});
        bytes += line.raw;
        if (waiting.size() >= kLinesAtOnce || bytes.size() >= kBytesAtOnce) hash();
        return true;
    });
    if (!given) {
        // A tenant without a table has no events.
        if (given.error().code() == ErrorCode::not_found) return leaves;
        return fail(std::move(given).error());
    }
    hash();
    std::sort(leaves.begin(), leaves.end(), [](const Leaf& a, const Leaf& b) { return a.seq < b.seq; });
    return leaves;
}

Result<Verification> Verifier::verify(const VerifyRequest& request) {
    Verification verification;
    TRY_ASSIGN(std::vector<ChainKey> keys, ledger_.read([&](ledger::Reader& reader) { return seals_.chains(reader); }));
    std::erase_if(keys, [&](ChainKey key) { return !request.scope.contains(key.tenant); });
    // Rows of a class that has no chain cannot have come through the pipeline.
    TRY_ASSIGN(const auto tenants, store_.tenants());
    std::set<ChainKey> known(keys.begin(), keys.end());
    for (const uint32_t tenant : tenants) {
        if (!request.scope.contains(tenant)) continue;
        TRY_ASSIGN(const auto stats, store_.stats(tenant));
        for (const auto& part : stats.partitions) {
            if (known.insert({tenant, part.retention_class}).second) keys.push_back({tenant, part.retention_class});
        }
    }
    const auto wanted = [&](const Segment& segment) {
        return (!request.filter.since || segment.last_received >= *request.filter.since) &&
               (!request.filter.until || segment.first_received < *request.filter.until);
    };
    const bool everything = !request.filter.since && !request.filter.until;
    std::vector<Chain> chains;
    VerifyProgress progress;
    for (const ChainKey key : keys) {
        TRY_ASSIGN(Chain chain, ledger_.read([&](ledger::Reader& reader) { return seals_.read(reader, key, checkpoint_); }));
        for (const Seal& seal : chain.seals) {
            if (wanted(seal) && !chain.retired.contains(seal.day)) progress.events_total += seal.events;
        }
        if (chain.open && wanted(*chain.open)) progress.events_total += chain.open->events;
        chains.push_back(std::move(chain));
    }
    const auto tell = [&] {
        if (request.progress) request.progress(progress);
    };
    tell();
    for (const Chain& chain : chains) {
        ChainReport& report = verification.chains.emplace_back();
        report.chain = chain.key;
        if (!chain.seals.empty()) {
            report.last_seal = chain.seals.back().number;
            report.head = crypto::to_hex(chain.seals.back().link);
        }
        ChainCheck check(seals_, chain, report);
        if (chain.first_bad_seal) check.flaw(FlawKind::seal, *chain.first_bad_seal, 0, chain.problem);
        for (const Seal& seal : chain.seals) report.stamped += seal.time_stamp.empty() ? 0 : 1;

        std::vector<Claim> claims;
        uint64_t covered = chain.sealed_after;  // events up to here are older, compared, or not asked for
        // Leaves of [covered + 1, claims.back().last_seq], each given to its claim; what is between them was added.
        const auto compare = [&]() -> Result<> {
            if (claims.empty()) return {};
            TRY_ASSIGN(const auto leaves, stored_leaves(chain.key, covered + 1, claims.back().last_seq, request.stop));
            auto at = leaves.begin();
            for (const Claim& claim : claims) {
                for (; at != leaves.end() && at->seq < claim.first_seq; ++at) {
                    check.flaw(FlawKind::added, 0, at->seq, fmt::format("event {} was added: no seal covers it", at->seq));
                }
                const auto end = std::find_if(at, leaves.end(), [&](const Leaf& leaf) { return leaf.seq > claim.last_seq; });
                const size_t flaws_before = report.flaws.size();
                check.compare(claim, {at, end});
                if (report.flaws.size() > flaws_before && claim.seal != nullptr) {
                    // Retention may have taken the day since the chain was read.
                    TRY_ASSIGN(const Chain fresh, ledger_.read([&](ledger::Reader& reader) { return seals_.read(reader, chain.key, checkpoint_); }));
                    if (fresh.retired.contains(claim.seal->day)) {
                        report.flaws.resize(flaws_before);
                        --report.segments;
                        report.events -= claim.events;
                        ++report.retired_segments;
                        report.retired_events += claim.events;
                    }
                }
                at = end;
                progress.events_done += claim.events;
                tell();
            }
            covered = claims.back().last_seq;
            claims.clear();
            return {};
        };
        uint64_t gathered = 0;
        for (const Seal& seal : chain.seals) {
            const auto retired = chain.retired.find(seal.day);
            const bool is_retired = retired != chain.retired.end() && seal.number <= retired->second.through_number;
            if (is_retired || !wanted(seal)) {
                TRY(compare());
                gathered = 0;
                if (is_retired && wanted(seal)) {
                    ++report.retired_segments;
                    report.retired_events += seal.events;
                }
                covered = seal.last_seq;
                continue;
            }
            if (gathered + seal.events > kEventsAtOnce) {
                TRY(compare());
                gathered = 0;
            }
            claims.push_back({seal.number, seal.first_seq, seal.last_seq, seal.events, seal.root, &seal});
            gathered += seal.events;
        }
        if (chain.open && chain.open->events > 0 && wanted(*chain.open)) {
            claims.push_back({chain.open->number, chain.open->first_seq, chain.open->last_seq, chain.open->events, chain.open->tree.root(), nullptr});
        }
        TRY(compare());
        if (everything) {
            TRY_ASSIGN(const auto beyond, stored_leaves(chain.key, covered + 1, chain.checkpoint, request.stop));
            for (const Leaf& leaf : beyond) {
                if (!check.flaw(FlawKind::added, 0, leaf.seq, fmt::format("event {} was added: no seal covers it", leaf.seq))) break;
            }
            if (chain.sealed_after > 0) {
                TRY_ASSIGN(const auto older, stored_leaves(chain.key, 0, chain.sealed_after, request.stop));
                report.older = older.size();
            }
        }
        // Lines that have changed places among the changed events.
        if (check.changed.empty() || check.changed.size() > kMostSuspects) continue;
        struct Suspect {
            uint64_t seq;
            base::Timestamp received;
            base::IpAddress peer;
            std::string raw;
        };
        std::vector<Suspect> suspects;
        for (const Leaf& leaf : check.changed) {
            TRY(store_.lines(chain.key.tenant, chain.key.retention_class, leaf.seq, leaf.seq, limits(request.stop), [&](const eventstore::StoredLine& line) {
                suspects.push_back({line.seq, line.received, line.peer, std::string(line.raw)});
                return true;
            }));
        }
        for (Flaw& flaw : report.flaws) {
            if (flaw.kind != FlawKind::changed || flaw.seq == 0) continue;
            const auto tags = flaw.segment <= report.last_seal
                                  ? seals_.tags(chain.seals[static_cast<size_t>(flaw.segment - 1)])
                                  : std::optional(seals_.tags(*chain.open));
            if (!tags) continue;
            const auto tag = std::find_if(tags->begin(), tags->end(), [&](const SealLog::Tag& each) { return each.seq == flaw.seq; });
            const auto own = std::find_if(suspects.begin(), suspects.end(), [&](const Suspect& each) { return each.seq == flaw.seq; });
            if (tag == tags->end() || own == suspects.end()) continue;
            for (const Suspect& other : suspects) {
                if (other.seq == flaw.seq) continue;
                const auto fits = [&](base::Timestamp received, const base::IpAddress& peer) {
                    const auto digest = leaf_digest({flaw.seq, received, peer, other.raw});
                    return std::equal(tag->leaf.begin(), tag->leaf.end(), digest.begin());
                };
                if (!fits(other.received, other.peer) && !fits(own->received, own->peer)) continue;
                flaw.kind = FlawKind::reordered;
                flaw.message = fmt::format("event {} was reordered: its line stands at event {} now", flaw.seq, other.seq);
                break;
            }
        }
    }
    return verification;
}

Result<InclusionProof> Verifier::prove(const ledger::TenantScope& scope, uint64_t seq) {
    struct Found {
        std::optional<Seal> seal;
        bool open = false;
        std::vector<Seal> chain;
    };
    TRY_ASSIGN(const Found found, ledger_.read([&](ledger::Reader& reader) -> Result<Found> {
        Found in;
        TRY_ASSIGN(in.seal, seals_.seal_of(reader, scope, seq));
        if (!in.seal) {
            TRY_ASSIGN(in.open, seals_.is_open(reader, scope, seq));
            return in;
        }
        TRY_ASSIGN(Chain chain, seals_.read(reader, in.seal->chain, checkpoint_));
        in.chain = std::move(chain.seals);
        return in;
    }));
    if (!found.seal) {
        if (found.open) return fail(ErrorCode::conflict, fmt::format("event {} is in a segment that is still open; it is sealed within the hour", seq));
        return fail(ErrorCode::not_found, fmt::format("no seal covers event {}", seq));
    }
    const Seal& seal = *found.seal;
    InclusionProof proof;
    proof.seq = seq;
    proof.seal = seal;
    TRY_ASSIGN(const auto leaves, stored_leaves(seal.chain, seal.first_seq, seal.last_seq, {}));
    std::vector<crypto::Digest> digests;
    digests.reserve(leaves.size());
    std::optional<uint64_t> index;
    for (const Leaf& leaf : leaves) {
        if (leaf.seq == seq) index = digests.size();
        digests.push_back(leaf.digest);
    }
    MerkleTree tree;
    tree.add(digests);
    if (!index) return fail(ErrorCode::not_found, fmt::format("event {} is not stored any more", seq));
    if (digests.size() != seal.events || tree.root() != seal.root) {
        return fail(ErrorCode::data_corrupt, fmt::format("the events of seal {} are not what was sealed: see `shuwei events verify`", seal.number));
    }
    proof.index = *index;
    proof.path = inclusion_path(digests, *index);
    TRY(store_.lines(seal.chain.tenant, seal.chain.retention_class, seq, seq, limits({}), [&](const eventstore::StoredLine& line) {
        proof.received = line.received;
        proof.peer = line.peer.to_string();
        proof.raw = line.raw;
        return true;
    }));
    proof.head = seal.link;
    proof.head_number = seal.number;
    proof.head_time_stamp = seal.time_stamp;
    for (const Seal& later : found.chain) {
        if (later.number <= seal.number) continue;
        proof.later.push_back(content_digest(later));
        proof.head = later.link;
        proof.head_number = later.number;
        proof.head_time_stamp = later.time_stamp;
    }
    return proof;
}

}  // namespace shuwei::custody
