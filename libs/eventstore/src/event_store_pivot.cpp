// Statistics over groups of field values and time.
#include <algorithm>
#include <cmath>

#include "columns.hpp"
#include "implementation.hpp"

namespace shuwei::eventstore {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

constexpr size_t kMaxTop = 1000;
constexpr size_t kMaxCells = 200'000;
constexpr std::string_view kBetween = "\x1f";  // of the values in a key

// The field as a number that may be NULL.
std::string number_sql(const std::string& field, Parameters& parameters) {
    const event::FieldId id = event::find_field(field);
    if (id == event::timestamp) return "toFloat64(toUnixTimestamp64Milli(ts))";
    if (id == event::event_ingested) return "toFloat64(toUnixTimestamp64Milli(received))";
    if (id == event::shuwei_seq) return "toFloat64(seq)";
    const int index = id == event::kNoField ? kNoColumn : column_of(id);
    if (index != kNoColumn && field_columns()[static_cast<size_t>(index)].kind == ColumnKind::integer) {
        return "toFloat64(" + field_columns()[static_cast<size_t>(index)].name + ")";
    }
    return "toFloat64OrNull(" + field_sql(field, parameters).values + "[1])";
}

// What the inner rows carry for a measure, and how it is put together outside.
struct MeasureSql {
    std::string inner;  // expression, may be empty
    std::string outer;  // of the column m<i>
};

MeasureSql measure_sql(const Measure& measure, size_t index, Parameters& parameters) {
    const std::string column = "m" + std::to_string(index);
    switch (measure.kind) {
        case MeasureKind::count: return {"", "toFloat64(count())"};
        case MeasureKind::distinct:
            return {"arrayMap(x -> lower(x), " + field_sql(measure.field, parameters).values + ")", "toFloat64(uniqArray(" + column + "))"};
        case MeasureKind::sum: return {number_sql(measure.field, parameters), "sumOrNull(" + column + ")"};
        case MeasureKind::minimum: return {number_sql(measure.field, parameters), "minOrNull(" + column + ")"};
        case MeasureKind::maximum: return {number_sql(measure.field, parameters), "maxOrNull(" + column + ")"};
        case MeasureKind::average: return {number_sql(measure.field, parameters), "avgOrNull(" + column + ")"};
    }
    return {};
}

class PivotSql {
public:
    explicit PivotSql(const PivotRequest& request) : request_(request), measures_(request.measures) {
        if (measures_.empty()) measures_.emplace_back();
    }
    size_t measures() const { return measures_.size(); }

    // One row an event and combination of its values: g0 g1 g2, their key, the measures' columns, the bucket.
    Result<std::string> rows(Parameters& parameters, const std::string& bucket) const {
        std::string list = "1 AS one";
        std::string key;
        for (size_t i = 0; i < request_.groups.size(); ++i) {
            const FieldSql field = field_sql(request_.groups[i], parameters);
            const std::string name = "g" + std::to_string(i);
            list += ", arrayJoin(if(" + field.present + ", arrayDistinct(" + field.values + "), [''])) AS " + name;
            key += (key.empty() ? "" : ", " + parameters.text(kBetween) + ", ") + ("lower(" + name + ")");
        }
        if (!key.empty()) list += ", concat(" + key + (request_.groups.size() == 1 ? ", ''" : "") + ") AS k";
        for (size_t i = 0; i < measures_.size(); ++i) {
            const std::string inner = measure_sql(measures_[i], i, parameters).inner;
            if (!inner.empty()) list += ", " + inner + " AS m" + std::to_string(i);
        }
        if (!bucket.empty()) list += ", " + bucket + " AS b";
        TRY_ASSIGN(const std::string from, from_events(request_.scope.tenants));
        TRY_ASSIGN(const std::string condition, scope_sql(request_.scope, parameters));
        return " FROM (SELECT " + list + from + " WHERE " + condition + ")";
    }
    // NULL as not a number: the answer then has one type.
    std::string values() const {
        std::string list;
        Parameters unused;
        for (size_t i = 0; i < measures_.size(); ++i) {
            list += (i == 0 ? "" : ", ") + ("ifNull(" + measure_sql(measures_[i], i, unused).outer + ", nan) AS v" + std::to_string(i));
        }
        return list;
    }
    std::vector<MeasureValue> read(RowBinary& row) const {
        std::vector<MeasureValue> values(measures_.size());
        for (MeasureValue& value : values) {
            const auto number = row.value<double>();
            if (!std::isnan(number)) value = number;
        }
        return values;
    }

private:
    const PivotRequest& request_;
    std::vector<Measure> measures_;
};

std::string key_list(const std::vector<std::string>& keys, Parameters& parameters) {
    std::string list;
    for (const std::string& key : keys) list += (list.empty() ? "" : ", ") + parameters.text(key);
    return "[" + list + "]";
}

}  // namespace

Result<Pivot> EventStore::pivot(const PivotRequest& request) {
    TRY(implementation_->check_tenants(request.scope.tenants));
    const base::Timestamp began = base::monotonic_now();
    if (request.groups.size() > kMaxPivotGroups) return fail(ErrorCode::invalid_argument, "at most three fields can be grouped by");
    if (request.measures.size() > kMaxPivotMeasures) return fail(ErrorCode::invalid_argument, "at most five measures can be asked for");
    for (const Measure& measure : request.measures) {
        if (measure.kind != MeasureKind::count && measure.field.empty()) return fail(ErrorCode::invalid_argument, "a measure needs a field");
    }
    const size_t top = std::clamp<size_t>(request.top, 1, kMaxTop);
    const PivotSql sql(request);
    const bool grouped = !request.groups.empty();
    const bool timed = request.buckets > 0;
    const size_t parts = 2 + (timed ? 1 : 0);
    Pivot pivot;

    // The best groups, and whether there are more.
    std::vector<std::string> keys;
    bool more = false;
    {
        Parameters parameters;
        TRY_ASSIGN(const std::string rows, sql.rows(parameters, ""));
        std::string list = sql.values();
        std::string behind;
        if (grouped) {
            for (size_t i = 0; i < request.groups.size(); ++i) list += ", any(g" + std::to_string(i) + ")";
            list += ", k";
            behind = " GROUP BY k ORDER BY isNaN(v0), v0 DESC, k LIMIT " + std::to_string(top + 1);
        }
        TRY_ASSIGN(const std::string answer,
                   implementation_->select("SELECT " + list + rows + behind, parameters, part_of(request.limits, 0, parts)));
        for (RowBinary row(answer); !row.at_end();) {
            PivotGroup group;
            group.totals = sql.read(row);
            for (size_t i = 0; i < request.groups.size(); ++i) group.values.emplace_back(row.text());
            std::string key(grouped ? row.text() : std::string_view());
            if (!row.ok()) return fail(ErrorCode::data_corrupt, "malformed statistics");
            if (pivot.groups.size() == top) {
                more = true;
                break;
            }
            pivot.groups.push_back(std::move(group));
            keys.push_back(std::move(key));
        }
    }
    if (more) {
        Parameters parameters;
        TRY_ASSIGN(const std::string rows, sql.rows(parameters, ""));
        TRY_ASSIGN(const std::string answer,
                   implementation_->select("SELECT " + sql.values() + rows + " WHERE k NOT IN " + key_list(keys, parameters), parameters,
                                           part_of(request.limits, 1, parts)));
        RowBinary row(answer);
        PivotGroup group;
        group.other = true;
        group.totals = sql.read(row);
        pivot.groups.push_back(std::move(group));
    }
    if (timed && !pivot.groups.empty()) {
        const QueryLimits limits = part_of(request.limits, parts - 1, parts);
        TRY_ASSIGN(const auto axis, implementation_->time_axis(request.scope, request.buckets, request.utc_offset, limits));
        if (axis.buckets * pivot.groups.size() > kMaxCells) return fail(ErrorCode::invalid_argument, "the table would be too large: fewer groups or buckets");
        pivot.since = axis.start * base::kMicrosecond;
        pivot.interval = axis.interval * base::kMicrosecond;
        pivot.buckets = axis.buckets;
        for (PivotGroup& group : pivot.groups) group.buckets.resize(axis.buckets);
        if (axis.buckets > 0) {
            Parameters parameters;
            TRY_ASSIGN(const std::string rows,
                       sql.rows(parameters, "toInt64(intDiv(toUnixTimestamp64Micro(ts) - " + parameters.integer(axis.start) + ", " +
                                                std::to_string(axis.interval) + "))"));
            // The number of the group, from 1; 0 = other.
            std::string place = "toUInt32(1)";
            if (grouped) {
                std::string numbers;
                for (size_t i = 1; i <= keys.size(); ++i) numbers += (i == 1 ? "" : ", ") + std::to_string(i);
                place = "toUInt32(transform(k, " + key_list(keys, parameters) + ", [" + numbers + "], 0))";
            }
            TRY_ASSIGN(const std::string answer, implementation_->select("SELECT " + place + " AS p, b, " + sql.values() + rows +
                                                                             " GROUP BY p, b",
                                                                         parameters, limits));
            for (RowBinary row(answer); !row.at_end();) {
                const auto number = row.value<uint32_t>();
                const auto bucket = row.value<int64_t>();
                auto values = sql.read(row);
                if (!row.ok()) return fail(ErrorCode::data_corrupt, "malformed statistics");
                const size_t at = number == 0 ? keys.size() : number - 1;
                if (at >= pivot.groups.size() || bucket < 0 || static_cast<size_t>(bucket) >= axis.buckets) continue;
                pivot.groups[at].buckets[static_cast<size_t>(bucket)] = std::move(values);
            }
        }
    }
    pivot.took = base::monotonic_now() - began;
    return pivot;
}

}  // namespace shuwei::eventstore
