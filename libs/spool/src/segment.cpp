#include "segment.hpp"

#include <bit>
#include <cstdio>
#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "shuwei/base/text.hpp"

namespace shuwei::spool {

static_assert(std::endian::native == std::endian::little, "the format is little-endian and written as it lies in memory");

namespace {

constexpr std::string_view kMagic = "SHUWEISP";

template <typename T>
char* put(char* out, T value) {
    std::memcpy(out, &value, sizeof value);
    return out + sizeof value;
}

char* put_bytes(char* out, std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
    return out + bytes.size();
}

template <typename T>
const char* take(const char* in, T& value) {
    std::memcpy(&value, in, sizeof value);
    return in + sizeof value;
}

uint32_t checksum(const char* body, uint32_t length, uint64_t salt) {
    return static_cast<uint32_t>(XXH3_64bits_withSeed(body, length, salt));
}

size_t variable_bytes(const FrameView& frame) {
    return (frame.truncated() ? kTruncationBytes : 0) + frame.source.size() + frame.pack.size() + frame.payload.size();
}

}  // namespace

std::string encode_header(const SegmentHeader& header) {
    std::string bytes(kHeaderBytes, '\0');
    char* out = put_bytes(bytes.data(), kMagic);
    out = put(out, kFormatVersion);
    out = put(out, static_cast<uint32_t>(kHeaderBytes));
    out = put(out, header.first_seq);
    out = put(out, header.previous_seq);
    out = put(out, header.salt);
    put(out, static_cast<uint64_t>(XXH3_64bits(bytes.data(), kHeaderBytes - 8)));
    return bytes;
}

base::Result<SegmentHeader> decode_header(std::string_view bytes) {
    if (bytes.size() < kHeaderBytes || !bytes.starts_with(kMagic)) {
        return base::fail(base::ErrorCode::data_corrupt, "not a spool segment");
    }
    uint32_t version = 0;
    take(bytes.data() + kMagic.size(), version);
    if (version > kFormatVersion && version < 1000) {
        return base::fail(base::ErrorCode::invalid_argument,
                          "spool format " + std::to_string(version) + " is newer than this program");
    }
    uint64_t sum = 0;
    take(bytes.data() + kHeaderBytes - 8, sum);
    if (version != kFormatVersion || sum != XXH3_64bits(bytes.data(), kHeaderBytes - 8)) {
        return base::fail(base::ErrorCode::data_corrupt, "damaged segment header");
    }
    SegmentHeader header;
    take(take(take(bytes.data() + 16, header.first_seq), header.previous_seq), header.salt);
    return header;
}

std::string segment_name(uint64_t first_seq) {
    char name[40];
    std::snprintf(name, sizeof name, "%020llu.spool", static_cast<unsigned long long>(first_seq));
    return name;
}

std::optional<uint64_t> parse_segment_name(std::string_view name) {
    if (name.size() != 26 || !name.ends_with(".spool")) return std::nullopt;
    return base::parse_uint(name.substr(0, 20));
}

size_t record_bytes(const FrameView& frame) { return kRecordPrefixBytes + kFixedBodyBytes + variable_bytes(frame); }

void encode_record(char* out, uint64_t salt, const FrameView& frame, uint64_t seq, bool continues) {
    const auto length = static_cast<uint32_t>(kFixedBodyBytes + variable_bytes(frame));
    char* const body = out + kRecordPrefixBytes;
    char* at = put(body, seq);
    at = put(at, frame.received);
    at = put(at, frame.peer.bytes);
    at = put(at, frame.listener);
    at = put(at, frame.tenant);
    at = put(at, frame.peer_port);
    at = put(at, static_cast<uint8_t>(frame.kind));
    at = put(at, static_cast<uint8_t>(frame.flags | (continues ? kRecordContinues : 0)));
    at = put(at, static_cast<uint8_t>(frame.source.size()));
    at = put(at, static_cast<uint8_t>(frame.pack.size()));
    if (frame.truncated()) {
        at = put(at, frame.true_length);
        at = put_bytes(at, frame.sm3);
    }
    at = put_bytes(at, frame.source);
    at = put_bytes(at, frame.pack);
    put_bytes(at, frame.payload);
    put(put(out, length), checksum(body, length, salt));
}

Decoded decode_record(std::string_view data, uint64_t salt, FrameView& frame) {
    if (data.size() < kRecordPrefixBytes) return {DecodeStatus::incomplete, kRecordPrefixBytes};
    uint32_t length = 0;
    uint32_t sum = 0;
    take(take(data.data(), length), sum);
    if (length < kFixedBodyBytes || length > kMaxBodyBytes) return {};
    const size_t total = kRecordPrefixBytes + length;
    if (data.size() < total) return {DecodeStatus::incomplete, total};
    const char* const body = data.data() + kRecordPrefixBytes;
    if (checksum(body, length, salt) != sum) return {};

    uint8_t kind = 0;
    uint8_t flags = 0;
    uint8_t source_bytes = 0;
    uint8_t pack_bytes = 0;
    const char* at = take(body, frame.seq);
    at = take(at, frame.received);
    at = take(at, frame.peer.bytes);
    at = take(at, frame.listener);
    at = take(at, frame.tenant);
    at = take(at, frame.peer_port);
    at = take(at, kind);
    at = take(at, flags);
    at = take(at, source_bytes);
    at = take(at, pack_bytes);
    frame.kind = static_cast<FrameKind>(kind);
    frame.flags = static_cast<uint8_t>(flags & ~kRecordContinues);
    size_t variable = size_t{source_bytes} + pack_bytes;
    if (frame.truncated()) variable += kTruncationBytes;
    if (length < kFixedBodyBytes + variable) return {};
    const size_t payload_bytes = length - kFixedBodyBytes - variable;
    frame.true_length = payload_bytes;
    frame.sm3 = {};
    if (frame.truncated()) {
        at = take(at, frame.true_length);
        frame.sm3 = {at, 32};
        at += 32;
    }
    frame.source = {at, source_bytes};
    frame.pack = {at + source_bytes, pack_bytes};
    frame.payload = {at + source_bytes + pack_bytes, payload_bytes};
    return {DecodeStatus::ok, total, (flags & kRecordContinues) != 0};
}

std::optional<size_t> find_record(std::string_view data, uint64_t salt, size_t from, uint64_t min_seq,
                                  uint64_t max_seq) {
    FrameView frame;
    for (size_t at = from; at + kRecordPrefixBytes + kFixedBodyBytes <= data.size(); ++at) {
        uint32_t length = 0;
        uint64_t seq = 0;
        take(data.data() + at, length);
        if (length < kFixedBodyBytes || length > kMaxBodyBytes) continue;
        take(data.data() + at + kRecordPrefixBytes, seq);
        if (seq < min_seq || seq > max_seq) continue;  // before the checksum: hostile bytes must not cost a hash each
        if (decode_record(data.substr(at), salt, frame).status == DecodeStatus::ok) return at;
    }
    return std::nullopt;
}

SegmentScan scan_segment(std::string_view data, uint64_t first_seq, uint64_t salt) {
    SegmentScan scan;
    scan.last_seq = first_seq - 1;
    uint64_t expected = first_seq;
    // A segment cannot hold more frames than this, so no seq in it can lie further ahead.
    const uint64_t last_possible = first_seq + data.size() / (kRecordPrefixBytes + kFixedBodyBytes);
    size_t at = kHeaderBytes;
    if (const auto header = decode_header(data)) {
        salt = header->salt;
    } else {
        at = find_record(data, salt, 0, first_seq, last_possible).value_or(data.size());
    }
    if (at > kHeaderBytes) scan.damage.push_back({{}, 0, std::min(at, data.size()), 1, 0});
    FrameView frame;
    while (at < data.size()) {
        const Decoded decoded = decode_record(data.substr(at), salt, frame);
        if (decoded.status == DecodeStatus::ok && frame.seq >= expected && frame.seq <= last_possible) {
            if (frame.seq > expected && !scan.damage.empty()) {
                scan.damage.back().first_missing = expected;
                scan.damage.back().last_missing = frame.seq - 1;
            }
            expected = frame.seq + 1;
            at += decoded.bytes;
            ++scan.frames;
            if (!decoded.continues) {
                scan.sound_bytes = at;
                scan.last_seq = frame.seq;
            }
            continue;
        }
        const auto next = find_record(data, salt, at + 1, expected, last_possible);
        if (!next) break;
        scan.damage.push_back({{}, at, *next - at, 1, 0});
        at = *next;
    }
    return scan;
}

}  // namespace shuwei::spool
