#include "shuwei/sigma/pattern.hpp"

#include <cstring>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace shuwei::sigma {
namespace {

using Kind = PatternPart::Kind;

// Bytes of the character that begins at `at`; 1 where the bytes are not UTF-8.
size_t character_size(std::string_view text, size_t at) {
    const auto first = static_cast<uint8_t>(text[at]);
    const size_t size = first < 0xC2 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 1;
    if (at + size > text.size()) return 1;
    for (size_t i = 1; i < size; ++i) {
        if ((static_cast<uint8_t>(text[at + i]) & 0xC0) != 0x80) return 1;
    }
    return size;
}

// Bytes of a dash at `at`, 0 when there is none.
size_t dash_size(std::string_view text, size_t at) {
    if (text[at] == '-' || text[at] == '/') return 1;
    if (text.size() - at < 3 || text[at] != '\xE2' || text[at + 1] != '\x80') return 0;
    const char third = text[at + 2];
    return third == '\x93' || third == '\x94' || third == '\x95' ? 3 : 0;
}

uint16_t fold_two(uint16_t code) {
    if (code >= 0xC0 && code <= 0xDE) return code == 0xD7 ? code : static_cast<uint16_t>(code + 32);
    if (code >= 0x100 && code <= 0x17F) {
        if (code == 0x130 || code == 0x131 || code == 0x149 || code == 0x138 || code == 0x17F) return code;
        if (code == 0x178) return 0xFF;
        const bool even_is_upper = code < 0x139 || (code > 0x148 && code < 0x179);
        return (code % 2 == 0) == even_is_upper ? static_cast<uint16_t>(code + 1) : code;
    }
    if (code >= 0x391 && code <= 0x3A9 && code != 0x3A2) return static_cast<uint16_t>(code + 32);
    if (code >= 0x410 && code <= 0x42F) return static_cast<uint16_t>(code + 32);
    if (code >= 0x400 && code <= 0x40F) return static_cast<uint16_t>(code + 80);
    if (code >= 0x531 && code <= 0x556) return static_cast<uint16_t>(code + 48);
    return code;
}

constexpr uint64_t kHighBits = 0x8080808080808080ULL;

// Eight letters at once; bytes beyond ASCII stay.
uint64_t fold_word(uint64_t word) {
    const uint64_t low = word & ~kHighBits;
    const uint64_t above_a = low + 0x3F3F3F3F3F3F3F3FULL;  // high bit set where byte >= 'A'
    const uint64_t above_z = low + 0x2525252525252525ULL;  // high bit set where byte > 'Z'
    return word | (above_a & ~above_z & ~word & kHighBits) >> 2;
}

uint64_t fold_eight(const char* text, char* out) {
    uint64_t word;
    std::memcpy(&word, text, 8);
    const uint64_t folded = fold_word(word);
    std::memcpy(out, &folded, 8);
    return word;
}

// The plain folding of `size` bytes; returns whether a byte beyond ASCII was seen. The last bytes are done together
// with some before them, so `text` may be `out` only because folding twice changes nothing.
bool fold_ascii(const char* text, size_t size, char* out) {
    uint64_t seen = 0;
    size_t at = 0;
#if defined(__AVX2__)
    if (size >= 32) {
        const __m256i before_a = _mm256_set1_epi8('A' - 1);
        const __m256i after_z = _mm256_set1_epi8('Z' + 1);
        const __m256i bit = _mm256_set1_epi8(0x20);
        __m256i all = _mm256_setzero_si256();
        const auto fold = [&](size_t from) {
            const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text + from));
            all = _mm256_or_si256(all, bytes);
            const __m256i upper = _mm256_and_si256(_mm256_cmpgt_epi8(bytes, before_a), _mm256_cmpgt_epi8(after_z, bytes));
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + from), _mm256_or_si256(bytes, _mm256_and_si256(upper, bit)));
        };
        for (; at + 32 <= size; at += 32) fold(at);
        if (at < size) fold(size - 32);
        return _mm256_movemask_epi8(all) != 0;
    }
#endif
    for (; at + 8 <= size; at += 8) seen |= fold_eight(text + at, out + at);
    if (size >= 8) {
        if (at < size) seen |= fold_eight(text + size - 8, out + size - 8);
        return (seen & kHighBits) != 0;
    }
    if (size >= 4) {
        uint32_t first;
        uint32_t last;
        std::memcpy(&first, text, 4);
        std::memcpy(&last, text + size - 4, 4);
        const uint64_t word = uint64_t{last} << 32 | first;
        const uint64_t folded = fold_word(word);
        first = static_cast<uint32_t>(folded);
        last = static_cast<uint32_t>(folded >> 32);
        std::memcpy(out, &first, 4);
        std::memcpy(out + size - 4, &last, 4);
        return (word & kHighBits) != 0;
    }
    for (; at < size; ++at) {
        const char c = text[at];
        seen |= static_cast<uint8_t>(c);
        out[at] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    return (seen & 0x80) != 0;
}

}  // namespace

void fold_case(std::string_view text, char* out) {
    if (!fold_ascii(text.data(), text.size(), out)) return;
    const size_t size = text.size();
    for (size_t at = 0; at + 1 < size; ++at) {  // in `out`: the bytes beyond ASCII are still as they were
        const auto first = static_cast<uint8_t>(out[at]);
        if (first < 0xC3) continue;
        const auto second = static_cast<uint8_t>(out[at + 1]);
        if ((second & 0xC0) != 0x80) continue;
        if (first <= 0xD5) {
            const auto code = static_cast<uint16_t>((first & 0x1F) << 6 | (second & 0x3F));
            const uint16_t lower = fold_two(code);
            if (lower != code && lower >= 0x80 && lower < 0x800) {
                out[at] = static_cast<char>(0xC0 | lower >> 6);
                out[at + 1] = static_cast<char>(0x80 | (lower & 0x3F));
            }
            ++at;
        } else if (first == 0xEF && second == 0xBC && at + 2 < size) {  // full-width A-Z: U+FF21..U+FF3A
            const auto third = static_cast<uint8_t>(out[at + 2]);
            if (third >= 0xA1 && third <= 0xBA) {
                const auto code = static_cast<uint16_t>(0xFF00 + (third & 0x3F) + 32);
                out[at + 1] = static_cast<char>(0x80 | ((code >> 6) & 0x3F));
                out[at + 2] = static_cast<char>(0x80 | (code & 0x3F));
            }
            at += 2;
        }
    }
}

std::string fold_case(std::string_view text) {
    std::string folded(text.size(), '\0');
    fold_case(text, folded.data());
    return folded;
}

void Pattern::append_literal(std::string_view text) {
    if (text.empty()) return;
    if (parts.empty() || parts.back().kind != Kind::literal) parts.push_back({Kind::literal, {}});
    parts.back().text.append(text);
}

void Pattern::append(Kind kind) {
    if (kind == Kind::any && !parts.empty() && parts.back().kind == Kind::any) return;
    parts.push_back({kind, {}});
}

void Pattern::prepend_any() {
    if (parts.empty() || parts.front().kind != Kind::any) parts.insert(parts.begin(), PatternPart{Kind::any, {}});
}

Pattern Pattern::literal(std::string_view text) {
    Pattern pattern;
    pattern.append_literal(text);
    return pattern;
}

Pattern Pattern::parse(std::string_view text) {
    Pattern pattern;
    for (size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '\\' && at + 1 < text.size() && (text[at + 1] == '\\' || text[at + 1] == '*' || text[at + 1] == '?')) {
            pattern.append_literal(text.substr(++at, 1));
        } else if (c == '*') {
            pattern.append(Kind::any);
        } else if (c == '?') {
            pattern.append(Kind::one);
        } else {
            pattern.append_literal(text.substr(at, 1));
        }
    }
    return pattern;
}

bool Pattern::is_plain() const { return parts.empty() || (parts.size() == 1 && parts[0].kind == Kind::literal); }

std::string Pattern::plain_text() const { return parts.empty() ? std::string() : parts[0].text; }

std::string Pattern::to_text() const {
    std::string text;
    for (size_t i = 0; i < parts.size(); ++i) {
        switch (parts[i].kind) {
            case Kind::any: text += '*'; break;
            case Kind::one: text += '?'; break;
            case Kind::dash: text += '-'; break;
            case Kind::literal: {
                const std::string& literal = parts[i].text;
                for (size_t at = 0; at < literal.size(); ++at) {
                    const char c = literal[at];
                    const bool last = at + 1 == literal.size();
                    const char next = last ? '\0' : literal[at + 1];
                    const bool before_wildcard =
                        last && i + 1 < parts.size() && (parts[i + 1].kind == Kind::any || parts[i + 1].kind == Kind::one);
                    if (c == '*' || c == '?') text += '\\';
                    if (c == '\\' && (next == '\\' || next == '*' || next == '?' || before_wildcard)) text += '\\';
                    text += c;
                }
                break;
            }
        }
    }
    return text;
}

// Greedy with one point to go back to (the latest *): at most text x parts steps.
bool Pattern::matches(std::string_view text) const {
    size_t part = 0;
    size_t at = 0;
    size_t retry_part = SIZE_MAX;
    size_t retry_at = 0;
    while (true) {
        bool fits = false;
        if (part == parts.size()) {
            if (at == text.size()) return true;
        } else {
            const PatternPart& next = parts[part];
            switch (next.kind) {
                case Kind::any:
                    if (part + 1 == parts.size()) return true;
                    retry_part = ++part;
                    retry_at = at;
                    continue;
                case Kind::literal:
                    if (part > 0 && retry_part == part) {  // right behind a *: jump to the next occurrence
                        const bool to_the_end = part + 1 == parts.size();
                        if (to_the_end) {
                            return text.size() - at >= next.text.size() && text.ends_with(next.text);
                        }
                        const size_t found = text.find(next.text, at);
                        if (found == std::string_view::npos) return false;
                        at = found;
                        retry_at = found;
                        fits = true;
                    } else {
                        fits = text.substr(at).starts_with(next.text);
                    }
                    if (fits) at += next.text.size();
                    break;
                case Kind::one:
                    fits = at < text.size();
                    if (fits) at += character_size(text, at);
                    break;
                case Kind::dash: {
                    const size_t size = at < text.size() ? dash_size(text, at) : 0;
                    fits = size > 0;
                    at += size;
                    break;
                }
            }
            if (fits) {
                ++part;
                continue;
            }
        }
        if (retry_part == SIZE_MAX || retry_at >= text.size()) return false;
        retry_at += character_size(text, retry_at);
        at = retry_at;
        part = retry_part;
    }
}

Pattern Pattern::folded() const {
    Pattern folded = *this;
    for (PatternPart& part : folded.parts) part.text = fold_case(part.text);
    return folded;
}

}  // namespace shuwei::sigma
