// PushedBody: a request's body as events, whichever protocol it came by. Filled by the readers below, spooled by
// HttpIngest. Events that stand in the body as they are stay views into it; those that had to be written are owned.
// Readers are pure; what they refuse as a whole is invalid_argument or too_large.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/collect/http_ingest.hpp"
#include "shuwei/spool/frame.hpp"

namespace shuwei::collect {

struct PushedEvent {
    std::string_view payload;
    spool::FrameKind kind = spool::FrameKind::json;
};

class PushedBody {
public:
    // Errors: too_large beyond kMaxIngestLines events, or kMaxPushWritten bytes of written ones.
    base::Result<> add(std::string_view payload, spool::FrameKind kind);
    base::Result<> add_written(std::string document, spool::FrameKind kind);

    std::vector<PushedEvent> events;
    std::vector<BulkItem> items;  // of a bulk body, refused ones too
    uint64_t refused = 0;
    std::string refusal;          // why the first of them was

private:
    std::deque<std::string> written_;
    size_t written_bytes_ = 0;
};

// Elasticsearch's _bulk: a line with the action, then, for all but delete, a line with the document.
base::Result<> read_elastic_bulk(std::string_view text, std::string_view default_index, PushedBody& body);
base::Result<> read_elastic_document(std::string_view text, PushedBody& body);

// Splunk's HTTP event collector. Events: JSON objects one after the other, with or without space between. Raw: lines.
base::Result<> read_splunk_events(std::string_view text, const PushOrigin& origin, PushedBody& body);
base::Result<> read_splunk_raw(std::string_view text, const PushOrigin& origin, PushedBody& body);

// OpenTelemetry's ExportLogsServiceRequest.
base::Result<> read_otlp_json(std::string_view text, PushedBody& body);
base::Result<> read_otlp_protobuf(std::string_view bytes, PushedBody& body);

}  // namespace shuwei::collect
