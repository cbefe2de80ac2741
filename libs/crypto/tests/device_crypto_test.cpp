#include "shuwei/crypto/device_crypto.hpp"

#include <gtest/gtest.h>

#include "shuwei/base/text.hpp"

namespace shuwei::crypto {
namespace {

std::string bytes_of(std::string_view hex) {
    std::string out;
    for (size_t i = 0; i + 1 < hex.size(); i += 2) out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    return out;
}

// RFC 1321, RFC 2202, RFC 4231, FIPS 180.
TEST(DeviceCrypto, HashesAreThoseOfTheStandards) {
    EXPECT_EQ("900150983cd24fb0d6963f7d28e17f72", base::hex_encode(digest(DeviceHash::md5, "abc")));
    EXPECT_EQ("a9993e364706816aba3e25717850c26c9cd0d89d", base::hex_encode(digest(DeviceHash::sha1, "abc")));
    EXPECT_EQ("750c783e6ab0b503eaa86e310a5db738", base::hex_encode(hmac(DeviceHash::md5, "Jefe", "what do ya want for nothing?")));
    EXPECT_EQ("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", base::hex_encode(hmac(DeviceHash::sha1, "Jefe", "what do ya want for nothing?")));
    EXPECT_EQ("a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
              base::hex_encode(hmac(DeviceHash::sha224, "Jefe", "what do ya want for nothing?")));
    EXPECT_EQ(48U, digest_size(DeviceHash::sha384));
    EXPECT_EQ(64U, hmac(DeviceHash::sha512, "", "").size());
}

// RFC 3414, A.3: the password "maplesyrup" before it is localised.
TEST(DeviceCrypto, APassphraseIsRepeatedToAMegabyte) {
    EXPECT_EQ("9faf3283884e92834ebc9847d8edd963", base::hex_encode(repeated_digest(DeviceHash::md5, "maplesyrup", 1'048'576)));
    EXPECT_EQ("9fb5cc0381497b3793528939ff788d5d79145211", base::hex_encode(repeated_digest(DeviceHash::sha1, "maplesyrup", 1'048'576)));
}

TEST(DeviceCrypto, DesIsThatOfTheStandard) {
    const std::string key = bytes_of("133457799bbcdff1");
    const std::string iv(8, '\0');
    const std::string plain = bytes_of("0123456789abcdef");
    EXPECT_EQ("85e813540f0ab405", base::hex_encode(des_cbc(CipherDirection::encrypt, key, iv, plain)));
    EXPECT_EQ(plain, des_cbc(CipherDirection::decrypt, key, iv, bytes_of("85e813540f0ab405")));
    EXPECT_EQ("", des_cbc(CipherDirection::decrypt, key, iv, ""));
}

// NIST SP 800-38A, F.3.13 and F.3.17.
TEST(DeviceCrypto, AesIsThatOfTheStandard) {
    const std::string iv = bytes_of("000102030405060708090a0b0c0d0e0f");
    const std::string plain = bytes_of("6bc1bee22e409f96e93d7e117393172a");
    const struct {
        std::string_view key, encrypted;
    } cases[] = {
        {"2b7e151628aed2a6abf7158809cf4f3c", "3b3fd92eb72dad20333449f8e83cfb4a"},
        {"8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "cdc80d6fddf18cab34c25909c99a4174"},
        {"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "dc7e84bfda79164b7ecd8486985d3860"},
    };
    for (const auto& [key, encrypted] : cases) {
        EXPECT_EQ(encrypted, base::hex_encode(aes_cfb(CipherDirection::encrypt, bytes_of(key), iv, plain)));
        EXPECT_EQ(plain.substr(0, 5), aes_cfb(CipherDirection::decrypt, bytes_of(key), iv, bytes_of(encrypted).substr(0, 5)));
    }
}

}  // namespace
}  // namespace shuwei::crypto
