#include "shuwei/net/gzip.hpp"

#include <zlib.h>

#include <algorithm>

#include "shuwei/base/assert.hpp"

namespace shuwei::net {

using base::ErrorCode;

namespace {
constexpr int kAutomatic = 15 + 32;  // window bits: gzip or zlib by its header
constexpr int kGzip = 15 + 16;
constexpr size_t kStep = 1 << 18;

struct Inflater {
    z_stream stream{};
    Inflater() { SHUWEI_ASSERT(::inflateInit2(&stream, kAutomatic) == Z_OK); }
    ~Inflater() { ::inflateEnd(&stream); }
};
}  // namespace

base::Result<std::string> inflate(std::string_view compressed, size_t limit) {
    Inflater inflater;
    z_stream& stream = inflater.stream;
    std::string out;
    size_t used = 0;
    size_t taken = 0;
    const auto damaged = [&](std::string_view what) {
        return base::fail(ErrorCode::data_corrupt, "compressed data " + std::string(what) + " at byte " +
                                                       std::to_string(taken - stream.avail_in));
    };
    bool inside = false;  // of a member
    while (true) {
        if (stream.avail_in == 0) {
            if (taken == compressed.size()) {
                if (inside || taken == 0) return damaged("ends early");
                break;
            }
            const size_t size = std::min<size_t>(compressed.size() - taken, 1 << 30);
            stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data() + taken));
            stream.avail_in = static_cast<uInt>(size);
            taken += size;
        }
        if (used == out.size()) {
            if (used > limit) return base::fail(ErrorCode::too_large, "inflates to more than " + std::to_string(limit) + " bytes");
            out.resize(std::min(limit + 1, std::max(used + kStep, used * 2)));
        }
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
        stream.avail_out = static_cast<uInt>(std::min<size_t>(out.size() - used, 1 << 30));
        const uInt room = stream.avail_out;
        inside = true;
        const int status = ::inflate(&stream, Z_NO_FLUSH);
        used += room - stream.avail_out;
        if (status == Z_STREAM_END) {
            inside = false;
            if (stream.avail_in > 0 || taken < compressed.size()) ::inflateReset(&stream);  // another member may follow
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            return damaged("is damaged");
        }
    }
    if (used > limit) return base::fail(ErrorCode::too_large, "inflates to more than " + std::to_string(limit) + " bytes");
    out.resize(used);
    return out;
}

std::string gzip(std::string_view data, int level) {
    z_stream stream{};
    SHUWEI_ASSERT(::deflateInit2(&stream, level, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(::deflateBound(&stream, data.size()), '\0');
    size_t taken = 0;
    size_t used = 0;
    int status = Z_OK;
    while (status != Z_STREAM_END) {
        const size_t in = std::min<size_t>(data.size() - taken, 1 << 30);
        const size_t room = std::min<size_t>(out.size() - used, 1 << 30);
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data() + taken));
        stream.avail_in = static_cast<uInt>(in);
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
        stream.avail_out = static_cast<uInt>(room);
        status = ::deflate(&stream, taken + in == data.size() ? Z_FINISH : Z_NO_FLUSH);
        SHUWEI_ASSERT(status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR);
        taken += in - stream.avail_in;
        used += room - stream.avail_out;
        if (used == out.size()) out.resize(out.size() + kStep);
    }
    ::deflateEnd(&stream);
    out.resize(used);
    return out;
}

}  // namespace shuwei::net
