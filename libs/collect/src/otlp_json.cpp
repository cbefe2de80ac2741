// OTLP in JSON: proto3's mapping with two differences of its own, ids are hexadecimal and enums are numbers. Names are
// taken in camelCase and in snake_case, as proto3 asks of readers.
#include "json_text.hpp"
#include "otlp_record.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::collect {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;

std::string_view member(std::string_view object, std::string_view camel, std::string_view snake) {
    const std::string_view value = json_member(object, camel);
    return value.empty() ? json_member(object, snake) : value;
}

std::string text_of(std::string_view value) { return decode_json_string(value); }

// 64-bit numbers are strings in proto3's JSON; plain ones are taken, too.
uint64_t unsigned_of(std::string_view value) {
    if (is_json_string(value)) value = value.substr(1, value.size() - 2);
    return base::parse_uint(value).value_or(0);
}

void append_attributes(std::string_view key_values, DocumentWriter& out);

void append_value(std::string_view any, std::string& out) {
    JsonParts parts(any);
    if (!any.starts_with('{') || !parts.next()) {
        out += "null";
        return;
    }
    const std::string_view kind = parts.name();
    const std::string_view value = parts.value();
    if (kind == "intValue" || kind == "int_value") {
        const auto number = base::parse_int(is_json_string(value) ? value.substr(1, value.size() - 2) : value);
        out += number ? std::to_string(*number) : "null";
    } else if (kind == "arrayValue" || kind == "array_value") {
        out += '[';
        bool first = true;
        for (JsonParts values(json_member(value, "values")); values.next(); first = false) {
            if (!first) out += ',';
            append_value(values.value(), out);
        }
        out += ']';
    } else if (kind == "kvlistValue" || kind == "kvlist_value") {
        DocumentWriter object;
        append_attributes(json_member(value, "values"), object);
        out += object.take();
    } else {
        out += value;  // texts, numbers, truth values; bytes are base64 here already
    }
}

void append_attributes(std::string_view key_values, DocumentWriter& out) {
    if (!key_values.starts_with('[')) return;
    for (JsonParts pairs(key_values); pairs.next();) {
        std::string_view key;
        std::string value = "null";
        for (JsonParts parts(pairs.value()); parts.next();) {
            if (parts.name() == "key") key = parts.value();
            if (parts.name() == "value") {
                value.clear();
                append_value(parts.value(), value);
            }
        }
        if (!is_json_string(key) || key.size() == 2) continue;
        out.json(key.substr(1, key.size() - 2), value);
    }
}

// Of an array of keys and values.
std::string attributes_of(std::string_view key_values) {
    DocumentWriter out;
    append_attributes(key_values, out);
    return out.empty() ? std::string() : out.take();
}

OtlpRecord record_of(std::string_view object) {
    OtlpRecord record;
    for (JsonParts parts(object); parts.next();) {
        const std::string_view name = parts.name();
        const std::string_view value = parts.value();
        if (name == "timeUnixNano" || name == "time_unix_nano") record.time = unsigned_of(value);
        if (name == "observedTimeUnixNano" || name == "observed_time_unix_nano") record.observed = unsigned_of(value);
        if (name == "severityNumber" || name == "severity_number") record.severity = static_cast<int64_t>(unsigned_of(value) & 0xff);
        if (name == "severityText" || name == "severity_text") record.severity_text = text_of(value);
        if (name == "eventName" || name == "event_name") record.event_name = text_of(value);
        if (name == "traceId" || name == "trace_id") record.trace_id = text_of(value);
        if (name == "spanId" || name == "span_id") record.span_id = text_of(value);
        if (name == "attributes") record.attributes = attributes_of(value);
        if (name == "body") {
            record.body.clear();
            append_value(value, record.body);
        }
    }
    return record;
}

}  // namespace

Result<> read_otlp_json(std::string_view text, PushedBody& body) {
    const auto malformed = [] { return fail(ErrorCode::invalid_argument, "the body is no ExportLogsServiceRequest in JSON"); };
    if (!is_json_object(text)) return malformed();
    const std::string_view request = base::trim(text);
    DocumentWriter document;
    for (JsonParts resources(member(request, "resourceLogs", "resource_logs")); resources.next();) {
        if (!resources.value().starts_with('{')) return malformed();
        OtlpOrigin origin;
        origin.attributes = attributes_of(json_member(json_member(resources.value(), "resource"), "attributes"));
        for (JsonParts scopes(member(resources.value(), "scopeLogs", "scope_logs")); scopes.next();) {
            if (!scopes.value().starts_with('{')) return malformed();
            const std::string_view scope = json_member(scopes.value(), "scope");
            origin.scope_name = text_of(json_member(scope, "name"));
            origin.scope_version = text_of(json_member(scope, "version"));
            for (JsonParts records(member(scopes.value(), "logRecords", "log_records")); records.next();) {
                if (!records.value().starts_with('{')) return malformed();
                TRY(add_otlp_record(origin, record_of(records.value()), document, body));
            }
        }
    }
    return {};
}

}  // namespace shuwei::collect
