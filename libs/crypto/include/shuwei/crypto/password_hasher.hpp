// Passwords at rest: argon2id in its PHC text form ("$argon2id$v=19$m=...,t=...,p=...$salt$hash"). Each computation
// takes `memory_kib` of memory, so at most `slots` run at once, further callers wait, and beyond `waiting` callers
// are refused: sign-ins cannot exhaust the machine. Thread-safe; a call blocks for the time of a computation.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "shuwei/base/random.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::crypto {

struct Argon2Parameters {
    uint32_t memory_kib = 65536;  // RFC 9106's second recommendation
    uint32_t passes = 3;
    uint32_t lanes = 1;
    int slots = 2;
    int waiting = 32;
};

class PasswordHasher {
public:
    PasswordHasher(Argon2Parameters parameters, base::Random& random) : parameters_(parameters), random_(random) {}
    PasswordHasher(const PasswordHasher&) = delete;
    PasswordHasher& operator=(const PasswordHasher&) = delete;

    // resource_exhausted when too many callers wait already.
    base::Result<std::string> hash(std::string_view password);

    // data_corrupt when `phc` is not an argon2id hash; its parameters are bounded, so a forged record costs little.
    base::Result<bool> verify(std::string_view phc, std::string_view password);

    // True when `phc` was made with weaker parameters than today's.
    bool needs_rehash(std::string_view phc) const;

private:
    class Slot;

    Argon2Parameters parameters_;
    base::Random& random_;
    std::mutex mutex_;
    std::condition_variable free_;
    int running_ = 0;
    int waiting_ = 0;
};

}  // namespace shuwei::crypto
