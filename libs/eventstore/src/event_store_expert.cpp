// Expert SQL: the tree that the parser accepted becomes text of ours. Every name and value of the user's is a parameter,
// or one of the words below; tenant, time and limits are always part of it.
#include <algorithm>

#include "columns.hpp"
#include "expert_functions.hpp"
#include "implementation.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/eventstore/expert_sql.hpp"

namespace shuwei::eventstore {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

using Kind = ExpertExpression::Kind;
using Type = ExpertType;

constexpr size_t kMaxText = 256 * 1024;

class ExpertEmitter {
public:
    ExpertEmitter(const ExpertQuery& query, const ExpertRequest& request, Parameters& parameters)
        : query_(query), request_(request), parameters_(parameters) {}

    Result<std::string> emit() {
        const bool events = query_.table == ExpertTable::events;
        std::string sql = query_.distinct ? "SELECT DISTINCT " : "SELECT ";
        for (size_t i = 0; i < query_.columns.size(); ++i) {
            sql += (i == 0 ? "" : ", ") + shown(query_.columns[i].value) + " AS c" + std::to_string(i);
        }
        TRY_ASSIGN(const std::string from, events ? from_events(request_.tenants) : from_findings(request_.tenants));
        sql += from + " WHERE 1";
        const std::string time = events ? "ts" : "time";
        if (request_.since) sql += " AND " + time + " >= " + instant(*request_.since);
        if (request_.until) sql += " AND " + time + " < " + instant(*request_.until);
        if (!query_.where.empty()) sql += " AND ifNull(" + expression(query_.where[0]) + ", 0)";
        for (size_t i = 0; i < query_.groups.size(); ++i) {
            sql += (i == 0 ? " GROUP BY " : ", ") + group(query_.groups[i]);
        }
        if (!query_.having.empty()) sql += " HAVING ifNull(" + expression(query_.having[0]) + ", 0)";
        for (size_t i = 0; i < query_.order.size(); ++i) {
            sql += (i == 0 ? " ORDER BY " : ", ") + expression(query_.order[i].value) + (query_.order[i].descending ? " DESC NULLS LAST" : " ASC NULLS LAST");
        }
        sql += " LIMIT " + std::to_string(query_.limit + 1) + " OFFSET " + std::to_string(query_.offset);
        if (too_long_ || sql.size() > kMaxText) return fail(ErrorCode::invalid_argument, "the statement is too large");
        return sql;
    }

private:
    std::string instant(base::Timestamp time) {
        return "fromUnixTimestamp64Micro(" + parameters_.integer(to_microseconds(time)) + ", 'UTC')";
    }

    // A constant in GROUP BY would be taken for the number of a column.
    std::string group(const ExpertExpression& value) { return value.bare ? expression(value) : "tuple(" + expression(value) + ")"; }

    std::string shown(const ExpertExpression& value) {
        const std::string text = expression(value);
        if (value.type == Type::time) return "replaceOne(concat(toString(toDateTime64(" + text + ", 6, 'UTC')), 'Z'), ' ', 'T')";
        if (value.type == Type::boolean) return "CAST(" + text + ", 'Nullable(Bool)')";
        return text;
    }

    std::string expression(const ExpertExpression& value) {
        if (too_long_) return "NULL";
        std::string text;
        switch (value.kind) {
            case Kind::field: text = field(value); break;
            case Kind::literal: text = literal(value); break;
            case Kind::call: text = call(value); break;
            case Kind::matches: {
                auto condition = predicate_sql(value.predicate, parameters_);
                text = condition ? "(" + *condition + ")" : "0";
                break;
            }
        }
        if (text.size() > kMaxText) too_long_ = true;
        return text;
    }

    std::string literal(const ExpertExpression& value) {
        switch (value.type) {
            case Type::text: return parameters_.text(value.text);
            case Type::boolean: return value.text == "true" ? "true" : "false";
            case Type::time: return instant(event::parse_time_value(value.text).value_or(0));
            case Type::number:
                if (const auto whole = base::parse_int(value.text)) return parameters_.integer(*whole);
                return parameters_.real(event::parse_number_value(value.text).value_or(0));
            case Type::null: break;
        }
        return "NULL";
    }

    std::string field(const ExpertExpression& value) {
        if (value.text == "shuwei.tenant") return tenant();
        if (query_.table == ExpertTable::findings) return findings_field(value.text);
        const event::FieldId id = event::find_field(value.text);
        if (id == event::timestamp) return "ts";
        if (id == event::event_ingested) return "received";
        if (id == event::shuwei_seq) return "seq";
        if (id == event::event_original) return "raw";
        const int index = id == event::kNoField ? kNoColumn : column_of(id);
        if (index != kNoColumn && field_columns()[static_cast<size_t>(index)].kind == ColumnKind::integer) {
            return field_columns()[static_cast<size_t>(index)].name;
        }
        const FieldSql of_field = field_sql(value.text, parameters_);
        const std::string first = "if(" + of_field.present + ", " + of_field.values + "[1], NULL)";
        switch (value.type) {
            case Type::number: return "toFloat64OrNull(" + first + ")";
            case Type::time: return "parseDateTime64BestEffortOrNull(" + first + ", 6, 'Asia/Shanghai')";
            case Type::boolean: return "CAST(transform(" + first + ", ['true', 'false'], [1, 0], NULL), 'Nullable(Bool)')";
            default: return first;
        }
    }

    // Only names that the parser let through.
    static std::string findings_field(const std::string& name) {
        for (const TableColumn& column : findings_columns()) {
            if (column.name == name) return column.type.starts_with("LowCardinality") ? "toString(" + name + ")" : name;
        }
        return "NULL";
    }

    std::string tenant() {
        const auto name = [&](size_t i) { return parameters_.text(i < request_.tenant_names.size() ? request_.tenant_names[i] : std::string()); };
        if (request_.tenants.size() == 1) return "materialize(" + name(0) + ")";
        std::string tables;
        std::string names;
        for (size_t i = 0; i < request_.tenants.size(); ++i) {
            const bool events = query_.table == ExpertTable::events;
            tables += (i == 0 ? "'" : ", '") + (events ? events_table(request_.tenants[i]) : findings_table(request_.tenants[i])) + "'";
            names += (i == 0 ? "" : ", ") + name(i);
        }
        return "transform(toString(_table), [" + tables + "], [" + names + "], '')";
    }

    std::string list(const ExpertExpression& value, size_t from, std::string_view between) {
        std::string out;
        for (size_t i = from; i < value.children.size(); ++i) {
            if (i > from) out += between;
            out += expression(value.children[i]);
        }
        return out;
    }

    std::string call(const ExpertExpression& value) {
        const std::string& name = value.text;
        const auto& of = value.children;
        // Operators.
        if (name == "and" || name == "or") {
            // Chains stay flat.
            const bool same = of[0].kind == Kind::call && of[0].text == name;
            std::string left = expression(of[0]);
            if (same) left = left.substr(1, left.size() - 2);
            return "(" + left + (name == "and" ? " AND " : " OR ") + expression(of[1]) + ")";
        }
        if (name == "not") return "NOT (" + expression(of[0]) + ")";
        if (name == "negate") return "(-" + expression(of[0]) + ")";
        if (name == "+" || name == "-" || name == "*") return "(" + expression(of[0]) + " " + name + " " + expression(of[1]) + ")";
        if (name == "/" || name == "%") {
            return (name == "/" ? "divide(toFloat64(" : "modulo(toFloat64(") + expression(of[0]) + "), nullIf(toFloat64(" + expression(of[1]) + "), 0))";
        }
        for (const char* sign : {"=", "!=", "<", "<=", ">", ">="}) {
            if (name == sign) return "(" + expression(of[0]) + " " + sign + " " + expression(of[1]) + ")";
        }
        if (name == "between") return "(" + expression(of[0]) + " BETWEEN " + expression(of[1]) + " AND " + expression(of[2]) + ")";
        if (name == "in") return "(" + expression(of[0]) + " IN (" + list(value, 1, ", ") + "))";
        if (name == "like" || name == "ilike") return name + "(" + expression(of[0]) + ", " + expression(of[1]) + ")";
        if (name == "is_null") return "isNull(" + expression(of[0]) + ")";
        if (name == "is_not_null") return "isNotNull(" + expression(of[0]) + ")";
        if (name == "case") {
            std::string out = "multiIf(";
            for (size_t i = 0; i + 1 < of.size(); i += 2) out += "ifNull(" + expression(of[i]) + ", 0), " + expression(of[i + 1]) + ", ";
            return out + (of.size() % 2 == 1 ? expression(of.back()) : "NULL") + ")";
        }
        // Functions that no pattern describes.
        if (name == "count") return of.empty() ? "count()" : "count(" + expression(of[0]) + ")";
        if (name == "count_distinct") return "uniqExact(" + expression(of[0]) + ")";
        if (name == "quantile") return "quantileOrNull(" + level(of[1].text) + ")(toFloat64(" + expression(of[0]) + "))";
        if (name == "round") return "round(toFloat64(" + expression(of[0]) + ")" + (of.size() > 1 ? ", " + std::to_string(*base::parse_int(of[1].text)) : "") + ")";
        if (name == "time_bucket") return "toDateTime64(toStartOfInterval(" + expression(of[0]) + ", INTERVAL " + of[1].text + " SECOND, 'Asia/Shanghai'), 6, 'UTC')";
        if (name == "ago") return instant(request_.now - *base::parse_int(of[0].text) * base::kSecond);
        if (name == "in_network") {
            return network_sql("toIPv6OrNull(" + expression(of[0]) + ")", of[1].text, parameters_);
        }
        if (name == "concat") {
            std::string out = "concat(''";
            for (const ExpertExpression& part : of) out += ", ifNull(toString(" + expression(part) + "), '')";
            return out + ")";
        }
        return filled(*find_expert_function(name), value);
    }

    // The level of a quantile is part of the text: written anew from the number.
    static std::string level(const std::string& text) {
        const double number = event::parse_number_value(text).value_or(0.5);
        return "0." + std::to_string(static_cast<uint64_t>(std::min(number, 0.999999) * 1'000'000) + 1'000'000).substr(1);
    }

    std::string filled(const ExpertFunction& function, const ExpertExpression& value) {
        std::string out;
        for (size_t i = 0; i < function.sql.size(); ++i) {
            const char c = function.sql[i];
            if (c != '$') {
                out += c;
                continue;
            }
            const char which = function.sql[++i];
            out += which == '*' ? list(value, 0, ", ") : expression(value.children[static_cast<size_t>(which - '1')]);
        }
        return out;
    }

    const ExpertQuery& query_;
    const ExpertRequest& request_;
    Parameters& parameters_;
    bool too_long_ = false;
};

}  // namespace

Result<ExpertResult> EventStore::expert_query(const ExpertQuery& query, const ExpertRequest& request) {
    TRY(implementation_->check_tenants(request.tenants));
    const base::Timestamp began = base::monotonic_now();
    Parameters parameters;
    TRY_ASSIGN(std::string sql, ExpertEmitter(query, request, parameters).emit());
    WorkerProcess::Query message;
    message.sql = std::move(sql) + implementation_->settings(request.limits,
                                                             "max_result_bytes = 67108864, result_overflow_mode = 'throw', "
                                                             "output_format_json_quote_64bit_integers = 0, output_format_json_quote_denormals = 0, "
                                                             "output_format_json_validate_utf8 = 1, output_format_json_escape_forward_slashes = 0");
    message.format = "JSONCompactEachRow";
    message.parameters = parameters.take();
    auto answer = implementation_->worker.run(WorkerProcess::Lane::read, message, request.limits);
    if (implementation_->queries != nullptr) implementation_->queries->add();
    if (!answer) {
        if (implementation_->failures != nullptr) implementation_->failures->add();
        return fail(std::move(answer).error());
    }
    ExpertResult result;
    for (const ExpertColumn& column : query.columns) result.columns.emplace_back(column.name, to_string(column.value.type));
    std::string_view rest = *answer;
    while (!rest.empty()) {
        const size_t end = rest.find('\n');
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
        if (line.empty()) continue;
        if (result.rows.size() == query.limit) {
            result.more = true;
            break;
        }
        result.rows.emplace_back(line);
    }
    result.took = base::monotonic_now() - began;
    return result;
}

}  // namespace shuwei::eventstore
