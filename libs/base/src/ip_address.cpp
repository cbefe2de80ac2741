#include "shuwei/base/ip_address.hpp"

#include <arpa/inet.h>

#include <cstring>

#include "shuwei/base/text.hpp"

namespace shuwei::base {
namespace {
constexpr std::array<uint8_t, 12> kV4Prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::optional<uint32_t> parse_v4(std::string_view text) {
    uint32_t address = 0;
    int octets = 0;
    size_t at = 0;
    while (true) {
        uint32_t octet = 0;
        size_t digits = 0;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9' && digits < 4) {
            octet = octet * 10 + static_cast<uint32_t>(text[at++] - '0');
            ++digits;
        }
        if (digits == 0 || digits > 3 || octet > 255) return std::nullopt;
        address = (address << 8) | octet;
        ++octets;
        if (octets == 4) return at == text.size() ? std::optional(address) : std::nullopt;
        if (at >= text.size() || text[at] != '.') return std::nullopt;
        ++at;
    }
}
}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    if (text.size() < 2 || text.size() > 45) return std::nullopt;
    if (text.find(':') == std::string_view::npos) {
        const auto v4 = parse_v4(text);
        return v4 ? std::optional(from_v4(*v4)) : std::nullopt;
    }
    char buffer[46];
    std::memcpy(buffer, text.data(), text.size());
    buffer[text.size()] = 0;
    IpAddress address;
    if (inet_pton(AF_INET6, buffer, address.bytes.data()) != 1) return std::nullopt;
    return address;
}

IpAddress IpAddress::from_v4(uint32_t host_order) {
    IpAddress address;
    std::memcpy(address.bytes.data(), kV4Prefix.data(), kV4Prefix.size());
    for (int i = 0; i < 4; ++i) address.bytes[12 + i] = static_cast<uint8_t>(host_order >> (24 - 8 * i));
    return address;
}

bool IpAddress::is_v4() const { return std::memcmp(bytes.data(), kV4Prefix.data(), kV4Prefix.size()) == 0; }

uint32_t IpAddress::v4() const {
    return uint32_t{bytes[12]} << 24 | uint32_t{bytes[13]} << 16 | uint32_t{bytes[14]} << 8 | bytes[15];
}

bool IpAddress::is_unspecified() const {
    return *this == IpAddress{} || *this == from_v4(0);
}

std::string IpAddress::to_string() const {
    char buffer[INET6_ADDRSTRLEN];
    if (is_v4()) {
        inet_ntop(AF_INET, bytes.data() + 12, buffer, sizeof buffer);
    } else {
        inet_ntop(AF_INET6, bytes.data(), buffer, sizeof buffer);
    }
    return buffer;
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
    const size_t slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    IpNetwork network{*address, 128};
    if (slash != std::string_view::npos) {
        const bool v4 = text.substr(0, slash).find(':') == std::string_view::npos;
        const auto length = parse_uint(text.substr(slash + 1));
        if (!length || *length > (v4 ? 32u : 128u)) return std::nullopt;
        network.prefix = static_cast<uint8_t>(*length + (v4 ? 96 : 0));
    }
    return network;
}

bool IpNetwork::contains(const IpAddress& other) const {
    const size_t whole = prefix / 8;
    if (std::memcmp(address.bytes.data(), other.bytes.data(), whole) != 0) return false;
    const int rest = prefix % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<uint8_t>(0xff << (8 - rest));
    return ((address.bytes[whole] ^ other.bytes[whole]) & mask) == 0;
}

}  // namespace shuwei::base
