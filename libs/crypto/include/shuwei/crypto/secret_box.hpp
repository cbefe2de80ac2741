// Secrets at rest that must be given back: passwords of other systems' accounts, private keys. Sealed with SM4-CTR and
// HMAC-SM3 over nonce and cipher text (encrypt, then authenticate) under keys drawn from one key file, bound to the place
// they are kept for, so that a sealed text moved to another record does not open. Form: "v1." and base64. Thread-safe.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "shuwei/base/random.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::crypto {

class SecretBox {
public:
    // Reads the key file, or makes it where there is none. Errors as read_key_file().
    static base::Result<SecretBox> open(const std::filesystem::path& key_file, base::Random& random);

    // `place` names what it is kept for: "input/12/password".
    std::string seal(std::string_view place, std::string_view secret) const;
    // data_corrupt: changed, of another place or under another key.
    base::Result<std::string> open_sealed(std::string_view place, std::string_view sealed) const;

private:
    SecretBox(std::string_view key, base::Random& random);
    std::string mac_of(std::string_view place, std::string_view nonce, std::string_view cipher) const;

    std::string cipher_key_;
    std::string mac_key_;
    base::Random* random_;
};

}  // namespace shuwei::crypto
