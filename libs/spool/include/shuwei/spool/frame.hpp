// A frame: one received line with where and when it came from, as it waits in the spool. A value of views: whoever
// made it owns the bytes behind source, pack, sm3 and payload.
#pragma once

#include <cstdint>
#include <string_view>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/ip_address.hpp"

namespace shuwei::spool {

// What the input knows about the payload's form; parsing decides the rest.
enum class FrameKind : uint8_t {
    syslog = 1,  // one message of a syslog transport, RFC 3164, 5424 or whatever the device sends there
    line = 2,    // one line of a file or of a pushed text
    json = 3,    // one JSON object pushed as an event
};

enum FrameFlag : uint8_t {
    kFrameTruncated = 1,     // payload is the beginning of a longer line: true_length and sm3 are of the whole
    kFrameUnterminated = 2,  // the stream ended before the frame did
};

constexpr size_t kMaxFrameSource = 255;
constexpr size_t kMaxFramePack = 255;
constexpr size_t kMaxFramePayload = 1024 * 1024;

struct FrameView {
    uint64_t seq = 0;             // given by the spool
    base::Timestamp received = 0;
    uint64_t true_length = 0;     // bytes of the line as sent; equals payload.size() unless truncated
    base::IpAddress peer;         // unspecified for files
    uint32_t listener = 0;
    uint32_t tenant = 0;          // 0 = not known yet
    uint16_t peer_port = 0;
    FrameKind kind = FrameKind::syslog;
    uint8_t flags = 0;            // FrameFlag
    std::string_view source;      // the sender's or the file's own name; usually empty. At most kMaxFrameSource bytes
    std::string_view pack;        // device pack asked for; usually empty. At most kMaxFramePack bytes
    std::string_view sm3;         // 32 bytes when truncated, else empty
    std::string_view payload;     // at most kMaxFramePayload bytes

    bool truncated() const { return (flags & kFrameTruncated) != 0; }
    bool unterminated() const { return (flags & kFrameUnterminated) != 0; }
};

}  // namespace shuwei::spool
