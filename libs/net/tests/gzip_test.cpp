#include "shuwei/net/gzip.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

namespace shuwei::net {
namespace {

using base::ErrorCode;

TEST(Gzip, ComesBackAsItWas) {
    std::mt19937 random(1);
    std::string noise(300'000, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    for (const std::string& text : {std::string(), std::string("x"), std::string(5'000'000, 'a'), noise}) {
        const auto back = inflate(gzip(text), text.size());
        ASSERT_TRUE(back) << back.error().to_string();
        EXPECT_EQ(*back, text);
    }
}

TEST(Gzip, ReadsSeveralMembersAndZlib) {
    EXPECT_EQ(*inflate(gzip("one ") + gzip("") + gzip("two"), 100), "one two");
    std::string zlib(100, '\0');
    uLongf size = zlib.size();
    ::compress(reinterpret_cast<Bytef*>(zlib.data()), &size, reinterpret_cast<const Bytef*>("zlib"), 4);
    EXPECT_EQ(*inflate(zlib.substr(0, size), 100), "zlib");
}

TEST(Gzip, StopsAtTheLimit) {
    const std::string bomb = gzip(std::string(50'000'000, '\0'));
    EXPECT_LT(bomb.size(), 100'000U);
    EXPECT_EQ(inflate(bomb, 1'000'000).error().code(), ErrorCode::too_large);
    EXPECT_EQ(inflate(gzip("12345"), 4).error().code(), ErrorCode::too_large);
    EXPECT_EQ(inflate(gzip("123") + gzip("45"), 4).error().code(), ErrorCode::too_large);
    EXPECT_TRUE(inflate(gzip("12345"), 5));
    EXPECT_TRUE(inflate(gzip(""), 0));
}

TEST(Gzip, RefusesWhatIsDamaged) {
    const std::string good = gzip("Nov 21 10:00:00 fw sshd[1]: Failed password for root from 10.0.0.9 port 4711 ssh2");
    for (size_t size = 0; size < good.size(); ++size) {
        EXPECT_EQ(inflate(good.substr(0, size), 1000).error().code(), ErrorCode::data_corrupt) << size;
    }
    EXPECT_FALSE(inflate("plain text", 1000));
    EXPECT_FALSE(inflate(good + "trailing", 1000));
    std::string flipped = good;
    flipped[20] = static_cast<char>(flipped[20] ^ 0x40);
    EXPECT_FALSE(inflate(flipped, 1000));
}

}  // namespace
}  // namespace shuwei::net
