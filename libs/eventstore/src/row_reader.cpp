#include "row_reader.hpp"

#include <algorithm>
#include <cstring>

#include "shuwei/base/text.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::eventstore {

using base::ErrorCode;
using base::fail;
using base::Result;
using event::FieldType;

void RowBinary::take(void* to, size_t size) {
    if (bytes_.size() < size) {
        fail();
        return;
    }
    std::memcpy(to, bytes_.data(), size);
    bytes_.remove_prefix(size);
}

uint64_t RowBinary::count() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        const auto byte = this->value<uint8_t>();
        if (!ok_) return 0;
        value |= uint64_t{byte & 0x7fu} << shift;
        if ((byte & 0x80) == 0) return value;
    }
    fail();
    return 0;
}

std::string_view RowBinary::text() {
    const uint64_t size = count();
    if (size > bytes_.size()) {
        fail();
        return {};
    }
    const std::string_view text = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return text;
}

namespace {

constexpr size_t kMaxRowBytes = 128 * 1024 * 1024;

// Grammar of a JSON number: what ValueKind::number holds came from outside.
bool is_json_number(std::string_view text) {
    size_t at = 0;
    const auto digits = [&] {
        const size_t first = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
        return at > first;
    };
    if (at < text.size() && text[at] == '-') ++at;
    const size_t whole = at;
    if (!digits() || (text[whole] == '0' && at > whole + 1)) return false;
    if (at < text.size() && text[at] == '.') {
        ++at;
        if (!digits()) return false;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        if (!digits()) return false;
    }
    return at == text.size();
}

void append_typed(std::string& out, FieldType type, bool in_catalogue, char kind, std::string_view text) {
    const bool integer = in_catalogue && type == FieldType::integer && base::parse_int(text).has_value();
    const bool number = in_catalogue ? type == FieldType::number || type == FieldType::integer : kind == 'n';
    const bool boolean = in_catalogue ? type == FieldType::boolean : kind == 'b';
    if (integer) {
        out += std::to_string(*base::parse_int(text));
    } else if ((number && is_json_number(text)) || (boolean && (text == "true" || text == "false"))) {
        out += text;
    } else {
        base::append_json_string(out, text);
    }
}

}  // namespace

EventRowReader::EventRowReader(const std::vector<std::string>& fields, const std::vector<uint32_t>& tenants)
    : fields_(fields), tenant_(tenants.size() == 1 ? tenants[0] : 0), has_table_(tenants.size() > 1) {
    std::sort(fields_.begin(), fields_.end());
    if (has_table_) select_list_ += "_table, ";
    select_list_ += "seq, ts, received, retention_class, listener, source, peer, pack, raw";
    for (const Column& column : field_columns()) {
        if (!wanted(event::field_info(column.field)->name)) continue;
        columns_.push_back(&column);
        select_list_ += ", " + column.value;
    }
    has_rest_ = fields_.empty();
    for (const std::string& field : fields_) {
        const event::FieldId id = event::find_field(field);
        if (id == event::kNoField || column_of(id) == kNoColumn) has_rest_ = true;
    }
    // The kinds of both maps follow one another, so `more` is understood only together with `rest`.
    if (!has_rest_) select_list_ += ", more, kinds, length(rest.keys)";
    if (has_rest_) select_list_ += ", more, kinds, rest";
}

bool EventRowReader::wanted(std::string_view name) const {
    return fields_.empty() || std::binary_search(fields_.begin(), fields_.end(), name);
}

Result<bool> EventRowReader::feed(std::string_view piece, const std::function<bool(StoredEvent&&)>& row) {
    if (!pending_.empty()) {
        pending_.append(piece);
        piece = pending_;
    }
    size_t used = 0;
    while (used < piece.size()) {
        RowBinary from(piece.substr(used));
        StoredEvent event;
        if (!read_row(from, event)) break;
        used = piece.size() - from.left();
        if (!row(std::move(event))) return false;
    }
    std::string left(piece.substr(used));
    if (left.size() > kMaxRowBytes) return fail(ErrorCode::data_corrupt, "the event store gave something that is no row");
    pending_ = std::move(left);
    return true;
}

void EventRowReader::read_map(RowBinary& from, std::vector<Entry>& entries) {
    entries.clear();
    const uint64_t count = from.count();
    for (uint64_t i = 0; i < count && from.ok(); ++i) {
        const std::string_view key = from.text();
        entries.push_back({key, from.text(), 's'});
    }
}

void EventRowReader::append_member(std::string& out, std::string_view name) const {
    if (out.back() != '{') out += ',';
    base::append_json_string(out, name);
    out += ':';
}

bool EventRowReader::read_row(RowBinary& from, StoredEvent& event) {
    event.tenant = tenant_;
    if (has_table_) {
        const std::string_view table = from.text();
        event.tenant = static_cast<uint32_t>(base::parse_uint(table.substr(table.rfind('_') + 1)).value_or(0));
    }
    event.seq = from.value<uint64_t>();
    event.time = from.value<int64_t>() * base::kMicrosecond;
    event.received = from.value<int64_t>() * base::kMicrosecond;
    event.retention_class = from.value<uint8_t>();
    event.listener = from.value<uint32_t>();
    event.source = from.value<uint32_t>();
    base::IpAddress peer;
    peer.bytes = from.value<decltype(peer.bytes)>();
    const std::string_view pack = from.text();
    const std::string_view raw = from.text();
    if (!from.ok()) return false;

    struct Value {
        std::string_view text;
        base::IpAddress address;
        int64_t integer = 0;
        bool present = false;
    };
    std::vector<Value> values(columns_.size());
    for (size_t i = 0; i < columns_.size(); ++i) {
        Value& value = values[i];
        switch (columns_[i]->kind) {
            case ColumnKind::low_text:
            case ColumnKind::text:
                value.text = from.text();
                value.present = !value.text.empty();
                break;
            case ColumnKind::ip:
                value.address.bytes = from.value<decltype(value.address.bytes)>();
                value.present = value.address != base::IpAddress{};
                break;
            case ColumnKind::integer:
                value.present = from.value<uint8_t>() == 0;
                if (value.present) value.integer = from.value<int64_t>();
                break;
        }
    }
    read_map(from, more_);
    const std::string_view kinds = from.text();
    rest_.clear();
    size_t rest_entries = 0;
    if (has_rest_) {
        read_map(from, rest_);
        rest_entries = rest_.size();
    } else {
        rest_entries = from.value<uint64_t>();
    }
    if (!from.ok()) return false;
    for (size_t i = 0; i < rest_.size() && i < kinds.size(); ++i) rest_[i].kind = kinds[i];
    for (size_t i = 0; i < more_.size() && rest_entries + i < kinds.size(); ++i) more_[i].kind = kinds[rest_entries + i];

    event.peer = peer;
    event.raw = raw;
    std::string& out = event.json;
    out.reserve(raw.size() + 512);
    out += '{';
    const auto add_time = [&](std::string_view name, base::Timestamp time) {
        append_member(out, name);
        out += '"';
        event::append_rfc3339(out, time);
        out += '"';
    };
    add_time("@timestamp", event.time);
    if (event.received != 0 && wanted("event.ingested")) add_time("event.ingested", event.received);
    if (!peer.is_unspecified() && wanted("log.source.address")) {
        append_member(out, "log.source.address");
        base::append_json_string(out, peer.to_string());
    }
    append_member(out, "shuwei.seq");
    out += std::to_string(event.seq);
    if (!pack.empty() && wanted("shuwei.pack")) {
        append_member(out, "shuwei.pack");
        base::append_json_string(out, pack);
    }
    append_member(out, "event.original");
    base::append_json_string(out, raw);
    if (!base::is_valid_utf8(raw)) {
        append_member(out, "event.original_base64");
        base::append_json_string(out, base::base64_encode(raw));
    }

    for (size_t i = 0; i < columns_.size(); ++i) {
        const event::FieldInfo& info = *event::field_info(columns_[i]->field);
        const auto further = std::count_if(more_.begin(), more_.end(), [&](const Entry& entry) { return entry.key == info.name; });
        const Value& value = values[i];
        if (!value.present && further == 0) continue;
        append_member(out, info.name);
        const bool several = further + (value.present ? 1 : 0) > 1;
        if (several) out += '[';
        if (value.present) {
            switch (columns_[i]->kind) {
                case ColumnKind::low_text:
                case ColumnKind::text: base::append_json_string(out, value.text); break;
                case ColumnKind::ip: base::append_json_string(out, value.address.to_string()); break;
                case ColumnKind::integer: out += std::to_string(value.integer); break;
            }
        }
        for (const Entry& entry : more_) {
            if (entry.key != info.name) continue;
            if (several && out.back() != '[') out += ',';
            append_typed(out, info.type, true, entry.kind, entry.value);
        }
        if (several) out += ']';
    }
    for (size_t i = 0; i < rest_.size(); ++i) {
        const Entry& entry = rest_[i];
        const auto same = [&](const Entry& other) { return other.key == entry.key; };
        const auto here = rest_.begin() + static_cast<ptrdiff_t>(i);
        if (!wanted(entry.key) || std::any_of(rest_.begin(), here, same)) continue;
        const event::FieldId id = event::find_field(entry.key);
        const bool in_catalogue = id != event::kNoField && event::field_info(id) != nullptr;
        const FieldType type = in_catalogue ? event::field_type(id) : FieldType::keyword;
        append_member(out, entry.key);
        const bool several = std::any_of(here + 1, rest_.end(), same);
        if (several) out += '[';
        for (auto each = here; each != rest_.end(); ++each) {
            if (!same(*each)) continue;
            if (several && out.back() != '[') out += ',';
            append_typed(out, type, in_catalogue, each->kind, each->value);
        }
        if (several) out += ']';
    }
    out += '}';
    return true;
}

}  // namespace shuwei::eventstore
