// The bytes of a segment file: header, records, and how to find one's way after damage. docs/formats/spool.md is the
// description. Pure functions over memory; thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/spool/frame.hpp"
#include "shuwei/spool/spool.hpp"

namespace shuwei::spool {

constexpr size_t kHeaderBytes = 48;
constexpr uint32_t kFormatVersion = 1;
constexpr size_t kRecordPrefixBytes = 8;   // length, checksum
constexpr size_t kFixedBodyBytes = 46;     // the body without its variable parts
constexpr size_t kTruncationBytes = 8 + 32;  // true length, SM3
constexpr size_t kMaxBodyBytes = kFixedBodyBytes + kTruncationBytes + kMaxFrameSource + kMaxFramePack + kMaxFramePayload;
constexpr size_t kMaxRecordBytes = kRecordPrefixBytes + kMaxBodyBytes;
constexpr uint8_t kRecordContinues = 0x80;  // flag bit on disk only: further records of the same append() follow

struct SegmentHeader {
    uint64_t first_seq = 0;
    uint64_t previous_seq = 0;  // last seq given before this segment was begun; 0 = none known
    uint64_t salt = 0;          // random, one per spool: goes into every checksum, so that no payload can hold a
                                // record of ours for find_record() to stumble upon
};

std::string encode_header(const SegmentHeader& header);
// data_corrupt when it is damaged; invalid_argument when it is of a version that this program does not know.
base::Result<SegmentHeader> decode_header(std::string_view bytes);

// "00000000000000000042.spool" and back.
std::string segment_name(uint64_t first_seq);
std::optional<uint64_t> parse_segment_name(std::string_view name);

size_t record_bytes(const FrameView& frame);
// Writes record_bytes(frame) bytes to `out`. The frame keeps the limits of frame.hpp.
void encode_record(char* out, uint64_t salt, const FrameView& frame, uint64_t seq, bool continues);

enum class DecodeStatus { ok, incomplete, bad };
struct Decoded {
    DecodeStatus status = DecodeStatus::bad;
    size_t bytes = 0;        // when ok: of the whole record. When incomplete: what it needs (at least)
    bool continues = false;
};
// The record at the beginning of `data`; `frame` gets views into it when ok.
Decoded decode_record(std::string_view data, uint64_t salt, FrameView& frame);

// Offset of the first sound record at or behind `from` whose seq lies in [min_seq, max_seq].
std::optional<size_t> find_record(std::string_view data, uint64_t salt, size_t from, uint64_t min_seq,
                                  uint64_t max_seq);

// What is in a whole segment file.
struct SegmentScan {
    uint64_t last_seq = 0;      // of the last complete append(); first_seq - 1 when there is none
    uint64_t sound_bytes = 0;   // up to the end of the last complete append()
    uint64_t frames = 0;
    std::vector<Damage> damage; // between sound records; a torn end is no damage
};
// `first_seq` and `salt` are what the file's name and the spool say; the salt of a sound header takes precedence.
SegmentScan scan_segment(std::string_view data, uint64_t first_seq, uint64_t salt);

}  // namespace shuwei::spool
