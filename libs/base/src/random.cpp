#include "shuwei/base/random.hpp"

#include <sys/random.h>

#include <vector>

#include "shuwei/base/assert.hpp"

namespace shuwei::base {

uint64_t Random::next_u64() {
    uint64_t value = 0;
    fill(&value, sizeof value);
    return value;
}

std::string Random::hex(size_t bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::vector<uint8_t> raw(bytes);
    fill(raw.data(), raw.size());
    std::string text;
    text.reserve(2 * bytes);
    for (const uint8_t byte : raw) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

std::string Random::password(size_t length) {
    static constexpr char kLetters[] = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    constexpr size_t kCount = sizeof kLetters - 1;
    std::string text;
    while (text.size() < length) {
        uint8_t byte = 0;
        fill(&byte, 1);
        if (byte < 256 / kCount * kCount) text += kLetters[byte % kCount];  // no bias towards the first letters
    }
    return text;
}

void SystemRandom::fill(void* bytes, size_t size) {
    auto* at = static_cast<uint8_t*>(bytes);
    while (size > 0) {
        const ssize_t got = getrandom(at, size, 0);
        SHUWEI_ASSERT(got > 0);
        at += got;
        size -= static_cast<size_t>(got);
    }
}

}  // namespace shuwei::base
