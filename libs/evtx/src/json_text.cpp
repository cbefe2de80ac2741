#include "json_text.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "little_endian.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::evtx {

void append_code_point(std::string& out, uint32_t code) {
    static constexpr char kHex[] = "0123456789abcdef";
    if (code < 0x80) {
        switch (code) {
            case '"': out += "\\\""; return;
            case '\\': out += "\\\\"; return;
            case '\n': out += "\\n"; return;
            case '\r': out += "\\r"; return;
            case '\t': out += "\\t"; return;
            default: break;
        }
        if (code < 0x20) {
            out += "\\u00";
            out += kHex[code >> 4];
            out += kHex[code & 15];
        } else {
            out += static_cast<char>(code);
        }
    } else {
        base::append_utf8(out, code);
    }
}

void append_utf16(std::string& out, const uint8_t* from, size_t units) {
    size_t at = 0;
    while (at < units) {
#if defined(__SSE2__)
        // Eight units at a time as long as they are plain ASCII: nearly all of a log.
        char text[256];
        size_t filled = 0;
        while (units - at >= 8) {
            const __m128i wide = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 2 * at));
            const __m128i beyond_ascii = _mm_and_si128(wide, _mm_set1_epi16(static_cast<short>(0xFF80)));
            if (_mm_movemask_epi8(_mm_cmpeq_epi16(beyond_ascii, _mm_setzero_si128())) != 0xFFFF) break;
            const __m128i narrow = _mm_packus_epi16(wide, wide);
            const __m128i special = _mm_or_si128(_mm_cmplt_epi8(narrow, _mm_set1_epi8(0x20)),
                                                 _mm_or_si128(_mm_cmpeq_epi8(narrow, _mm_set1_epi8('"')), _mm_cmpeq_epi8(narrow, _mm_set1_epi8('\\'))));
            if (filled > sizeof text - 16) {
                out.append(text, filled);
                filled = 0;
            }
            _mm_storel_epi64(reinterpret_cast<__m128i*>(text + filled), narrow);
            const unsigned mask = static_cast<unsigned>(_mm_movemask_epi8(special)) & 0xFF;
            const size_t plain = mask == 0 ? 8 : static_cast<size_t>(std::countr_zero(mask));
            filled += plain;
            at += plain;
            if (plain == 8) continue;
            const char c = text[filled];
            ++at;
            if (c == '\\' || c == '"') {  // paths are full of them
                text[filled++] = '\\';
                text[filled++] = c;
                continue;
            }
            out.append(text, filled);
            filled = 0;
            append_code_point(out, static_cast<uint8_t>(c));
        }
        out.append(text, filled);
        if (at >= units) return;
#endif
        const uint32_t unit = load16(from + 2 * at++);
        if (unit < 0xD800 || unit >= 0xE000) {
            append_code_point(out, unit);
            continue;
        }
        const uint32_t next = unit < 0xDC00 && at < units ? load16(from + 2 * at) : 0;
        if (next >= 0xDC00 && next < 0xE000) {
            append_code_point(out, 0x10000 + ((unit - 0xD800) << 10) + (next - 0xDC00));
            ++at;
        } else {
            append_code_point(out, 0xFFFD);
        }
    }
}

void append_bytes(std::string& out, std::string_view bytes) {
    const bool utf8 = base::is_valid_utf8(bytes);
    for (const char c : bytes) {
        const auto byte = static_cast<uint8_t>(c);
        if (utf8 && byte >= 0x80) {
            out += c;
        } else {
            append_code_point(out, byte);
        }
    }
}

}  // namespace shuwei::evtx
