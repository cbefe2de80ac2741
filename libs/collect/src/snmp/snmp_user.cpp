#include "snmp_user.hpp"

#include "shuwei/base/text.hpp"

namespace shuwei::collect {

using base::Result;
using crypto::DeviceHash;

namespace {

constexpr size_t kPassphraseBytes = 1'048'576;
constexpr size_t kShortestPassphrase = 8;

tl::unexpected<base::Error> wrong(std::string what) { return base::fail(base::ErrorCode::invalid_argument, std::move(what)); }

Result<std::vector<std::string>> words_of(std::string_view line) {
    std::vector<std::string> words;
    while (!(line = base::trim(line)).empty()) {
        const bool quoted = line.front() == '"';
        if (quoted) line.remove_prefix(1);
        const size_t end = quoted ? line.find('"') : std::min(line.find_first_of(" \t"), line.size());
        if (end == std::string_view::npos) return wrong("a quotation mark is not closed");
        words.emplace_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return words;
}

std::string plain_name(std::string_view protocol) {
    std::string name;
    for (const char c : protocol) {
        if (c != '-' && c != '_') name += base::ascii_lower(c);
    }
    return name;
}

std::optional<DeviceHash> hash_named(std::string_view protocol) {
    const std::string name = plain_name(protocol);
    if (name == "md5") return DeviceHash::md5;
    if (name == "sha" || name == "sha1") return DeviceHash::sha1;
    if (name == "sha224") return DeviceHash::sha224;
    if (name == "sha256") return DeviceHash::sha256;
    if (name == "sha384") return DeviceHash::sha384;
    if (name == "sha512") return DeviceHash::sha512;
    return std::nullopt;
}

std::optional<Privacy> privacy_named(std::string_view protocol) {
    const std::string name = plain_name(protocol);
    if (name == "des") return Privacy::des;
    if (name == "aes" || name == "aes128") return Privacy::aes128;
    if (name == "aes192") return Privacy::aes192;
    if (name == "aes256") return Privacy::aes256;
    if (name == "aes192c") return Privacy::aes192_cisco;
    if (name == "aes256c") return Privacy::aes256_cisco;
    return std::nullopt;
}

std::string localised(DeviceHash hash, const std::string& key, std::string_view engine_id) {
    return crypto::digest(hash, key + std::string(engine_id) + key);
}

size_t key_size(Privacy privacy) {
    switch (privacy) {
        case Privacy::none: return 0;
        case Privacy::des: return 16;  // key and the beginning of the initial vector
        case Privacy::aes128: return 16;
        case Privacy::aes192:
        case Privacy::aes192_cisco: return 24;
        case Privacy::aes256:
        case Privacy::aes256_cisco: return 32;
    }
    return 0;
}

void append_number(std::string& out, uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xFF);
}

}  // namespace

Result<SnmpUser> read_snmp_user(std::string_view line) {
    TRY_ASSIGN(const auto words, words_of(line));
    if (words.empty()) return wrong("a user without a name");
    if (words[0].empty() || words[0].size() > 32) return wrong("a user's name has 1 to 32 octets");
    const std::string place = "user '" + words[0] + "'";
    if (words.size() != 1 && words.size() != 3 && words.size() != 5) {
        return wrong(place + ": wanted is NAME [AUTHENTICATION PASSPHRASE [PRIVACY PASSPHRASE]]");
    }
    SnmpUser user;
    user.name = words[0];
    if (words.size() >= 3) {
        user.authentication = hash_named(words[1]);
        if (!user.authentication) return wrong(place + ": authentication is one of MD5, SHA, SHA-224, SHA-256, SHA-384, SHA-512");
        if (words[2].size() < kShortestPassphrase) return wrong(place + ": passphrases have 8 characters at least");
        user.authentication_key = crypto::repeated_digest(*user.authentication, words[2], kPassphraseBytes);
    }
    if (words.size() == 5) {
        const auto privacy = privacy_named(words[3]);
        if (!privacy) return wrong(place + ": privacy is one of DES, AES, AES-192, AES-256, AES-192-C, AES-256-C");
        if (words[4].size() < kShortestPassphrase) return wrong(place + ": passphrases have 8 characters at least");
        user.privacy = *privacy;
        user.privacy_key = crypto::repeated_digest(*user.authentication, words[4], kPassphraseBytes);
    }
    return user;
}

std::string localised_authentication_key(const SnmpUser& user, std::string_view engine_id) {
    return localised(*user.authentication, user.authentication_key, engine_id);
}

std::string localised_privacy_key(const SnmpUser& user, std::string_view engine_id) {
    const DeviceHash hash = *user.authentication;
    const bool cisco = user.privacy == Privacy::aes192_cisco || user.privacy == Privacy::aes256_cisco;
    std::string key = localised(hash, user.privacy_key, engine_id);
    while (key.size() < key_size(user.privacy)) {
        key += cisco ? localised(hash, crypto::repeated_digest(hash, key, kPassphraseBytes), engine_id) : crypto::digest(hash, key);
    }
    key.resize(key_size(user.privacy));
    return key;
}

size_t shortened_digest_size(DeviceHash hash) {
    switch (hash) {
        case DeviceHash::md5:
        case DeviceHash::sha1: return 12;
        case DeviceHash::sha224: return 16;
        case DeviceHash::sha256: return 24;
        case DeviceHash::sha384: return 32;
        case DeviceHash::sha512: return 48;
    }
    return 12;
}

std::optional<std::string> snmp_cipher(crypto::CipherDirection direction, Privacy privacy, std::string_view key, uint32_t boots, uint32_t time,
                                       std::string_view salt, std::string_view text) {
    if (salt.size() != 8 || privacy == Privacy::none) return std::nullopt;
    std::string start;
    if (privacy == Privacy::des) {
        if (text.size() % 8 != 0) return std::nullopt;
        for (size_t i = 0; i < 8; ++i) start += static_cast<char>(key[8 + i] ^ salt[i]);
        return crypto::des_cbc(direction, key.substr(0, 8), start, text);
    }
    append_number(start, boots);
    append_number(start, time);
    start += salt;
    return crypto::aes_cfb(direction, key, start, text);
}

}  // namespace shuwei::collect
