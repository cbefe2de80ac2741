// Searching: event rows and findings out of the store.
#include <algorithm>

#include "implementation.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::eventstore {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

constexpr uint64_t kRowsOfSlice = 262'144;

std::string instant(Parameters& parameters, base::Timestamp time) {
    return "fromUnixTimestamp64Micro(" + parameters.integer(to_microseconds(time)) + ", 'UTC')";
}

// Rows behind the cursor in the order (column, seq).
std::string behind(const Cursor& cursor, Order order, const std::string& column, Parameters& parameters) {
    const std::string time = instant(parameters, cursor.time);
    const std::string sign = order == Order::newest_first ? "<" : ">";
    return " AND " + column + " " + sign + "= " + time + " AND (" + column + " " + sign + " " + time + " OR seq " + sign + " " +
           parameters.unsigned_integer(cursor.seq) + ")";
}

Result<std::string> rows_clause(const SearchRequest& request, Parameters& parameters) {
    TRY_ASSIGN(const std::string from, from_events(request.scope.tenants));
    TRY_ASSIGN(std::string condition, scope_sql(request.scope, parameters));
    if (request.after) condition += behind(*request.after, request.order, "ts", parameters);
    const std::string direction = request.order == Order::newest_first ? " DESC" : "";
    return from + " WHERE " + condition + " ORDER BY ts" + direction + ", seq" + direction;
}

std::string list_of(const std::vector<uint64_t>& seqs) {
    std::string list;
    for (const uint64_t seq : seqs) list += (list.empty() ? "" : ",") + std::to_string(seq);
    return list;
}

}  // namespace

Result<> EventStore::Implementation::select_events(const std::vector<uint32_t>& of_tenants, const std::vector<std::string>& fields,
                                                   const std::string& rest_of_query, Parameters& parameters,
                                                   const QueryLimits& limits, const std::function<bool(StoredEvent&&)>& row) {
    EventRowReader reader(fields, of_tenants);
    WorkerProcess::Query query;
    query.sql = "SELECT " + reader.select_list() + rest_of_query +
                settings(limits, "max_block_size = 4096, preferred_block_size_bytes = 4000000");
    query.parameters = parameters.take();
    query.streamed = true;
    std::optional<base::Error> broken;
    bool enough = false;
    auto done = worker.run(Lane::read, query, limits, [&](std::string_view piece) {
        auto fed = reader.feed(piece, row);
        if (!fed) broken.emplace(std::move(fed).error());
        enough = fed && !*fed;
        return fed && *fed;
    });
    if (queries != nullptr) queries->add();
    if (broken) return fail(std::move(*broken));
    if (enough) return {};
    if (!done) {
        if (failures != nullptr) failures->add();
        return done;
    }
    if (!reader.at_row_end()) return fail(ErrorCode::data_corrupt, "the event store's answer ends within a row");
    return {};
}

Result<std::vector<base::Timestamp>> EventStore::Implementation::time_cuts(const Scope& scope, uint64_t rows_each,
                                                                           const QueryLimits& limits) {
    // The first key of each granule is in memory anyway; one granule is 8,192 rows.
    std::vector<std::pair<int64_t, uint64_t>> granules;
    for (const uint32_t tenant : scope.tenants) {
        Parameters parameters;
        std::string condition = "1";
        if (scope.since) condition += " AND ts >= " + instant(parameters, *scope.since);
        if (scope.until) condition += " AND ts < " + instant(parameters, *scope.until);
        TRY_ASSIGN(const std::string answer,
                   select("SELECT toUnixTimestamp64Micro(ts), toUInt64(rows_in_granule) FROM mergeTreeIndex(shuwei, " + events_table(tenant) +
                              ") WHERE " + condition,
                          parameters, limits));
        for (RowBinary row(answer); !row.at_end();) {
            const auto time = row.value<int64_t>();
            granules.emplace_back(time, row.value<uint64_t>());
            if (!row.ok()) return fail(ErrorCode::data_corrupt, "malformed granules");
        }
    }
    std::sort(granules.begin(), granules.end());
    std::vector<base::Timestamp> cuts;
    uint64_t rows = 0;
    for (const auto& [time, count] : granules) {
        const base::Timestamp at = time * base::kMicrosecond;
        if (rows >= rows_each && (cuts.empty() || cuts.back() < at)) {
            cuts.push_back(at);
            rows = 0;
        }
        rows += count;
    }
    return cuts;
}

Result<SearchResult> EventStore::search(const SearchRequest& request) {
    TRY(implementation_->check_tenants(request.scope.tenants));
    const base::Timestamp began = base::monotonic_now();
    SearchResult result;
    {
        Parameters parameters;
        TRY_ASSIGN(std::string clause, rows_clause(request, parameters));
        clause += " LIMIT " + std::to_string(request.limit + 1);
        TRY(implementation_->select_events(request.scope.tenants, request.fields, clause, parameters,
                                           part_of(request.limits, 0, request.total == Total::exact ? 2 : 1), [&](StoredEvent&& event) {
                                               result.events.push_back(std::move(event));
                                               return true;
                                           }));
    }
    if (result.events.size() > request.limit) {
        result.events.pop_back();
        if (!result.events.empty()) result.next = Cursor{result.events.back().time, result.events.back().seq};
    }
    result.total = result.events.size();
    if (request.total == Total::none) {
        result.total_relation = result.next || request.after ? TotalRelation::lower_bound : TotalRelation::exact;
    } else if (result.next || request.after) {
        QueryLimits left = part_of(request.limits, 1, 2);
        left.time = std::max<base::Duration>(base::kMillisecond, left.time - (base::monotonic_now() - began));
        auto total = count(request.scope, left);
        if (total) {
            result.total = *total;
        } else if (total.error().code() == ErrorCode::deadline_exceeded) {
            result.total_relation = TotalRelation::lower_bound;  // the rows are there; not knowing their number is no failure
        } else {
            return fail(std::move(total).error());
        }
    }
    result.took = base::monotonic_now() - began;
    return result;
}

Result<uint64_t> EventStore::stream(const SearchRequest& request, const std::function<bool(StoredEvent&&)>& row) {
    TRY(implementation_->check_tenants(request.scope.tenants));
    uint64_t given = 0;
    bool wanted = true;
    const auto read = [&](const SearchRequest& part) -> Result<> {
        Parameters parameters;
        TRY_ASSIGN(std::string clause, rows_clause(part, parameters));
        if (part.limit > 0) clause += " LIMIT " + std::to_string(part.limit);
        return implementation_->select_events(part.scope.tenants, part.fields, clause, parameters, part.limits, [&](StoredEvent&& event) {
            ++given;
            wanted = row(std::move(event));
            return wanted;
        });
    };
    if (request.limit > 0) {
        TRY(read(request));
        return given;
    }
    TRY_ASSIGN(std::vector<base::Timestamp> cuts, implementation_->time_cuts(request.scope, kRowsOfSlice, request.limits));
    SearchRequest part = request;
    for (size_t i = 0; i <= cuts.size() && wanted; ++i) {
        const size_t at = request.order == Order::oldest_first ? i : cuts.size() - i;
        part.scope.since = at == 0 ? request.scope.since : cuts[at - 1];
        part.scope.until = at == cuts.size() ? request.scope.until : cuts[at];
        if (request.after && part.scope.until && request.order == Order::oldest_first && *part.scope.until <= request.after->time) continue;
        if (request.after && part.scope.since && request.order == Order::newest_first && *part.scope.since > request.after->time) continue;
        TRY(read(part));
    }
    return given;
}

Result<uint64_t> EventStore::replay(const ReplayRequest& request, const std::function<bool(StoredEvent&&)>& row) {
    TRY(implementation_->check_tenants({request.tenant}));
    Parameters parameters;
    TRY_ASSIGN(const std::string from, from_events({request.tenant}));
    TRY_ASSIGN(const std::string condition, predicate_sql(request.predicate, parameters));
    // The bounds stand bare, so that the index on seq passes over the granules outside.
    const std::string clause = from + " WHERE seq > " + parameters.unsigned_integer(request.after) + " AND seq <= " +
                               parameters.unsigned_integer(request.until) + " AND (" + condition + ") ORDER BY seq";
    uint64_t given = 0;
    TRY(implementation_->select_events({request.tenant}, request.fields, clause, parameters, request.limits, [&](StoredEvent&& event) {
        ++given;
        return row(std::move(event));
    }));
    return given;
}

Result<std::optional<uint64_t>> EventStore::first_seq_since(uint32_t tenant, base::Timestamp since) {
    TRY(implementation_->check_tenants({tenant}));
    Parameters parameters;
    TRY_ASSIGN(const std::string from, from_events({tenant}));
    const std::string where = from + " WHERE received >= " + instant(parameters, since);
    // Numbers begin at 1: no rows give 0.
    TRY_ASSIGN(const uint64_t seq, implementation_->select_number("SELECT min(seq)" + where, parameters, kCareLimits));
    return seq == 0 ? std::nullopt : std::optional<uint64_t>(seq);
}

Result<std::vector<StoredEvent>> EventStore::get_many(const std::vector<uint32_t>& tenants, std::vector<uint64_t> seqs) {
    TRY(implementation_->check_tenants(tenants));
    if (seqs.empty()) return std::vector<StoredEvent>{};
    TRY_ASSIGN(const std::string from, from_events(tenants));
    Parameters parameters;
    std::vector<StoredEvent> events;
    TRY(implementation_->select_events(tenants, {}, from + " WHERE seq IN (" + list_of(seqs) + ") ORDER BY seq LIMIT 1 BY seq", parameters, {},
                                       [&](StoredEvent&& event) {
                                           events.push_back(std::move(event));
                                           return true;
                                       }));
    return events;
}

Result<uint64_t> EventStore::lines(uint32_t tenant, RetentionClass retention_class, uint64_t first_seq, uint64_t last_seq,
                                   const QueryLimits& limits, const std::function<bool(const StoredLine&)>& line) {
    TRY(implementation_->check_tenants({tenant}));
    WorkerProcess::Query query;
    query.sql = "SELECT seq, received, peer, raw FROM shuwei." + events_table(tenant) + " WHERE retention_class = " +
                std::to_string(retention_class) + " AND seq BETWEEN " + std::to_string(first_seq) + " AND " + std::to_string(last_seq) +
                implementation_->settings(limits, "max_block_size = 8192, preferred_block_size_bytes = 4000000");
    query.streamed = true;
    std::string pending;  // a row cut by the end of a piece
    uint64_t given = 0;
    bool enough = false;
    const auto done = implementation_->worker.run(WorkerProcess::Lane::read, query, limits, [&](std::string_view piece) {
        pending.append(piece);
        std::string_view left = pending;
        while (!left.empty()) {
            RowBinary row(left);
            StoredLine stored;
            stored.seq = row.value<uint64_t>();
            stored.received = row.value<int64_t>() * base::kMicrosecond;
            stored.peer = row.value<base::IpAddress>();
            stored.raw = row.text();
            if (!row.ok()) break;
            left.remove_prefix(left.size() - row.left());
            ++given;
            if (!line(stored)) {
                enough = true;
                return false;
            }
        }
        pending.erase(0, pending.size() - left.size());
        return true;
    });
    if (enough) return given;
    if (!done) return fail(done.error());
    if (!pending.empty()) return fail(ErrorCode::data_corrupt, "the event store's answer ends within a row");
    return given;
}

Result<StoredEvent> EventStore::get(const std::vector<uint32_t>& tenants, uint64_t seq) {
    TRY_ASSIGN(auto events, get_many(tenants, {seq}));
    if (events.empty()) return fail(ErrorCode::not_found, "there is no event " + std::to_string(seq));
    return std::move(events.front());
}

Result<uint64_t> EventStore::count(const Scope& scope, const QueryLimits& limits) {
    TRY(implementation_->check_tenants(scope.tenants));
    Parameters parameters;
    TRY_ASSIGN(const std::string from, from_events(scope.tenants));
    TRY_ASSIGN(const std::string condition, scope_sql(scope, parameters));
    return implementation_->select_number("SELECT count()" + from + " WHERE " + condition, parameters, limits);
}

Result<std::vector<StoredFinding>> EventStore::findings(const FindingsRequest& request) {
    TRY(implementation_->check_tenants(request.tenants));
    Parameters parameters;
    TRY_ASSIGN(const std::string from, from_findings(request.tenants));
    std::string condition = "1";
    if (request.alert_id) condition += " AND alert_id = " + parameters.text(*request.alert_id);
    if (request.rule_id) condition += " AND rule_id = " + parameters.text(*request.rule_id);
    if (request.seq) condition += " AND seq = " + parameters.unsigned_integer(*request.seq);
    if (request.from_seq) condition += " AND seq >= " + parameters.unsigned_integer(*request.from_seq);
    if (request.since) condition += " AND time >= " + instant(parameters, *request.since);
    if (request.until) condition += " AND time < " + instant(parameters, *request.until);
    if (request.after) condition += behind(*request.after, request.order, "time", parameters);
    const bool several = request.tenants.size() > 1;
    const std::string direction = request.order == Order::newest_first ? " DESC" : "";
    std::string sql = std::string("SELECT ") + (several ? "_table, " : "") +
                      "seq, received, time, alert_id, rule_id, rule_hash, level, reason, entity_source, entity_target, "
                      "entity_source_field, entity_target_field" + from +
                      " WHERE " + condition + " ORDER BY time" + direction + ", seq" + direction + ", rule_id, alert_id";
    if (request.limit > 0) sql += " LIMIT " + std::to_string(request.limit);
    TRY_ASSIGN(const std::string answer, implementation_->select(std::move(sql), parameters, request.limits));
    std::vector<StoredFinding> found;
    for (RowBinary row(answer); !row.at_end();) {
        StoredFinding stored;
        stored.tenant = request.tenants.front();
        if (several) {
            const std::string_view table = row.text();
            stored.tenant = static_cast<uint32_t>(base::parse_uint(table.substr(table.rfind('_') + 1)).value_or(0));
        }
        Finding& finding = stored.finding;
        finding.seq = row.value<uint64_t>();
        finding.received = row.value<int64_t>() * base::kMicrosecond;
        finding.time = row.value<int64_t>() * base::kMicrosecond;
        for (std::string* text : {&finding.alert_id, &finding.rule_id, &finding.rule_hash, &finding.level, &finding.reason,
                                  &finding.entity_source, &finding.entity_target, &finding.entity_source_field,
                                  &finding.entity_target_field}) {
            *text = row.text();
        }
        if (!row.ok()) return fail(ErrorCode::data_corrupt, "malformed findings");
        found.push_back(std::move(stored));
    }
    return found;
}

Result<std::vector<Finding>> EventStore::findings_from(uint32_t tenant, uint64_t from_seq) {
    FindingsRequest request;
    request.tenants = {tenant};
    request.from_seq = from_seq;
    request.order = Order::oldest_first;
    request.limit = 0;
    request.limits.time = 10 * base::kMinute;
    TRY_ASSIGN(auto stored, findings(request));
    std::vector<Finding> found;
    found.reserve(stored.size());
    for (StoredFinding& each : stored) found.push_back(std::move(each.finding));
    std::sort(found.begin(), found.end(), [](const Finding& a, const Finding& b) {
        return std::tie(a.seq, a.rule_id, a.alert_id) < std::tie(b.seq, b.rule_id, b.alert_id);
    });
    return found;
}

}  // namespace shuwei::eventstore
