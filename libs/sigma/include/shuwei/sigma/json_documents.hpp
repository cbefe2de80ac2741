// Reads files of JSON events in all the shapes people have them: NDJSON, one JSON array, concatenated or pretty-printed
// objects, with or without a byte-order mark (UTF-8, UTF-16 little-endian). Hands out the text of each object with its
// ordinal; does not parse it further. One owner, not thread-safe; memory is one object plus a read buffer.
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
    uint64_t ordinal = 0;    // from 0 in the file, objects only
    uint64_t offset = 0;     // byte offset in the file
    uint32_t line = 1;       // line it begins on
};

struct JsonDocumentsLimits {
    size_t max_object_bytes = size_t{64} << 20;
    size_t max_depth = 1024;
};

// Calls `visit` for each object until it returns an error (which is passed on). data_corrupt with line and offset when
// something else than objects stands at the top level, an object is cut off or the file is binary; too_large beyond
// the limits. Objects before the bad place have been visited. Returns how many.
using JsonVisitor = std::function<base::Result<>(const JsonDocument&)>;
base::Result<uint64_t> read_json_documents(std::istream& in, const JsonVisitor& visit, const JsonDocumentsLimits& limits = {});
base::Result<uint64_t> read_json_documents(const std::filesystem::path& file, const JsonVisitor& visit,
                                           const JsonDocumentsLimits& limits = {});

}  // namespace shuwei::sigma
