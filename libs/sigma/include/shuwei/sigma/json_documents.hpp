// Reads files of JSON events in all the shapes people have them: NDJSON, one JSON array, concatenated or pretty-printed
// objects, in UTF-8 or UTF-16, with or without a byte-order mark. Hands out the text of each object with its ordinal;
// does not parse it further. A broken object is told and passed over. Nothing is kept between calls, any thread may
// call; memory is at most two objects and a read buffer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <istream>
#include <string_view>

#include "shuwei/base/result.hpp"

namespace shuwei::sigma {

struct JsonDocument {
    std::string_view text;   // one JSON object, brace to brace; kArenaPadding readable bytes behind; valid in the call
    uint64_t ordinal = 0;    // from 0 in the file; what was broken counts as one
    uint64_t offset = 0;     // byte offset in the file (of its text as UTF-8)
    uint32_t line = 1;       // line it begins on
};

struct JsonDocumentsLimits {
    size_t max_object_bytes = size_t{64} << 20;
    size_t max_depth = 1024;
};

struct JsonCounts {
    uint64_t objects = 0;  // visited
    uint64_t broken = 0;   // told
};

// Calls `visit` for each object, and `broken` (data_corrupt or too_large, with line and byte offset) for each object that
// is cut off, malformed or beyond the limits, and for each run of text that is no object; what either returns as an
// error ends the reading and is passed on (so `return fail(error)` in `broken` reads strictly).
// An object broken but closed in its own line costs only itself. Otherwise reading goes on at the next line that begins
// an object at the same indentation or less: what follows in the line of the break is lost, and inner objects of
// pretty-printed text are not taken for records.
// data_corrupt when the file is binary, io, not_found or permission_denied when it cannot be read.
using JsonVisitor = std::function<base::Result<>(const JsonDocument&)>;
using BrokenJsonVisitor = std::function<base::Result<>(const base::Error&)>;
base::Result<JsonCounts> read_json_documents(std::istream& in, const JsonVisitor& visit, const BrokenJsonVisitor& broken,
                                             const JsonDocumentsLimits& limits = {});
base::Result<JsonCounts> read_json_documents(const std::filesystem::path& file, const JsonVisitor& visit,
                                             const BrokenJsonVisitor& broken, const JsonDocumentsLimits& limits = {});

}  // namespace shuwei::sigma
