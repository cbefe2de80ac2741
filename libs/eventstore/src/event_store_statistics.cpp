// Counting: histograms over time, values of fields.
#include <algorithm>
#include <array>
#include <iterator>

#include "columns.hpp"
#include "implementation.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::eventstore {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

constexpr int64_t kMs = 1000, kS = 1'000'000, kMin = 60 * kS, kH = 60 * kMin, kD = 24 * kH;  // microseconds
constexpr std::array kIntervals = {
    kMs,     2 * kMs,  5 * kMs,  10 * kMs, 20 * kMs, 50 * kMs, 100 * kMs, 200 * kMs, 500 * kMs, kS,      2 * kS,   5 * kS,
    10 * kS, 15 * kS,  30 * kS,  kMin,     2 * kMin, 5 * kMin, 10 * kMin, 15 * kMin, 30 * kMin, kH,      2 * kH,   3 * kH,
    6 * kH,  12 * kH,  kD,       2 * kD,   7 * kD,   14 * kD,  30 * kD,   90 * kD,   365 * kD,  1826 * kD, 18262 * kD};

int64_t floor_to(int64_t value, int64_t step) {
    const int64_t rest = value % step;
    return value - (rest < 0 ? rest + step : rest);
}

constexpr size_t kMaxFields = 1000;  // names in a field list beyond the columns

Result<std::vector<ValueCount>> read_counts(std::string_view answer) {
    std::vector<ValueCount> counts;
    for (RowBinary row(answer); !row.at_end();) {
        std::string value(row.text());
        counts.push_back({std::move(value), row.value<uint64_t>()});
        if (!row.ok()) return fail(ErrorCode::data_corrupt, "malformed counts");
    }
    return counts;
}

}  // namespace

Result<EventStore::Implementation::TimeAxis> EventStore::Implementation::time_axis(const Scope& scope, size_t buckets,
                                                                                   base::Duration utc_offset,
                                                                                   const QueryLimits& limits) {
    std::optional<int64_t> first, behind;
    if (scope.since) first = to_microseconds(*scope.since);
    if (scope.until) behind = to_microseconds(*scope.until);
    if (!first || !behind) {
        Parameters parameters;
        TRY_ASSIGN(const std::string from, from_events(scope.tenants));
        TRY_ASSIGN(const std::string condition, scope_sql(scope, parameters));
        TRY_ASSIGN(const std::string answer, select("SELECT min(ts), max(ts), count()" + from + " WHERE " + condition, parameters, limits));
        RowBinary row(answer);
        const auto oldest = row.value<int64_t>();
        const auto newest = row.value<int64_t>();
        if (row.value<uint64_t>() == 0) return TimeAxis{};
        if (!first) first = oldest;
        if (!behind) behind = newest + 1;
    }
    if (*behind <= *first) return fail(ErrorCode::invalid_argument, "the range of time is empty: since is not before until");
    const auto wanted = static_cast<int64_t>(std::clamp<size_t>(buckets, 1, 2000));
    const auto chosen = std::find_if(kIntervals.begin(), kIntervals.end(),
                                     [&](int64_t each) { return (*behind - *first + each - 1) / each <= wanted; });
    TimeAxis axis;
    axis.interval = chosen == kIntervals.end() ? kIntervals.back() : *chosen;
    const int64_t shift = axis.interval >= kH ? utc_offset / base::kMicrosecond : 0;
    axis.start = floor_to(*first + shift, axis.interval) - shift;
    const int64_t end = floor_to(*behind - 1 + shift, axis.interval) - shift + axis.interval;
    axis.buckets = static_cast<size_t>((end - axis.start) / axis.interval);
    return axis;
}

Result<Histogram> EventStore::histogram(const HistogramRequest& request) {
    TRY(implementation_->check_tenants(request.scope.tenants));
    const base::Timestamp began = base::monotonic_now();
    TRY_ASSIGN(const std::string from, from_events(request.scope.tenants));
    Histogram histogram;
    TRY_ASSIGN(const auto axis, implementation_->time_axis(request.scope, request.buckets, request.utc_offset, request.limits));
    if (axis.buckets == 0) {
        histogram.took = base::monotonic_now() - began;
        return histogram;
    }
    const auto [start, interval, count_of_buckets] = axis;
    histogram.since = start * base::kMicrosecond;
    histogram.interval = interval * base::kMicrosecond;
    histogram.until = histogram.since + static_cast<int64_t>(count_of_buckets) * histogram.interval;
    histogram.buckets.resize(count_of_buckets);
    for (size_t i = 0; i < histogram.buckets.size(); ++i) {
        histogram.buckets[i].at = (start + static_cast<int64_t>(i) * interval) * base::kMicrosecond;
    }

    if (!request.split_field.empty()) {
        Parameters parameters;
        const FieldSql field = field_sql(request.split_field, parameters);
        TRY_ASSIGN(const std::string condition, scope_sql(request.scope, parameters));
        TRY_ASSIGN(const std::string answer,
                   implementation_->select("SELECT " + field.values + "[1] AS x, count() AS n" + from + " WHERE (" + condition + ") AND " +
                                               field.present + " GROUP BY x ORDER BY n DESC, x LIMIT " +
                                               std::to_string(std::min<size_t>(request.split_limit, 100)),
                                           parameters, request.limits));
        for (RowBinary row(answer); !row.at_end();) {
            histogram.split_values.emplace_back(row.text());
            row.value<uint64_t>();
        }
        for (HistogramBucket& bucket : histogram.buckets) bucket.split.resize(histogram.split_values.size() + 1);
    }

    Parameters parameters;
    std::string series = "toUInt64(0)";
    if (!histogram.split_values.empty()) {
        const FieldSql field = field_sql(request.split_field, parameters);
        std::string list;
        for (const std::string& value : histogram.split_values) list += (list.empty() ? "" : ", ") + parameters.text(value);
        series = "if(" + field.present + ", toUInt64(indexOf([" + list + "], " + field.values + "[1])), toUInt64(0))";
    }
    TRY_ASSIGN(const std::string condition, scope_sql(request.scope, parameters));
    TRY_ASSIGN(const std::string answer,
               implementation_->select("SELECT toInt64(intDiv(toUnixTimestamp64Micro(ts) - " + parameters.integer(start) + ", " +
                                           std::to_string(interval) + ")) AS b, " + series + " AS s, count() AS n" + from + " WHERE " +
                                           condition + " GROUP BY b, s",
                                       parameters, request.limits));
    for (RowBinary row(answer); !row.at_end();) {
        const auto bucket = row.value<int64_t>();
        const auto value = row.value<uint64_t>();
        const auto count = row.value<uint64_t>();
        if (!row.ok() || bucket < 0 || static_cast<size_t>(bucket) >= histogram.buckets.size()) continue;
        HistogramBucket& to = histogram.buckets[static_cast<size_t>(bucket)];
        to.count += count;
        histogram.total += count;
        if (to.split.empty()) continue;
        const size_t at = value == 0 || value > histogram.split_values.size() ? histogram.split_values.size() : value - 1;
        to.split[at] += count;
    }
    histogram.took = base::monotonic_now() - began;
    return histogram;
}

Result<FieldStats> EventStore::field_stats(const FieldStatsRequest& request) {
    TRY(implementation_->check_tenants(request.scope.tenants));
    const base::Timestamp began = base::monotonic_now();
    TRY_ASSIGN(const std::string from, from_events(request.scope.tenants));
    FieldStats stats;
    Parameters parameters;
    const std::string newest = request.sample > 0 ? " ORDER BY ts DESC, seq DESC LIMIT " + std::to_string(request.sample) : std::string();

    TRY_ASSIGN(const std::string condition, scope_sql(request.scope, parameters));
    const std::string sampled = from + " WHERE " + condition + newest;

    if (!request.field.empty()) {
        std::string values = "arrayDistinct(" + field_sql(request.field, parameters).values + ")";
        if (!request.prefix.empty()) {
            values = "arrayFilter(x -> startsWith(lower(x), " + parameters.text(base::to_ascii_lower(request.prefix)) + "), " + values + ")";
        }
        const std::string rows = " FROM (SELECT " + values + " AS vs" + sampled + ")";
        Parameters again = parameters;
        TRY_ASSIGN(const std::string figures,
                   implementation_->select("SELECT count(), uniqArray(vs)" + rows, again, request.limits));
        RowBinary figure(figures);
        stats.sampled = figure.value<uint64_t>();
        stats.distinct = figure.value<uint64_t>();
        TRY_ASSIGN(const std::string top,
                   implementation_->select("SELECT x, count() AS n FROM (SELECT arrayJoin(vs) AS x" + rows +
                                               ") GROUP BY x ORDER BY n DESC, x LIMIT " + std::to_string(request.top),
                                           parameters, request.limits));
        TRY_ASSIGN(stats.values, read_counts(top));
    } else {
        std::string presences;
        std::string counts;
        std::vector<std::string_view> names;
        const auto ask = [&](std::string_view name) {
            const std::string alias = "c" + std::to_string(names.size());
            presences += (presences.empty() ? "" : ", ") + field_sql(name, parameters).present + " AS " + alias;
            counts += ", countIf(" + alias + ")";
            names.push_back(name);
        };
        ask("log.source.address");
        ask("shuwei.pack");
        for (const Column& column : field_columns()) ask(event::field_info(column.field)->name);
        Parameters again = parameters;
        TRY_ASSIGN(const std::string figures,
                   implementation_->select("SELECT count()" + counts + " FROM (SELECT " + presences + sampled + ")", again, request.limits));
        RowBinary figure(figures);
        stats.sampled = figure.value<uint64_t>();
        for (const std::string_view name : names) {
            if (const auto count = figure.value<uint64_t>(); count > 0) stats.fields.push_back({std::string(name), count});
        }
        TRY_ASSIGN(const std::string dynamic,
                   implementation_->select("SELECT toString(x) AS name, count() AS n FROM (SELECT arrayJoin(arrayDistinct(ks)) AS x FROM "
                                           "(SELECT rest.keys AS ks" + sampled + ")) GROUP BY x ORDER BY n DESC, name LIMIT " +
                                               std::to_string(kMaxFields),
                                           parameters, request.limits));
        TRY_ASSIGN(auto further, read_counts(dynamic));
        std::move(further.begin(), further.end(), std::back_inserter(stats.fields));
        if (stats.sampled > 0) {
            for (const std::string_view always : {"@timestamp", "event.ingested", "event.original", "shuwei.seq"}) {
                stats.fields.push_back({std::string(always), stats.sampled});
            }
        }
        std::sort(stats.fields.begin(), stats.fields.end(), [](const ValueCount& a, const ValueCount& b) {
            return a.count != b.count ? a.count > b.count : a.value < b.value;
        });
    }
    stats.took = base::monotonic_now() - began;
    return stats;
}

}  // namespace shuwei::eventstore
