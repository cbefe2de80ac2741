#include "shuwei/crypto/device_crypto.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <memory>

#include "shuwei/base/assert.hpp"

namespace shuwei::crypto {

namespace {

const unsigned char* octets(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* octets(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Fetched once: a fetch at every call costs more than a short hash.
const EVP_MD* algorithm_of(DeviceHash hash) {
    static const EVP_MD* const algorithms[] = {
        EVP_MD_fetch(nullptr, "MD5", nullptr),    EVP_MD_fetch(nullptr, "SHA1", nullptr),   EVP_MD_fetch(nullptr, "SHA224", nullptr),
        EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_fetch(nullptr, "SHA384", nullptr), EVP_MD_fetch(nullptr, "SHA512", nullptr)};
    const EVP_MD* algorithm = algorithms[static_cast<size_t>(hash)];
    SHUWEI_ASSERT(algorithm != nullptr);
    return algorithm;
}

std::string run_cipher(const EVP_CIPHER* cipher, CipherDirection direction, std::string_view key, std::string_view iv, std::string_view bytes) {
    SHUWEI_ASSERT(cipher != nullptr && key.size() == static_cast<size_t>(EVP_CIPHER_get_key_length(cipher)) &&
                  iv.size() == static_cast<size_t>(EVP_CIPHER_get_iv_length(cipher)));
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    std::string out(bytes.size() + EVP_MAX_BLOCK_LENGTH, '\0');
    int written = 0;
    int last = 0;
    bool done = context != nullptr &&
                EVP_CipherInit_ex2(context.get(), cipher, octets(key), octets(iv), direction == CipherDirection::encrypt ? 1 : 0, nullptr) == 1 &&
                EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1;
    if (done && !bytes.empty()) done = EVP_CipherUpdate(context.get(), octets(out), &written, octets(bytes), static_cast<int>(bytes.size())) == 1;
    if (done) done = EVP_CipherFinal_ex(context.get(), octets(out) + written, &last) == 1;
    SHUWEI_ASSERT(done && static_cast<size_t>(written + last) == bytes.size());
    out.resize(bytes.size());
    return out;
}

}  // namespace

size_t digest_size(DeviceHash algorithm) { return static_cast<size_t>(EVP_MD_get_size(algorithm_of(algorithm))); }

std::string digest(DeviceHash algorithm, std::string_view bytes) {
    std::string out(digest_size(algorithm), '\0');
    unsigned size = 0;
    const int done = EVP_Digest(bytes.data(), bytes.size(), octets(out), &size, algorithm_of(algorithm), nullptr);
    SHUWEI_ASSERT(done == 1 && size == out.size());
    return out;
}

std::string hmac(DeviceHash algorithm, std::string_view key, std::string_view bytes) {
    std::string out(digest_size(algorithm), '\0');
    unsigned size = 0;
    const char* key_bytes = key.data() != nullptr ? key.data() : "";  // null means "the key of the call before"
    const auto* done = HMAC(algorithm_of(algorithm), key_bytes, static_cast<int>(key.size()), octets(bytes), bytes.size(), octets(out), &size);
    SHUWEI_ASSERT(done != nullptr && size == out.size());
    return out;
}

std::string repeated_digest(DeviceHash algorithm, std::string_view text, size_t total) {
    SHUWEI_ASSERT(!text.empty());
    // In pieces that hold many repetitions: a passphrase is short.
    std::string piece;
    while (piece.size() < 4096) piece += text;
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    bool done = context != nullptr && EVP_DigestInit_ex2(context.get(), algorithm_of(algorithm), nullptr) == 1;
    for (size_t left = total; done && left > 0;) {
        const size_t now = std::min(left, piece.size());
        done = EVP_DigestUpdate(context.get(), piece.data(), now) == 1;
        left -= now;
    }
    std::string out(digest_size(algorithm), '\0');
    unsigned size = 0;
    done = done && EVP_DigestFinal_ex(context.get(), octets(out), &size) == 1;
    SHUWEI_ASSERT(done && size == out.size());
    return out;
}

std::string des_cbc(CipherDirection direction, std::string_view key, std::string_view iv, std::string_view bytes) {
    SHUWEI_ASSERT(key.size() == 8 && bytes.size() % 8 == 0);
    // Single DES is in OpenSSL's legacy module, which a machine may lack. Triple DES with thrice the same key is the same.
    std::string thrice;
    for (int i = 0; i < 3; ++i) thrice += key;
    return run_cipher(EVP_des_ede3_cbc(), direction, thrice, iv, bytes);
}

std::string aes_cfb(CipherDirection direction, std::string_view key, std::string_view iv, std::string_view bytes) {
    const EVP_CIPHER* cipher = key.size() == 16 ? EVP_aes_128_cfb128() : key.size() == 24 ? EVP_aes_192_cfb128() : EVP_aes_256_cfb128();
    return run_cipher(cipher, direction, key, iv, bytes);
}

}  // namespace shuwei::crypto
