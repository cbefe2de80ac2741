// The chunks of a file, one after another: header, checksums, records, and what is left of them when they are damaged.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "record_writer.hpp"
#include "shuwei/evtx/evtx_file.hpp"

namespace shuwei::evtx {

constexpr size_t kChunkBytes = 65'536;
constexpr size_t kChunkHeaderBytes = 512;
constexpr std::string_view kChunkMagic{"ElfChnk\0", 8};

class ChunkReader {
public:
    ChunkReader(const EvtxVisitor& visit, const BrokenEvtxVisitor& broken, const EvtxLimits& limits)
        : visit_(visit), broken_(broken), writer_(limits.max_json_bytes) {}

    // A file that is dirty may have one chunk whose header is behind its records: that is no damage.
    void set_dirty() { counts_.dirty = true; }

    // `filled` begins at `offset` of the file and is kChunkBytes long, less only at the end of the file. Reads the chunk
    // there and returns its length: less than `filled` when the next one begins inside, as it does when bytes were lost.
    base::Result<size_t> read(std::span<const uint8_t> filled, uint64_t offset);

    base::Result<> tell(base::Error error);
    const EvtxCounts& counts() const { return counts_; }

private:
    struct Header {
        bool present = false;
        bool sound = false;        // magic and checksum
        bool records_sound = false;
        uint32_t used = kChunkHeaderBytes;  // end of its records; the chunk's end where the header is not sound
    };
    Header read_header(std::span<const uint8_t> chunk) const;
    base::Result<> records(std::span<const uint8_t> chunk, const Header& header);
    base::Result<> record(uint32_t at, uint32_t size);
    base::Error at_place(base::Error error, uint32_t at) const;
    std::string chunk_place() const;

    const EvtxVisitor& visit_;
    const BrokenEvtxVisitor& broken_;
    RecordWriter writer_;
    std::string json_;
    EvtxCounts counts_;
    std::span<const uint8_t> chunk_;
    uint64_t offset_ = 0;
    uint64_t ordinal_ = 0;
    uint64_t last_id_ = 0;  // of the latest record
    std::optional<base::Error> behind_;  // the one chunk of a dirty file that may be behind
};

}  // namespace shuwei::evtx
