#include "trap_value.hpp"

#include <fmt/format.h>
#include <iconv.h>

#include <algorithm>
#include <optional>

#include "shuwei/base/text.hpp"

namespace shuwei::collect {

namespace {

constexpr size_t kMaxValue = 16 * 1024;
constexpr std::string_view kDateAndTime = "2d-1d-1d,1d:1d:1d.1d,1a1d:1d";

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto octet = static_cast<uint8_t>(c);
        return (octet < 0x20 && c != '\t' && c != '\n' && c != '\r') || octet == 0x7F;
    });
}

std::optional<std::string> from_gb18030(std::string_view octets) {
    const iconv_t converter = iconv_open("UTF-8", "GB18030");
    if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
    std::string out(octets.size() * 2 + 16, '\0');
    char* from = const_cast<char*>(octets.data());
    size_t from_left = octets.size();
    char* to = out.data();
    size_t to_left = out.size();
    const bool whole = iconv(converter, &from, &from_left, &to, &to_left) != static_cast<size_t>(-1);
    iconv_close(converter);
    if (!whole) return std::nullopt;
    out.resize(out.size() - to_left);
    return out;
}

// Octets that happen to be valid GB18030 need not be text: what becomes of text are common ideographs and their signs.
bool is_chinese_text(std::string_view text) {
    for (size_t i = 0; i < text.size();) {
        const auto octet = static_cast<uint8_t>(text[i]);
        if (octet < 0x80) {
            ++i;
            continue;
        }
        if ((octet & 0xF0) != 0xE0 || i + 2 >= text.size()) return false;
        const uint32_t code = (octet & 0x0Fu) << 12 | (static_cast<uint8_t>(text[i + 1]) & 0x3Fu) << 6 | (static_cast<uint8_t>(text[i + 2]) & 0x3Fu);
        const bool usual = (code >= 0x4E00 && code <= 0x9FA5) || (code >= 0x3000 && code <= 0x303F) || (code >= 0xFF00 && code <= 0xFFEF) ||
                           (code >= 0x2010 && code <= 0x2030);
        if (!usual) return false;
        i += 3;
    }
    return true;
}

std::string octets_text(std::string_view octets) {
    std::string_view text = octets;
    while (!text.empty() && text.back() == '\0') text.remove_suffix(1);  // agents send the end of their strings
    if (!has_control_characters(text)) {
        if (base::is_valid_utf8(text)) return std::string(text);
        if (auto converted = from_gb18030(text); converted && is_chinese_text(*converted)) return *converted;
    }
    return "0x" + base::hex_encode(octets);
}

// 8 or 11 octets (RFC 2579), as RFC 3339 has it.
std::string date_and_time(std::string_view octets) {
    if (octets.size() != 8 && octets.size() != 11) return {};
    const auto octet = [&](size_t at) { return static_cast<uint8_t>(octets[at]); };
    if (octet(2) < 1 || octet(2) > 12 || octet(3) < 1 || octet(3) > 31 || octet(4) > 23 || octet(5) > 59 || octet(6) > 60 || octet(7) > 9) return {};
    std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{}", octet(0) << 8 | octet(1), octet(2), octet(3), octet(4), octet(5), octet(6), octet(7));
    if (octets.size() == 11) {
        if ((octets[8] != '+' && octets[8] != '-') || octet(9) > 14 || octet(10) > 59) return {};
        text += fmt::format("{}{:02}:{:02}", octets[8], octet(9), octet(10));
    }
    return text;
}

std::string bits_text(const MibObject& object, std::string_view octets) {
    std::string text;
    for (size_t bit = 0; bit < octets.size() * 8 && text.size() < kMaxValue; ++bit) {
        if ((static_cast<uint8_t>(octets[bit / 8]) >> (7 - bit % 8) & 1) == 0) continue;
        const auto name = object.values.find(static_cast<int64_t>(bit));
        if (!text.empty()) text += ' ';
        text += name != object.values.end() ? fmt::format("{}({})", name->second, bit) : std::to_string(bit);
    }
    return text;
}

std::string integer_text(int64_t value, const MibObject* object) {
    if (object != nullptr) {
        if (const auto name = object->values.find(value); name != object->values.end()) return fmt::format("{}({})", name->second, value);
        if (std::string text = hinted_integer(object->hint, value); !text.empty()) return text;
    }
    return std::to_string(value);
}

std::string full_text(const Variable& variable, const MibObject* object, const MibNames& names) {
    const std::string_view content = variable.content;
    const std::string hexadecimal = "0x" + base::hex_encode(content.substr(0, kMaxValue));
    switch (variable.type) {
        case kBerInteger: {
            const auto value = ber_integer(content);
            return value ? integer_text(*value, object) : hexadecimal;
        }
        case kBerCounter32:
        case kBerGauge32:
        case kBerTimeTicks:
        case kBerUnsigned32:
        case kBerCounter64: {
            const auto value = ber_unsigned(content);
            if (!value) return hexadecimal;
            const bool plain = variable.type == kBerCounter64 || *value > static_cast<uint64_t>(INT64_MAX);
            return plain ? std::to_string(*value) : integer_text(static_cast<int64_t>(*value), object);
        }
        case kBerOid: {
            const auto oid = ber_oid(content);
            return oid ? names.name_of(*oid) : hexadecimal;
        }
        case kBerIpAddress:
            if (content.size() != 4) return hexadecimal;
            return fmt::format("{}.{}.{}.{}", static_cast<uint8_t>(content[0]), static_cast<uint8_t>(content[1]), static_cast<uint8_t>(content[2]),
                               static_cast<uint8_t>(content[3]));
        case kBerOctets:
            if (object != nullptr && object->bits) return bits_text(*object, content);
            if (object != nullptr && !object->hint.empty() && !content.empty()) {
                if (std::string text = hinted_octets(object->hint, content); !text.empty()) return text;
            }
            return octets_text(content.substr(0, kMaxValue));
        case kBerNull: return {};
        default: return hexadecimal;
    }
}

}  // namespace

std::string_view variable_type(uint8_t tag) {
    switch (tag) {
        case kBerInteger: return "integer";
        case kBerOctets: return "octets";
        case kBerNull: return "null";
        case kBerOid: return "oid";
        case kBerIpAddress: return "ip";
        case kBerCounter32: return "counter32";
        case kBerGauge32: return "gauge32";
        case kBerTimeTicks: return "timeticks";
        case kBerOpaque: return "opaque";
        case kBerCounter64: return "counter64";
        case kBerUnsigned32: return "unsigned32";
        default: return "other";
    }
}

std::string value_text(const Variable& variable, const MibObject* object, const MibNames& names) {
    std::string text = full_text(variable, object, names);
    if (text.size() > kMaxValue) {
        size_t end = kMaxValue;
        while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
        text.resize(end);
    }
    return text;
}

std::string hinted_octets(std::string_view hint, std::string_view octets) {
    if (hint == kDateAndTime) return date_and_time(octets);
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    std::string out;
    std::string_view spec = hint;
    size_t at = 0;
    // Each turn takes octets or a part of the hint away; the last part is used over and over.
    std::string_view last = spec;
    while (at < octets.size() && out.size() < kMaxValue) {
        if (spec.empty()) spec = last;
        last = spec;
        const size_t before = at;
        size_t repeat = 1;
        const bool starred = spec.starts_with('*');
        if (starred) {
            spec.remove_prefix(1);
            repeat = static_cast<uint8_t>(octets[at++]);
        }
        size_t length = 0;
        size_t digits = 0;
        while (digits < spec.size() && is_digit(spec[digits]) && digits < 5) length = length * 10 + static_cast<size_t>(spec[digits++] - '0');
        spec.remove_prefix(digits);
        if (digits == 0 || spec.empty()) return {};
        const char format = spec.front();
        spec.remove_prefix(1);
        char separator = 0;
        char terminator = 0;
        if (!spec.empty() && !is_digit(spec.front()) && spec.front() != '*') {
            separator = spec.front();
            spec.remove_prefix(1);
            if (starred && !spec.empty() && !is_digit(spec.front()) && spec.front() != '*') {
                terminator = spec.front();
                spec.remove_prefix(1);
            }
        }
        for (; repeat > 0 && at < octets.size(); --repeat) {
            const std::string_view part = octets.substr(at, length);
            at += part.size();
            if (format == 'a' || format == 't') {
                // What claims to be text and is none is shown as octets are.
                std::string text = octets_text(part);
                if (text.starts_with("0x") && !part.starts_with("0x")) return {};
                out += text;
            } else if (format == 'x') {
                out += base::hex_encode(part);
            } else if (format == 'd' || format == 'o') {
                if (part.size() > 8) return {};
                uint64_t value = 0;
                for (const char c : part) value = value << 8 | static_cast<uint8_t>(c);
                out += format == 'd' ? fmt::format("{}", value) : fmt::format("{:o}", value);
            } else {
                return {};
            }
            if (separator != 0 && at < octets.size() && (terminator == 0 || repeat > 1)) out += separator;
            if (part.empty()) break;
        }
        if (terminator != 0 && at < octets.size()) out += terminator;
        if (at == before && spec.empty()) return {};  // a hint that takes nothing
    }
    return out;
}

std::string hinted_integer(std::string_view hint, int64_t value) {
    if (hint == "x") return fmt::format("{:x}", value);
    if (hint == "o") return fmt::format("{:o}", value);
    if (!hint.starts_with("d-")) return {};
    const auto places = base::parse_uint(hint.substr(2));
    if (!places || *places == 0 || *places > 18) return {};
    const bool negative = value < 0;
    std::string digits = std::to_string(negative ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value));
    if (digits.size() <= *places) digits.insert(0, *places + 1 - digits.size(), '0');
    digits.insert(digits.size() - *places, 1, '.');
    return (negative ? "-" : "") + digits;
}

}  // namespace shuwei::collect
