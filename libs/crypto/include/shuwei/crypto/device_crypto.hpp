// What protocols of devices need and nothing new should use: the hashes and ciphers of SNMPv3 (RFC 3414, 3826, 7860).
// Pure functions, thread-safe. All bytes are strings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace shuwei::crypto {

enum class DeviceHash : uint8_t { md5, sha1, sha224, sha256, sha384, sha512 };

size_t digest_size(DeviceHash algorithm);
std::string digest(DeviceHash algorithm, std::string_view bytes);
std::string hmac(DeviceHash algorithm, std::string_view key, std::string_view bytes);
// The digest of `text` repeated up to `total` bytes, which is how a passphrase becomes a key there. `text` not empty.
std::string repeated_digest(DeviceHash algorithm, std::string_view text, size_t total);

enum class CipherDirection : uint8_t { encrypt, decrypt };

// CBC without padding: `key` and `iv` of 8 bytes, `bytes` whole blocks of 8.
std::string des_cbc(CipherDirection direction, std::string_view key, std::string_view iv, std::string_view bytes);
// CFB with feedback of 128 bits: `key` of 16, 24 or 32 bytes, `iv` of 16, any number of bytes.
std::string aes_cfb(CipherDirection direction, std::string_view key, std::string_view iv, std::string_view bytes);

}  // namespace shuwei::crypto
