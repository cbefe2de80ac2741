// Any bytes as a segment file: the scan ends, stays inside, and what it calls sound decodes again.
#include <cstdint>
#include <string_view>

#include "segment.hpp"
#include "shuwei/base/assert.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace shuwei::spool;
    const std::string_view content(reinterpret_cast<const char*>(data), size);
    const SegmentScan scan = scan_segment(content, 1, 0);
    SHUWEI_ASSERT(scan.sound_bytes <= size);
    uint64_t previous_end = 0;
    for (const Damage& damage : scan.damage) {
        SHUWEI_ASSERT(damage.offset >= previous_end && damage.offset + damage.bytes <= size);
        previous_end = damage.offset + damage.bytes;
    }
    const auto header = decode_header(content);
    FrameView frame;
    size_t at = kHeaderBytes;
    uint64_t frames = 0;
    while (header && at < size) {
        const Decoded decoded = decode_record(content.substr(at), header->salt, frame);
        if (decoded.status != DecodeStatus::ok) break;
        SHUWEI_ASSERT(frame.payload.size() <= kMaxFramePayload);
        SHUWEI_ASSERT(record_bytes(frame) == decoded.bytes);
        at += decoded.bytes;
        ++frames;
    }
    if (scan.damage.empty() && header && header->first_seq == 1) SHUWEI_ASSERT(scan.frames <= frames);
    return 0;
}
