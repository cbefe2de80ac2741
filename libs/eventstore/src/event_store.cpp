#include "shuwei/eventstore/event_store.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "columns.hpp"
#include "implementation.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::eventstore {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

Result<std::filesystem::path> find_library(const std::filesystem::path& given) {
    std::vector<std::filesystem::path> places;
    if (!given.empty()) {
        places.push_back(given);
    } else if (const char* named = std::getenv("SHUWEI_LIBCHDB"); named != nullptr && *named != '\0') {
        places.emplace_back(named);
    } else {
        const auto folder = base::program_folder();
        places.push_back(folder / "libchdb.so");
        places.push_back(folder.parent_path() / "lib/shuwei/libchdb.so");
        for (auto above = folder; above.has_relative_path(); above = above.parent_path()) {
            places.push_back(above / "build/chdb/libchdb.so");
        }
    }
    std::error_code error;
    for (const auto& place : places) {
        if (std::filesystem::exists(place, error)) return std::filesystem::absolute(place, error);
    }
    std::string tried;
    for (const auto& place : places) tried += (tried.empty() ? "" : ", ") + place.string();
    return fail(ErrorCode::unavailable, "libchdb.so is not there (./dev setup installs it); looked at " + tried);
}

// Days since the epoch -> 20261121.
uint32_t civil_day(int64_t days) {
    const int64_t shifted = days + 719468;
    const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const auto of_era = static_cast<uint64_t>(shifted - era * 146097);
    const uint64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const uint64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const uint64_t month_index = (5 * of_year + 2) / 153;
    const uint64_t day = of_year - (153 * month_index + 2) / 5 + 1;
    const uint64_t month = month_index < 10 ? month_index + 3 : month_index - 9;
    const int64_t year = static_cast<int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0);
    return static_cast<uint32_t>(year) * 10000 + static_cast<uint32_t>(month * 100 + day);
}

base::Timestamp start_of_day(uint32_t day) {
    const int64_t year = day / 10000 - (day / 100 % 100 <= 2 ? 1 : 0);
    const uint64_t month = day / 100 % 100;
    const int64_t era = year / 400;
    const auto year_of_era = static_cast<uint64_t>(year - era * 400);
    const uint64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day % 100 - 1;
    const uint64_t of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    return (era * 146097 + static_cast<int64_t>(of_era) - 719468) * base::kDay;
}

// The archive's place is remembered beside the data: days that lie there are needed whatever the configuration says now.
Result<> choose_archive(EventStoreOptions& options) {
    const auto remembered = options.data_folder / "archive.path";
    auto before = base::read_file(remembered, 4096);
    if (!before && before.error().code() != ErrorCode::not_found) return fail(std::move(before).error());
    if (options.archive_folder.empty()) {
        if (before) options.archive_folder = std::string(base::trim(*before));
        if (options.archive_folder.empty()) return {};
    }
    if (!options.archive_folder.is_absolute()) {
        return fail(ErrorCode::invalid_argument, "the archive folder must be absolute: " + options.archive_folder.string());
    }
    if (before && base::trim(*before) != options.archive_folder.string()) {
        return fail(ErrorCode::conflict, "days of this store lie in " + std::string(base::trim(*before)) + ", not in " +
                                             options.archive_folder.string() + ": move them there and write the new place into " + remembered.string());
    }
    // An empty folder where a disk should be would look like lost days.
    const auto mark = options.archive_folder / "shuwei.archive";
    std::error_code error;
    if (before && !std::filesystem::exists(mark, error)) {
        return fail(ErrorCode::unavailable, "the archive with older days of this store is not in " + options.archive_folder.string() +
                                                ": is its disk mounted? (" + mark.string() + " is missing)");
    }
    std::filesystem::create_directories(options.archive_folder, error);
    if (error) return fail(base::system_error(error.value(), "make " + options.archive_folder.string()));
    if (!before) TRY(base::write_file_durably(mark, "Older days of a Shuwei event store; its file archive.path names this folder.\n", 0600));
    if (!before) return base::write_file_durably(remembered, options.archive_folder.string() + "\n", 0600);
    return {};
}

}  // namespace

std::string Cursor::to_string() const { return std::to_string(time) + "." + std::to_string(seq); }

std::optional<Cursor> Cursor::parse(std::string_view text) {
    const size_t dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto time = base::parse_int(text.substr(0, dot));
    const auto seq = base::parse_uint(text.substr(dot + 1));
    if (!time || !seq) return std::nullopt;
    return Cursor{*time, *seq};
}

EventStore::Implementation::Implementation(EventStoreOptions given)
    : options(std::move(given)), worker(options, [this] { return on_worker_ready(); }) {
    if (options.metrics == nullptr) return;
    base::Metrics& metrics = *options.metrics;
    appended = &metrics.counter("shuwei_eventstore_rows_total", "Rows appended durably");
    appended_bytes = &metrics.counter("shuwei_eventstore_bytes_total", "Bytes of the batches appended, before compression");
    queries = &metrics.counter("shuwei_eventstore_queries_total", "Queries run");
    failures = &metrics.counter("shuwei_eventstore_failures_total", "Queries and appends that failed");
}

Result<> EventStore::Implementation::on_worker_ready() {
    Parameters none;
    TRY_ASSIGN(const std::string answer,
               worker.run(Lane::care, {"SELECT name FROM system.tables WHERE database = 'shuwei'", "RowBinary", {}, -1, false}, kCareLimits));
    std::set<uint32_t> found;
    RowBinary from(answer);
    while (!from.at_end()) {
        const std::string_view name = from.text();
        if (!name.starts_with("events_")) continue;
        if (const auto number = base::parse_uint(name.substr(7))) found.insert(static_cast<uint32_t>(*number));
    }
    for (const uint32_t tenant : found) TRY(prepare_tables(tenant));
    const std::scoped_lock lock(mutex);
    tenants = std::move(found);
    return {};
}

Result<> EventStore::Implementation::command(std::string sql, Lane lane, const QueryLimits& limits) {
    return worker.run(lane, {std::move(sql), "RowBinary", {}, -1, false}, limits, [](std::string_view) { return true; });
}

Result<> EventStore::Implementation::prepare_tables(uint32_t tenant) {
    TRY(command(create_events_table(tenant)));
    TRY(command(create_findings_table(tenant)));
    TRY(add_missing(events_table(tenant), events_columns(), events_indexes(),
                    "exclude_materialize_skip_indexes_on_merge = '" + std::string(kLateIndexes) + "'"));
    TRY(add_missing(findings_table(tenant), findings_columns(), findings_indexes(), {}));
    if (options.archive_folder.empty()) return {};
    const std::string table = events_table(tenant);
    TRY_ASSIGN(const std::string answer, worker.run(Lane::care, {"SELECT storage_policy FROM system.tables WHERE database = 'shuwei' AND name = '" +
                                                                     table + "'", "RowBinary", {}, -1, false}, kCareLimits));
    if (RowBinary(answer).text() == kArchivePolicy) return {};
    return command("ALTER TABLE shuwei." + table + " MODIFY SETTING storage_policy = '" + std::string(kArchivePolicy) + "'");
}

// What the table lacks of today's columns and indexes is added; old rows then have the default. Nothing is removed.
Result<> EventStore::Implementation::add_missing(const std::string& table, const std::vector<TableColumn>& columns,
                                                 const std::vector<TableIndex>& indexes, const std::string& setting) {
    const auto names = [&](const std::string& sql) -> Result<std::set<std::string>> {
        TRY_ASSIGN(const std::string answer, worker.run(Lane::care, {sql, "RowBinary", {}, -1, false}, kCareLimits));
        std::set<std::string> found;
        for (RowBinary from(answer); !from.at_end();) found.emplace(from.text());
        return found;
    };
    const std::string of_table = " WHERE database = 'shuwei' AND table = '" + table + "'";
    TRY_ASSIGN(const auto present_columns, names("SELECT name FROM system.columns" + of_table));
    TRY_ASSIGN(const auto present_indexes, names("SELECT name FROM system.data_skipping_indices" + of_table));
    std::string changes;
    for (const TableColumn& column : columns) {
        if (present_columns.contains(column.name)) continue;
        changes += (changes.empty() ? "" : ", ") + ("ADD COLUMN IF NOT EXISTS `" + column.name + "` " + column.type + " " + column.codec);
    }
    for (const TableIndex& index : indexes) {
        if (present_indexes.contains(index.name)) continue;
        changes += (changes.empty() ? "" : ", ") + ("ADD INDEX IF NOT EXISTS " + index.name + " " + index.definition);
    }
    if (changes.empty()) return {};
    base::log::info("table gets new columns", {{"table", table}});
    if (!setting.empty()) changes += ", MODIFY SETTING " + setting;
    return command("ALTER TABLE shuwei." + table + " " + changes);
}

Result<> EventStore::Implementation::check_tenants(const std::vector<uint32_t>& wanted) const {
    if (wanted.empty()) return fail(ErrorCode::invalid_argument, "a query needs at least one tenant");
    const std::scoped_lock lock(mutex);
    for (const uint32_t tenant : wanted) {
        if (!tenants.contains(tenant)) return fail(ErrorCode::not_found, "tenant " + std::to_string(tenant) + " has no events");
    }
    return {};
}

QueryLimits part_of(const QueryLimits& limits, size_t index, size_t parts) {
    QueryLimits part = limits;
    if (!limits.progress) return part;
    part.progress = [index, parts, told = limits.progress](double fraction, uint64_t rows) {
        told((static_cast<double>(index) + fraction) / static_cast<double>(parts), rows);
    };
    return part;
}

std::string EventStore::Implementation::settings(const QueryLimits& limits, std::string_view further) const {
    const uint64_t memory = limits.memory_bytes != 0 ? limits.memory_bytes : options.query_memory_bytes;
    // The caller's deadline ends the query to the millisecond; this is the second line of defence.
    const auto seconds = std::max<base::Duration>(1, (limits.time + base::kSecond - 1) / base::kSecond) + 1;
    std::string out = " SETTINGS max_memory_usage = " + std::to_string(memory) +
                      ", max_execution_time = " + std::to_string(seconds) + ", max_ast_elements = 200000, "
                      "max_expanded_ast_elements = 500000, max_query_size = 4194304, max_parser_depth = 2000, "
                      "max_parser_backtracks = 10000000";
    if (!further.empty()) out.append(", ").append(further);
    return out;
}

Result<> EventStore::Implementation::insert(const std::string& table, const RowBuffer& rows, Delivery delivery, std::string_view key) {
    std::string names;
    std::string structure;
    for (const auto& [name, type] : rows.columns_) {
        if (!names.empty()) {
            names += ", ";
            structure += ", ";
        }
        names += name;
        structure += name + " " + type;
    }
    for (size_t at = structure.find('\''); at != std::string::npos; at = structure.find('\'', at + 2)) structure.insert(at, "\\");
    WorkerProcess::Query query;
    query.sql = "INSERT INTO shuwei." + table + " (" + names + ") SELECT " + names + " FROM file('$FD$', 'Native', '" + structure + "')";
    if (delivery == Delivery::repeated) {
        const std::string range = " BETWEEN " + std::to_string(rows.first_seq()) + " AND " + std::to_string(rows.last_seq());
        query.sql += " WHERE (" + std::string(key) + ") NOT IN (SELECT " + std::string(key) + " FROM shuwei." + table +
                     " WHERE seq" + range + ")";
    }
    // One thread, so that a batch makes one part a day and not one a thread and day.
    query.sql += " SETTINGS async_insert = 0, max_threads = 1, max_insert_threads = 1, max_block_size = 1048576, "
                 "min_insert_block_size_rows = 1048576, min_insert_block_size_bytes = 1073741824, "
                 "max_partitions_per_insert_block = 1000, exclude_materialize_skip_indexes_on_insert = '";
    query.sql.append(kLateIndexes).append("'");
    query.descriptor = rows.memfd_.get();
    auto done = worker.run(Lane::write, query, kCareLimits, [](std::string_view) { return true; });
    if (appended != nullptr) {
        if (done) {
            appended->add(static_cast<int64_t>(rows.rows()));
            appended_bytes->add(static_cast<int64_t>(rows.bytes()));
        } else {
            failures->add();
        }
    }
    return done;
}

Result<std::string> EventStore::Implementation::select(std::string sql, Parameters& parameters, const QueryLimits& limits,
                                                       std::string_view further_settings) {
    WorkerProcess::Query query;
    query.sql = std::move(sql) + settings(limits, further_settings);
    query.parameters = parameters.take();
    auto answer = worker.run(Lane::read, query, limits);
    if (queries != nullptr) {
        queries->add();
        if (!answer) failures->add();
    }
    return answer;
}

Result<uint64_t> EventStore::Implementation::select_number(std::string sql, Parameters& parameters, const QueryLimits& limits) {
    TRY_ASSIGN(const std::string answer, select(std::move(sql), parameters, limits));
    return RowBinary(answer).value<uint64_t>();
}

EventStore::EventStore(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
EventStore::~EventStore() = default;

Result<std::unique_ptr<EventStore>> EventStore::open(EventStoreOptions options) {
    if (!options.data_folder.is_absolute()) {
        return fail(ErrorCode::invalid_argument, "the folder of the event store must be absolute: " + options.data_folder.string());
    }
    std::error_code error;
    std::filesystem::create_directories(options.data_folder, error);
    if (error) return fail(base::system_error(error.value(), "make " + options.data_folder.string()));
    TRY(choose_archive(options));
    TRY_ASSIGN(options.library, find_library(options.library));
    const base::Duration timeout = options.start_timeout;
    auto implementation = std::make_unique<Implementation>(std::move(options));
    TRY(implementation->worker.wait_started(timeout));
    return std::unique_ptr<EventStore>(new EventStore(std::move(implementation)));
}

Result<> EventStore::create_tenant(uint32_t tenant) {
    {
        const std::scoped_lock lock(implementation_->mutex);
        if (implementation_->tenants.contains(tenant)) return {};
    }
    TRY(implementation_->prepare_tables(tenant));
    const std::scoped_lock lock(implementation_->mutex);
    implementation_->tenants.insert(tenant);
    return {};
}

Result<std::vector<uint32_t>> EventStore::tenants() {
    const std::scoped_lock lock(implementation_->mutex);
    return std::vector<uint32_t>(implementation_->tenants.begin(), implementation_->tenants.end());
}

Result<> EventStore::drop_tenant(uint32_t tenant) {
    TRY(implementation_->check_tenants({tenant}));
    // TRUNCATE frees the disk. Not DROP … SYNC: on a folder made in this run ClickHouse 26.5 never gets to the part of
    // a drop that works in the background, and SYNC would wait for it for ever.
    for (const std::string& table : {events_table(tenant), findings_table(tenant)}) {
        TRY(implementation_->command("TRUNCATE TABLE IF EXISTS shuwei." + table));
        TRY(implementation_->command("DROP TABLE IF EXISTS shuwei." + table));
    }
    const std::scoped_lock lock(implementation_->mutex);
    implementation_->tenants.erase(tenant);
    return {};
}

Result<> EventStore::append(uint32_t tenant, const RowBuffer& rows, Delivery delivery) {
    if (rows.empty()) return {};
    TRY(implementation_->check_tenants({tenant}));
    return implementation_->insert(events_table(tenant), rows, delivery, "seq");
}

Result<> EventStore::append_findings(uint32_t tenant, const std::vector<Finding>& findings, Delivery delivery) {
    if (findings.empty()) return {};
    TRY(implementation_->check_tenants({tenant}));
    TRY_ASSIGN(const RowBuffer rows, encode_findings(findings));
    return implementation_->insert(findings_table(tenant), rows, delivery, "seq, alert_id, rule_id");
}

Result<std::vector<uint64_t>> EventStore::present(uint32_t tenant, uint64_t from_seq, uint64_t to_seq) {
    TRY(implementation_->check_tenants({tenant}));
    Parameters parameters;
    TRY_ASSIGN(const std::string answer,
               implementation_->select("SELECT DISTINCT seq FROM shuwei." + events_table(tenant) + " WHERE seq >= " +
                                           std::to_string(from_seq) + " AND seq <= " + std::to_string(to_seq) + " ORDER BY seq",
                                       parameters, kCareLimits));
    std::vector<uint64_t> seqs(answer.size() / sizeof(uint64_t));
    if (!seqs.empty()) std::memcpy(seqs.data(), answer.data(), seqs.size() * sizeof(uint64_t));
    return seqs;
}

Result<uint64_t> EventStore::last_seq() {
    TRY_ASSIGN(const std::vector<uint32_t> all, tenants());
    if (all.empty()) return 0;
    TRY_ASSIGN(const std::string from, from_events(all));
    Parameters parameters;
    return implementation_->select_number("SELECT max(seq)" + from, parameters, kCareLimits);
}

Result<std::vector<PartitionInfo>> EventStore::Implementation::partitions(const std::string& table, bool has_class) {
    Parameters parameters;
    TRY_ASSIGN(const std::string answer,
               select("SELECT partition_id, sum(rows), sum(bytes_on_disk) FROM system.parts WHERE database = 'shuwei' AND table = '" +
                          table + "' AND active GROUP BY partition_id ORDER BY partition_id",
                      parameters, kCareLimits));
    std::vector<PartitionInfo> found;
    for (RowBinary from(answer); !from.at_end();) {
        const std::string_view id = from.text();  // "0-20261121", or "20261121"
        PartitionInfo info;
        const size_t dash = has_class ? id.find('-') : 0;
        if (has_class) info.retention_class = static_cast<RetentionClass>(base::parse_uint(id.substr(0, dash)).value_or(0));
        info.day = static_cast<uint32_t>(base::parse_uint(id.substr(has_class ? dash + 1 : 0)).value_or(0));
        info.rows = from.value<uint64_t>();
        info.bytes = from.value<uint64_t>();
        if (!from.ok()) return fail(ErrorCode::data_corrupt, "malformed list of partitions");
        found.push_back(info);
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        return std::tie(a.day, a.retention_class) < std::tie(b.day, b.retention_class);
    });
    return found;
}

Result<uint64_t> EventStore::Implementation::drop_days(const std::string& table, std::optional<RetentionClass> retention_class,
                                                       base::Timestamp received_before) {
    TRY_ASSIGN(const auto found, partitions(table, retention_class.has_value()));
    // A day goes when its end is not behind the limit.
    const int64_t days = received_before >= 0 ? received_before / base::kDay : (received_before - base::kDay + 1) / base::kDay;
    const uint32_t first_kept = civil_day(days);
    uint64_t rows = 0;
    for (const PartitionInfo& info : found) {
        if (info.day >= first_kept || (retention_class && info.retention_class != *retention_class)) continue;
        const std::string id = (retention_class ? std::to_string(*retention_class) + "-" : std::string()) + std::to_string(info.day);
        TRY(command("ALTER TABLE shuwei." + table + " DROP PARTITION ID '" + id + "'"));
        rows += info.rows;
    }
    return rows;
}

Result<uint64_t> EventStore::apply_retention(uint32_t tenant, RetentionClass retention_class, base::Timestamp received_before) {
    TRY(implementation_->check_tenants({tenant}));
    return implementation_->drop_days(events_table(tenant), retention_class, received_before);
}

Result<uint64_t> EventStore::apply_findings_retention(uint32_t tenant, base::Timestamp received_before) {
    TRY(implementation_->check_tenants({tenant}));
    return implementation_->drop_days(findings_table(tenant), std::nullopt, received_before);
}

Result<TenantStats> EventStore::stats(uint32_t tenant) {
    TRY(implementation_->check_tenants({tenant}));
    TenantStats stats;
    TRY_ASSIGN(stats.partitions, implementation_->partitions(events_table(tenant), true));
    TRY_ASSIGN(const auto findings, implementation_->partitions(findings_table(tenant), false));
    for (const PartitionInfo& info : stats.partitions) {
        stats.events += info.rows;
        stats.bytes_on_disk += info.bytes;
    }
    for (const PartitionInfo& info : findings) {
        stats.findings += info.rows;
        stats.bytes_on_disk += info.bytes;
    }
    if (!stats.partitions.empty()) stats.oldest_received = start_of_day(stats.partitions.front().day);
    // Large parts know the size of each column, small ones do not and are asked.
    const std::string of_table = "database = 'shuwei' AND table = '" + events_table(tenant) + "' AND active";
    Parameters parameters;
    TRY_ASSIGN(const uint64_t large, implementation_->select_number("SELECT sum(column_data_uncompressed_bytes) FROM system.parts_columns "
                                                                    "WHERE column = 'raw' AND part_type = 'Wide' AND " + of_table,
                                                                    parameters, kCareLimits));
    TRY_ASSIGN(const uint64_t small, implementation_->select_number("SELECT sum(length(raw)) FROM shuwei." + events_table(tenant) +
                                                                    " WHERE _part IN (SELECT name FROM system.parts WHERE "
                                                                    "part_type != 'Wide' AND " + of_table + ")",
                                                                    parameters, kCareLimits));
    stats.raw_bytes = large + small;
    return stats;
}

Result<size_t> EventStore::index_days(uint32_t tenant, base::Timestamp received_before, std::stop_token stop) {
    TRY(implementation_->check_tenants({tenant}));
    const std::string table = events_table(tenant);
    // Index building is the only mutation there ever is: a part that has been mutated since its rows came has them.
    Parameters parameters;
    TRY_ASSIGN(const std::string answer,
               implementation_->select("SELECT partition_id, toUInt64(count()), toUInt64(countIf(data_version > max_block_number)) FROM "
                                       "system.parts WHERE database = 'shuwei' AND table = '" + table +
                                           "' AND active GROUP BY partition_id ORDER BY partition_id",
                                       parameters, kCareLimits));
    const uint32_t today = civil_day(received_before / base::kDay);
    const QueryLimits limits{24 * base::kHour, 0, std::move(stop)};
    size_t done = 0;
    for (RowBinary row(answer); !row.at_end();) {
        const std::string_view id = row.text();
        const auto parts = row.value<uint64_t>();
        const auto mutated = row.value<uint64_t>();
        const size_t dash = id.find('-');
        const auto retention_class = base::parse_uint(id.substr(0, dash));
        const auto day = base::parse_uint(id.substr(dash == std::string_view::npos ? 0 : dash + 1));
        if (!row.ok() || !retention_class || !day) return fail(ErrorCode::data_corrupt, "malformed list of partitions");
        if (*day >= today || (parts == 1 && mutated == 1)) continue;
        const std::string partition = " PARTITION ID '" + std::to_string(*retention_class) + "-" + std::to_string(*day) + "'";
        if (parts > 1) {
            TRY(implementation_->command("OPTIMIZE TABLE shuwei." + table + partition + " FINAL", WorkerProcess::Lane::upkeep, limits));
        }
        std::string sql = "ALTER TABLE shuwei." + table;
        for (const char* const index : {" MATERIALIZE INDEX raw_grams", ", MATERIALIZE INDEX raw_bigrams", ", MATERIALIZE INDEX raw_charset"}) {
            sql += index;
            sql += " IN" + partition;
        }
        TRY(implementation_->command(sql + " SETTINGS mutations_sync = 2", WorkerProcess::Lane::upkeep, limits));
        ++done;
    }
    return done;
}

Result<size_t> EventStore::archive_days(uint32_t tenant, base::Timestamp received_before, std::stop_token stop) {
    if (implementation_->options.archive_folder.empty()) return 0;
    TRY(implementation_->check_tenants({tenant}));
    const std::string table = events_table(tenant);
    Parameters parameters;
    TRY_ASSIGN(const std::string answer,
               implementation_->select("SELECT DISTINCT partition_id FROM system.parts WHERE database = 'shuwei' AND table = '" + table +
                                           "' AND active AND disk_name = 'default' ORDER BY partition_id",
                                       parameters, kCareLimits));
    const uint32_t first_kept = civil_day(received_before / base::kDay);
    const QueryLimits limits{24 * base::kHour, 0, std::move(stop)};
    size_t moved = 0;
    for (RowBinary row(answer); !row.at_end();) {
        const std::string_view id = row.text();
        const size_t dash = id.find('-');
        const auto retention_class = base::parse_uint(id.substr(0, dash));
        const auto day = base::parse_uint(id.substr(dash == std::string_view::npos ? 0 : dash + 1));
        if (!row.ok() || !retention_class || !day) return fail(ErrorCode::data_corrupt, "malformed list of partitions");
        if (*day >= first_kept) continue;
        TRY(implementation_->command("ALTER TABLE shuwei." + table + " MOVE PARTITION ID '" + std::to_string(*retention_class) + "-" +
                                         std::to_string(*day) + "' TO VOLUME 'archive'",
                                     WorkerProcess::Lane::upkeep, limits));
        ++moved;
    }
    return moved;
}

Result<> EventStore::settle(uint32_t tenant) {
    TRY(implementation_->check_tenants({tenant}));
    TRY(implementation_->command("OPTIMIZE TABLE shuwei." + events_table(tenant) + " FINAL"));
    return implementation_->command("OPTIMIZE TABLE shuwei." + findings_table(tenant) + " FINAL");
}

WorkerState EventStore::worker_state() const { return implementation_->worker.state(); }

bool EventStore::wait_ready(base::Duration timeout, std::stop_token stop) const {
    return implementation_->worker.wait_ready(timeout, std::move(stop));
}

}  // namespace shuwei::eventstore
