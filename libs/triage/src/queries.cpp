// Reading alerts.
#include <fmt/format.h>

#include <algorithm>

#include "alert_rows.hpp"
#include "shuwei/base/assert.hpp"
#include "shuwei/ledger/where.hpp"
#include "state.hpp"

namespace shuwei::triage {

using base::ErrorCode;
using base::Result;
using base::Timestamp;
using ledger::Reader;
using ledger::Row;
using ledger::Where;

namespace {

constexpr int kSimilar = 50;

struct Order {
    std::string_view name;
    std::string_view column;
};

Order order_of(AlertOrder order) {
    switch (order) {
        case AlertOrder::last_seen: return {"last_seen", "a.last_seen"};
        case AlertOrder::severity: return {"severity", "a.severity"};
        case AlertOrder::count: return {"count", "a.count"};
        case AlertOrder::first_seen: return {"first_seen", "a.first_seen"};
    }
    return {"last_seen", "a.last_seen"};
}

template <typename Enum>
ledger::Values numbers(const std::vector<Enum>& items) {
    ledger::Values values;
    for (const Enum item : items) values.emplace_back(static_cast<int>(item));
    return values;
}

Where where_of(const TenantScope& scope, const AlertFilter& filter) {
    Where where(scope, "a.tenant");
    where.in("a.state", numbers(filter.states)).in("a.severity", numbers(filter.severities));
    where.in("a.verdict", numbers(filter.verdicts));
    if (!filter.rule.empty()) where.add("a.rule_id = ?", {filter.rule});
    if (!filter.entity.empty()) {
        const std::string pattern = ledger::like_pattern(filter.entity);
        where.add("a.source_value LIKE ? ESCAPE '\\' OR a.target_value LIKE ? ESCAPE '\\'", {pattern, pattern});
    }
    if (!filter.text.empty()) {
        const std::string pattern = ledger::like_pattern(filter.text);
        where.add("a.rule_title LIKE ? ESCAPE '\\' OR a.rule_title_zh LIKE ? ESCAPE '\\'", {pattern, pattern});
    }
    if (filter.case_number) where.add("a.case_number = ?", {*filter.case_number});
    if (filter.since) where.add("a.last_seen >= ?", {*filter.since});
    if (filter.until) where.add("a.last_seen < ?", {*filter.until});
    return where;
}

Result<SeverityCounts> count_by_severity(Reader& reader, const Where& where) {
    SeverityCounts counts(work::kSeverities, 0);
    TRY(reader.for_each(
        "SELECT a.severity AS severity, count(*) AS count FROM alert a" + where.sql() + " GROUP BY a.severity",
        where.values(), [&](const Row& row) -> Result<> {
            counts.at(static_cast<size_t>(row.integer("severity"))) = row.integer("count");
            return {};
        }));
    return counts;
}

}  // namespace

Result<Alert> Triage::find(Reader& reader, const TenantScope& scope, int64_t id) const {
    Where where(scope, "a.tenant");
    where.add("a.id = ?", {id});
    TRY_ASSIGN(const auto row,
               reader.query_one(fmt::format("SELECT {} FROM alert a{}", kAlertColumns, where.sql()), where.values()));
    if (!row) return base::fail(ErrorCode::not_found, fmt::format("no alert {}", id));
    return alert_of(*row);
}

Result<AlertDetail> Triage::detail(Reader& reader, const TenantScope& scope, int64_t id) const {
    AlertDetail whole;
    TRY_ASSIGN(whole.alert, find(reader, scope, id));
    TRY_ASSIGN(const auto row,
               reader.query_one("SELECT description, advice, reason FROM alert_detail WHERE alert = ?", {id}));
    if (row) {
        whole.description = row->text("description");
        whole.advice = decode_list(row->text("advice"));
        whole.reason_json = row->text("reason");
    }
    TRY(reader.for_each("SELECT ordinal, event FROM alert_event WHERE alert = ? ORDER BY ordinal", {id},
                        [&](const Row& event) -> Result<> {
                            auto& list = event.integer("ordinal") <= kCopies ? whole.first_events : whole.last_events;
                            list.push_back(event.text("event"));
                            return {};
                        }));
    std::reverse(whole.last_events.begin(), whole.last_events.end());
    return whole;
}

Result<std::vector<Alert>> Triage::find_all(Reader& reader, const TenantScope& scope,
                                            std::span<const int64_t> ids) const {
    std::vector<Alert> alerts;
    if (ids.empty()) return alerts;
    Where where(scope, "a.tenant");
    where.in("a.id", ledger::Values(ids.begin(), ids.end()));
    TRY(reader.for_each(fmt::format("SELECT {} FROM alert a{} ORDER BY a.id", kAlertColumns, where.sql()),
                        where.values(), [&](const Row& row) -> Result<> {
                            alerts.push_back(alert_of(row));
                            return {};
                        }));
    return alerts;
}

Result<AlertPage> Triage::list(Reader& reader, const TenantScope& scope, const AlertFilter& filter) const {
    const Order order = order_of(filter.order);
    AlertPage page;
    Where where = where_of(scope, filter);
    TRY_ASSIGN(page.by_severity, count_by_severity(reader, where));
    for (const int64_t count : page.by_severity) page.total += count;
    if (!filter.cursor.empty()) {
        TRY_ASSIGN(const auto cursor, ledger::Cursor::decode(filter.cursor, order.name));
        where.add(fmt::format("{0} < ? OR ({0} = ? AND a.id < ?)", order.column),
                  {cursor.value, cursor.value, cursor.id});
    }
    const int limit = std::clamp(filter.limit, 1, 1000);
    ledger::Values values = where.values();
    values.emplace_back(limit + 1);
    TRY_ASSIGN(const auto rows,
               reader.query(
                   fmt::format("SELECT {}, {} AS sort_value FROM alert a{} ORDER BY sort_value DESC, a.id DESC LIMIT ?",
                               kAlertColumns, order.column, where.sql()),
                   values));
    for (const Row& row : rows) {
        if (page.items.size() == static_cast<size_t>(limit)) {
            const Row& last = rows[static_cast<size_t>(limit) - 1];
            page.next_cursor = ledger::Cursor{last.integer("sort_value"), last.integer("id")}.encode(order.name);
            break;
        }
        page.items.push_back(alert_of(row));
    }
    return page;
}

Result<AlertPage> Triage::similar(Reader& reader, const TenantScope& scope, int64_t id) const {
    TRY_ASSIGN(const Alert alert, find(reader, scope, id));
    // One index each: an OR over them would scan the tenant's alerts.
    std::string sql =
        "SELECT id FROM (SELECT id, last_seen FROM alert WHERE tenant = ? AND rule_id = ? ORDER BY last_seen "
        "DESC LIMIT ?) ";
    ledger::Values values{alert.tenant, alert.rule_id, kSimilar + 1};
    for (const Entity* entity : {&alert.source, &alert.target}) {
        if (entity->empty()) continue;
        for (const char* column : {"source_value", "target_value"}) {
            sql += fmt::format(
                "UNION SELECT id FROM (SELECT id, last_seen FROM alert WHERE tenant = ? AND {0} = ? AND {0} <> '' "
                "ORDER BY last_seen DESC LIMIT ?) ",
                column);
            values.insert(values.end(), {alert.tenant, entity->value, kSimilar + 1});
        }
    }
    AlertPage page;
    page.by_severity.assign(work::kSeverities, 0);
    values.insert(values.end(), {id, kSimilar});
    TRY(reader.for_each(fmt::format("SELECT {} FROM alert a WHERE a.id IN ({}) AND a.id <> ? "
                                    "ORDER BY a.last_seen DESC, a.id DESC LIMIT ?",
                                    kAlertColumns, sql),
                        values, [&](const Row& row) -> Result<> {
                            page.items.push_back(alert_of(row));
                            ++page.by_severity.at(static_cast<size_t>(page.items.back().severity));
                            return {};
                        }));
    page.total = static_cast<int64_t>(page.items.size());
    return page;
}

Result<SeverityCounts> Triage::open_by_severity(Reader& reader, const TenantScope& scope) const {
    Where where(scope, "a.tenant");
    where.in("a.state", {static_cast<int>(AlertState::open), static_cast<int>(AlertState::acknowledged)});
    return count_by_severity(reader, where);
}

Result<std::vector<SeverityCounts>> Triage::series(Reader& reader, const TenantScope& scope, Timestamp since,
                                                   Timestamp until, int steps) const {
    SHUWEI_ASSERT(steps > 0 && steps <= 10'000);
    std::vector<SeverityCounts> series(static_cast<size_t>(steps), SeverityCounts(work::kSeverities, 0));
    if (until <= since) return series;
    const base::Duration step = std::max<base::Duration>(1, (until - since + steps - 1) / steps);
    Where where(scope, "a.tenant");
    where.add("a.first_seen >= ?", {since}).add("a.first_seen < ?", {until});
    ledger::Values values{since, step};
    values.insert(values.end(), where.values().begin(), where.values().end());
    TRY(reader.for_each(
        "SELECT (a.first_seen - ?) / ? AS step, a.severity AS severity, count(*) AS count FROM alert a" + where.sql() +
            " GROUP BY 1, 2",
        values, [&](const Row& row) -> Result<> {
            series.at(static_cast<size_t>(row.integer("step"))).at(static_cast<size_t>(row.integer("severity"))) =
                row.integer("count");
            return {};
        }));
    return series;
}

Result<std::vector<std::pair<std::string, int64_t>>> Triage::top_entities(Reader& reader, const TenantScope& scope,
                                                                          Side side, Timestamp since, Timestamp until,
                                                                          int limit) const {
    const std::string column = side == Side::source ? "a.source_value" : "a.target_value";
    Where where(scope, "a.tenant");
    where.add("a.last_seen >= ?", {since}).add("a.last_seen < ?", {until}).add(column + " <> ''");
    ledger::Values values = where.values();
    values.emplace_back(limit);
    std::vector<std::pair<std::string, int64_t>> top;
    TRY(reader.for_each(fmt::format("SELECT {0} AS value, sum(a.count) AS matched FROM alert a{1} GROUP BY {0} "
                                    "ORDER BY matched DESC, value LIMIT ?",
                                    column, where.sql()),
                        values, [&](const Row& row) -> Result<> {
                            top.emplace_back(row.text("value"), row.integer("matched"));
                            return {};
                        }));
    return top;
}

Result<std::map<std::string, Triage::RuleMatches>> Triage::rule_matches(Reader& reader,
                                                                        const TenantScope& scope) const {
    const Where where(scope, "tenant");
    std::map<std::string, RuleMatches> rules;
    TRY(reader.for_each("SELECT rule_id, sum(matches) AS matches, max(last_match) AS last_match FROM rule_match" +
                            where.sql() + " GROUP BY rule_id",
                        where.values(), [&](const Row& row) -> Result<> {
                            rules[row.text("rule_id")] = {row.integer("matches"), row.integer("last_match")};
                            return {};
                        }));
    return rules;
}

}  // namespace shuwei::triage
