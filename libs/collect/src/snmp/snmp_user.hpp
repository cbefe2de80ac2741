// Users of SNMPv3 and their keys (RFC 3414, 3826, 7860). Values; pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/crypto/device_crypto.hpp"

namespace shuwei::collect {

enum class Privacy : uint8_t {
    none,
    des,
    aes128,
    aes192,        // key lengthened as draft-blumenthal-aes-usm-04 has it: net-snmp, Huawei, H3C
    aes256,
    aes192_cisco,  // as draft-reeder-snmpv3-usm-3desede has it: Cisco's AES-192-C
    aes256_cisco,
};

struct SnmpUser {
    std::string name;
    std::optional<crypto::DeviceHash> authentication;
    std::string authentication_key;  // of the passphrase, for no engine yet
    Privacy privacy = Privacy::none;
    std::string privacy_key;
};

// A line: NAME [AUTHENTICATION PASSPHRASE [PRIVACY PASSPHRASE]], passphrases with spaces in double quotes. invalid_argument
// says what is wrong, never with a passphrase in it. A name may come several times, with other passphrases.
base::Result<SnmpUser> read_snmp_user(std::string_view line);

// Keys of a user at one engine. Those of Cisco's privacy cost milliseconds: keep them.
std::string localised_authentication_key(const SnmpUser& user, std::string_view engine_id);
std::string localised_privacy_key(const SnmpUser& user, std::string_view engine_id);

size_t shortened_digest_size(crypto::DeviceHash hash);  // what of the HMAC is sent

// `salt` of 8 octets. The text must be whole blocks for DES; nothing where that or the salt is wrong.
std::optional<std::string> snmp_cipher(crypto::CipherDirection direction, Privacy privacy, std::string_view key, uint32_t boots, uint32_t time,
                                       std::string_view salt, std::string_view text);

}  // namespace shuwei::collect
