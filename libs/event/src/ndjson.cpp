#include "shuwei/event/ndjson.hpp"

#include <simdjson.h>

#include "shuwei/base/text.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::event {

using base::ErrorCode;
using base::fail;
using base::Result;
namespace ondemand = simdjson::ondemand;

struct JsonReader::Parser {
    ondemand::parser parser;
    std::string name;  // dotted name of the place being read

    struct Target {
        EventBatch& batch;
        Event& event;
        const char* begin;
        const char* end;
    };

    static bool is_number(std::string_view text) {
        size_t at = text.starts_with('-') ? 1 : 0;
        const auto digits = [&] {
            const size_t first = at;
            while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
            return at - first;
        };
        const size_t whole = at;
        const size_t count = digits();
        if (count == 0 || (text[whole] == '0' && count > 1)) return false;
        if (at < text.size() && text[at] == '.') {
            ++at;
            if (digits() == 0) return false;
        }
        if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
            ++at;
            if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
            if (digits() == 0) return false;
        }
        return at == text.size();
    }

    // Depth-first; `name` holds the dotted path.
    simdjson::error_code read_value(ondemand::value value, Target& target, size_t depth) {
        if (depth > kMaxJsonDepth) return simdjson::DEPTH_ERROR;
        ondemand::json_type type;
        if (auto error = value.type().get(type)) return error;
        switch (type) {
            case ondemand::json_type::object: {
                ondemand::object object;
                if (auto error = value.get_object().get(object)) return error;
                return read_object(object, target, depth);
            }
            case ondemand::json_type::array: {
                ondemand::array array;
                if (auto error = value.get_array().get(array)) return error;
                for (auto element : array) {
                    ondemand::value item;
                    if (auto error = std::move(element).get(item)) return error;
                    if (auto error = read_value(item, target, depth + 1)) return error;
                }
                return simdjson::SUCCESS;
            }
            case ondemand::json_type::string: {
                // Without an escape the text between the quotes is the value, and stays where it is.
                std::string_view token = value.raw_json_token();
                const size_t close = token.find_last_of('"');
                if (close > 0 && close != std::string_view::npos) {
                    const std::string_view inside = token.substr(1, close - 1);
                    if (inside.find('\\') == std::string_view::npos) {
                        std::string_view checked;
                        if (auto error = value.get_string().get(checked)) return error;
                        target.batch.add(target.event, name, inside);
                        return simdjson::SUCCESS;
                    }
                }
                std::string_view text;
                if (auto error = value.get_string().get(text)) return error;
                target.batch.add(target.event, name, target.batch.store(text));
                return simdjson::SUCCESS;
            }
            case ondemand::json_type::number: {
                // As received, so that integers beyond 64 bits and every digit of a fraction survive.
                const std::string_view number = base::trim(value.raw_json_token());
                if (!is_number(number)) return simdjson::NUMBER_ERROR;
                target.batch.add(target.event, name, number, ValueKind::number);
                return simdjson::SUCCESS;
            }
            case ondemand::json_type::boolean: {
                bool flag = false;
                if (auto error = value.get_bool().get(flag)) return error;
                target.batch.add(target.event, name, flag ? "true" : "false", ValueKind::boolean);
                return simdjson::SUCCESS;
            }
            case ondemand::json_type::null: {
                bool null = false;
                if (auto error = value.is_null().get(null)) return error;
                if (!null) return simdjson::N_ATOM_ERROR;
                target.batch.add(target.event, name, {}, ValueKind::null);
                return simdjson::SUCCESS;
            }
        }
        return simdjson::UNEXPECTED_ERROR;
    }

    simdjson::error_code read_object(ondemand::object object, Target& target, size_t depth) {
        const size_t outer = name.size();
        for (auto member : object) {
            std::string_view key;
            if (auto error = member.unescaped_key().get(key)) return error;
            if (outer > 0 && name.back() != '.') name += '.';
            name += key;
            ondemand::value value;
            if (auto error = member.value().get(value)) return error;
            if (auto error = read_value(value, target, depth + 1)) return error;
            name.resize(outer);
        }
        return simdjson::SUCCESS;
    }
};

JsonReader::JsonReader() : parser_(std::make_unique<Parser>()) {}
JsonReader::~JsonReader() = default;
JsonReader::JsonReader(JsonReader&&) noexcept = default;
JsonReader& JsonReader::operator=(JsonReader&&) noexcept = default;

Result<> JsonReader::read(std::string_view json, EventBatch& batch, Event& event, std::string_view prefix) {
    static_assert(kArenaPadding >= simdjson::SIMDJSON_PADDING);
    const auto failure = [](simdjson::error_code error) {
        const auto code = error == simdjson::DEPTH_ERROR || error == simdjson::CAPACITY ? ErrorCode::too_large
                                                                                       : ErrorCode::data_corrupt;
        return fail(code, std::string("JSON: ") + simdjson::error_message(error));
    };
    ondemand::document document;
    if (auto error = parser_->parser.iterate(json.data(), json.size(), json.size() + kArenaPadding).get(document)) {
        return failure(error);
    }
    ondemand::object object;
    if (auto error = document.get_object().get(object)) return failure(error);
    parser_->name.assign(prefix);
    Parser::Target target{batch, event, json.data(), json.data() + json.size()};
    if (auto error = parser_->read_object(object, target, 1)) return failure(error);
    if (const char* rest = nullptr; !document.current_location().get(rest)) {
        return fail(ErrorCode::data_corrupt, "JSON: text after the object");
    }
    return {};
}

namespace {

void append_value(std::string& out, const FieldValue& value) {
    switch (value.kind) {
        case ValueKind::number:
        case ValueKind::boolean: out.append(value.text()); return;
        case ValueKind::null: out += "null"; return;
        case ValueKind::string: base::append_json_string(out, value.text()); return;
    }
}

void append_name(std::string& out, std::string_view name) {
    if (out.back() != '{') out += ',';
    base::append_json_string(out, name);
    out += ':';
}

// ,"name": as it stands before a value; names are few and never change, so each thread writes them once.
std::string_view written_name(FieldId field) {
    static thread_local std::vector<std::string> written;
    if (field >= written.size()) written.resize(std::max<size_t>(field + size_t{1}, field_count()));
    std::string& name = written[field];
    if (name.empty()) {
        name = ",";
        base::append_json_string(name, field_name(field));
        name += ':';
    }
    return name;
}

}  // namespace

void append_json(std::string& out, const EventBatch& batch, const Event& event, std::string_view pack_name) {
    out += '{';
    const auto add_time = [&](std::string_view name, base::Timestamp time) {
        append_name(out, name);
        out += '"';
        append_rfc3339(out, time);
        out += '"';
    };
    add_time("@timestamp", event.time);
    if (event.received != 0) add_time("event.ingested", event.received);
    if (!event.peer.is_unspecified()) {
        append_name(out, "log.source.address");
        base::append_json_string(out, event.peer.to_string());
    }
    if (event.seq != 0) {
        append_name(out, "shuwei.seq");
        out += std::to_string(event.seq);
    }
    if (!pack_name.empty()) {
        append_name(out, "shuwei.pack");
        base::append_json_string(out, pack_name);
    }
    append_name(out, "event.original");
    base::append_json_string(out, event.raw);
    if (!base::is_valid_utf8(event.raw)) {
        append_name(out, "event.original_base64");
        base::append_json_string(out, base::base64_encode(event.raw));
    }
    const auto fields = batch.fields(event);
    // Most fields have one value; only those that share a bit with another one are looked for.
    uint64_t seen = 0;
    uint64_t several = 0;
    const auto bit = [](FieldId field) { return uint64_t{1} << (field % 64); };
    for (const FieldValue& value : fields) {
        several |= seen & bit(value.field);
        seen |= bit(value.field);
    }
    for (size_t i = 0; i < fields.size(); ++i) {
        const FieldId field = fields[i].field;
        switch (field) {  // said above, from the event itself
            case timestamp:
            case event_ingested:
            case log_source_address:
            case shuwei_seq:
            case shuwei_pack:
            case event_original: continue;
            default: break;
        }
        if ((several & bit(field)) == 0) {
            out += written_name(field);
            append_value(out, fields[i]);
            continue;
        }
        const auto same = [&](const FieldValue& other) { return other.field == field; };
        if (std::any_of(fields.begin(), fields.begin() + static_cast<ptrdiff_t>(i), same)) continue;
        out += written_name(field);
        if (std::none_of(fields.begin() + static_cast<ptrdiff_t>(i) + 1, fields.end(), same)) {
            append_value(out, fields[i]);
            continue;
        }
        out += '[';
        for (size_t j = i; j < fields.size(); ++j) {
            if (!same(fields[j])) continue;
            if (out.back() != '[') out += ',';
            append_value(out, fields[j]);
        }
        out += ']';
    }
    out += '}';
}

}  // namespace shuwei::event
