// Windows event log files (EVTX), read natively: each record becomes one JSON object {"Event":{"System":…,"EventData":…}}
// in the shape that event log exporters write and the Windows device packs read (docs/formats/evtx.md). Damage costs
// what it touches: it is told with its place, everything else is read. Nothing is kept between calls, any thread may
// call; memory is one chunk (64 KiB), its templates and one record's JSON.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::evtx {

struct EvtxRecord {
    std::string_view json;        // one object in one line; valid in the call
    uint64_t ordinal = 0;         // from 0 in the file; what was broken counts as one
    uint64_t record_id = 0;       // as stored with the record
    base::Timestamp written = 0;  // when the log service wrote it; 0 where the record does not say
    uint64_t offset = 0;          // of the record in the file, bytes
};

struct EvtxLimits {
    size_t max_json_bytes = size_t{1} << 20;  // of one record; a larger one is told as too_large
};

struct EvtxCounts {
    uint64_t records = 0;  // visited
    uint64_t broken = 0;   // told: records, chunks, the file header
    uint64_t chunks = 0;   // with anything in them
    bool dirty = false;    // copied while the log was open: the newest records lie behind what its headers say
};

// What a file begins with, by which it is recognised, not by its name.
constexpr std::string_view kEvtxMagic{"ElfFile\0", 8};
inline bool is_evtx(std::string_view beginning) { return beginning.starts_with(kEvtxMagic); }
// The same for an open file, without moving its position; false where the descriptor cannot be read at a place (a pipe).
bool is_evtx(int fd);

// Calls `visit` for each record in the order of the file, and `broken` (data_corrupt or too_large) for each piece of
// damage with chunk, record and byte offset; what either returns as an error ends the reading and is passed on.
// A chunk whose checksum is wrong is told, and its records are read as far as each holds together by itself.
// data_corrupt when the file is no EVTX file at all; io, not_found, permission_denied when it cannot be read.
using EvtxVisitor = std::function<base::Result<>(const EvtxRecord&)>;
using BrokenEvtxVisitor = std::function<base::Result<>(const base::Error&)>;
base::Result<EvtxCounts> read_evtx(int fd, const EvtxVisitor& visit, const BrokenEvtxVisitor& broken, const EvtxLimits& limits = {});
base::Result<EvtxCounts> read_evtx(const std::filesystem::path& file, const EvtxVisitor& visit, const BrokenEvtxVisitor& broken,
                                   const EvtxLimits& limits = {});
// From memory, as if it were a file.
base::Result<EvtxCounts> read_evtx_bytes(std::string_view bytes, const EvtxVisitor& visit, const BrokenEvtxVisitor& broken,
                                         const EvtxLimits& limits = {});

}  // namespace shuwei::evtx
