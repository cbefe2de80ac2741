#include "pattern_variants.hpp"

namespace shuwei::sigma {

namespace {

constexpr size_t kMaxSpelledDashes = 3;  // five spellings each

bool is_word_character(std::string_view text, size_t at) {
    const auto c = static_cast<uint8_t>(text[at]);
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c >= 0x80;
}

}  // namespace

Pattern with_dashes(const Pattern& pattern) {
    Pattern result;
    for (size_t i = 0; i < pattern.parts.size(); ++i) {
        const PatternPart& part = pattern.parts[i];
        if (part.kind != PatternPart::Kind::literal) {
            result.append(part.kind);
            continue;
        }
        const std::string& text = part.text;
        for (size_t at = 0; at < text.size(); ++at) {
            const bool dash = (text[at] == '-' || text[at] == '/') && (at == 0 || !is_word_character(text, at - 1)) &&
                              at + 1 < text.size() && is_word_character(text, at + 1);
            if (dash) {
                result.append(PatternPart::Kind::dash);
            } else {
                result.append_literal(std::string_view(text).substr(at, 1));
            }
        }
    }
    return result;
}

std::vector<Pattern> spell_dashes(const Pattern& pattern) {
    std::vector<Pattern> spelled(1);
    size_t dashes = 0;
    for (const PatternPart& part : pattern.parts) {
        if (part.kind != PatternPart::Kind::dash) {
            for (Pattern& one : spelled) {
                if (part.kind == PatternPart::Kind::literal) {
                    one.append_literal(part.text);
                } else {
                    one.append(part.kind);
                }
            }
            continue;
        }
        if (++dashes > kMaxSpelledDashes) {
            for (Pattern& one : spelled) one.append_literal("-");
            continue;
        }
        std::vector<Pattern> next;
        for (const std::string_view dash : {"-", "/", "\u2013", "\u2014", "\u2015"}) {
            for (Pattern one : spelled) {
                one.append_literal(dash);
                next.push_back(std::move(one));
            }
        }
        spelled = std::move(next);
    }
    return spelled;
}

std::string to_utf16(std::string_view text, ByteOrder order) {
    std::string out;
    const auto unit = [&](uint32_t value) {
        const char low = static_cast<char>(value & 0xFF);
        const char high = static_cast<char>(value >> 8 & 0xFF);
        out += order == ByteOrder::little ? low : high;
        out += order == ByteOrder::little ? high : low;
    };
    for (size_t at = 0; at < text.size();) {
        const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(text[i])); };
        const uint32_t first = byte(at);
        const size_t size = first < 0xC2 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 1;
        if (size == 1 || at + size > text.size()) {
            unit(first);
            ++at;
            continue;
        }
        uint32_t code = first & (0xFFU >> (size + 1));
        for (size_t i = 1; i < size; ++i) code = code << 6 | (byte(at + i) & 0x3F);
        at += size;
        if (code >= 0x10000) {
            code -= 0x10000;
            unit(0xD800 + (code >> 10));
            unit(0xDC00 + (code & 0x3FF));
        } else {
            unit(code);
        }
    }
    return out;
}

}  // namespace shuwei::sigma
