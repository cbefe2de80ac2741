// The leaf of an event in the Merkle tree of its segment: SM3 over what was received, in the encoding of
// docs/formats/seal.md. Pure functions; thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/ip_address.hpp"
#include "shuwei/crypto/digest.hpp"

namespace shuwei::custody {

// What is proven of an event: as it was received, never as it was understood.
struct SealedLine {
    uint64_t seq = 0;
    base::Timestamp received = 0;  // nanoseconds; sealed in whole microseconds, rounded down, as the store keeps it
    base::IpAddress peer;
    std::string_view raw;
};

// A leaf on its way into the seals.
struct Leaf {
    uint64_t seq = 0;
    base::Timestamp received = 0;
    crypto::Digest digest{};
};

crypto::Digest leaf_digest(const SealedLine& line);

// Appends a leaf for each line, in their order.
void append_leaves(std::span<const SealedLine> lines, std::vector<Leaf>& leaves);

}  // namespace shuwei::custody
