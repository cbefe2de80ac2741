#include "rows.hpp"

#include "shuwei/base/text.hpp"

namespace shuwei::custody::rows {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

Result<crypto::Digest> digest_of(const ledger::Row& row, std::string_view column) {
    const auto digest = parse_digest(row.text(column));
    if (!digest) return fail(ErrorCode::data_corrupt, "a seal in the ledger holds no digest in " + std::string(column));
    return *digest;
}

void read_segment(const ledger::Row& row, Segment& segment) {
    segment.chain = chain_of(row);
    segment.number = row.integer("number");
    segment.first_seq = static_cast<uint64_t>(row.integer("first_seq"));
    segment.last_seq = static_cast<uint64_t>(row.integer("last_seq"));
    segment.events = static_cast<uint64_t>(row.integer("events"));
    segment.first_received = row.integer("first_received");
    segment.last_received = row.integer("last_received");
    segment.day = static_cast<uint32_t>(row.integer("day"));
    segment.tags_at = static_cast<uint64_t>(row.integer("tags_at"));
    segment.tags_bytes = static_cast<uint64_t>(row.integer("tags_bytes"));
}

}  // namespace

ChainKey chain_of(const ledger::Row& row) {
    return {static_cast<ledger::TenantNumber>(row.integer("tenant")), static_cast<uint8_t>(row.integer("class"))};
}

Result<Seal> seal_of(const ledger::Row& row) {
    Seal seal;
    read_segment(row, seal);
    TRY_ASSIGN(seal.root, digest_of(row, "root"));
    TRY_ASSIGN(seal.tags, digest_of(row, "tags"));
    TRY_ASSIGN(seal.previous, digest_of(row, "previous"));
    TRY_ASSIGN(seal.link, digest_of(row, "link"));
    seal.mac = row.text("mac");
    seal.time_stamp = base::base64_decode(row.text("time_stamp")).value_or("");
    seal.time_stamp_authority = row.text("time_stamp_authority");
    return seal;
}

Result<OpenSegment> open_of(const ledger::Row& row) {
    OpenSegment open;
    read_segment(row, open);
    TRY_ASSIGN(open.tree, MerkleTree::restore(open.events, row.text("subtrees")));
    TRY_ASSIGN(open.previous, digest_of(row, "previous"));
    return open;
}

Result<Retirement> retirement_of(const ledger::Row& row) {
    Retirement retirement;
    retirement.chain = chain_of(row);
    retirement.day = static_cast<uint32_t>(row.integer("day"));
    retirement.through_number = row.integer("through_number");
    retirement.seals = static_cast<uint64_t>(row.integer("seals"));
    retirement.events = static_cast<uint64_t>(row.integer("events"));
    retirement.rows = static_cast<uint64_t>(row.integer("stored_rows"));
    TRY_ASSIGN(retirement.roots, digest_of(row, "roots"));
    retirement.at = row.integer("at");
    return retirement;
}

}  // namespace shuwei::custody::rows
