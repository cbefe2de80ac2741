#include "shuwei/crypto/secret_box.hpp"

#include <openssl/evp.h>

#include <memory>

#include "shuwei/base/assert.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/crypto/digest.hpp"
#include "shuwei/crypto/key_file.hpp"

namespace shuwei::crypto {

using base::ErrorCode;
using base::Result;

namespace {

constexpr std::string_view kPrefix = "v1.";
constexpr size_t kNonceBytes = 16;
constexpr size_t kMacBytes = 32;
constexpr size_t kCipherKeyBytes = 16;

std::string bytes_of(const Digest& digest) { return {digest.begin(), digest.end()}; }

// CTR: the same both ways.
std::string sm4_ctr(std::string_view key, std::string_view nonce, std::string_view text) {
    const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    const auto bytes = [](std::string_view view) { return reinterpret_cast<const unsigned char*>(view.data()); };
    std::string out(text.size(), '\0');
    int size = 0;
    const int begun = EVP_EncryptInit_ex(context.get(), EVP_sm4_ctr(), nullptr, bytes(key), bytes(nonce));
    const int done = EVP_EncryptUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes(text),
                                       static_cast<int>(text.size()));
    SHUWEI_ASSERT(begun == 1 && done == 1 && static_cast<size_t>(size) == text.size());
    return out;
}

}  // namespace

SecretBox::SecretBox(std::string_view key, base::Random& random)
    : cipher_key_(bytes_of(hmac_sm3(key, "shuwei secret box: cipher")).substr(0, kCipherKeyBytes)),
      mac_key_(bytes_of(hmac_sm3(key, "shuwei secret box: mac"))),
      random_(&random) {}

Result<SecretBox> SecretBox::open(const std::filesystem::path& key_file, base::Random& random) {
    auto key = read_key_file(key_file);
    if (!key && key.error().code() == ErrorCode::not_found) {
        TRY(create_key_file(key_file, random));
        key = read_key_file(key_file);
    }
    if (!key) return base::fail(std::move(key).error());
    return SecretBox(*key, random);
}

std::string SecretBox::mac_of(std::string_view place, std::string_view nonce, std::string_view cipher) const {
    std::string text = std::to_string(place.size());
    text.append(":").append(place).append(nonce).append(cipher);
    return bytes_of(hmac_sm3(mac_key_, text));
}

std::string SecretBox::seal(std::string_view place, std::string_view secret) const {
    std::string sealed(kNonceBytes, '\0');
    random_->fill(sealed.data(), sealed.size());
    const std::string nonce = sealed;
    const std::string cipher = sm4_ctr(cipher_key_, nonce, secret);
    sealed += cipher;
    sealed += mac_of(place, nonce, cipher);
    return std::string(kPrefix) + base::base64_encode(sealed);
}

Result<std::string> SecretBox::open_sealed(std::string_view place, std::string_view sealed) const {
    const auto damaged = [&] {
        return base::fail(ErrorCode::data_corrupt, "the secret of " + std::string(place) + " does not open: changed, or sealed under another key");
    };
    if (!sealed.starts_with(kPrefix)) return damaged();
    const auto bytes = base::base64_decode(sealed.substr(kPrefix.size()));
    if (!bytes || bytes->size() < kNonceBytes + kMacBytes) return damaged();
    const std::string_view all = *bytes;
    const auto nonce = all.substr(0, kNonceBytes);
    const auto cipher = all.substr(kNonceBytes, all.size() - kNonceBytes - kMacBytes);
    if (!constant_time_equal(mac_of(place, nonce, cipher), all.substr(all.size() - kMacBytes))) return damaged();
    return sm4_ctr(cipher_key_, nonce, cipher);
}

}  // namespace shuwei::crypto
