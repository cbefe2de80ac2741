#include "shuwei/base/text.hpp"

#include <cstring>
#include <array>
#include <charconv>

namespace shuwei::base {

std::string to_ascii_lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) c = ascii_lower(c);
    return lower;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i) {
        if (ascii_lower(a[i]) != ascii_lower(b[i])) return false;
    }
    return true;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view kSpaces = " \t\r\n";
    const size_t first = text.find_first_not_of(kSpaces);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

template <typename Integer>
static std::optional<Integer> parse_whole(std::string_view text) {
    Integer value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<int64_t> parse_int(std::string_view text) { return parse_whole<int64_t>(text); }
std::optional<uint64_t> parse_uint(std::string_view text) { return parse_whole<uint64_t>(text); }

// Length of the valid sequence at `at` (1-4), or 0 when the byte there starts none.
static size_t utf8_sequence(std::string_view text, size_t at) {
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
    const uint8_t first = byte(at);
    if (first < 0x80) return 1;
    const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return 0;
    for (size_t i = 1; i < length; ++i) {
        if ((byte(at + i) & 0xC0) != 0x80) return 0;
    }
    const uint8_t second = byte(at + 1);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) || (first == 0xF0 && second < 0x90) ||
        (first == 0xF4 && second > 0x8F)) {
        return 0;
    }
    return length;
}

void append_utf8(std::string& out, uint32_t code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
        return;
    }
    if (code < 0x800) {
        out += static_cast<char>(0xC0 | code >> 6);
    } else {
        if (code < 0x10000) {
            out += static_cast<char>(0xE0 | code >> 12);
        } else {
            out += static_cast<char>(0xF0 | code >> 18);
            out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
        }
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    }
    out += static_cast<char>(0x80 | (code & 0x3F));
}

namespace {

constexpr uint64_t kEach = 0x0101010101010101;  // a byte in all eight places
constexpr uint64_t kHigh = 0x80 * kEach;

uint64_t eight_bytes(std::string_view text, size_t at) {
    uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    return word;
}

// Not zero where one of the eight bytes is `byte`.
constexpr uint64_t holds(uint64_t word, uint64_t byte) {
    word ^= byte * kEach;
    return (word - kEach) & ~word & kHigh;
}

// The first place at or behind `at` that may hold something else than plain characters of a JSON string.
size_t skip_plain(std::string_view text, size_t at) {
    while (at + 8 <= text.size()) {
        const uint64_t word = eight_bytes(text, at);
        const uint64_t control = (word - 0x20 * kEach) & ~word & kHigh;
        if (((word & kHigh) | control | holds(word, '"') | holds(word, '\\')) != 0) break;
        at += 8;
    }
    return at;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
    for (size_t at = 0; at < text.size();) {
        if (at + 8 <= text.size() && (eight_bytes(text, at) & kHigh) == 0) {
            at += 8;
            continue;
        }
        const size_t length = utf8_sequence(text, at);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

std::string replace_invalid_utf8(std::string_view text) {
    std::string valid;
    valid.reserve(text.size());
    for (size_t at = 0; at < text.size();) {
        const size_t length = utf8_sequence(text, at);
        if (length == 0) {
            valid += "\xEF\xBF\xBD";
            ++at;
        } else {
            valid.append(text.substr(at, length));
            at += length;
        }
    }
    return valid;
}

void append_json_string(std::string& out, std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    out += '"';
    size_t plain = 0;  // start of the run not yet copied
    size_t at = 0;
    const auto copy_run = [&] { out.append(text.data() + plain, at - plain); };
    while ((at = skip_plain(text, at)) < text.size()) {
        auto c = static_cast<uint8_t>(text[at]);
        while (c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && ++at < text.size()) c = static_cast<uint8_t>(text[at]);
        if (at == text.size()) break;
        const size_t length = utf8_sequence(text, at);
        if (length > 1) {
            at += length;
            continue;
        }
        copy_run();
        if (length == 0) {
            out += "\xEF\xBF\xBD";
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\r') {
            out += "\\r";
        } else if (c == '\t') {
            out += "\\t";
        } else {
            out += "\\u00";
            out += kHex[c >> 4];
            out += kHex[c & 15];
        }
        plain = ++at;
    }
    copy_run();
    out += '"';
}

static constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64_encode(std::string_view bytes) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (size_t at = 0; at < bytes.size(); at += 3) {
        const size_t left = bytes.size() - at;
        uint32_t group = static_cast<uint32_t>(static_cast<uint8_t>(bytes[at])) << 16;
        if (left > 1) group |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[at + 1])) << 8;
        if (left > 2) group |= static_cast<uint8_t>(bytes[at + 2]);
        text += kBase64[group >> 18];
        text += kBase64[(group >> 12) & 63];
        text += left > 1 ? kBase64[(group >> 6) & 63] : '=';
        text += left > 2 ? kBase64[group & 63] : '=';
    }
    return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
    static constexpr auto kValues = [] {
        std::array<int8_t, 256> values{};
        for (auto& value : values) value = -1;
        for (int i = 0; i < 64; ++i) values[static_cast<uint8_t>(kBase64[i])] = static_cast<int8_t>(i);
        return values;
    }();
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const int8_t value = kValues[static_cast<uint8_t>(c)];
        if (value < 0) return std::nullopt;
        bits = (bits << 6) | static_cast<uint32_t>(value);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes += static_cast<char>((bits >> count) & 0xFF);
        }
    }
    return bytes;
}

std::string hex_encode(std::string_view bytes) {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const char byte : bytes) {
        text += kHex[static_cast<uint8_t>(byte) >> 4];
        text += kHex[static_cast<uint8_t>(byte) & 15];
    }
    return text;
}

}  // namespace shuwei::base
