#include "shuwei/collect/http_ingest.hpp"

#include <cstring>
#include <deque>
#include <vector>

#include "line.hpp"
#include "listener_counters.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/net/gzip.hpp"

namespace shuwei::collect {

using base::ErrorCode;
using base::Result;

HttpIngest::HttpIngest(Listener listener, FrameSink& sink)
    : listener_(std::move(listener)),
      sink_(sink),
      counters_(sink.counters(listener_.name)),
      not_json_(sink.metrics().counter("shuwei_ingest_not_json_total", "Pushed lines that are no JSON object",
                                       {{"listener", listener_.name}})) {}

Result<IngestReceipt> HttpIngest::ingest(const IngestRequest& request) {
    if (request.source.size() > spool::kMaxFrameSource || request.pack.size() > spool::kMaxFramePack) {
        return base::fail(ErrorCode::invalid_argument, "the name of the source or of the pack is too long");
    }
    if (request.body.size() > kMaxIngestBody) return base::fail(ErrorCode::too_large, "the body is larger than 32 MiB");
    const std::string encoding = base::to_ascii_lower(base::trim(request.content_encoding));
    if (encoding.empty() || encoding == "identity") return take(request, request.body);
    if (encoding != "gzip" && encoding != "x-gzip" && encoding != "deflate") {
        return base::fail(ErrorCode::invalid_argument, "Content-Encoding '" + encoding + "' is not known; send gzip");
    }
    std::unique_lock large(large_, std::defer_lock);
    auto text = net::inflate(request.body, kLargeIngest);
    if (!text && text.error().code() == ErrorCode::too_large) {
        if (!large.try_lock()) return base::fail(ErrorCode::resource_exhausted, "another large request is being taken");
        text = net::inflate(request.body, kMaxIngestInflated);
    }
    if (!text && text.error().code() == ErrorCode::data_corrupt) {
        return base::fail(ErrorCode::invalid_argument, text.error().message());
    }
    if (!text) return base::fail(std::move(text).error());
    return take(request, *text);
}

Result<IngestReceipt> HttpIngest::take(const IngestRequest& request, std::string_view text) {
    IngestReceipt receipt;
    std::vector<spool::FrameView> frames;
    std::deque<crypto::Digest> digests;
    const base::Timestamp now = sink_.now();
    size_t begin = 0;
    while (begin < text.size()) {
        const void* const end_of_line = std::memchr(text.data() + begin, '\n', text.size() - begin);
        const size_t end = end_of_line == nullptr
                               ? text.size()
                               : static_cast<size_t>(static_cast<const char*>(end_of_line) - text.data());
        std::string_view line = text.substr(begin, end - begin);
        begin = end + 1;
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (base::trim(line).empty()) continue;
        if (frames.size() == kMaxIngestLines) {
            return base::fail(ErrorCode::too_large, "more than " + std::to_string(kMaxIngestLines) + " lines");
        }
        spool::FrameView frame = frame_of_line(line, digests);
        frame.kind = kind_of_line(line);
        if (frame.kind != spool::FrameKind::json) ++receipt.not_json;
        frame.received = now;
        frame.peer = request.peer;
        frame.peer_port = request.peer_port;
        frame.listener = listener_.number;
        frame.tenant = request.tenant;
        frame.source = request.source;
        frame.pack = request.pack;
        frames.push_back(frame);
    }
    if (frames.empty()) return receipt;
    TRY_ASSIGN(const spool::SeqRange range, sink_.append(counters_, frames));
    TRY(sink_.spool().sync_until(range.last));
    if (receipt.not_json > 0) not_json_.add(static_cast<int64_t>(receipt.not_json));
    receipt.accepted = range.size();
    receipt.first_seq = range.first;
    receipt.last_seq = range.last;
    return receipt;
}

}  // namespace shuwei::collect
