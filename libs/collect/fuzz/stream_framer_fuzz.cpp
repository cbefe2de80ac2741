// A stream in pieces: the first byte chooses the framing, the second the size of the pieces. Frames stay within the
// limit, no byte is counted twice, and all memory is given back.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "shuwei/base/assert.hpp"
#include "stream_framer.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei::collect;
    if (size < 2) return 0;
    constexpr size_t kLimit = 64;
    StreamFramer framer((data[0] & 1) != 0 ? StreamFraming::lines : StreamFraming::syslog, kLimit);
    const size_t step = 1 + data[1];
    const std::string_view stream(reinterpret_cast<const char*>(data) + 2, size - 2);
    uint64_t framed = 0;
    const auto check = [&](const shuwei::spool::FrameView& frame) {
        SHUWEI_ASSERT(!frame.payload.empty() && frame.payload.size() <= kLimit);
        SHUWEI_ASSERT(frame.truncated() == (frame.true_length > frame.payload.size()));
        SHUWEI_ASSERT(frame.sm3.size() == (frame.truncated() ? 32U : 0U));
        framed += frame.true_length;
    };
    for (size_t at = 0; at < stream.size(); at += step) {
        const std::string_view piece = stream.substr(at, step);
        std::memcpy(framer.room(piece.size()).data(), piece.data(), piece.size());
        framer.commit(piece.size());
        bool any = true;
        while (any) {
            any = false;
            while (const auto frame = framer.next()) {
                check(*frame);
                any = true;
            }
            framer.release();
        }
        SHUWEI_ASSERT(framed + framer.pending() <= at + piece.size());
        SHUWEI_ASSERT(framer.memory() <= 4 * (kLimit + 256));
    }
    if (const auto frame = framer.finish()) check(*frame);
    framer.release();
    SHUWEI_ASSERT(framer.memory() == 0 && framer.pending() == 0);
    SHUWEI_ASSERT(framed <= stream.size());
    return 0;
}
