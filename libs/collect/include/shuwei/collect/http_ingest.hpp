// Events pushed by HTTP into the spool: our own lines, and the bodies of protocols that shippers speak
// (docs/formats/http-inputs.md). The api layer does HTTP itself. Thread-safe: call it from every worker.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/ip_address.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/collect/frame_sink.hpp"

namespace shuwei::collect {

constexpr size_t kMaxIngestBody = 32 << 20;        // as sent; the HTTP server's limit for the route
constexpr size_t kMaxIngestInflated = 256 << 20;
constexpr size_t kMaxIngestLines = 1'000'000;      // of one request
constexpr size_t kLargeIngest = 16 << 20;          // inflated bodies beyond are taken one at a time
constexpr size_t kMaxBulkItems = 100'000;          // of one request
constexpr size_t kMaxPushWritten = 128 << 20;      // of documents written out of one request's envelopes

// What the body is.
enum class PushFormat : uint8_t {
    lines,              // a line of text or a JSON object a line
    elastic_bulk,       // Elasticsearch: action and document in turn, a line each
    elastic_document,   // one document
    splunk_events,      // HEC: JSON objects one after the other
    splunk_raw,         // HEC: lines
    otlp_json,          // OpenTelemetry: ExportLogsServiceRequest
    otlp_protobuf,
};

// What a Splunk request says of all its events in the query, besides what each says of itself.
struct PushOrigin {
    std::string_view host;
    std::string_view source;
    std::string_view sourcetype;
    std::string_view index;
    std::string_view time;  // seconds since the epoch, a fraction allowed
};

// Why a Splunk body was refused: the message of an invalid_argument, with the number of the event as its place.
constexpr std::string_view kSplunkNoData = "No data";
constexpr std::string_view kSplunkInvalidData = "Invalid data format";
constexpr std::string_view kSplunkEventMissing = "Event field is required";
constexpr std::string_view kSplunkEventBlank = "Event field cannot be blank";
constexpr std::string_view kSplunkIndexedFields = "Error in handling indexed fields";

struct IngestRequest {
    std::string_view body;
    PushFormat format = PushFormat::lines;
    std::string_view index;             // elastic: of actions that name none
    PushOrigin origin;                  // splunk
    std::string_view content_encoding;  // "", "identity", "gzip", "x-gzip", "deflate"
    uint32_t tenant = 0;                // of the token
    base::IpAddress peer;
    uint16_t peer_port = 0;
    std::string_view source;            // name of the sending source where it is not the peer
    std::string_view pack;              // device pack to parse with
};

// One action of a bulk body.
struct BulkItem {
    std::string action;      // "index", "create", "update", "delete"
    std::string index;
    std::string id;          // as asked for; empty: none was
    std::string refusal;     // empty: taken
};

struct IngestReceipt {
    uint64_t accepted = 0;   // events taken; blank lines are passed over
    uint64_t first_seq = 0;  // only when accepted > 0
    uint64_t last_seq = 0;
    uint64_t not_json = 0;   // of lines: those that are no JSON object, kept as raw lines
    uint64_t refused = 0;    // events that cannot be kept, whatever is tried
    std::string refusal;     // why the first of them
    std::vector<BulkItem> items;  // of elastic_bulk, in order; those taken have rising seqs from first_seq on
};

// For health checks and acknowledgements.
struct IngestState {
    bool full = false;        // a request would be refused for lack of room
    uint64_t durable_seq = 0; // last seq on disk
};

class HttpIngest {
public:
    HttpIngest(Listener listener, FrameSink& sink);

    // Takes all events of the body or none, save single ones that the receipt counts as refused, and returns once they
    // are on disk. An event over 1 MiB is cut, as on every input. Errors and the status they stand for: invalid_argument
    // 400 (unknown encoding, damaged gzip, a malformed body, a source or pack name too long), too_large 413,
    // resource_exhausted 429 (spool or disk full, or another large request is being taken: Retry-After), io /
    // unavailable 503.
    base::Result<IngestReceipt> ingest(const IngestRequest& request);

    IngestState state() const;

private:
    base::Result<IngestReceipt> take(const IngestRequest& request, std::string_view text);

    Listener listener_;
    FrameSink& sink_;
    ListenerCounters& counters_;
    base::Metric& not_json_;
    base::Metric& refused_;
    std::mutex large_;  // held by the one large request: memory is bounded by its limit, not by the number of senders
};

}  // namespace shuwei::collect
