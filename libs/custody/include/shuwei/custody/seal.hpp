// A seal: one segment of a tenant's event stream, closed, and bound to the seals before it. Format and reasons:
// docs/formats/seal.md. Values and pure functions.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "shuwei/base/clock.hpp"
#include "shuwei/crypto/digest.hpp"
#include "shuwei/ledger/tenant_scope.hpp"

namespace shuwei::custody {

constexpr uint64_t kSegmentEvents = 65'536;         // a segment is closed when it holds so many,
constexpr base::Duration kSegmentTime = base::kHour;  // or with the hour (of UTC) in which its events were received

// Each retention class of a tenant has a chain of its own, so that whole segments retire together.
struct ChainKey {
    ledger::TenantNumber tenant = 0;
    uint8_t retention_class = 0;
    auto operator<=>(const ChainKey&) const = default;
};

struct Segment {
    ChainKey chain;
    int64_t number = 0;  // 1, 2, 3 … in its chain
    uint64_t first_seq = 0;
    uint64_t last_seq = 0;
    uint64_t events = 0;
    base::Timestamp first_received = 0;  // earliest and latest
    base::Timestamp last_received = 0;
    uint32_t day = 0;      // 20261121, UTC, of every event's time of receipt
    uint64_t tags_at = 0;  // where its tags begin in the day's tag file, and how many bytes they take
    uint64_t tags_bytes = 0;
};

struct Seal : Segment {
    crypto::Digest root{};      // of the Merkle tree
    crypto::Digest tags{};      // SM3 of its part of the tag file
    crypto::Digest previous{};  // link of the seal before; zeros for the first
    crypto::Digest link{};      // SM3 over `previous` and everything above but the tags' place
    std::string mac;            // HMAC-SM3 of the link under the ledger's key
    std::string time_stamp;     // RFC 3161 token over the link, DER; empty: none
    std::string time_stamp_authority;
};

// SM3 of the seal's own content, without the chain; and the link of a seal behind another one.
crypto::Digest content_digest(const Seal& seal);
crypto::Digest link_digest(const crypto::Digest& previous, const crypto::Digest& content);

// The UTC day and hour of a time.
uint32_t day_of(base::Timestamp time);
int64_t hour_of(base::Timestamp time);

}  // namespace shuwei::custody
