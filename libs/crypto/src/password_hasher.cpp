#include "shuwei/crypto/password_hasher.hpp"

#include <argon2.h>
#include <fmt/format.h>

#include <array>
#include <optional>

#include "shuwei/base/text.hpp"

namespace shuwei::crypto {

using base::ErrorCode;
using base::Result;

namespace {

constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;
// Bounds of what verify() computes, whatever a record says.
constexpr uint64_t kMaxMemoryKib = 1U << 20;
constexpr uint64_t kMaxPasses = 16;
constexpr uint64_t kMaxLanes = 8;

struct Cost {
    uint64_t memory_kib;
    uint64_t passes;
    uint64_t lanes;
};

// The cost of "$argon2id$v=19$m=65536,t=3,p=1$..."; nothing when it is not of that form.
std::optional<Cost> cost_of(std::string_view phc) {
    constexpr std::string_view kHead = "$argon2id$v=19$";
    if (!phc.starts_with(kHead)) return std::nullopt;
    phc.remove_prefix(kHead.size());
    phc = phc.substr(0, phc.find('$'));
    const auto number_after = [&phc](std::string_view name) -> std::optional<uint64_t> {
        if (!phc.starts_with(name)) return std::nullopt;
        phc.remove_prefix(name.size());
        const auto digits = phc.substr(0, phc.find(','));
        phc.remove_prefix(std::min(phc.size(), digits.size() + 1));
        return base::parse_uint(digits);
    };
    const auto memory = number_after("m=");
    const auto passes = number_after("t=");
    const auto lanes = number_after("p=");
    if (!memory || !passes || !lanes || !phc.empty()) return std::nullopt;
    return Cost{*memory, *passes, *lanes};
}

}  // namespace

// Holds one of the slots; waits for it.
class PasswordHasher::Slot {
public:
    static Result<std::unique_ptr<Slot>> take(PasswordHasher& hasher) {
        std::unique_lock lock(hasher.mutex_);
        if (hasher.running_ >= hasher.parameters_.slots) {
            if (hasher.waiting_ >= hasher.parameters_.waiting)
                return base::fail(ErrorCode::resource_exhausted, "too many sign-ins at once; try again shortly");
            ++hasher.waiting_;
            hasher.free_.wait(lock, [&] { return hasher.running_ < hasher.parameters_.slots; });
            --hasher.waiting_;
        }
        ++hasher.running_;
        return std::unique_ptr<Slot>(new Slot(hasher));
    }
    ~Slot() {
        const std::scoped_lock lock(hasher_.mutex_);
        --hasher_.running_;
        hasher_.free_.notify_one();
    }

private:
    explicit Slot(PasswordHasher& hasher) : hasher_(hasher) {}
    PasswordHasher& hasher_;
};

Result<std::string> PasswordHasher::hash(std::string_view password) {
    TRY_ASSIGN(const auto slot, Slot::take(*this));
    std::array<char, kSaltBytes> salt{};
    random_.fill(salt.data(), salt.size());
    std::string phc(argon2_encodedlen(parameters_.passes, parameters_.memory_kib, parameters_.lanes, kSaltBytes,
                                      kHashBytes, Argon2_id),
                    '\0');
    const int code = argon2id_hash_encoded(parameters_.passes, parameters_.memory_kib, parameters_.lanes,
                                           password.data(), password.size(), salt.data(), salt.size(), kHashBytes,
                                           phc.data(), phc.size());
    if (code != ARGON2_OK)
        return base::fail(code == ARGON2_MEMORY_ALLOCATION_ERROR ? ErrorCode::resource_exhausted : ErrorCode::internal,
                          fmt::format("argon2id: {}", argon2_error_message(code)));
    phc.resize(phc.find('\0'));
    return phc;
}

Result<bool> PasswordHasher::verify(std::string_view phc, std::string_view password) {
    const auto cost = cost_of(phc);
    if (!cost || cost->memory_kib > kMaxMemoryKib || cost->passes > kMaxPasses || cost->lanes > kMaxLanes)
        return base::fail(ErrorCode::data_corrupt, "the stored password is not an argon2id hash of reasonable cost");
    TRY_ASSIGN(const auto slot, Slot::take(*this));
    const int code = argon2id_verify(std::string(phc).c_str(), password.data(), password.size());
    if (code == ARGON2_OK) return true;
    if (code == ARGON2_VERIFY_MISMATCH) return false;
    return base::fail(code == ARGON2_MEMORY_ALLOCATION_ERROR ? ErrorCode::resource_exhausted : ErrorCode::data_corrupt,
                      fmt::format("argon2id: {}", argon2_error_message(code)));
}

bool PasswordHasher::needs_rehash(std::string_view phc) const {
    const auto cost = cost_of(phc);
    return !cost || cost->memory_kib < parameters_.memory_kib || cost->passes < parameters_.passes ||
           cost->lanes < parameters_.lanes;
}

}  // namespace shuwei::crypto
