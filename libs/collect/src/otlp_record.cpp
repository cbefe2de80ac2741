#include "otlp_record.hpp"

#include <limits>

#include "shuwei/base/text.hpp"

namespace shuwei::collect {

base::Result<> add_otlp_record(const OtlpOrigin& origin, const OtlpRecord& record, DocumentWriter& document, PushedBody& body) {
    const uint64_t time = record.time != 0 ? record.time : record.observed;
    if (time != 0 && time <= static_cast<uint64_t>(std::numeric_limits<base::Timestamp>::max())) {
        document.time("@timestamp", static_cast<base::Timestamp>(time));
    }
    if (record.body.starts_with('{')) {
        document.members(record.body);
    } else if (!record.body.empty() && record.body != "null") {
        document.json("message", record.body);
    }
    if (!record.body_bytes.empty()) document.text("otel.body_base64", base::base64_encode(record.body_bytes));
    document.text("log.level", record.severity_text);
    if (record.severity != 0) document.number("otel.severity_number", record.severity);
    document.text("event.name", record.event_name);
    document.text("trace.id", record.trace_id);
    document.text("span.id", record.span_id);
    document.members(record.attributes);
    document.members(origin.attributes);
    document.text("otel.scope.name", origin.scope_name);
    document.text("otel.scope.version", origin.scope_version);
    return body.add_written(document.take(), spool::FrameKind::json);
}

}  // namespace shuwei::collect
