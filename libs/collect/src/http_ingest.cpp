#include "shuwei/collect/http_ingest.hpp"

#include <deque>
#include <vector>

#include "line.hpp"
#include "listener_counters.hpp"
#include "pushed_body.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/net/gzip.hpp"

namespace shuwei::collect {

using base::ErrorCode;
using base::Result;

namespace {

Result<> read_lines(std::string_view text, PushedBody& body) {
    while (!text.empty()) {
        const size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!base::trim(line).empty()) TRY(body.add(line, kind_of_line(line)));
    }
    return {};
}

Result<> read(const IngestRequest& request, std::string_view text, PushedBody& body) {
    switch (request.format) {
        case PushFormat::lines: return read_lines(text, body);
        case PushFormat::elastic_bulk: return read_elastic_bulk(text, request.index, body);
        case PushFormat::elastic_document: return read_elastic_document(text, body);
        case PushFormat::splunk_events: return read_splunk_events(text, request.origin, body);
        case PushFormat::splunk_raw: return read_splunk_raw(text, request.origin, body);
        case PushFormat::otlp_json: return read_otlp_json(text, body);
        case PushFormat::otlp_protobuf: return read_otlp_protobuf(text, body);
    }
    return base::fail(ErrorCode::internal, "a body of no known format");
}

}  // namespace

HttpIngest::HttpIngest(Listener listener, FrameSink& sink)
    : listener_(std::move(listener)),
      sink_(sink),
      counters_(sink.counters(listener_.name)),
      not_json_(sink.metrics().counter("shuwei_ingest_not_json_total", "Pushed lines that are no JSON object",
                                       {{"listener", listener_.name}})),
      refused_(sink.metrics().counter("shuwei_ingest_refused_total", "Pushed events that no retry would make acceptable",
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

IngestState HttpIngest::state() const { return {sink_.spool().full(), sink_.spool().durable_seq()}; }

Result<IngestReceipt> HttpIngest::take(const IngestRequest& request, std::string_view text) {
    PushedBody body;
    TRY(read(request, text, body));
    IngestReceipt receipt;
    receipt.refused = body.refused;
    receipt.refusal = std::move(body.refusal);
    receipt.items = std::move(body.items);
    if (!body.events.empty()) {
        std::vector<spool::FrameView> frames;
        frames.reserve(body.events.size());
        std::deque<crypto::Digest> digests;
        const base::Timestamp now = sink_.now();
        for (const PushedEvent& event : body.events) {
            spool::FrameView frame = frame_of_line(event.payload, digests);
            frame.kind = frame.truncated() ? spool::FrameKind::line : event.kind;
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
        if (!sink_.admits(listener_.number, request.peer, text.size())) {
            counters_.bounded.add();
            return base::fail(ErrorCode::resource_exhausted, "the spool fills, and this sender has had its share");
        }
        TRY_ASSIGN(const spool::SeqRange range, sink_.append(counters_, frames));
        TRY(sink_.spool().sync_until(range.last));
        receipt.accepted = range.size();
        receipt.first_seq = range.first;
        receipt.last_seq = range.last;
    }
    if (receipt.not_json > 0) not_json_.add(static_cast<int64_t>(receipt.not_json));
    if (receipt.refused > 0) refused_.add(static_cast<int64_t>(receipt.refused));
    return receipt;
}

}  // namespace shuwei::collect
