// Unaligned little-endian loads. The caller has checked the bounds.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace shuwei::evtx {

static_assert(std::endian::native == std::endian::little);

template <typename Integer>
Integer load(const uint8_t* from) {
    Integer value;
    std::memcpy(&value, from, sizeof value);
    return value;
}
inline uint16_t load16(const uint8_t* from) { return load<uint16_t>(from); }
inline uint32_t load32(const uint8_t* from) { return load<uint32_t>(from); }
inline uint64_t load64(const uint8_t* from) { return load<uint64_t>(from); }

}  // namespace shuwei::evtx
