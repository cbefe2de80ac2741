#include "shuwei/crypto/digest.hpp"

#include <gtest/gtest.h>

namespace shuwei::crypto {
namespace {

struct KnownAnswer {
    std::string input;
    std::string_view hex;
};

TEST(Sm3, GivesTheStandardsAnswers) {
    std::string abcd;
    for (int i = 0; i < 16; ++i) abcd += "abcd";
    const KnownAnswer answers[] = {
        // GB/T 32905 appendix A
        {"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"},
        {abcd, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"},
        {"", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"},
    };
    for (const auto& [input, hex] : answers) EXPECT_EQ(to_hex(sm3(input)), hex) << input;
}

TEST(Sm3, InPiecesIsTheSameAsAtOnceAndBeginsAnewAfterFinish) {
    Sm3 stream;
    for (int round = 0; round < 2; ++round) {
        stream.update("a");
        stream.update("");
        stream.update("bc");
        EXPECT_EQ(stream.finish(), sm3("abc"));
    }
    Sm3 moved = std::move(stream);
    moved.update("abc");
    EXPECT_EQ(moved.finish(), sm3("abc"));
}

TEST(HmacSm3, GivesKnownAnswers) {
    // The HMAC-SM3 example of GB/T 15852.2: key 01 .. 20.
    std::string rising;
    for (char c = 1; c <= 32; ++c) rising += c;
    std::string repeated;
    for (int i = 0; i < 2; ++i) repeated += "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    EXPECT_EQ(to_hex(hmac_sm3(rising, repeated)), "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a");
    // RFC 2104 by hand: H(K^opad || H(K^ipad || m)), for a key longer than the 64-byte block too.
    for (const std::string& key : {std::string("key"), std::string(100, 'k'), std::string()}) {
        std::string block = key;
        if (block.size() > 64) {
            const auto hashed = sm3(block);
            block.assign(hashed.begin(), hashed.end());
        }
        block.resize(64, '\0');
        std::string inner, outer;
        for (char c : block) {
            inner += static_cast<char>(c ^ 0x36);
            outer += static_cast<char>(c ^ 0x5c);
        }
        const auto first = sm3(inner + "message");
        outer.append(first.begin(), first.end());
        EXPECT_EQ(hmac_sm3(key, "message"), sm3(outer)) << key;
    }
}

TEST(Sm3Many, AgreesWithOneAtATimeForEveryLengthAndOrder) {
    std::vector<std::string> texts;
    for (size_t i = 0; i < 400; ++i) {
        const size_t length = i < 200 ? i : (i * 7919) % 3000;  // each padding case, then lengths that differ widely
        texts.emplace_back(length, static_cast<char>('a' + i % 26));
    }
    const std::vector<std::string_view> messages(texts.begin(), texts.end());
    for (const size_t count : {size_t{0}, size_t{1}, size_t{7}, size_t{8}, size_t{9}, messages.size()}) {
        std::vector<Digest> digests(count);
        sm3_many(std::span(messages).first(count), digests);
        for (size_t i = 0; i < count; ++i) ASSERT_EQ(digests[i], sm3(messages[i])) << count << " messages, number " << i;
    }
}

TEST(Sha256, GivesTheStandardsAnswers) {
    EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(ConstantTimeEqual, ComparesContentAndLength) {
    EXPECT_TRUE(constant_time_equal("", ""));
    EXPECT_TRUE(constant_time_equal("secret", "secret"));
    EXPECT_FALSE(constant_time_equal("secret", "secrez"));
    EXPECT_FALSE(constant_time_equal("secret", "secret "));
    EXPECT_FALSE(constant_time_equal(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

}  // namespace
}  // namespace shuwei::crypto
