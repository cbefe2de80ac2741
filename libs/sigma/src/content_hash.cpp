#include "content_hash.hpp"

#include <cstdio>

namespace shuwei::sigma {

ContentHasher& ContentHasher::add(std::string_view piece) {
    mix(piece.size());
    const char* data = piece.data();
    size_t left = piece.size();
    for (; left >= 8; data += 8, left -= 8) {
        uint64_t word;
        std::memcpy(&word, data, 8);
        mix(word);
    }
    uint64_t word = 0;
    std::memcpy(&word, data, left);
    mix(word);
    return *this;
}

ContentHash ContentHasher::finish() const {
    ContentHasher last = *this;
    last.mix(0xA5A5A5A5A5A5A5A5ULL);
    last.mix(a_ ^ b_);
    return {last.a_, last.b_};
}

ContentHash content_hash(std::string_view text) { return ContentHasher().add(text).finish(); }

std::string ContentHash::to_hex() const {
    char text[33];
    std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(high),
                  static_cast<unsigned long long>(low));
    return text;
}

}  // namespace shuwei::sigma
