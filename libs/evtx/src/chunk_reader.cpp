#include "chunk_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "checksum.hpp"
#include "little_endian.hpp"

namespace shuwei::evtx {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr uint32_t kRecordMagic = 0x00002A2A;
constexpr uint32_t kRecordHeadBytes = 24;              // magic, size, number, time
constexpr uint32_t kMinRecordBytes = kRecordHeadBytes + 4;  // and the size again at its end

bool all_zero(std::span<const uint8_t> bytes) {
    return bytes.empty() || (bytes[0] == 0 && std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

// The size of the record at `at`, 0 when none stands there whole.
uint32_t record_size(std::span<const uint8_t> chunk, uint32_t at) {
    if (chunk.size() - at < kMinRecordBytes || load32(chunk.data() + at) != kRecordMagic) return 0;
    const uint32_t size = load32(chunk.data() + at + 4);
    if (size < kMinRecordBytes || size > chunk.size() - at) return 0;
    return load32(chunk.data() + at + size - 4) == size ? size : 0;
}

// The first place from `at` on where a whole record stands; the chunk's end when there is none.
uint32_t find_record(std::span<const uint8_t> chunk, uint32_t at) {
    for (; chunk.size() - at >= kMinRecordBytes; ++at) {
        if (chunk[at] == 0x2A && record_size(chunk, at) != 0) return at;
    }
    return static_cast<uint32_t>(chunk.size());
}

// 100 ns since 1601 to nanoseconds since 1970; 0 where that does not fit.
base::Timestamp timestamp_of(uint64_t file_time) {
    constexpr uint64_t kTo1970 = 116'444'736'000'000'000;
    if (file_time < kTo1970 || file_time - kTo1970 > static_cast<uint64_t>(INT64_MAX) / 100) return 0;
    return static_cast<base::Timestamp>((file_time - kTo1970) * 100);
}

}  // namespace

std::string ChunkReader::chunk_place() const { return "chunk at byte " + std::to_string(offset_); }

Error ChunkReader::at_place(Error error, uint32_t at) const {
    return std::move(error).at("record at byte " + std::to_string(offset_ + at)).at(chunk_place());
}

Result<> ChunkReader::tell(Error error) {
    ++counts_.broken;
    return broken_(error);
}

ChunkReader::Header ChunkReader::read_header(std::span<const uint8_t> chunk) const {
    Header header;
    header.used = static_cast<uint32_t>(chunk.size());
    if (chunk.size() < kChunkHeaderBytes) return header;
    header.present = std::equal(kChunkMagic.begin(), kChunkMagic.end(), chunk.begin(), [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
    if (!header.present) return header;
    const uint32_t used = load32(chunk.data() + 48);
    const uint32_t sum = crc32_of(chunk.subspan(128, 384), crc32_of(chunk.first(120)));
    header.sound = sum == load32(chunk.data() + 124) && used >= kChunkHeaderBytes && used <= kChunkBytes;
    if (!header.sound || used > chunk.size()) return header;
    header.used = used;
    header.records_sound = crc32_of(chunk.subspan(kChunkHeaderBytes, used - kChunkHeaderBytes)) == load32(chunk.data() + 52);
    return header;
}

Result<size_t> ChunkReader::read(std::span<const uint8_t> filled, uint64_t offset) {
    if (all_zero(filled)) return filled.size();
    Header header = read_header(filled);
    const std::string_view text(reinterpret_cast<const char*>(filled.data()), filled.size());
    const auto chunk = filled.first(std::min(text.find(kChunkMagic, header.records_sound ? header.used : 1), text.size()));
    if (!header.records_sound) header.used = std::min(header.used, static_cast<uint32_t>(chunk.size()));
    ++counts_.chunks;
    chunk_ = chunk;
    offset_ = offset;
    if (!header.present) {
        TRY(tell(Error(ErrorCode::data_corrupt, chunk.size() < kChunkHeaderBytes ? "the file ends inside its header" : "it does not begin like a chunk")
                     .at(chunk_place())));
    } else if (!header.sound || !header.records_sound) {
        const char* const what = !header.sound                 ? "the checksum of its header is wrong"
                                 : header.used < chunk.size() || chunk.size() == kChunkBytes ? "the checksum of its records is wrong"
                                                                                             : "it is cut off";
        Error error = Error(ErrorCode::data_corrupt, what).at(chunk_place());
        if (counts_.dirty) {
            if (behind_) TRY(tell(std::move(*behind_)));
            behind_ = std::move(error);
        } else {
            TRY(tell(std::move(error)));
        }
    }
    if (chunk.size() > kChunkHeaderBytes) {
        writer_.begin_chunk(chunk);
        TRY(records(chunk, header));
    }
    return chunk.size();
}

Result<> ChunkReader::records(std::span<const uint8_t> chunk, const Header& header) {
    uint32_t at = kChunkHeaderBytes;
    bool any = false;
    while (at < chunk.size()) {
        const uint32_t size = record_size(chunk, at);
        if (size == 0) {
            if (at >= header.used || all_zero(chunk.subspan(at))) break;
            const uint32_t next = find_record(chunk, at + 1);
            const bool last = next >= header.used;
            if (!last || header.sound || load32(chunk.data() + std::min<size_t>(at, chunk.size() - 4)) == kRecordMagic) {
                const uint32_t passed = (last ? header.used : next) - at;
                ++ordinal_;
                TRY(tell(at_place(Error(ErrorCode::data_corrupt, "no whole record stands here; " + std::to_string(passed) + " bytes are passed over"), at)));
            }
            if (last) break;
            at = next;
            continue;
        }
        const uint64_t id = load64(chunk.data() + at + 8);
        // Behind what the header says: a dirty file's newest records, or what an older use of the chunk left.
        if (at >= header.used && (counts_.records + counts_.broken == 0 ? false : id != last_id_ + 1)) break;
        if (any && !header.sound && id <= last_id_) break;
        TRY(record(at, size));
        any = true;
        last_id_ = id;
        at += size;
    }
    return {};
}

Result<> ChunkReader::record(uint32_t at, uint32_t size) {
    const uint64_t ordinal = ordinal_++;
    if (!writer_.write(at + kRecordHeadBytes, at + size - 4, json_)) {
        const Problem& problem = writer_.problem();
        std::string what = problem.what;
        if (problem.at != 0) what += " (byte " + std::to_string(offset_ + problem.at) + ")";
        return tell(at_place(Error(problem.too_large ? ErrorCode::too_large : ErrorCode::data_corrupt, std::move(what)), at));
    }
    ++counts_.records;
    return visit_({.json = json_,
                   .ordinal = ordinal,
                   .record_id = load64(chunk_.data() + at + 8),
                   .written = timestamp_of(load64(chunk_.data() + at + 16)),
                   .offset = offset_ + at});
}

}  // namespace shuwei::evtx
