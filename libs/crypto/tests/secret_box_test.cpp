#include "shuwei/crypto/secret_box.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "shuwei/crypto/key_file.hpp"

namespace shuwei::crypto {
namespace {

class SecretBoxTest : public testing::Test {
protected:
    SecretBoxTest() { std::filesystem::create_directories(folder); }
    ~SecretBoxTest() override { std::filesystem::remove_all(folder); }

    base::SystemRandom random;
    const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / ("secret_box_" + random.hex(8));
    const std::filesystem::path key_file = folder / "secrets.key";
};

TEST_F(SecretBoxTest, WhatWasSealedOpensAgainAlsoAfterARestart) {
    for (const std::string& secret : {std::string(), std::string("P@ss 口令"), std::string(10'000, '\0')}) {
        const auto sealed = SecretBox::open(key_file, random)->seal("input/1/password", secret);
        EXPECT_EQ(secret, SecretBox::open(key_file, random)->open_sealed("input/1/password", sealed));
        EXPECT_NE(sealed, SecretBox::open(key_file, random)->seal("input/1/password", secret)) << "never twice the same";
    }
}

TEST_F(SecretBoxTest, ChangedOrMovedItDoesNotOpen) {
    const auto box = SecretBox::open(key_file, random);
    ASSERT_TRUE(box);
    const std::string sealed = box->seal("input/1/password", "secret");
    EXPECT_EQ(base::ErrorCode::data_corrupt, box->open_sealed("input/2/password", sealed).error().code());
    for (size_t i = 0; i + 1 < sealed.size(); ++i) {
        std::string changed = sealed;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(box->open_sealed("input/1/password", changed)) << i;
    }
    for (const size_t size : {0, 3, 20, 60}) EXPECT_FALSE(box->open_sealed("input/1/password", sealed.substr(0, size)));
    std::filesystem::remove(key_file);
    EXPECT_FALSE(SecretBox::open(key_file, random)->open_sealed("input/1/password", sealed)) << "another key";
}

TEST_F(SecretBoxTest, AKeyThatOthersMayReadOrThatIsNoneIsRefused) {
    ASSERT_TRUE(create_key_file(key_file, random));
    ::chmod(key_file.c_str(), 0644);
    EXPECT_EQ(base::ErrorCode::permission_denied, SecretBox::open(key_file, random).error().code());
    ::chmod(key_file.c_str(), 0600);
    std::ofstream(key_file) << "not a key";
    EXPECT_EQ(base::ErrorCode::data_corrupt, SecretBox::open(key_file, random).error().code());
}

}  // namespace
}  // namespace shuwei::crypto
