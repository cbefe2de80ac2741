// Events as JSON: an object per event in, an object per line out.
// Flat dotted ECS names on output ("source.ip"); a multi-value is an array. A JsonReader has one owner.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "shuwei/base/result.hpp"
#include "shuwei/event/batch.hpp"

namespace shuwei::event {

constexpr size_t kMaxJsonDepth = 64;

// Flattens JSON objects into fields: {"a":{"b":1}} becomes a.b = 1; arrays of scalars become multi-values; arrays of
// objects are flattened in order; null keeps ValueKind::null. Names are prefixed with `prefix` where given.
class JsonReader {
public:
    JsonReader();
    ~JsonReader();
    JsonReader(JsonReader&&) noexcept;
    JsonReader& operator=(JsonReader&&) noexcept;

    // `json` must be one object and must have kArenaPadding readable bytes behind it (as arena views have). Values
    // without escapes stay views into `json`, others go to the arena. On an error fields added so far stay.
    // data_corrupt with the byte offset on malformed JSON, too_large beyond kMaxJsonDepth.
    base::Result<> read(std::string_view json, EventBatch& batch, Event& event, std::string_view prefix = {});

private:
    struct Parser;
    std::unique_ptr<Parser> parser_;
};

// Appends the event as one JSON object without a line end: @timestamp, event.ingested, log.source.address,
// shuwei.seq (when set), event.original, then its fields; a raw line that is not UTF-8 shows U+FFFD and adds
// event.original_base64. `pack_name` empty = unrecognised, no shuwei.pack.
void append_json(std::string& out, const EventBatch& batch, const Event& event, std::string_view pack_name = {});

}  // namespace shuwei::event
