#include "checksum.hpp"

#include <zlib.h>

#if defined(__PCLMUL__) && defined(__SSE2__)
#include <emmintrin.h>
#include <wmmintrin.h>
#endif

namespace shuwei::evtx {

namespace {

uint32_t plain(std::span<const uint8_t> bytes, uint32_t begun) {
    return static_cast<uint32_t>(::crc32(begun, bytes.data(), static_cast<uInt>(bytes.size())));
}

#if defined(__PCLMUL__) && defined(__SSE2__)
// `so_far` moved by the distance that `constants` stand for (x to the powers of it modulo the polynomial, bits reflected),
// and what stands there added.
__m128i fold(__m128i so_far, __m128i constants, __m128i next) {
    const __m128i low = _mm_clmulepi64_si128(so_far, constants, 0x00);
    const __m128i high = _mm_clmulepi64_si128(so_far, constants, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}
#endif

}  // namespace

uint32_t crc32_of(std::span<const uint8_t> bytes, uint32_t begun) {
#if defined(__PCLMUL__) && defined(__SSE2__)
    if (bytes.size() >= 128) {
        const __m128i by_64 = _mm_set_epi64x(0x1C6E41596, 0x154442BD4);
        const __m128i by_16 = _mm_set_epi64x(0x0CCAA009E, 0x1751997D0);
        const uint8_t* at = bytes.data();
        const uint8_t* const end = at + bytes.size();
        const auto load = [&](size_t i) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at) + i); };
        __m128i part[4] = {_mm_xor_si128(load(0), _mm_cvtsi32_si128(static_cast<int>(~begun))), load(1), load(2), load(3)};
        for (at += 64; end - at >= 64; at += 64) {
            for (size_t i = 0; i < 4; ++i) part[i] = fold(part[i], by_64, load(i));
        }
        __m128i all = part[0];
        for (size_t i = 1; i < 4; ++i) all = fold(all, by_16, part[i]);
        for (; end - at >= 16; at += 16) all = fold(all, by_16, load(0));
        alignas(16) uint8_t rest[16];  // has the same remainder as everything before `at`
        _mm_store_si128(reinterpret_cast<__m128i*>(rest), all);
        return plain({at, end}, plain(rest, 0xFFFFFFFF));
    }
#endif
    return plain(bytes, begun);
}

}  // namespace shuwei::evtx
