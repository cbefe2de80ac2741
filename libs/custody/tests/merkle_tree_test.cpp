#include "shuwei/custody/merkle_tree.hpp"

#include <gtest/gtest.h>

#include "shuwei/custody/leaf.hpp"

namespace shuwei::custody {
namespace {

std::vector<crypto::Digest> leaves(size_t count) {
    std::vector<crypto::Digest> digests;
    for (size_t i = 0; i < count; ++i) digests.push_back(crypto::sm3(std::to_string(i)));
    return digests;
}

// The definition of RFC 9162, 2.1.1, word by word.
crypto::Digest root_by_definition(std::span<const crypto::Digest> list) {
    if (list.size() == 1) return list[0];
    size_t left = 1;
    while (left * 2 < list.size()) left *= 2;
    const auto a = root_by_definition(list.first(left));
    const auto b = root_by_definition(list.subspan(left));
    std::string node(1, '\1');
    node.append(reinterpret_cast<const char*>(a.data()), a.size());
    node.append(reinterpret_cast<const char*>(b.data()), b.size());
    return crypto::sm3(node);
}

TEST(MerkleTree, HasTheRootOfTheDefinitionHoweverItGrew) {
    for (size_t count = 1; count < 70; ++count) {
        const auto all = leaves(count);
        for (const size_t step : {size_t{1}, size_t{3}, size_t{16}, count}) {
            MerkleTree tree;
            for (size_t at = 0; at < count; at += step) {
                tree.add(std::span(all).subspan(at, std::min(step, count - at)));
                auto restored = MerkleTree::restore(tree.size(), tree.subtrees());
                ASSERT_TRUE(restored) << restored.error().to_string();
                tree = std::move(*restored);
            }
            ASSERT_EQ(tree.root(), root_by_definition(all)) << count << " leaves, " << step << " at a time";
        }
    }
}

TEST(MerkleTree, PathsLeadToTheRootAndNowhereElse) {
    for (const size_t count : {1, 2, 3, 5, 8, 13, 64, 65}) {
        const auto all = leaves(count);
        const auto root = root_by_definition(all);
        for (size_t i = 0; i < count; ++i) {
            auto path = inclusion_path(all, i);
            EXPECT_EQ(root_of_path(all[i], i, count, path), root) << i << " of " << count;
            if (count > 1) {
                EXPECT_NE(root_of_path(all[(i + 1) % count], i, count, path), root);
            }
            EXPECT_FALSE(root_of_path(all[i], count, count, path));
            path.push_back(root);
            EXPECT_FALSE(root_of_path(all[i], i, count, path)) << "one sibling too many";
        }
    }
}

TEST(MerkleTree, RefusesAStateThatDoesNotFit) {
    EXPECT_FALSE(MerkleTree::restore(3, crypto::to_hex(crypto::sm3(""))));
    EXPECT_FALSE(MerkleTree::restore(0, crypto::to_hex(crypto::sm3(""))));
    EXPECT_FALSE(MerkleTree::restore(1, std::string(64, 'x')));
}

TEST(Leaf, DependsOnEveryPartAndOnMicroseconds) {
    const SealedLine line{7, 1'000'000, *base::IpAddress::parse("10.0.0.1"), "line"};
    const auto digest = leaf_digest(line);
    for (SealedLine other : {SealedLine{8, line.received, line.peer, line.raw}, SealedLine{7, 1'001'000, line.peer, line.raw},
                             SealedLine{7, line.received, {}, line.raw}, SealedLine{7, line.received, line.peer, "lin"}}) {
        EXPECT_NE(leaf_digest(other), digest);
    }
    EXPECT_EQ(leaf_digest({7, 1'000'999, line.peer, line.raw}), digest) << "the store keeps whole microseconds";
    std::vector<Leaf> leaves;
    const std::vector<SealedLine> lines(600, line);
    append_leaves(lines, leaves);
    ASSERT_EQ(leaves.size(), lines.size());
    for (const Leaf& leaf : leaves) ASSERT_EQ(leaf.digest, digest);
}

}  // namespace
}  // namespace shuwei::custody
