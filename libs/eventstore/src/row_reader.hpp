// Reads what ClickHouse answers in RowBinary: numbers, texts, and whole event rows as StoredEvent. Pieces may be cut
// anywhere; the answer comes from another process and every length is checked. One owner.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "columns.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/eventstore/event_store.hpp"

namespace shuwei::eventstore {

// Values of one row after the other. Past the end gives zeros and ok() false.
class RowBinary {
public:
    explicit RowBinary(std::string_view bytes) : bytes_(bytes) {}
    template <typename T>
    T value() {
        T value{};
        take(&value, sizeof value);
        return value;
    }
    uint64_t count();  // base 128
    std::string_view text();
    bool ok() const { return ok_; }
    bool at_end() const { return bytes_.empty(); }
    size_t left() const { return bytes_.size(); }

private:
    void take(void* to, size_t size);
    void fail() {
        ok_ = false;
        bytes_ = {};
    }
    std::string_view bytes_;
    bool ok_ = true;
};

// Which columns of an event row are read, and how they become a StoredEvent.
class EventRowReader {
public:
    // `fields` as in SearchRequest; `tenants` decides whether the row says its tenant.
    EventRowReader(const std::vector<std::string>& fields, const std::vector<uint32_t>& tenants);

    const std::string& select_list() const { return select_list_; }

    // Takes the next piece; gives complete rows to `row` until it answers false (then false). data_corrupt for what
    // cannot be a row.
    base::Result<bool> feed(std::string_view piece, const std::function<bool(StoredEvent&&)>& row);
    bool at_row_end() const { return pending_.empty(); }

private:
    struct Entry {
        std::string_view key;
        std::string_view value;
        char kind;
    };
    bool read_row(RowBinary& from, StoredEvent& event);
    void read_map(RowBinary& from, std::vector<Entry>& entries);
    void append_member(std::string& out, std::string_view name) const;
    bool wanted(std::string_view name) const;

    std::vector<std::string> fields_;  // sorted; empty = all
    uint32_t tenant_ = 0;
    bool has_table_ = false;
    std::vector<const Column*> columns_;
    bool has_rest_ = false;
    std::string select_list_;
    std::string pending_;
    std::vector<std::string_view> texts_;
    std::vector<Entry> rest_;
    std::vector<Entry> more_;
};

}  // namespace shuwei::eventstore
