#include "shuwei/custody/verifier.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "chain_check.hpp"
#include "stored_leaves.hpp"

namespace shuwei::custody {

using base::ErrorCode;
using base::fail;
using base::Result;

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

namespace {

FlawKind kind_from(std::string_view name) {
    for (const FlawKind kind : {FlawKind::changed, FlawKind::missing, FlawKind::added, FlawKind::reordered, FlawKind::seal, FlawKind::time_stamp}) {
        if (name == to_string(kind)) return kind;
    }
    throw std::invalid_argument("unknown kind of flaw");
}

}  // namespace

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

Result<Verification> Verification::parse(std::string_view text) {
    try {
        Verification verification;
        const auto document = nlohmann::json::parse(text);
        for (const auto& from : document.at("chains")) {
            ChainReport& chain = verification.chains.emplace_back();
            chain.chain = {static_cast<ledger::TenantNumber>(std::stoul(from.at("tenant").get<std::string>())), from.at("class").get<uint8_t>()};
            chain.segments = from.at("segments").get<uint64_t>();
            chain.events = from.at("events").get<uint64_t>();
            chain.retired_segments = from.at("retired_segments").get<uint64_t>();
            chain.retired_events = from.at("retired_events").get<uint64_t>();
            chain.older = from.at("older_events").get<uint64_t>();
            chain.stamped = from.at("time_stamps").get<uint64_t>();
            chain.last_seal = from.at("last_seal").get<int64_t>();
            chain.head = from.at("head").get<std::string>();
            for (const auto& flaw : from.at("flaws")) {
                chain.flaws.push_back({kind_from(flaw.at("kind").get<std::string>()), chain.chain, flaw.value("segment", int64_t{0}),
                                       flaw.value("seq", uint64_t{0}), flaw.at("message").get<std::string>()});
            }
        }
        return verification;
    } catch (const std::exception& exception) {
        return fail(ErrorCode::data_corrupt, std::string("the record of a verification cannot be read: ") + exception.what());
    }
}

// The chains of the request's tenants, and those that only the store knows of: rows of a class that has no chain cannot have
// come through the pipeline.
Result<std::vector<ChainKey>> Verifier::chains_of(const ledger::TenantScope& scope) {
    TRY_ASSIGN(std::vector<ChainKey> keys, ledger_.read([&](ledger::Reader& reader) { return seals_.chains(reader); }));
    std::erase_if(keys, [&](ChainKey key) { return !scope.contains(key.tenant); });
    TRY_ASSIGN(const auto tenants, store_.tenants());
    std::set<ChainKey> known(keys.begin(), keys.end());
    for (const uint32_t tenant : tenants) {
        if (!scope.contains(tenant)) continue;
        TRY_ASSIGN(const auto stats, store_.stats(tenant));
        for (const auto& part : stats.partitions) {
            if (known.insert({tenant, part.retention_class}).second) keys.push_back({tenant, part.retention_class});
        }
    }
    return keys;
}

Result<Chain> Verifier::read_chain(ChainKey key) {
    return ledger_.read([&](ledger::Reader& reader) { return seals_.read(reader, key, checkpoint_); });
}

Result<Verification> Verifier::verify(const VerifyRequest& request) {
    TRY_ASSIGN(const auto keys, chains_of(request.scope));
    std::vector<Chain> chains;
    VerifyProgress progress;
    for (const ChainKey key : keys) {
        TRY_ASSIGN(Chain chain, read_chain(key));
        for (const Seal& seal : chain.seals) {
            if (ChainCheck::wanted(request, seal) && !ChainCheck::is_retired(chain, seal)) progress.events_total += seal.events;
        }
        if (chain.open && ChainCheck::wanted(request, *chain.open)) progress.events_total += chain.open->events;
        chains.push_back(std::move(chain));
    }
    const auto done = [&](uint64_t events) {
        progress.events_done += events;
        if (request.progress) request.progress(progress);
    };
    done(0);
    const ChainCheck::Sources sources{seals_, store_, [this](ChainKey key) { return read_chain(key); }};
    Verification verification;
    for (const Chain& chain : chains) {
        TRY_ASSIGN(ChainReport report, ChainCheck(sources, chain, request, done).run());
        verification.chains.push_back(std::move(report));
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
    TRY_ASSIGN(const auto leaves, stored_leaves(store_, seal.chain, seal.first_seq, seal.last_seq, {}));
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
    TRY(store_.lines(seal.chain.tenant, seal.chain.retention_class, seq, seq, reading_limits({}), [&](const eventstore::StoredLine& line) {
        proof.received = line.received;
        proof.peer = line.peer.to_string();
        proof.raw = line.raw;
        return true;
    }));
    proof.head = seal.link;
    proof.head_number = seal.number;
    for (const Seal& later : found.chain) {
        if (later.number < seal.number) continue;
        if (proof.time_stamp.empty() && !later.time_stamp.empty()) {
            proof.time_stamp = later.time_stamp;
            proof.stamped_number = later.number;
        }
        if (later.number == seal.number) continue;
        proof.later.push_back(content_digest(later));
        proof.head = later.link;
        proof.head_number = later.number;
    }
    return proof;
}

}  // namespace shuwei::custody
