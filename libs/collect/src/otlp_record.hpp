// A log record of OpenTelemetry as both of its encodings give it, and the document it becomes. Values are JSON texts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "document_writer.hpp"
#include "pushed_body.hpp"

namespace shuwei::collect {

// Of the resource and scope that records stand under.
struct OtlpOrigin {
    std::string attributes;  // an object, each name once
    std::string scope_name;
    std::string scope_version;
};

struct OtlpRecord {
    uint64_t time = 0;       // nanoseconds since the epoch; 0: not known
    uint64_t observed = 0;
    int64_t severity = 0;    // 1 … 24; 0: not known
    std::string severity_text;
    std::string event_name;
    std::string trace_id;    // hexadecimal
    std::string span_id;
    std::string body;        // a value; empty: none
    std::string body_bytes;  // of a text that is not UTF-8
    std::string attributes;  // an object or empty
};

// Attributes keep their names, as OpenTelemetry's are mostly ECS's; a map as body gives its members.
base::Result<> add_otlp_record(const OtlpOrigin& origin, const OtlpRecord& record, DocumentWriter& document, PushedBody& body);

}  // namespace shuwei::collect
