// The Merkle tree of a segment: RFC 9162 (certificate transparency) with SM3 in place of SHA-256. A tree that grows is
// kept as the roots of its full subtrees, at most one a level, so that it fits into a row of the ledger. A value.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/crypto/digest.hpp"

namespace shuwei::custody {

class MerkleTree {
public:
    void add(std::span<const crypto::Digest> leaves);
    uint64_t size() const { return size_; }
    crypto::Digest root() const;  // of no leaves: SM3 of nothing

    // The roots of the full subtrees in hex, smallest first; with the size they are the whole state.
    std::string subtrees() const;
    static base::Result<MerkleTree> restore(uint64_t size, std::string_view subtrees);  // data_corrupt

private:
    uint64_t size_ = 0;
    std::vector<std::optional<crypto::Digest>> levels_;  // of 1, 2, 4 … leaves
};

// The siblings from a leaf up to the root; `index` < leaves.size().
std::vector<crypto::Digest> inclusion_path(std::span<const crypto::Digest> leaves, uint64_t index);

// The root that a leaf at `index` of `size` leaves has with these siblings; invalid_argument when their number is wrong.
base::Result<crypto::Digest> root_of_path(const crypto::Digest& leaf, uint64_t index, uint64_t size,
                                          std::span<const crypto::Digest> path);

std::optional<crypto::Digest> parse_digest(std::string_view hex);

}  // namespace shuwei::custody
