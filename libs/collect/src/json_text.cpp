#include "json_text.hpp"

#include <cstdint>

#include "shuwei/base/text.hpp"

namespace shuwei::collect {
namespace {

constexpr size_t kBad = std::string_view::npos;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

size_t skip_space(std::string_view text, size_t at) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) ++at;
    return at;
}

// `at` is behind the opening quote; the result behind the closing one.
size_t skip_string(std::string_view text, size_t at) {
    const size_t begin = at;
    while (true) {
        at = text.find('"', at);
        if (at == kBad) return kBad;
        size_t backslashes = 0;  // an odd number of them escapes the quote
        while (at - backslashes > begin && text[at - backslashes - 1] == '\\') ++backslashes;
        ++at;
        if (backslashes % 2 == 0) return at;
    }
}

size_t skip_digits(std::string_view text, size_t at) {
    const size_t first = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at == first ? kBad : at;
}

size_t skip_number(std::string_view text, size_t at) {
    if (text[at] == '-') ++at;
    if (at < text.size() && text[at] == '0') {
        ++at;
    } else {
        at = skip_digits(text, at);
        if (at == kBad) return kBad;
    }
    if (at < text.size() && text[at] == '.') {
        at = skip_digits(text, at + 1);
        if (at == kBad) return kBad;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        at = skip_digits(text, at);
    }
    return at;
}

size_t skip_scalar(std::string_view text, size_t at) {
    const char c = text[at];
    if (c == '"') return skip_string(text, at + 1);
    if (c == '-' || is_digit(c)) return skip_number(text, at);
    for (const std::string_view word : {std::string_view("true"), std::string_view("false"), std::string_view("null")}) {
        if (text.substr(at).starts_with(word)) return at + word.size();
    }
    return kBad;
}

// `"name" :`, up to the value.
size_t skip_name(std::string_view text, size_t at) {
    if (at >= text.size() || text[at] != '"') return kBad;
    at = skip_string(text, at + 1);
    if (at == kBad) return kBad;
    at = skip_space(text, at);
    if (at >= text.size() || text[at] != ':') return kBad;
    return skip_space(text, at + 1);
}

// The end of the value that begins at `at`, or kBad.
size_t skip_value(std::string_view text, size_t at) {
    uint64_t objects = 0;  // a bit a level: 1 = object, 0 = array
    size_t depth = 0;
    while (true) {
        if (at >= text.size()) return kBad;
        const char c = text[at];
        if (c == '{' || c == '[') {
            if (depth == kMaxJsonDepth) return kBad;
            const bool object = c == '{';
            at = skip_space(text, at + 1);
            if (at >= text.size()) return kBad;
            if (text[at] == (object ? '}' : ']')) {
                ++at;
            } else {
                objects = objects << 1 | static_cast<uint64_t>(object);
                ++depth;
                if (object) at = skip_name(text, at);
                if (at == kBad) return kBad;
                continue;
            }
        } else {
            at = skip_scalar(text, at);
            if (at == kBad) return kBad;
        }
        while (depth > 0) {  // behind a value within something
            at = skip_space(text, at);
            if (at >= text.size()) return kBad;
            const bool object = (objects & 1) != 0;
            if (text[at] == ',') {
                at = skip_space(text, at + 1);
                if (object) at = skip_name(text, at);
                if (at == kBad) return kBad;
                break;
            }
            if (text[at] != (object ? '}' : ']')) return kBad;
            ++at;
            objects >>= 1;
            --depth;
        }
        if (depth == 0) return at;
    }
}

std::optional<uint32_t> four_hex_digits(std::string_view text) {
    if (text.size() < 4) return std::nullopt;
    uint32_t value = 0;
    for (const char c : text.substr(0, 4)) {
        const char low = base::ascii_lower(c);
        if (is_digit(c)) {
            value = value << 4 | static_cast<uint32_t>(c - '0');
        } else if (low >= 'a' && low <= 'f') {
            value = value << 4 | static_cast<uint32_t>(low - 'a' + 10);
        } else {
            return std::nullopt;
        }
    }
    return value;
}

// The escape behind "\u" at the front of `text`, the second half of a pair included; takes what it read.
uint32_t take_unicode_escape(std::string_view& text) {
    constexpr uint32_t kReplacement = 0xfffd;
    const auto first = four_hex_digits(text);
    if (!first) return kReplacement;
    text.remove_prefix(4);
    if (*first < 0xd800 || *first > 0xdfff) return *first;
    if (*first > 0xdbff || !text.starts_with("\\u")) return kReplacement;
    const auto second = four_hex_digits(text.substr(2));
    if (!second || *second < 0xdc00 || *second > 0xdfff) return kReplacement;
    text.remove_prefix(6);
    return 0x10000 + ((*first - 0xd800) << 10) + (*second - 0xdc00);
}

}  // namespace

std::optional<std::string_view> take_json_value(std::string_view& text) {
    const size_t begin = skip_space(text, 0);
    const size_t end = skip_value(text, begin);
    if (end == kBad) return std::nullopt;
    const std::string_view value = text.substr(begin, end - begin);
    text.remove_prefix(skip_space(text, end));
    return value;
}

bool is_json_object(std::string_view text) {
    const auto value = take_json_value(text);
    return value && value->front() == '{' && text.empty();
}

std::string decode_json_string(std::string_view value) {
    std::string out;
    if (!is_json_string(value)) return out;
    std::string_view rest = value.substr(1, value.size() - 2);
    out.reserve(rest.size());
    while (true) {
        const size_t escape = rest.find('\\');
        out += rest.substr(0, escape);
        if (escape == kBad || escape + 1 >= rest.size()) return out;
        const char c = rest[escape + 1];
        rest.remove_prefix(escape + 2);
        switch (c) {
            case 'b': out += '\b'; break;
            case 'f': out += '\f'; break;
            case 'n': out += '\n'; break;
            case 'r': out += '\r'; break;
            case 't': out += '\t'; break;
            case 'u': base::append_utf8(out, take_unicode_escape(rest)); break;
            default: out += c;
        }
    }
}

JsonParts::JsonParts(std::string_view value) {
    if (value.size() < 2 || (value.front() != '{' && value.front() != '[')) return;
    kind_ = value.front();
    rest_ = value.substr(1, value.size() - 2);
    rest_.remove_prefix(skip_space(rest_, 0));
}

bool JsonParts::next() {
    if (rest_.empty()) return false;
    if (kind_ == '{') {
        const size_t end_of_name = skip_string(rest_, 1);
        const size_t value_at = skip_name(rest_, 0);
        if (end_of_name == kBad || value_at == kBad) return false;
        name_ = rest_.substr(1, end_of_name - 2);
        rest_.remove_prefix(value_at);
    }
    const auto value = take_json_value(rest_);
    if (!value) return false;
    value_ = *value;
    if (rest_.starts_with(',')) rest_.remove_prefix(skip_space(rest_, 1));
    return true;
}

std::string_view json_member(std::string_view object, std::string_view name) {
    if (!object.starts_with('{')) return {};
    for (JsonParts members(object); members.next();) {
        if (members.name() == name) return members.value();
    }
    return {};
}

}  // namespace shuwei::collect
