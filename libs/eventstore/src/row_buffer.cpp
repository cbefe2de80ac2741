#include "shuwei/eventstore/row_buffer.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "columns.hpp"
#include "native_format.hpp"
#include "shuwei/base/assert.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::eventstore {

using base::fail;
using base::Result;
using event::ValueKind;

namespace {

int64_t microseconds(base::Timestamp time) {
    const int64_t whole = time / base::kMicrosecond;
    return time % base::kMicrosecond < 0 ? whole - 1 : whole;
}

// A Map(LowCardinality(String), String) column: offsets, keys as indexes into a dictionary of this block, values.
class MapColumn {
public:
    void add(event::FieldId key, std::string_view value) {
        if (key >= index_of_.size()) index_of_.resize(std::max<size_t>(key + 1, event::field_count()), kNone);
        if (index_of_[key] == kNone) {
            index_of_[key] = static_cast<uint32_t>(dictionary_.size());
            dictionary_.push_back(key);
        }
        keys_.put(static_cast<uint32_t>(index_of_[key]));
        values_.put_text(value);
        ++entries_;
    }
    void end_row() { offsets_.put(entries_); }

    bool empty() const { return entries_ == 0; }
    size_t bytes() const { return offsets_.size() + keys_.size() + values_.size(); }

    void write(NativeBlock& block, std::string_view name) {
        Bytes head;
        head.put(uint64_t{1});  // version of the dictionary encoding
        names_.clear();
        names_.put(uint64_t{0x600 | 2});  // keys follow in this block, indexes are 32 bits
        names_.put(uint64_t{dictionary_.size()});
        for (const event::FieldId field : dictionary_) names_.put_text(event::field_name(field));
        names_.put(entries_);
        block.column(name, "Map(LowCardinality(String), String)",
                     {head.view(), offsets_.view(), names_.view(), keys_.view(), values_.view()});
    }

    void clear() {
        for (const event::FieldId field : dictionary_) index_of_[field] = kNone;
        dictionary_.clear();
        offsets_.clear();
        keys_.clear();
        values_.clear();
        entries_ = 0;
    }

private:
    static constexpr uint32_t kNone = UINT32_MAX;
    std::vector<uint32_t> index_of_;
    std::vector<event::FieldId> dictionary_;
    Bytes names_;  // the dictionary as written
    Bytes offsets_;
    Bytes keys_;
    Bytes values_;
    uint64_t entries_ = 0;
};

// One column of a catalogue field. Rows without a value are filled in only when a later one has one, and at the end,
// so that a field costs nothing where it does not occur.
struct FieldColumn {
    Bytes data;
    Bytes nulls;  // integer only: 1 = absent
    size_t rows = 0;

    void fill(ColumnKind kind, size_t to) {
        const size_t missing = to - rows;
        if (missing == 0) return;
        switch (kind) {
            case ColumnKind::low_text:
            case ColumnKind::text: data.put_repeated(0, missing); break;  // a length of 0 each
            case ColumnKind::ip: data.put_repeated(0, missing * 16); break;
            case ColumnKind::integer:
                data.put_repeated(0, missing * 8);
                nulls.put_repeated(1, missing);
                break;
        }
        rows = to;
    }
};

}  // namespace

struct EventEncoder::Columns {
    size_t rows = 0;
    uint64_t first_seq = UINT64_MAX;
    uint64_t last_seq = 0;
    Bytes time, seq, received, retention_class, peer, listener, source, pack, raw, kinds, message_at, message_tail;
    bool has_message_in_raw = false;
    std::vector<FieldColumn> fields{field_columns().size()};
    MapColumn rest;
    MapColumn more;
    std::string row_kinds;       // of the row's entries in rest
    std::string row_more_kinds;  // and in more

    // False when the value is not of the column's kind.
    bool add_typed(int index, std::string_view value) {
        const ColumnKind kind = field_columns()[static_cast<size_t>(index)].kind;
        FieldColumn& column = fields[static_cast<size_t>(index)];
        switch (kind) {
            case ColumnKind::low_text:
            case ColumnKind::text:
                if (value.empty()) return false;
                column.fill(kind, rows);
                column.data.put_text(value);
                break;
            case ColumnKind::ip: {
                const auto address = base::IpAddress::parse(value);
                if (!address || *address == base::IpAddress{}) return false;
                column.fill(kind, rows);
                column.data.put(address->bytes);
                break;
            }
            case ColumnKind::integer: {
                const auto number = base::parse_int(value);
                if (!number) return false;
                column.fill(kind, rows);
                column.data.put(*number);
                column.nulls.put(uint8_t{0});
                break;
            }
        }
        column.rows = rows + 1;
        return true;
    }

    static char kind_letter(ValueKind kind) {
        switch (kind) {
            case ValueKind::number: return 'n';
            case ValueKind::boolean: return 'b';
            case ValueKind::string:
            case ValueKind::null: break;
        }
        return 's';
    }

    void clear() {
        rows = 0;
        first_seq = UINT64_MAX;
        last_seq = 0;
        for (Bytes* bytes : {&time, &seq, &received, &retention_class, &peer, &listener, &source, &pack, &raw, &kinds,
                             &message_at, &message_tail}) {
            bytes->clear();
        }
        has_message_in_raw = false;
        for (FieldColumn& column : fields) {
            column.data.clear();
            column.nulls.clear();
            column.rows = 0;
        }
        rest.clear();
        more.clear();
    }
};

EventEncoder::EventEncoder() : columns_(std::make_unique<Columns>()) {}
EventEncoder::~EventEncoder() = default;
EventEncoder::EventEncoder(EventEncoder&&) noexcept = default;
EventEncoder& EventEncoder::operator=(EventEncoder&&) noexcept = default;

void EventEncoder::add(const event::EventBatch& batch, const event::Event& event, std::string_view pack_name,
                       RetentionClass retention_class) {
    Columns& to = *columns_;
    to.time.put(microseconds(event.time));
    to.seq.put(event.seq);
    to.received.put(microseconds(event.received));
    to.retention_class.put(retention_class);
    to.peer.put(event.peer.bytes);
    to.listener.put(event.listener);
    to.source.put(event.source);
    to.pack.put_text(pack_name);
    to.raw.put_text(event.raw);
    to.row_kinds.clear();
    to.row_more_kinds.clear();
    bool plain = true;
    uint32_t message_at = 0;
    uint32_t message_tail = 0;
    for (const event::FieldValue& value : batch.fields(event)) {
        if (value.kind == ValueKind::null) continue;  // null is absent; the raw line still says it
        switch (value.field) {
            case event::timestamp:
            case event::event_ingested:
            case event::log_source_address:
            case event::shuwei_seq:
            case event::shuwei_pack:
            case event::event_original: continue;  // members of Event
            default: break;
        }
        const char kind = Columns::kind_letter(value.kind);
        const int column = column_of(value.field);
        if (column == kNoColumn) {
            to.rest.add(value.field, value.text());
            to.row_kinds += kind;
            plain = plain && kind == 's';
            continue;
        }
        const bool first = to.fields[static_cast<size_t>(column)].rows <= to.rows && (value.field != event::message || message_at == 0);
        if (first && value.field == event::message && !value.text().empty() && value.data >= event.raw.data() &&
            value.data + value.size <= event.raw.data() + event.raw.size()) {
            message_at = static_cast<uint32_t>(value.data - event.raw.data()) + 1;
            message_tail = static_cast<uint32_t>(event.raw.data() + event.raw.size() - (value.data + value.size));
            to.has_message_in_raw = true;
            continue;
        }
        if (first && to.add_typed(column, value.text())) continue;
        to.more.add(value.field, value.text());
        to.row_more_kinds += kind;
        plain = plain && kind == 's';
    }
    to.message_at.put(message_at);
    to.message_tail.put(message_tail);
    to.rest.end_row();
    to.more.end_row();
    if (plain) {
        to.kinds.put_text({});
    } else {
        to.row_kinds += to.row_more_kinds;
        to.kinds.put_text(to.row_kinds);
    }
    to.first_seq = std::min(to.first_seq, event.seq);
    to.last_seq = std::max(to.last_seq, event.seq);
    ++to.rows;
}

size_t EventEncoder::rows() const { return columns_->rows; }

size_t EventEncoder::bytes() const {
    const Columns& from = *columns_;
    size_t sum = from.rows * 60 + from.raw.size() + from.pack.size() + from.kinds.size() + from.rest.bytes() + from.more.bytes();
    for (const FieldColumn& column : from.fields) sum += column.data.size() + column.nulls.size();
    return sum;
}

Result<RowBuffer> EventEncoder::finish() {
    Columns& from = *columns_;
    NativeBlock block(from.rows);
    block.column("ts", "DateTime64(6, 'UTC')", {from.time.view()});
    block.column("seq", "UInt64", {from.seq.view()});
    block.column("received", "DateTime64(6, 'UTC')", {from.received.view()});
    block.column("retention_class", "UInt8", {from.retention_class.view()});
    block.column("peer", "IPv6", {from.peer.view()});
    block.column("listener", "UInt32", {from.listener.view()});
    block.column("source", "UInt32", {from.source.view()});
    block.column("pack", "String", {from.pack.view()});
    block.column("raw", "String", {from.raw.view()});
    const auto columns = field_columns();
    for (size_t i = 0; i < columns.size(); ++i) {
        FieldColumn& column = from.fields[i];
        if (column.rows == 0) continue;
        column.fill(columns[i].kind, from.rows);
        switch (columns[i].kind) {
            case ColumnKind::low_text:
            case ColumnKind::text: block.column(columns[i].name, "String", {column.data.view()}); break;
            case ColumnKind::ip: block.column(columns[i].name, "IPv6", {column.data.view()}); break;
            case ColumnKind::integer:
                block.column(columns[i].name, "Nullable(Int64)", {column.nulls.view(), column.data.view()});
                break;
        }
    }
    if (from.has_message_in_raw) {
        block.column("message_at", "UInt32", {from.message_at.view()});
        block.column("message_tail", "UInt32", {from.message_tail.view()});
    }
    if (!from.rest.empty()) from.rest.write(block, "rest");
    if (!from.more.empty()) from.more.write(block, "more");
    if (from.kinds.size() > from.rows) block.column("kinds", "String", {from.kinds.view()});

    RowBuffer buffer;
    buffer.rows_ = from.rows;
    buffer.first_seq_ = from.rows == 0 ? 0 : from.first_seq;
    buffer.last_seq_ = from.last_seq;
    auto written = block.write_to_memfd("events");
    from.clear();
    if (!written) return fail(std::move(written).error());
    buffer.memfd_ = std::move(written->memfd);
    buffer.bytes_ = written->bytes;
    buffer.columns_ = block.columns();
    return buffer;
}

Result<RowBuffer> encode_findings(const std::vector<Finding>& findings) {
    Bytes seq, received, time, alert, rule, hash, level, reason, source, target, source_field, target_field;
    RowBuffer buffer;
    buffer.first_seq_ = findings.empty() ? 0 : UINT64_MAX;
    for (const Finding& finding : findings) {
        seq.put(finding.seq);
        received.put(microseconds(finding.received));
        time.put(microseconds(finding.time));
        alert.put_text(finding.alert_id);
        rule.put_text(finding.rule_id);
        hash.put_text(finding.rule_hash);
        level.put_text(finding.level);
        reason.put_text(finding.reason);
        source.put_text(finding.entity_source);
        target.put_text(finding.entity_target);
        source_field.put_text(finding.entity_source_field);
        target_field.put_text(finding.entity_target_field);
        buffer.first_seq_ = std::min(buffer.first_seq_, finding.seq);
        buffer.last_seq_ = std::max(buffer.last_seq_, finding.seq);
    }
    NativeBlock block(findings.size());
    block.column("seq", "UInt64", {seq.view()});
    block.column("received", "DateTime64(6, 'UTC')", {received.view()});
    block.column("time", "DateTime64(6, 'UTC')", {time.view()});
    block.column("alert_id", "String", {alert.view()});
    block.column("rule_id", "String", {rule.view()});
    block.column("rule_hash", "String", {hash.view()});
    block.column("level", "String", {level.view()});
    block.column("reason", "String", {reason.view()});
    block.column("entity_source", "String", {source.view()});
    block.column("entity_target", "String", {target.view()});
    block.column("entity_source_field", "String", {source_field.view()});
    block.column("entity_target_field", "String", {target_field.view()});
    TRY_ASSIGN(auto written, block.write_to_memfd("findings"));
    buffer.rows_ = findings.size();
    buffer.memfd_ = std::move(written.memfd);
    buffer.bytes_ = written.bytes;
    buffer.columns_ = block.columns();
    return buffer;
}

}  // namespace shuwei::eventstore
