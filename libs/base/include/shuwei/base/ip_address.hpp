// An IPv4 or IPv6 address in 16 bytes (IPv4 as ::ffff:a.b.c.d), as the whole house passes and stores it. A value.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shuwei::base {

struct IpAddress {
    std::array<uint8_t, 16> bytes{};  // network order

    static std::optional<IpAddress> parse(std::string_view text);  // "10.0.0.1", "2001:db8::1"; no zone, no brackets
    static IpAddress from_v4(uint32_t host_order);
    bool is_v4() const;
    uint32_t v4() const;             // host order; only when is_v4()
    bool is_unspecified() const;     // :: or 0.0.0.0
    std::string to_string() const;   // shortest form; IPv4 dotted
    auto operator<=>(const IpAddress&) const = default;
};

// A network: address and prefix length counted in the 128-bit form (an IPv4 /8 is 104).
struct IpNetwork {
    IpAddress address;
    uint8_t prefix = 128;

    static std::optional<IpNetwork> parse(std::string_view text);  // "10.0.0.0/8", "2001:db8::/32", a bare address
    bool contains(const IpAddress& other) const;
};

}  // namespace shuwei::base
