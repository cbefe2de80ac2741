#include "ber.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace shuwei::collect {

std::string to_string(const Oid& oid) {
    std::string text;
    for (const uint32_t arc : oid) {
        if (!text.empty()) text += '.';
        text += std::to_string(arc);
    }
    return text;
}

std::optional<Oid> parse_oid(std::string_view dotted) {
    if (dotted.starts_with('.')) dotted.remove_prefix(1);
    Oid oid;
    while (true) {
        uint32_t arc = 0;
        const auto [end, error] = std::from_chars(dotted.data(), dotted.data() + dotted.size(), arc);
        if (error != std::errc() || oid.size() == kMaxArcs) return std::nullopt;
        oid.push_back(arc);
        dotted.remove_prefix(static_cast<size_t>(end - dotted.data()));
        if (dotted.empty()) return oid;
        if (dotted.front() != '.') return std::nullopt;
        dotted.remove_prefix(1);
    }
}

bool starts_with(const Oid& oid, const Oid& prefix) {
    return oid.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), oid.begin());
}

std::optional<BerItem> BerReader::next() {
    if (rest_.size() < 2) return std::nullopt;
    const auto octet = [&](size_t at) { return static_cast<uint8_t>(rest_[at]); };
    if ((octet(0) & 0x1F) == 0x1F) return std::nullopt;  // a tag of several octets
    size_t head = 2;
    size_t length = octet(1);
    if (length >= 0x80) {
        const size_t octets = length & 0x7F;
        if (octets == 0 || octets > 4 || rest_.size() < 2 + octets) return std::nullopt;
        length = 0;
        for (size_t i = 0; i < octets; ++i) length = length << 8 | octet(2 + i);
        head += octets;
    }
    if (length > rest_.size() - head) return std::nullopt;
    const BerItem item{octet(0), rest_.substr(head, length), rest_.substr(0, head + length)};
    rest_.remove_prefix(head + length);
    return item;
}

std::optional<std::string_view> BerReader::take(uint8_t tag) {
    const auto item = next();
    if (!item || item->tag != tag) return std::nullopt;
    return item->content;
}

std::optional<int64_t> BerReader::take_integer() {
    const auto content = take(kBerInteger);
    return content ? ber_integer(*content) : std::nullopt;
}

std::optional<int64_t> ber_integer(std::string_view content) {
    if (content.empty() || content.size() > 8) return std::nullopt;
    uint64_t value = (content.front() & 0x80) != 0 ? std::numeric_limits<uint64_t>::max() : 0;
    for (const char c : content) value = value << 8 | static_cast<uint8_t>(c);
    return static_cast<int64_t>(value);
}

std::optional<uint64_t> ber_unsigned(std::string_view content) {
    if (content.size() == 9 && content.front() == 0) content.remove_prefix(1);
    if (content.empty() || content.size() > 8) return std::nullopt;
    uint64_t value = 0;
    for (const char c : content) value = value << 8 | static_cast<uint8_t>(c);
    return value;
}

std::optional<Oid> ber_oid(std::string_view content) {
    if (content.empty()) return std::nullopt;
    Oid oid;
    uint64_t arc = 0;
    for (size_t i = 0; i < content.size(); ++i) {
        const auto octet = static_cast<uint8_t>(content[i]);
        arc = arc << 7 | (octet & 0x7F);
        if (arc > std::numeric_limits<uint32_t>::max()) return std::nullopt;
        if ((octet & 0x80) != 0) {
            if (i + 1 == content.size()) return std::nullopt;
            continue;
        }
        if (oid.empty()) {
            const uint64_t first = std::min<uint64_t>(arc / 40, 2);
            oid.push_back(static_cast<uint32_t>(first));
            oid.push_back(static_cast<uint32_t>(arc - 40 * first));
        } else {
            if (oid.size() == kMaxArcs) return std::nullopt;
            oid.push_back(static_cast<uint32_t>(arc));
        }
        arc = 0;
    }
    return oid;
}

std::string ber_write(uint8_t tag, std::string_view content) {
    std::string out(1, static_cast<char>(tag));
    const size_t length = content.size();
    if (length < 0x80) {
        out += static_cast<char>(length);
    } else {
        std::string octets;
        for (size_t left = length; left > 0; left >>= 8) octets.insert(octets.begin(), static_cast<char>(left & 0xFF));
        out += static_cast<char>(0x80 | octets.size());
        out += octets;
    }
    out += content;
    return out;
}

std::string ber_write_integer(int64_t value, uint8_t tag) {
    std::string content;
    bool more = true;
    while (more) {
        const auto octet = static_cast<uint8_t>(value & 0xFF);
        value >>= 8;
        more = !((value == 0 && (octet & 0x80) == 0) || (value == -1 && (octet & 0x80) != 0));
        content.insert(content.begin(), static_cast<char>(octet));
    }
    return ber_write(tag, content);
}

std::string ber_write_oid(const Oid& oid) {
    std::string content;
    for (size_t i = 1; i < oid.size(); ++i) {
        uint64_t arc = i == 1 ? uint64_t{oid[0]} * 40 + oid[1] : oid[i];
        std::string octets(1, static_cast<char>(arc & 0x7F));
        while ((arc >>= 7) > 0) octets.insert(octets.begin(), static_cast<char>(0x80 | (arc & 0x7F)));
        content += octets;
    }
    return ber_write(kBerOid, content);
}

}  // namespace shuwei::collect
