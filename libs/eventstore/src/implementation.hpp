// Inside of EventStore, shared by the files that implement it. Thread-safe as EventStore is.
#pragma once

#include <mutex>
#include <set>

#include "row_reader.hpp"
#include "shuwei/eventstore/event_store.hpp"
#include "sql.hpp"
#include "worker_process.hpp"

namespace shuwei::eventstore {

// For what must be done however long it takes.
inline const QueryLimits kCareLimits{10 * base::kMinute, 0, {}};

// Limits of part `index` of `parts` of a question that takes several queries.
QueryLimits part_of(const QueryLimits& limits, size_t index, size_t parts);

class EventStore::Implementation {
public:
    explicit Implementation(EventStoreOptions options);

    using Lane = WorkerProcess::Lane;

    // Text of a SELECT's or an INSERT's last clause.
    std::string settings(const QueryLimits& limits, std::string_view further = {}) const;
    base::Result<> check_tenants(const std::vector<uint32_t>& tenants) const;

    // A whole small answer in RowBinary.
    base::Result<std::string> select(std::string sql, Parameters& parameters, const QueryLimits& limits,
                                     std::string_view further_settings = {});
    base::Result<uint64_t> select_number(std::string sql, Parameters& parameters, const QueryLimits& limits);
    // Event rows as they come, until `row` answers false.
    base::Result<> select_events(const std::vector<uint32_t>& tenants, const std::vector<std::string>& fields,
                                 const std::string& rest_of_query, Parameters& parameters, const QueryLimits& limits,
                                 const std::function<bool(StoredEvent&&)>& row);

    // Where buckets of time lie, in microseconds; none when the range has no event and no bounds.
    struct TimeAxis {
        int64_t start = 0;
        int64_t interval = 0;
        size_t buckets = 0;
    };
    base::Result<TimeAxis> time_axis(const Scope& scope, size_t buckets, base::Duration utc_offset, const QueryLimits& limits);

    // Moments, rising, between which about `rows_each` events of the range lie, whatever the predicate.
    base::Result<std::vector<base::Timestamp>> time_cuts(const Scope& scope, uint64_t rows_each, const QueryLimits& limits);

    base::Result<> prepare_tables(uint32_t tenant);
    base::Result<> add_missing(const std::string& table, const std::vector<TableColumn>& columns,
                               const std::vector<TableIndex>& indexes, const std::string& setting);
    base::Result<> insert(const std::string& table, const RowBuffer& rows, Delivery delivery, std::string_view key);
    base::Result<std::vector<PartitionInfo>> partitions(const std::string& table, bool has_class);
    base::Result<uint64_t> drop_days(const std::string& table, std::optional<RetentionClass> retention_class,
                                     base::Timestamp received_before);
    base::Result<> command(std::string sql, Lane lane = Lane::care, const QueryLimits& limits = kCareLimits);

    EventStoreOptions options;
    base::Metric* appended = nullptr;
    base::Metric* appended_bytes = nullptr;
    base::Metric* queries = nullptr;
    base::Metric* failures = nullptr;

    mutable std::mutex mutex;
    std::set<uint32_t> tenants;  // that have tables

    WorkerProcess worker;  // last: its thread uses the members above

private:
    base::Result<> on_worker_ready();
};

}  // namespace shuwei::eventstore
