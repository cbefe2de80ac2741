// OTLP in Protocol Buffers. The field numbers are those of opentelemetry/proto/logs/v1 and common/v1.
#include <cmath>

#include <fmt/format.h>

#include "otlp_record.hpp"
#include "shuwei/base/text.hpp"
#include "wire_reader.hpp"

namespace shuwei::collect {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using Type = WireReader::Type;

constexpr int kMaxDepth = 32;  // of values within values

// What is wrong with a message, if anything: damage makes the request as a whole unreadable, depth one record.
enum class Reading : uint8_t { fine, too_deep, damaged };

Reading worse(Reading a, Reading b) { return a < b ? b : a; }
Reading end_of(const WireReader& reader, Reading so_far) { return reader.ok() ? so_far : Reading::damaged; }

Reading append_key_value(std::string_view message, int depth, DocumentWriter& out);

Reading append_elements(std::string_view message, int depth, std::string& out);

// AnyValue: of several values the last counts.
Reading append_value(std::string_view message, int depth, std::string& out) {
    if (depth > kMaxDepth) {
        out += "null";
        return Reading::too_deep;
    }
    std::string value = "null";
    Reading reading = Reading::fine;
    WireReader reader(message);
    while (reader.next()) {
        if (reader.is(1, Type::bytes)) {
            value.clear();
            base::append_json_string(value, reader.bytes());
        } else if (reader.is(2, Type::varint)) {
            value = reader.number() != 0 ? "true" : "false";
        } else if (reader.is(3, Type::varint)) {
            value = std::to_string(static_cast<int64_t>(reader.number()));
        } else if (reader.is(4, Type::fixed64)) {
            const double real = reader.real();
            value = std::isfinite(real) ? fmt::format("{}", real) : fmt::format("\"{}\"", real);
        } else if (reader.is(5, Type::bytes)) {
            value.clear();
            reading = worse(reading, append_elements(reader.bytes(), depth + 1, value));
        } else if (reader.is(6, Type::bytes)) {
            DocumentWriter object;
            WireReader pairs(reader.bytes());
            while (pairs.next()) {
                if (pairs.is(1, Type::bytes)) reading = worse(reading, append_key_value(pairs.bytes(), depth + 1, object));
            }
            reading = end_of(pairs, reading);
            value = object.take();
        } else if (reader.is(7, Type::bytes)) {
            value = '"' + base::base64_encode(reader.bytes()) + '"';
        }
    }
    out += value;
    return end_of(reader, reading);
}

Reading append_elements(std::string_view message, int depth, std::string& out) {
    Reading reading = Reading::fine;
    WireReader reader(message);
    out += '[';
    bool first = true;
    while (reader.next()) {
        if (!reader.is(1, Type::bytes)) continue;
        if (!first) out += ',';
        first = false;
        reading = worse(reading, append_value(reader.bytes(), depth, out));
    }
    out += ']';
    return end_of(reader, reading);
}

Reading append_key_value(std::string_view message, int depth, DocumentWriter& out) {
    std::string_view key;
    std::string value = "null";
    Reading reading = Reading::fine;
    WireReader reader(message);
    while (reader.next()) {
        if (reader.is(1, Type::bytes)) key = reader.bytes();
        if (reader.is(2, Type::bytes)) {
            value.clear();
            reading = worse(reading, append_value(reader.bytes(), depth, value));
        }
    }
    if (!key.empty()) out.json(json_written(key), value);
    return end_of(reader, reading);
}

// Resource: its attributes as an object, each name once.
Reading read_resource(std::string_view message, OtlpOrigin& origin) {
    DocumentWriter out;
    Reading reading = Reading::fine;
    WireReader reader(message);
    while (reader.next()) {
        if (reader.is(1, Type::bytes)) reading = worse(reading, append_key_value(reader.bytes(), 0, out));
    }
    origin.attributes = out.empty() ? std::string() : out.take();
    return end_of(reader, reading);
}

Reading read_scope(std::string_view message, OtlpOrigin& origin) {
    WireReader reader(message);
    while (reader.next()) {
        if (reader.is(1, Type::bytes)) origin.scope_name = reader.bytes();
        if (reader.is(2, Type::bytes)) origin.scope_version = reader.bytes();
    }
    return end_of(reader, Reading::fine);
}

// The bytes of a body that is a text, else nothing.
std::string_view text_of_value(std::string_view message) {
    WireReader reader(message);
    return reader.next() && reader.is(1, Type::bytes) ? reader.bytes() : std::string_view();
}

Reading read_record(std::string_view message, OtlpRecord& record) {
    DocumentWriter attributes;
    Reading reading = Reading::fine;
    WireReader reader(message);
    while (reader.next()) {
        if (reader.is(1, Type::fixed64)) record.time = reader.number();
        if (reader.is(2, Type::varint)) record.severity = static_cast<int64_t>(reader.number() & 0xff);
        if (reader.is(3, Type::bytes)) record.severity_text = reader.bytes();
        if (reader.is(5, Type::bytes)) {
            record.body.clear();
            reading = worse(reading, append_value(reader.bytes(), 0, record.body));
            const std::string_view text = text_of_value(reader.bytes());
            if (!base::is_valid_utf8(text)) record.body_bytes = text;
        }
        if (reader.is(6, Type::bytes)) reading = worse(reading, append_key_value(reader.bytes(), 0, attributes));
        if (reader.is(9, Type::bytes)) record.trace_id = base::hex_encode(reader.bytes());
        if (reader.is(10, Type::bytes)) record.span_id = base::hex_encode(reader.bytes());
        if (reader.is(11, Type::fixed64)) record.observed = reader.number();
        if (reader.is(12, Type::bytes)) record.event_name = reader.bytes();
    }
    if (!attributes.empty()) record.attributes = attributes.take();
    return end_of(reader, reading);
}

Result<> damaged() { return fail(ErrorCode::invalid_argument, "the body is no ExportLogsServiceRequest in Protocol Buffers"); }

void refuse_record(PushedBody& body) {
    if (body.refused++ == 0) body.refusal = "values are nested deeper than 32 levels";
}

Result<> read_scope_logs(std::string_view message, OtlpOrigin& origin, bool origin_too_deep, DocumentWriter& document, PushedBody& body) {
    origin.scope_name.clear();
    origin.scope_version.clear();
    WireReader head(message);  // the scope may stand behind its records
    while (head.next()) {
        if (head.is(1, Type::bytes) && read_scope(head.bytes(), origin) == Reading::damaged) return damaged();
    }
    WireReader reader(message);
    while (reader.next()) {
        if (!reader.is(2, Type::bytes)) continue;
        OtlpRecord record;
        const Reading reading = read_record(reader.bytes(), record);
        if (reading == Reading::damaged) return damaged();
        if (reading == Reading::too_deep || origin_too_deep) {
            refuse_record(body);
        } else {
            TRY(add_otlp_record(origin, record, document, body));
        }
    }
    return reader.ok() ? Result<>() : damaged();
}

Result<> read_resource_logs(std::string_view message, DocumentWriter& document, PushedBody& body) {
    OtlpOrigin origin;
    Reading reading = Reading::fine;
    WireReader head(message);
    while (head.next()) {
        if (head.is(1, Type::bytes)) reading = worse(reading, read_resource(head.bytes(), origin));
    }
    if (end_of(head, reading) == Reading::damaged) return damaged();
    WireReader reader(message);
    while (reader.next()) {
        if (reader.is(2, Type::bytes)) {
            TRY(read_scope_logs(reader.bytes(), origin, reading == Reading::too_deep, document, body));
        }
    }
    return {};
}

}  // namespace

Result<> read_otlp_protobuf(std::string_view bytes, PushedBody& body) {
    DocumentWriter document;
    WireReader reader(bytes);
    while (reader.next()) {
        if (reader.is(1, Type::bytes)) TRY(read_resource_logs(reader.bytes(), document, body));
    }
    return reader.ok() ? Result<>() : damaged();
}

}  // namespace shuwei::collect
