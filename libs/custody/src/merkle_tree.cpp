#include "shuwei/custody/merkle_tree.hpp"

#include <bit>
#include <cstring>

#include "shuwei/base/assert.hpp"

namespace shuwei::custody {

using base::ErrorCode;
using base::fail;
using base::Result;
using crypto::Digest;

namespace {

constexpr size_t kNodeBytes = 1 + 2 * sizeof(Digest);  // 0x01 ‖ left ‖ right
constexpr char kNodeMark = 1;

Digest parent(const Digest& left, const Digest& right) {
    char node[kNodeBytes];
    node[0] = kNodeMark;
    std::memcpy(node + 1, left.data(), left.size());
    std::memcpy(node + 1 + left.size(), right.data(), right.size());
    return crypto::sm3({node, sizeof node});
}

// The parents of nodes 0 and 1, 2 and 3 …; an odd last one has none.
std::vector<Digest> parents(std::span<const Digest> nodes) {
    const size_t pairs = nodes.size() / 2;
    std::string bytes;
    bytes.reserve(pairs * kNodeBytes);
    for (size_t i = 0; i < pairs; ++i) {
        bytes += kNodeMark;
        bytes.append(reinterpret_cast<const char*>(nodes[2 * i].data()), 2 * sizeof(Digest));
    }
    std::vector<std::string_view> messages;
    messages.reserve(pairs);
    for (size_t i = 0; i < pairs; ++i) messages.emplace_back(bytes.data() + i * kNodeBytes, kNodeBytes);
    std::vector<Digest> digests(pairs);
    crypto::sm3_many(messages, digests);
    return digests;
}

Digest root_of(std::span<const Digest> leaves) {
    MerkleTree tree;
    tree.add(leaves);
    return tree.root();
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

}  // namespace

std::optional<Digest> parse_digest(std::string_view hex) {
    Digest digest;
    if (hex.size() != 2 * digest.size()) return std::nullopt;
    for (size_t i = 0; i < digest.size(); ++i) {
        const int high = hex_value(hex[2 * i]);
        const int low = hex_value(hex[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        digest[i] = static_cast<uint8_t>(high * 16 + low);
    }
    return digest;
}

void MerkleTree::add(std::span<const Digest> leaves) {
    size_ += leaves.size();
    std::vector<Digest> nodes(leaves.begin(), leaves.end());
    for (size_t level = 0; !nodes.empty(); ++level) {
        if (levels_.size() == level) levels_.emplace_back();
        if (levels_[level]) nodes.insert(nodes.begin(), *levels_[level]);
        levels_[level].reset();
        if (nodes.size() % 2 == 1) levels_[level] = nodes.back();
        nodes = parents(nodes);
    }
}

Digest MerkleTree::root() const {
    std::optional<Digest> root;
    for (const auto& subtree : levels_) {
        if (subtree) root = root ? parent(*subtree, *root) : *subtree;
    }
    return root ? *root : crypto::sm3({});
}

std::string MerkleTree::subtrees() const {
    std::string hex;
    for (const auto& subtree : levels_) {
        if (subtree) hex += crypto::to_hex(*subtree);
    }
    return hex;
}

Result<MerkleTree> MerkleTree::restore(uint64_t size, std::string_view subtrees) {
    MerkleTree tree;
    tree.size_ = size;
    for (uint64_t left = size; left != 0; left >>= 1) {
        auto& level = tree.levels_.emplace_back();
        if ((left & 1) == 0) continue;
        level = parse_digest(subtrees.substr(0, 2 * sizeof(Digest)));
        if (!level) return fail(ErrorCode::data_corrupt, "the open segment's tree cannot be read");
        subtrees.remove_prefix(2 * sizeof(Digest));
    }
    if (!subtrees.empty()) return fail(ErrorCode::data_corrupt, "the open segment's tree does not fit its size");
    return tree;
}

std::vector<Digest> inclusion_path(std::span<const Digest> leaves, uint64_t index) {
    SHUWEI_ASSERT(index < leaves.size());
    std::vector<Digest> from_the_root;
    while (leaves.size() > 1) {
        const size_t left = std::bit_floor(leaves.size() - 1);
        if (index < left) {
            from_the_root.push_back(root_of(leaves.subspan(left)));
            leaves = leaves.first(left);
        } else {
            from_the_root.push_back(root_of(leaves.first(left)));
            leaves = leaves.subspan(left);
            index -= left;
        }
    }
    return {from_the_root.rbegin(), from_the_root.rend()};
}

// RFC 9162, 2.1.3.2.
Result<Digest> root_of_path(const Digest& leaf, uint64_t index, uint64_t size, std::span<const Digest> path) {
    const auto wrong = [] { return fail(ErrorCode::invalid_argument, "the path does not fit the place in the tree"); };
    if (index >= size) return wrong();
    uint64_t at = index;
    uint64_t last = size - 1;
    Digest root = leaf;
    for (const Digest& sibling : path) {
        if (last == 0) return wrong();
        if ((at & 1) == 1 || at == last) {
            root = parent(sibling, root);
            while ((at & 1) == 0 && at != 0) {
                at >>= 1;
                last >>= 1;
            }
        } else {
            root = parent(root, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    if (last != 0) return wrong();
    return root;
}

}  // namespace shuwei::custody
