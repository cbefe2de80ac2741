// EventBatch: many events and all their bytes, the unit of everything on the hot path.
//
// An event is a flat list of (field, value view) into the batch's arena; a field that occurs several times is a
// multi-value. A batch has one owner at a time (move it between stages), is not thread-safe, and no view outlives it:
// whoever keeps a value copies it. Arena bytes have 64 readable bytes behind them, so SIMD readers need no copy.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/ip_address.hpp"
#include "shuwei/event/field.hpp"

namespace shuwei::event {

constexpr size_t kMaxFieldsPerEvent = 512;         // further ones go to shuwei.overflow
constexpr size_t kMaxValueBytes = 64 * 1024;       // longer values are cut; the raw line never is
constexpr size_t kMaxLineBytes = 1024 * 1024;      // longer lines are cut on receipt, length and SM3 kept
constexpr size_t kArenaPadding = 64;               // readable bytes behind every stored view

enum class ValueKind : uint8_t {
    string,
    number,   // text of a JSON number, as received
    boolean,  // "true" or "false"
    null,     // present without a value; text empty
};

struct FieldValue {
    const char* data = nullptr;
    uint32_t size = 0;
    FieldId field = kNoField;
    ValueKind kind = ValueKind::string;

    std::string_view text() const { return {data, size}; }
};
static_assert(sizeof(FieldValue) == 16);

struct Event {
    uint64_t seq = 0;                  // rising, never reused on this node: the event's id
    base::Timestamp received = 0;
    base::Timestamp time = 0;          // produced; equals received when the line says nothing usable
    std::string_view raw;              // the line as received (at most kMaxLineBytes), in the arena
    base::IpAddress peer;              // who sent it to us: the true source address
    uint32_t tenant = 0;               // tenant number, 0 = not known yet
    uint32_t listener = 0;             // number of the input it came through
    uint32_t source = 0;               // number of the log source, 0 = not resolved
    uint16_t pack = 0;                 // number of the device pack within the active set, 0 = unrecognised
    uint16_t overflowed = 0;           // fields that did not fit
    uint32_t first_field = 0;          // owned by EventBatch
    uint32_t field_count = 0;
};

class EventBatch {
public:
    EventBatch();
    EventBatch(EventBatch&&) noexcept;
    EventBatch& operator=(EventBatch&&) noexcept;
    ~EventBatch();

    // Forgets all events and keeps the memory for reuse.
    void clear();

    size_t size() const { return events_.size(); }
    bool empty() const { return events_.empty(); }
    Event& operator[](size_t index) { return events_[index]; }
    const Event& operator[](size_t index) const { return events_[index]; }
    auto begin() { return events_.begin(); }
    auto end() { return events_.end(); }
    auto begin() const { return events_.begin(); }
    auto end() const { return events_.end(); }

    // The new last event. References to events do not survive the next add_event().
    Event& add_event();
    // Removes the last event and its fields (its arena bytes stay until clear()).
    void drop_last_event();

    // Copies bytes into the arena; the view lives as long as the batch is not cleared.
    std::string_view store(std::string_view bytes);
    // Room for `size` bytes in the arena, followed by the padding.
    char* allocate(size_t size);
    // Gives back the unused end of the latest allocate(): `data` is what it returned, `used` <= its size.
    std::string_view shrink(char* data, size_t allocated, size_t used);

    // Appends a value; `value` must live in the arena, in static storage, or in something that outlives the batch.
    // Names beyond the limits end up in shuwei.overflow; values beyond kMaxValueBytes are cut at a UTF-8 boundary.
    // Fastest while `event` is the last event, right for all.
    void add(Event& event, FieldId field, std::string_view value, ValueKind kind = ValueKind::string);
    // The same by name, interning it; a name that gets no id goes to shuwei.overflow.
    void add(Event& event, std::string_view name, std::string_view value, ValueKind kind = ValueKind::string);
    // Replaces the first value of `field`, or appends.
    void set(Event& event, FieldId field, std::string_view value, ValueKind kind = ValueKind::string);
    // Copies a number's decimal text into the arena and adds it as ValueKind::number.
    void add_integer(Event& event, FieldId field, int64_t value);

    // Forgets all but the first `count` fields of the event.
    void truncate_fields(Event& event, size_t count);

    std::span<FieldValue> fields(const Event& event) { return {fields_.data() + event.first_field, event.field_count}; }
    std::span<const FieldValue> fields(const Event& event) const {
        return {fields_.data() + event.first_field, event.field_count};
    }
    // First value of the field, or nullptr.
    const FieldValue* find(const Event& event, FieldId field) const;
    // Text of the first value, or an empty view.
    std::string_view get(const Event& event, FieldId field) const;

    // Bytes of arena in use: what the batch costs.
    size_t bytes() const { return bytes_; }

private:
    struct Block {
        std::unique_ptr<char[]> data;
        size_t capacity = 0;
    };
    void append(Event& event, FieldValue value);
    void overflow(Event& event, std::string_view name, std::string_view value);

    std::vector<Event> events_;
    std::vector<FieldValue> fields_;
    std::vector<Block> blocks_;
    size_t block_ = 0;  // blocks_[block_] is being filled
    size_t used_ = 0;   // bytes used in it
    size_t bytes_ = 0;
};

}  // namespace shuwei::event
