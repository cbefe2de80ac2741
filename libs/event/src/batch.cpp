#include "shuwei/event/batch.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

#include "shuwei/base/assert.hpp"

namespace shuwei::event {
namespace {
constexpr size_t kBlockBytes = 1024 * 1024;

std::string_view cut_at_character(std::string_view value) {
    size_t end = kMaxValueBytes;
    while (end > kMaxValueBytes - 4 && (static_cast<uint8_t>(value[end]) & 0xC0) == 0x80) --end;
    return value.substr(0, end);
}
}  // namespace

EventBatch::EventBatch() = default;
EventBatch::EventBatch(EventBatch&&) noexcept = default;
EventBatch& EventBatch::operator=(EventBatch&&) noexcept = default;
EventBatch::~EventBatch() = default;

void EventBatch::clear() {
    events_.clear();
    fields_.clear();
    if (blocks_.size() > 64) blocks_.resize(64);  // one huge batch must not hold its memory for ever
    block_ = 0;
    used_ = 0;
    bytes_ = 0;
}

Event& EventBatch::add_event() {
    Event& event = events_.emplace_back();
    event.first_field = static_cast<uint32_t>(fields_.size());
    return event;
}

void EventBatch::drop_last_event() {
    SHUWEI_ASSERT(!events_.empty());
    const Event& last = events_.back();
    if (last.first_field + last.field_count == fields_.size()) fields_.resize(last.first_field);
    events_.pop_back();
}

char* EventBatch::allocate(size_t size) {
    const size_t wanted = size + kArenaPadding;
    while (block_ < blocks_.size() && used_ + wanted > blocks_[block_].capacity) {
        ++block_;
        used_ = 0;
    }
    if (block_ == blocks_.size()) {
        const size_t capacity = std::max(kBlockBytes, wanted);
        blocks_.push_back({std::make_unique_for_overwrite<char[]>(capacity), capacity});
        used_ = 0;
    }
    char* data = blocks_[block_].data.get() + used_;
    used_ += size;  // the padding is shared with whatever comes next
    bytes_ += size;
    return data;
}

std::string_view EventBatch::shrink(char* data, size_t allocated, size_t used) {
    SHUWEI_ASSERT(used <= allocated && data + allocated == blocks_[block_].data.get() + used_);
    used_ -= allocated - used;
    bytes_ -= allocated - used;
    return {data, used};
}

std::string_view EventBatch::store(std::string_view bytes) {
    char* data = allocate(bytes.size());
    if (!bytes.empty()) std::memcpy(data, bytes.data(), bytes.size());
    return {data, bytes.size()};
}

void EventBatch::append(Event& event, FieldValue value) {
    if (event.first_field + event.field_count != fields_.size()) {
        // Not the last list: move it to the end. Rare, since stages finish one event before the next.
        const size_t first = fields_.size();
        fields_.resize(first + event.field_count);
        std::copy_n(fields_.begin() + event.first_field, event.field_count, fields_.begin() + static_cast<ptrdiff_t>(first));
        event.first_field = static_cast<uint32_t>(first);
    }
    fields_.push_back(value);
    ++event.field_count;
}

void EventBatch::overflow(Event& event, std::string_view name, std::string_view value) {
    ++event.overflowed;
    const std::string_view before = get(event, shuwei_overflow);
    if (before.size() + name.size() + 2 > kMaxValueBytes) return;
    value = value.substr(0, std::min(value.size(), kMaxValueBytes - before.size() - name.size() - 2));
    std::string text(before);
    text.append(name.substr(0, kMaxFieldNameBytes)).append("=").append(value).append("\n");
    const std::string_view kept = store(text);
    for (FieldValue& field : fields(event)) {
        if (field.field == shuwei_overflow) {
            field.data = kept.data();
            field.size = static_cast<uint32_t>(kept.size());
            return;
        }
    }
    append(event, {kept.data(), static_cast<uint32_t>(kept.size()), shuwei_overflow, ValueKind::string});
}

void EventBatch::add(Event& event, FieldId field, std::string_view value, ValueKind kind) {
    if (event.field_count >= kMaxFieldsPerEvent) [[unlikely]] {
        overflow(event, field_name(field), value);
        return;
    }
    if (value.size() > kMaxValueBytes) [[unlikely]] value = cut_at_character(value);
    append(event, {value.data(), static_cast<uint32_t>(value.size()), field, kind});
}

void EventBatch::add(Event& event, std::string_view name, std::string_view value, ValueKind kind) {
    const FieldId field = intern_field(name);
    if (field == kNoField) [[unlikely]] {
        overflow(event, name, value);
        return;
    }
    add(event, field, value, kind);
}

void EventBatch::set(Event& event, FieldId field, std::string_view value, ValueKind kind) {
    for (FieldValue& existing : fields(event)) {
        if (existing.field != field) continue;
        if (value.size() > kMaxValueBytes) value = cut_at_character(value);
        existing = {value.data(), static_cast<uint32_t>(value.size()), field, kind};
        return;
    }
    add(event, field, value, kind);
}

void EventBatch::add_integer(Event& event, FieldId field, int64_t value) {
    char text[24];
    const auto [end, error] = std::to_chars(text, text + sizeof text, value);
    SHUWEI_ASSERT(error == std::errc{});
    add(event, field, store({text, static_cast<size_t>(end - text)}), ValueKind::number);
}

void EventBatch::truncate_fields(Event& event, size_t count) {
    if (count >= event.field_count) return;
    if (event.first_field + event.field_count == fields_.size()) fields_.resize(event.first_field + count);
    event.field_count = static_cast<uint32_t>(count);
}

const FieldValue* EventBatch::find(const Event& event, FieldId field) const {
    for (const FieldValue& value : fields(event)) {
        if (value.field == field) return &value;
    }
    return nullptr;
}

std::string_view EventBatch::get(const Event& event, FieldId field) const {
    const FieldValue* value = find(event, field);
    return value != nullptr ? value->text() : std::string_view{};
}

}  // namespace shuwei::event
