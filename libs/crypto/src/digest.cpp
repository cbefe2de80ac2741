#include "shuwei/crypto/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "shuwei/base/assert.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::crypto {
namespace {

// Fetched once: a fetch by name at every call costs more than a short hash.
const EVP_MD* sm3_algorithm() {
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SM3", nullptr);
    SHUWEI_ASSERT(algorithm != nullptr);
    return algorithm;
}

const EVP_MD* sha256_algorithm() {
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    SHUWEI_ASSERT(algorithm != nullptr);
    return algorithm;
}

Digest digest(const EVP_MD* algorithm, std::string_view bytes) {
    Digest out;
    unsigned size = 0;
    const int done = EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, algorithm, nullptr);
    SHUWEI_ASSERT(done == 1 && size == out.size());
    return out;
}

}  // namespace

Digest sm3(std::string_view bytes) { return digest(sm3_algorithm(), bytes); }

Digest sha256(std::string_view bytes) { return digest(sha256_algorithm(), bytes); }

Digest hmac_sm3(std::string_view key, std::string_view bytes) {
    Digest out;
    unsigned size = 0;
    // A null key would mean "the key of the call before" to OpenSSL.
    const char* key_bytes = key.data() != nullptr ? key.data() : "";
    const auto* done = HMAC(sm3_algorithm(), key_bytes, static_cast<int>(key.size()),
                            reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), out.data(), &size);
    SHUWEI_ASSERT(done != nullptr && size == out.size());
    return out;
}

struct Sm3::Context {
    Context() : context(EVP_MD_CTX_new()) {
        SHUWEI_ASSERT(context != nullptr);
        begin();
    }
    ~Context() { EVP_MD_CTX_free(context); }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    void begin() {
        const int done = EVP_DigestInit_ex2(context, sm3_algorithm(), nullptr);
        SHUWEI_ASSERT(done == 1);
    }

    EVP_MD_CTX* context;
};

Sm3::Sm3() : context_(std::make_unique<Context>()) {}
Sm3::~Sm3() = default;
Sm3::Sm3(Sm3&&) noexcept = default;
Sm3& Sm3::operator=(Sm3&&) noexcept = default;

void Sm3::update(std::string_view bytes) {
    const int done = EVP_DigestUpdate(context_->context, bytes.data(), bytes.size());
    SHUWEI_ASSERT(done == 1);
}

Digest Sm3::finish() {
    Digest out;
    unsigned size = 0;
    const int done = EVP_DigestFinal_ex(context_->context, out.data(), &size);
    SHUWEI_ASSERT(done == 1 && size == out.size());
    context_->begin();
    return out;
}

std::string to_hex(const Digest& digest) {
    return base::hex_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

bool constant_time_equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace shuwei::crypto
