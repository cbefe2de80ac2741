// A fast 128-bit hash of content, for cache keys and change detection; not against an adversary. A value.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace shuwei::sigma {

struct ContentHash {
    uint64_t high = 0;
    uint64_t low = 0;
    bool operator==(const ContentHash&) const = default;
    std::string to_hex() const;
};

struct ContentHashHasher {
    size_t operator()(const ContentHash& hash) const { return hash.low; }
};

// Hash of the concatenation of length-prefixed pieces.
class ContentHasher {
public:
    ContentHasher& add(std::string_view piece);
    ContentHasher& add(uint64_t number) {
        mix(number);
        return *this;
    }
    ContentHash finish() const;

private:
    void mix(uint64_t word) {
        a_ = (a_ ^ word) * 0x9FB21C651E98DF25ULL;
        a_ ^= a_ >> 32;
        b_ = (b_ + word) * 0xD6E8FEB86659FD93ULL;
        b_ = (b_ << 29 | b_ >> 35) ^ a_;
    }
    uint64_t a_ = 0x243F6A8885A308D3ULL;
    uint64_t b_ = 0x13198A2E03707344ULL;
};

ContentHash content_hash(std::string_view text);

// 64 bits of short text, for hash tables.
inline uint64_t hash_text(const char* data, size_t size) {
    uint64_t hash = 0x9E3779B97F4A7C15ULL ^ size;
    const auto mix = [&hash](uint64_t word) {
        hash = (hash ^ word) * 0x9FB21C651E98DF25ULL;
        hash ^= hash >> 32;
    };
    while (size >= 8) {
        uint64_t word;
        std::memcpy(&word, data, 8);
        mix(word);
        data += 8;
        size -= 8;
    }
    if (size > 0) {
        uint64_t word = 0;
        std::memcpy(&word, data, size);
        mix(word);
    }
    return hash;
}
inline uint64_t hash_text(std::string_view text) { return hash_text(text.data(), text.size()); }

}  // namespace shuwei::sigma
