// EventStore: events and findings at rest, one pair of tables a tenant, on ClickHouse in a child process.
//
// Thread-safe; every call blocks the calling thread (not for an I/O loop) and all searches run beside the appends.
// The store owns the child: starts it, restarts it with back-off when it dies, ends it in the destructor. While it is
// away calls fail with `unavailable`; nothing that append() answered ok is lost by that.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/ip_address.hpp"
#include "shuwei/base/metrics.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/event/predicate.hpp"
#include "shuwei/eventstore/row_buffer.hpp"

namespace shuwei::eventstore {

struct EventStoreOptions {
    std::filesystem::path data_folder;  // made when missing; absolute (checked)
    std::filesystem::path program;      // what is started as the worker; empty = /proc/self/exe
    std::vector<std::string> worker_arguments{"store-worker"};
    // Empty: SHUWEI_LIBCHDB, else libchdb.so beside the program, in ../lib/shuwei/, or in build/chdb/ of a folder above.
    std::filesystem::path library;
    // A second place, mostly a larger and slower disk, that archive_days() moves days to; made when missing, absolute. Empty:
    // none, or the one that was used before.
    std::filesystem::path archive_folder;
    size_t readers = 4;                                   // queries at once; further ones wait
    uint64_t memory_bytes = uint64_t{4} << 30;            // of the whole worker
    uint64_t query_memory_bytes = uint64_t{1} << 30;      // of one query
    uint64_t cache_bytes = uint64_t{256} << 20;           // mark and uncompressed caches
    base::Duration start_timeout = 60 * base::kSecond;    // for the first start in open()
    base::Duration folder_patience = 20 * base::kSecond;  // for a killed server's worker to let go of the folder
    base::Metrics* metrics = nullptr;                     // shuwei_eventstore_*; may be null, else outlives the store
};

// Limits of one query. When `stop` is requested the query is killed and the call returns `cancelled`.
struct QueryLimits {
    base::Duration time = 30 * base::kSecond;  // beyond: deadline_exceeded
    uint64_t memory_bytes = 0;                 // beyond: resource_exhausted; 0 = EventStoreOptions::query_memory_bytes
    std::stop_token stop;
    // Told a few times a second how far the query is: 0 to 1, and rows read so far. Called on the asking thread.
    std::function<void(double, uint64_t)> progress;
};

// Which events: of these tenants (none given = invalid_argument), since <= @timestamp < until.
struct Scope {
    std::vector<uint32_t> tenants;
    event::Predicate predicate;
    std::optional<base::Timestamp> since;
    std::optional<base::Timestamp> until;
    // Where the same question means something else for each tenant (its own groups): instead of `predicate`, with an
    // entry for each of several tenants.
    std::vector<std::pair<uint32_t, event::Predicate>> predicate_of;
};

enum class Order : uint8_t { newest_first, oldest_first };

// The place of an event in the order (time, seq); a page goes on right behind it, exactly.
struct Cursor {
    base::Timestamp time = 0;
    uint64_t seq = 0;

    std::string to_string() const;
    static std::optional<Cursor> parse(std::string_view text);
    bool operator==(const Cursor&) const = default;
};

// An event as stored. Times are in whole microseconds.
struct StoredEvent {
    uint32_t tenant = 0;
    uint64_t seq = 0;
    base::Timestamp time = 0;
    base::Timestamp received = 0;
    uint32_t listener = 0;
    uint32_t source = 0;
    RetentionClass retention_class = 0;
    base::IpAddress peer;  // who sent it to us; unspecified when nobody did
    std::string raw;       // the line as received, any bytes
    // One flat ECS object, the shape of event::append_json: "@timestamp", "event.ingested", "log.source.address",
    // "shuwei.seq", "shuwei.pack" (absent when unrecognised), "event.original" (with event.original_base64 when it is
    // not UTF-8), then the fields. Catalogue fields have the type of the catalogue. No shuwei.tenant: the caller knows
    // its name.
    std::string json;
};

enum class Total : uint8_t { exact, none };
enum class TotalRelation : uint8_t { exact, lower_bound };

struct SearchRequest {
    Scope scope;
    size_t limit = 100;
    std::optional<Cursor> after;
    Order order = Order::newest_first;
    // Only these members of json besides @timestamp, shuwei.seq and event.original; empty = all.
    std::vector<std::string> fields;
    Total total = Total::exact;
    QueryLimits limits;
};

struct SearchResult {
    std::vector<StoredEvent> events;
    std::optional<Cursor> next;  // absent on the last page
    uint64_t total = 0;          // matches in the whole scope, `after` not considered
    TotalRelation total_relation = TotalRelation::exact;
    base::Duration took = 0;
};

// Events in the order in which they were received: after < seq <= until. For whoever passes them on and remembers how far
// it came. The range is what the store looks through, so it bounds time and memory whatever the predicate selects.
struct ReplayRequest {
    uint32_t tenant = 0;
    uint64_t after = 0;
    uint64_t until = 0;
    event::Predicate predicate;
    std::vector<std::string> fields;  // as in SearchRequest
    QueryLimits limits;
};

struct HistogramRequest {
    Scope scope;               // without since / until: the oldest / just behind the newest matching event
    size_t buckets = 60;       // about this many: a round interval is chosen
    std::string split_field;   // empty = none
    size_t split_limit = 5;
    base::Duration utc_offset = 8 * base::kHour;  // where days begin, for intervals of hours and more
    QueryLimits limits;
};

struct HistogramBucket {
    base::Timestamp at = 0;
    uint64_t count = 0;
    std::vector<uint64_t> split;  // in the order of split_values, then the rest
};

struct Histogram {
    base::Timestamp since = 0;    // start of the first bucket, aligned to the interval
    base::Timestamp until = 0;    // end of the last
    base::Duration interval = 0;
    std::vector<HistogramBucket> buckets;  // without gaps, oldest first
    std::vector<std::string> split_values;
    uint64_t total = 0;
    base::Duration took = 0;
};

struct ValueCount {
    std::string value;
    uint64_t count = 0;
    bool operator==(const ValueCount&) const = default;
};

struct FieldStatsRequest {
    Scope scope;
    std::string field;       // empty = the list of fields with how many events have them
    std::string prefix;      // only values that begin with it, ASCII letter case ignored
    size_t top = 10;
    uint64_t sample = 100'000;  // newest matching events looked at; 0 = all
    QueryLimits limits;
};

struct FieldStats {
    uint64_t sampled = 0;
    std::vector<ValueCount> fields;  // name and events that have it, most frequent first; when no field was asked for
    std::vector<ValueCount> values;  // most frequent first
    uint64_t distinct = 0;           // different values, about
    base::Duration took = 0;
};

// Statistics: groups by up to three fields, each with measures, in all and by time.
enum class MeasureKind : uint8_t { count, distinct, sum, minimum, maximum, average };
struct Measure {
    MeasureKind kind = MeasureKind::count;
    // Not of count. sum, minimum, maximum and average take the first value that is there as a number; times are
    // milliseconds since 1970.
    std::string field;
};

constexpr size_t kMaxPivotGroups = 3;
constexpr size_t kMaxPivotMeasures = 5;

struct PivotRequest {
    Scope scope;
    std::vector<std::string> groups;  // fields; an event counts in every value it has, and as '' where it has none
    std::vector<Measure> measures;    // none = count; the groups are ranked by the first
    size_t buckets = 0;               // by time too: about this many, a round interval is chosen; 0 = not by time
    size_t top = 10;                  // groups kept; the rest is one `other`
    base::Duration utc_offset = 8 * base::kHour;
    QueryLimits limits;
};

using MeasureValue = std::optional<double>;  // nothing when no event of the cell has a number

struct PivotGroup {
    std::vector<std::string> values;  // as the groups; of values that differ in ASCII letter case alone, one
    bool other = false;               // everything behind the first `top`; has no values
    std::vector<MeasureValue> totals;
    std::vector<std::vector<MeasureValue>> buckets;  // by bucket, then measure; empty where not asked for
};

struct Pivot {
    base::Timestamp since = 0;    // of the first bucket
    base::Duration interval = 0;  // 0 = not by time
    size_t buckets = 0;
    std::vector<PivotGroup> groups;  // best first, `other` last; one without values when nothing was grouped by
    base::Duration took = 0;
};

struct ExpertQuery;  // expert_sql.hpp

struct ExpertRequest {
    std::vector<uint32_t> tenants;
    std::vector<std::string> tenant_names;  // of each: values of the column shuwei.tenant
    std::optional<base::Timestamp> since;   // of the event's time; always part of the condition
    std::optional<base::Timestamp> until;
    base::Timestamp now = 0;                // what ago(…) counts from
    QueryLimits limits;
};

struct ExpertResult {
    std::vector<std::pair<std::string, std::string>> columns;  // name, type: text, number, time, boolean, null
    std::vector<std::string> rows;  // each a JSON array; times as RFC 3339 in UTC
    bool more = false;              // the limit cut it off
    base::Duration took = 0;
};

struct FindingsRequest {
    std::vector<uint32_t> tenants;
    std::optional<std::string> alert_id;
    std::optional<std::string> rule_id;
    std::optional<uint64_t> seq;            // findings of one event
    std::optional<uint64_t> from_seq;       // seq >= this: for recovery
    std::optional<base::Timestamp> since;   // time
    std::optional<base::Timestamp> until;
    std::optional<Cursor> after;
    Order order = Order::newest_first;      // by (time, seq, rule_id)
    size_t limit = 1000;
    QueryLimits limits;
};

struct StoredFinding {
    uint32_t tenant = 0;
    Finding finding;
};

struct PartitionInfo {
    RetentionClass retention_class = 0;
    uint32_t day = 0;  // 20261121, UTC, of `received`
    uint64_t rows = 0;
    uint64_t bytes = 0;
};

struct TenantStats {
    uint64_t events = 0;
    uint64_t findings = 0;
    uint64_t bytes_on_disk = 0;      // both tables, indexes included
    uint64_t raw_bytes = 0;          // of the lines before compression
    std::optional<base::Timestamp> oldest_received;  // start of the oldest day that has events
    std::vector<PartitionInfo> partitions;           // of the events, oldest first
};

// A line as it was received. A view, for the time of a callback.
struct StoredLine {
    uint64_t seq = 0;
    base::Timestamp received = 0;  // whole microseconds
    base::IpAddress peer;
    std::string_view raw;
};

struct WorkerState {
    bool ready = false;
    int pid = -1;
    uint64_t restarts = 0;
    std::string last_error;  // why it is not ready, or why it last ended
};

// What an append has to expect of earlier ones.
enum class Delivery : uint8_t {
    first,     // these rows have not been tried before
    repeated,  // an earlier try ended in doubt (unavailable): rows already stored are passed over
};

class EventStore {
public:
    // Starts the worker and waits until it serves. unavailable with the reason when it does not come up: library
    // missing, folder used by another process, not our data.
    static base::Result<std::unique_ptr<EventStore>> open(EventStoreOptions options);
    ~EventStore();
    EventStore(const EventStore&) = delete;
    EventStore& operator=(const EventStore&) = delete;

    // --- tenants
    // Makes the tables of the tenant or adds columns that have come since; repeating it does nothing.
    base::Result<> create_tenant(uint32_t tenant);
    base::Result<std::vector<uint32_t>> tenants();
    base::Result<> drop_tenant(uint32_t tenant);

    // --- writing; durable when it returns ok
    // not_found for an unknown tenant, resource_exhausted for a full disk, unavailable when the worker died meanwhile:
    // then the rows may be stored wholly, partly or not at all, and Delivery::repeated settles it.
    base::Result<> append(uint32_t tenant, const RowBuffer& rows, Delivery delivery = Delivery::first);
    base::Result<> append_findings(uint32_t tenant, const std::vector<Finding>& findings,
                                   Delivery delivery = Delivery::first);

    // --- recovery
    // Sequence numbers in [from_seq, to_seq] that are stored, rising.
    base::Result<std::vector<uint64_t>> present(uint32_t tenant, uint64_t from_seq, uint64_t to_seq = UINT64_MAX);
    base::Result<std::vector<Finding>> findings_from(uint32_t tenant, uint64_t from_seq);
    // Highest seq over all tenants, 0 when there is none.
    base::Result<uint64_t> last_seq();

    // --- reading
    base::Result<SearchResult> search(const SearchRequest& request);
    // All rows in order, `request.limit` of them (0 = no end), a page never held in memory; stops when `row` returns
    // false. The number of rows given. Without end the range is read in slices of time, so that the parts of a whole
    // half-year are not open at once; request.limits.time is then of one slice.
    base::Result<uint64_t> stream(const SearchRequest& request, const std::function<bool(StoredEvent&&)>& row);
    // Rows of the range by rising seq, until `row` returns false; the number of rows given.
    base::Result<uint64_t> replay(const ReplayRequest& request, const std::function<bool(StoredEvent&&)>& row);
    // The lowest seq received at `since` or later; nothing when there is none.
    base::Result<std::optional<uint64_t>> first_seq_since(uint32_t tenant, base::Timestamp since);
    base::Result<StoredEvent> get(const std::vector<uint32_t>& tenants, uint64_t seq);  // not_found
    // Those that are still stored, by rising seq.
    base::Result<std::vector<StoredEvent>> get_many(const std::vector<uint32_t>& tenants, std::vector<uint64_t> seqs);
    base::Result<uint64_t> count(const Scope& scope, const QueryLimits& limits = {});
    base::Result<Histogram> histogram(const HistogramRequest& request);
    base::Result<Pivot> pivot(const PivotRequest& request);
    // invalid_argument when the whole is too large to run.
    base::Result<ExpertResult> expert_query(const ExpertQuery& query, const ExpertRequest& request);
    base::Result<FieldStats> field_stats(const FieldStatsRequest& request);
    base::Result<std::vector<StoredFinding>> findings(const FindingsRequest& request);
    // Every row of the class with a seq in [first_seq, last_seq], in no order, doubles included; stops when `line` returns
    // false. How many were given.
    base::Result<uint64_t> lines(uint32_t tenant, RetentionClass retention_class, uint64_t first_seq, uint64_t last_seq,
                                 const QueryLimits& limits, const std::function<bool(const StoredLine&)>& line);

    // --- care
    base::Result<TenantStats> stats(uint32_t tenant);
    // Drops the days of this class whose last moment is before `received_before`; how many rows went.
    base::Result<uint64_t> apply_retention(uint32_t tenant, RetentionClass retention_class,
                                           base::Timestamp received_before);
    base::Result<uint64_t> apply_findings_retention(uint32_t tenant, base::Timestamp received_before);
    // Merges each day that ended before `received_before` into one part and builds the indexes on its raw lines, where
    // that has not been done: searches for text then pass over most of it. Takes long (about 10 us of CPU an event) and
    // nothing waits for it: to be called once a day and at the start. How many days were done.
    base::Result<size_t> index_days(uint32_t tenant, base::Timestamp received_before, std::stop_token stop = {});
    // Moves the days that ended before `received_before` to the archive folder, where they are searched as before; nothing
    // without one. Survives a crash in any moment: a part is at one place or the other. How many days were moved.
    base::Result<size_t> archive_days(uint32_t tenant, base::Timestamp received_before, std::stop_token stop = {});
    // Merges everything now; for tests and measurements.
    base::Result<> settle(uint32_t tenant);

    WorkerState worker_state() const;
    // Waits while the worker is away; false when it has not come back in time.
    bool wait_ready(base::Duration timeout, std::stop_token stop = {}) const;

private:
    class Implementation;
    explicit EventStore(std::unique_ptr<Implementation> implementation);
    std::unique_ptr<Implementation> implementation_;
};

}  // namespace shuwei::eventstore
