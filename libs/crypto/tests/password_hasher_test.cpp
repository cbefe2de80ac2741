#include "shuwei/crypto/password_hasher.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace shuwei::crypto {
namespace {

using base::ErrorCode;

constexpr Argon2Parameters kFast{.memory_kib = 64, .passes = 1, .lanes = 1, .slots = 2, .waiting = 32};

TEST(PasswordHasher, KnowsThePasswordAndNoOther) {
    base::SystemRandom random;
    PasswordHasher hasher(kFast, random);
    const auto phc = hasher.hash("戍卫-correct horse");
    ASSERT_TRUE(phc) << phc.error().to_string();
    EXPECT_TRUE(phc->starts_with("$argon2id$v=19$m=64,t=1,p=1$")) << *phc;
    EXPECT_TRUE(*hasher.verify(*phc, "戍卫-correct horse"));
    EXPECT_FALSE(*hasher.verify(*phc, "戍卫-correct hors"));
    EXPECT_FALSE(*hasher.verify(*phc, ""));
    EXPECT_NE(*phc, *hasher.hash("戍卫-correct horse")) << "the salt is new each time";
}

TEST(PasswordHasher, GivesArgon2sKnownAnswer) {
    // Test vector of the reference implementation (argon2id, version 19, m = 2^8, t = 2, p = 1).
    base::SystemRandom random;
    PasswordHasher hasher(kFast, random);
    const std::string phc =
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    EXPECT_TRUE(*hasher.verify(phc, "password"));
    EXPECT_FALSE(*hasher.verify(phc, "Password"));
}

TEST(PasswordHasher, RefusesRecordsThatAreNoHashOrCostTooMuch) {
    base::SystemRandom random;
    PasswordHasher hasher(kFast, random);
    for (std::string_view record :
         {"", "plain", "!", "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$aaaa", "$argon2id$v=19$m=64,t=1$c29tZXNhbHQ$aaaa",
          "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ", "$argon2id$v=19$m=4294967295,t=1,p=1$c29tZXNhbHQ$aaaa",
          "$argon2id$v=19$m=64,t=99999999,p=1$c29tZXNhbHQ$aaaa", "$argon2id$v=19$m=-1,t=1,p=1$c29tZXNhbHQ$aaaa"}) {
        const auto verified = hasher.verify(record, "password");
        ASSERT_FALSE(verified) << record;
        EXPECT_EQ(verified.error().code(), ErrorCode::data_corrupt) << record;
    }
}

TEST(PasswordHasher, AsksForARehashWhenParametersGrew) {
    base::SystemRandom random;
    PasswordHasher old_one(kFast, random);
    PasswordHasher stronger({.memory_kib = 128, .passes = 1, .lanes = 1}, random);
    const auto phc = old_one.hash("password-1");
    ASSERT_TRUE(phc);
    EXPECT_FALSE(old_one.needs_rehash(*phc));
    EXPECT_TRUE(stronger.needs_rehash(*phc));
    EXPECT_TRUE(*stronger.verify(*phc, "password-1")) << "older hashes stay valid";
    EXPECT_TRUE(old_one.needs_rehash("!"));
}

TEST(PasswordHasher, RefusesCallersBeyondTheQueueAndServesTheRest) {
    base::SystemRandom random;
    PasswordHasher hasher({.memory_kib = 8192, .passes = 2, .lanes = 1, .slots = 1, .waiting = 1}, random);
    std::atomic<int> served{0}, refused{0};
    std::vector<std::thread> callers;
    for (int i = 0; i < 16; ++i)
        callers.emplace_back([&] {
            const auto phc = hasher.hash("password-1");
            if (phc) {
                ++served;
            } else {
                EXPECT_EQ(phc.error().code(), ErrorCode::resource_exhausted);
                ++refused;
            }
        });
    for (auto& caller : callers) caller.join();
    EXPECT_EQ(served + refused, 16);
    EXPECT_GE(served, 1);
    EXPECT_TRUE(hasher.hash("password-1")) << "the slots are free again";
}

}  // namespace
}  // namespace shuwei::crypto
