// Rows on their way into the store. An EventEncoder turns events of a batch into columns in memory; finish() puts them
// into a memfd that goes to the store worker as it is, without another copy or any SQL text.
//
//   EventEncoder encoder;                       // one per pipeline thread, reused
//   for (const Event& event : batch) encoder.add(batch, event, pack_name, retention_class);
//   TRY_ASSIGN(RowBuffer rows, encoder.finish());
//   TRY(store.append(tenant, rows));            // may be repeated with the same rows after `unavailable`
//
// An encoder has one owner and copies everything it is given. A RowBuffer owns its memfd; sharing it for reading is safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/event/batch.hpp"

namespace shuwei::eventstore {

using RetentionClass = uint8_t;  // 0 is the ordinary one; which number means what is the configuration's business

// One match of one rule on one event.
struct Finding {
    uint64_t seq = 0;              // the event
    base::Timestamp received = 0;  // of the event
    base::Timestamp time = 0;      // of the event
    std::string alert_id;          // whatever identifies the alert it was counted in
    std::string rule_id;
    std::string rule_hash;         // content hash of the rule as it was
    std::string level;             // "high"
    std::string reason;            // JSON: which selection, which fields, which values
    std::string entity_source;
    std::string entity_target;
    std::string entity_source_field;  // of the event, where the entity was found; may be empty, as in rows written
    std::string entity_target_field;  // before there was this column

    bool operator==(const Finding&) const = default;
};

class RowBuffer {
public:
    RowBuffer() = default;

    size_t rows() const { return rows_; }
    bool empty() const { return rows_ == 0; }
    size_t bytes() const { return bytes_; }      // in the memfd
    uint64_t first_seq() const { return first_seq_; }  // lowest and highest seq of the rows
    uint64_t last_seq() const { return last_seq_; }

private:
    friend class EventEncoder;
    friend class EventStore;
    friend base::Result<RowBuffer> encode_findings(const std::vector<Finding>& findings);

    base::FileDescriptor memfd_;
    size_t rows_ = 0;
    size_t bytes_ = 0;
    uint64_t first_seq_ = 0;
    uint64_t last_seq_ = 0;
    std::vector<std::pair<std::string, std::string>> columns_;  // name and ClickHouse type, in file order
};

class EventEncoder {
public:
    EventEncoder();
    ~EventEncoder();
    EventEncoder(EventEncoder&&) noexcept;
    EventEncoder& operator=(EventEncoder&&) noexcept;

    // All events of one buffer belong to one tenant; `pack_name` is the pack of event.pack, empty = unrecognised.
    void add(const event::EventBatch& batch, const event::Event& event, std::string_view pack_name = {},
             RetentionClass retention_class = 0);

    size_t rows() const;
    size_t bytes() const;  // about what the memfd will hold: for flushing by size
    // The rows so far as a RowBuffer; the encoder is empty afterwards and keeps its memory. resource_exhausted when no
    // memfd can be made.
    base::Result<RowBuffer> finish();

private:
    struct Columns;
    std::unique_ptr<Columns> columns_;
};

base::Result<RowBuffer> encode_findings(const std::vector<Finding>& findings);

}  // namespace shuwei::eventstore
