// SealLog: the chains of seals in the ledger, and the tag files beside it. Whoever commits events appends their leaves in
// the same transaction as the checkpoint, so that an event is sealed exactly when it is done. Thread-safe: all state is
// in the ledger; the functions that take a Transaction are ordered by it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/custody/leaf.hpp"
#include "shuwei/custody/merkle_tree.hpp"
#include "shuwei/custody/seal.hpp"
#include "shuwei/ledger/audit_chain.hpp"
#include "shuwei/ledger/migration.hpp"
#include "shuwei/ledger/transaction.hpp"

namespace shuwei::custody {

ledger::MigrationSet migrations();

// The end of a chain: the segment that still grows, and the link it will be bound to.
struct OpenSegment : Segment {
    MerkleTree tree;
    crypto::Digest previous{};
};

// A day of a chain that retention removed: every seal of that day up to `through_number`.
struct Retirement {
    ChainKey chain;
    uint32_t day = 0;
    int64_t through_number = 0;
    uint64_t seals = 0;
    uint64_t events = 0;  // sealed ones
    uint64_t rows = 0;    // that the store held
    crypto::Digest roots{};  // SM3 over their roots, in order
    base::Timestamp at = 0;
};

// What a chain claims, read in one snapshot.
struct Chain {
    ChainKey key;
    uint64_t sealed_after = 0;  // events up to this seq were stored before there were seals
    uint64_t checkpoint = 0;    // events up to this seq are done, and so sealed
    std::vector<Seal> seals;    // by number
    std::optional<OpenSegment> open;
    std::map<uint32_t, Retirement> retired;  // by day
    std::optional<int64_t> first_bad_seal;   // where seals and keyed hashes stop fitting together
    std::string problem;                     // of it, for a person
};

// A chain in short, for a page.
struct ChainSummary {
    ChainKey key;
    uint64_t seals = 0;
    uint64_t events = 0;  // in them
    uint64_t retired_events = 0;
    std::optional<Seal> last;
    uint64_t open_events = 0;
    base::Timestamp open_since = 0;
};

struct SealFilter {
    std::optional<base::Timestamp> since;  // of receipt
    std::optional<base::Timestamp> until;
};

class SealLog {
public:
    // `folder` is the data folder; `audit` must outlive the log.
    SealLog(std::filesystem::path folder, const ledger::AuditChain& audit) : folder_(std::move(folder)), audit_(&audit) {}

    // Once, before the first append(): events up to `checkpoint` are older than the seals.
    base::Result<> begin(ledger::Transaction& transaction, uint64_t checkpoint) const;

    // Leaves of new events by rising seq; ones that are sealed already are passed over.
    base::Result<> append(ledger::Transaction& transaction, ChainKey chain, std::span<const Leaf> leaves) const;

    // Closes the segments whose hour is over; all that hold anything when no time is given. How many.
    base::Result<size_t> close(ledger::Transaction& transaction, std::optional<base::Timestamp> now) const;

    base::Result<std::vector<ChainKey>> chains(ledger::Reader& reader) const;
    // The whole chain, checked against itself, its keyed hashes and the exported heads. `checkpoint` names the
    // pipeline's checkpoint in the ledger.
    base::Result<Chain> read(ledger::Reader& reader, ChainKey chain, std::string_view checkpoint) const;
    // The seal that covers the event, of these tenants; not_found.
    base::Result<std::optional<Seal>> seal_of(ledger::Reader& reader, const ledger::TenantScope& scope, uint64_t seq) const;
    // Whether the event is in a segment that is still open.
    base::Result<bool> is_open(ledger::Reader& reader, const ledger::TenantScope& scope, uint64_t seq) const;
    base::Result<std::vector<ChainSummary>> summaries(ledger::Reader& reader, const ledger::TenantScope& scope) const;
    base::Result<std::optional<Seal>> last_seal(ledger::Reader& reader, ChainKey chain) const;

    // The tags of a segment: (seq, first bytes of the leaf), or nothing when they are not what was sealed.
    struct Tag {
        uint64_t seq = 0;
        std::array<uint8_t, 4> leaf{};
    };
    std::optional<std::vector<Tag>> tags(const Seal& seal) const;
    std::vector<Tag> tags(const OpenSegment& open) const;

    // The record that a day is removed by retention, to be made before the store removes it; audited by the caller.
    base::Result<Retirement> retire(ledger::Transaction& transaction, ChainKey chain, uint32_t day, uint64_t rows,
                                    base::Timestamp now) const;
    base::Result<> remove_tags(ChainKey chain, uint32_t day) const;

    base::Result<> set_time_stamp(ledger::Transaction& transaction, const Seal& seal, std::string_view token,
                                  std::string_view authority) const;

    // Appends the head of every chain to `folder`/seal.heads; copy that file elsewhere.
    base::Result<> export_heads(ledger::Reader& reader) const;

private:
    std::filesystem::path tag_file(ChainKey chain, uint32_t day) const;
    base::Result<OpenSegment> open_segment(ledger::Reader& reader, ChainKey chain) const;
    base::Result<> save(ledger::Transaction& transaction, const OpenSegment& open) const;
    base::Result<> close_segment(ledger::Transaction& transaction, OpenSegment& open) const;
    base::Result<> write_tags(OpenSegment& open, std::span<const Leaf> leaves) const;
    std::string mac_of(const OpenSegment& open) const;
    std::string mac_of(const Retirement& retirement) const;
    std::string mac_of_link(const crypto::Digest& link) const;
    std::string mac_of_origin(uint64_t sealed_after) const;

    std::filesystem::path folder_;
    const ledger::AuditChain* audit_;
};

}  // namespace shuwei::custody
