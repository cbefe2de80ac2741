// Splunk's HTTP event collector (HEC): an event in an envelope that says when, where and what it is. Becomes a
// document with ECS names where there are such; an event that says nothing but itself stays as it is.
#include "document_writer.hpp"
#include "json_text.hpp"
#include "line.hpp"
#include "pushed_body.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::collect {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;

// What an envelope says, as text.
struct Envelope {
    std::string time;
    std::string host;
    std::string source;
    std::string sourcetype;
    std::string index;
    std::string_view fields;  // an object
};

// A text, or a number as it is written.
std::string plain(std::string_view value) { return is_json_string(value) ? decode_json_string(value) : std::string(value); }

bool names_a_file(std::string_view source) {
    return source.starts_with('/') || (source.size() > 2 && source[1] == ':' && source[2] == '\\');
}

// The names that Splunk gives have a place of their own, since its `source` is ECS's object of another meaning.
void write_envelope(const Envelope& envelope, DocumentWriter& document) {
    if (const auto time = event::parse_epoch(envelope.time)) {
        document.time("@timestamp", *time);
    } else {
        document.text("splunk.time", envelope.time);
    }
    document.text("host.name", envelope.host);
    if (names_a_file(envelope.source)) document.text("log.file.path", envelope.source);
    document.text("splunk.source", envelope.source);
    document.text("splunk.sourcetype", envelope.sourcetype);
    document.text("splunk.index", envelope.index);
}

Envelope envelope_of(const PushOrigin& origin) {
    return {std::string(origin.time),       std::string(origin.host),  std::string(origin.source),
            std::string(origin.sourcetype), std::string(origin.index), {}};
}

tl::unexpected<base::Error> refuse(std::string_view why, size_t number) {
    return fail(base::Error(ErrorCode::invalid_argument, std::string(why)).at(std::to_string(number)));
}

Result<> read_event(std::string_view object, const PushOrigin& origin, size_t number, PushedBody& body, DocumentWriter& document) {
    Envelope envelope = envelope_of(origin);
    std::string_view event;
    for (JsonParts parts(object); parts.next();) {
        const std::string_view value = parts.value();
        if (parts.name() == "event") event = value;
        if (value == "null") continue;
        if (parts.name() == "time") envelope.time = plain(value);
        if (parts.name() == "host") envelope.host = plain(value);
        if (parts.name() == "source") envelope.source = plain(value);
        if (parts.name() == "sourcetype") envelope.sourcetype = plain(value);
        if (parts.name() == "index") envelope.index = plain(value);
        if (parts.name() == "fields") envelope.fields = value;
    }
    if (event.empty() || event == "null") return refuse(kSplunkEventMissing, number);
    if (event == "\"\"") return refuse(kSplunkEventBlank, number);
    if (!envelope.fields.empty()) {
        if (envelope.fields.front() != '{') return refuse(kSplunkIndexedFields, number);
        for (JsonParts parts(envelope.fields); parts.next();) {
            if (parts.value().front() == '{') return refuse(kSplunkIndexedFields, number);
        }
    }
    write_envelope(envelope, document);
    const bool says_nothing_else = document.empty() && envelope.fields.empty();
    if (event.front() == '{') {
        if (says_nothing_else) return body.add(event, spool::FrameKind::json);
        document.members(event);
    } else if (is_json_string(event) && says_nothing_else) {
        std::string line = decode_json_string(event);
        if (base::trim(line).empty()) return refuse(kSplunkEventBlank, number);
        const spool::FrameKind kind = kind_of_line(line);
        return body.add_written(std::move(line), kind);
    } else {
        document.json("message", event);
    }
    document.members(envelope.fields);
    return body.add_written(document.take(), spool::FrameKind::json);
}

}  // namespace

Result<> read_splunk_events(std::string_view text, const PushOrigin& origin, PushedBody& body) {
    if (base::trim(text).empty()) return fail(ErrorCode::invalid_argument, std::string(kSplunkNoData));
    DocumentWriter document;
    for (size_t number = 0; !text.empty(); ++number) {
        const auto value = take_json_value(text);
        if (!value) return refuse(kSplunkInvalidData, number);
        if (value->front() == '[') {  // some senders write an array of them
            for (JsonParts events(*value); events.next(); ++number) {
                if (events.value().front() != '{') return refuse(kSplunkInvalidData, number);
                TRY(read_event(events.value(), origin, number, body, document));
            }
        } else if (value->front() == '{') {
            TRY(read_event(*value, origin, number, body, document));
        } else {
            return refuse(kSplunkInvalidData, number);
        }
    }
    if (body.events.empty()) return fail(ErrorCode::invalid_argument, std::string(kSplunkNoData));
    return {};
}

Result<> read_splunk_raw(std::string_view text, const PushOrigin& origin, PushedBody& body) {
    DocumentWriter document;
    const Envelope envelope = envelope_of(origin);
    while (!text.empty()) {
        const size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (base::trim(line).empty()) continue;
        const bool writable = base::is_valid_utf8(line);  // JSON would not keep other bytes: such a line goes alone
        if (writable) write_envelope(envelope, document);
        if (document.empty()) {
            TRY(body.add(line, kind_of_line(line)));
            continue;
        }
        document.text("message", line);
        TRY(body.add_written(document.take(), spool::FrameKind::json));
    }
    if (body.events.empty()) return fail(ErrorCode::invalid_argument, std::string(kSplunkNoData));
    return {};
}

}  // namespace shuwei::collect
