// Lines pushed by HTTP into the spool; the api layer does HTTP itself. Thread-safe: call it from every worker.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "shuwei/base/ip_address.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/collect/frame_sink.hpp"

namespace shuwei::collect {

constexpr size_t kMaxIngestBody = 32 << 20;        // as sent; the HTTP server's limit for the route
constexpr size_t kMaxIngestInflated = 256 << 20;
constexpr size_t kMaxIngestLines = 1'000'000;      // of one request
constexpr size_t kLargeIngest = 16 << 20;          // inflated bodies beyond are taken one at a time

struct IngestRequest {
    std::string_view body;
    std::string_view content_encoding;  // "", "identity", "gzip", "x-gzip", "deflate"
    uint32_t tenant = 0;                // of the token
    base::IpAddress peer;
    uint16_t peer_port = 0;
    std::string_view source;            // name of the sending source where it is not the peer
    std::string_view pack;              // device pack to parse with
};

struct IngestReceipt {
    uint64_t accepted = 0;   // lines taken; blank lines are passed over
    uint64_t first_seq = 0;  // only when accepted > 0
    uint64_t last_seq = 0;
    uint64_t not_json = 0;   // of these, lines that are no JSON object: kept as raw lines
};

class HttpIngest {
public:
    HttpIngest(Listener listener, FrameSink& sink);

    // Takes all lines of the body or none, and returns once they are on disk. A line over 1 MiB is cut, as on every
    // input. Errors and the status they stand for: invalid_argument 400 (unknown encoding, damaged gzip, a source or
    // pack name too long), too_large 413, resource_exhausted 429 (spool or disk full, or another large request is being
    // taken: Retry-After), io / unavailable 503.
    base::Result<IngestReceipt> ingest(const IngestRequest& request);

private:
    base::Result<IngestReceipt> take(const IngestRequest& request, std::string_view text);

    Listener listener_;
    FrameSink& sink_;
    ListenerCounters& counters_;
    base::Metric& not_json_;
    std::mutex large_;  // held by the one large request: memory is bounded by its limit, not by the number of senders
};

}  // namespace shuwei::collect
