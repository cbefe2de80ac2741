// Random bytes from the kernel, behind an interface so that tests can fix them. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace shuwei::base {

class Random {
public:
    virtual ~Random() = default;
    virtual void fill(void* bytes, size_t size) = 0;

    uint64_t next_u64();
    // `bytes` random bytes as lower-case hexadecimal (2 x bytes characters); fit for secrets with SystemRandom.
    std::string hex(size_t bytes);
    // `length` characters that a person can read aloud and type (no 0/O, 1/l/I); about 5.8 bits each.
    std::string password(size_t length);
};

// getrandom(2): cryptographically strong.
class SystemRandom final : public Random {
public:
    void fill(void* bytes, size_t size) override;
};

}  // namespace shuwei::base
