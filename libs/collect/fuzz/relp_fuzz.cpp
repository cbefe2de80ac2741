// A RELP connection in pieces: the first byte is the size of the pieces. Every frame is answered once, frames stay within
// the limit, an end is an end, and all memory is given back.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "relp_session.hpp"
#include "shuwei/base/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei::collect;
    if (size < 1) return 0;
    constexpr size_t kLimit = 64;
    RelpSession session(kLimit);
    const size_t step = 1 + data[0];
    const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
    uint64_t framed = 0;
    for (size_t at = 0; at < stream.size(); at += step) {
        const std::string_view piece = stream.substr(at, step);
        std::memcpy(session.room(piece.size()).data(), piece.data(), piece.size());
        session.commit(piece.size());
        const bool was_over = session.over();
        size_t frames = 0;
        bool any = true;
        while (any) {
            any = false;
            while (const auto frame = session.next()) {
                SHUWEI_ASSERT(!was_over);
                SHUWEI_ASSERT(!frame->payload.empty() && frame->payload.size() <= kLimit);
                SHUWEI_ASSERT(frame->truncated() == (frame->true_length > frame->payload.size()));
                SHUWEI_ASSERT(frame->sm3.size() == (frame->truncated() ? 32U : 0U));
                framed += frame->true_length;
                ++frames;
                any = true;
            }
            session.release();
        }
        const std::string answers = session.take_answers();
        SHUWEI_ASSERT(answers.empty() || answers.ends_with('\n'));
        size_t acknowledged = 0;
        for (size_t found = answers.find(" rsp 6 200 OK\n"); found != std::string::npos; found = answers.find(" rsp 6 200 OK\n", found + 1)) ++acknowledged;
        SHUWEI_ASSERT(acknowledged >= frames);  // blank messages are acknowledged, too
        SHUWEI_ASSERT(session.memory() <= (64 << 10) + 4 * kLimit);
    }
    SHUWEI_ASSERT(!session.finish());
    session.release();
    SHUWEI_ASSERT(session.memory() == 0);
    SHUWEI_ASSERT(framed <= stream.size());
    return 0;
}
