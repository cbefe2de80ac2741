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
