// Reading cases.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "case_rows.hpp"
#include "shuwei/base/assert.hpp"
#include "shuwei/work/case_desk.hpp"

namespace shuwei::work {

using base::ErrorCode;
using base::Result;
using base::Timestamp;
using ledger::Reader;
using ledger::Row;
using ledger::Where;

namespace {

constexpr int64_t kNoDeadline = std::numeric_limits<int64_t>::max();
constexpr int kOpenStates[] = {static_cast<int>(CaseState::fresh), static_cast<int>(CaseState::in_progress),
                               static_cast<int>(CaseState::on_hold)};

struct Order {
    std::string_view name;
    std::string value;  // SQL of the sort value, an integer
    bool ascending;
};

Order order_of(CaseOrder order) {
    switch (order) {
        case CaseOrder::due: return {"due", fmt::format("coalesce(c.next_due, {})", kNoDeadline), true};
        case CaseOrder::opened: return {"opened", "c.opened", false};
        case CaseOrder::updated: return {"updated", "c.updated", false};
        case CaseOrder::severity: return {"severity", "c.severity", false};
    }
    return {"opened", "c.opened", false};
}

Where where_of(const TenantScope& scope, const CaseFilter& filter, Timestamp now, bool with_states) {
    Where where(scope, "c.tenant");
    if (with_states) {
        ledger::Values states;
        for (const CaseState state : filter.states) states.emplace_back(static_cast<int>(state));
        where.in("c.state", states);
    }
    ledger::Values severities;
    for (const Severity severity : filter.severities) severities.emplace_back(static_cast<int>(severity));
    where.in("c.severity", severities);
    if (filter.owner) where.add("c.owner = ?", {*filter.owner});
    if (!filter.text.empty()) {
        const std::string pattern = ledger::like_pattern(filter.text);
        where.add("c.number LIKE ? ESCAPE '\\' OR c.title LIKE ? ESCAPE '\\'", {pattern, pattern});
    }
    if (filter.since) where.add("c.opened >= ?", {*filter.since});
    if (filter.until) where.add("c.opened < ?", {*filter.until});
    if (filter.sla == SlaFilter::at_risk)
        where.add(
            "EXISTS (SELECT 1 FROM case_clock k WHERE k.case_id = c.id AND k.state = 0 AND k.warn_at <= ? AND k.due >= "
            "?)",
            {now, now});
    if (filter.sla == SlaFilter::missed)
        where.add(
            "EXISTS (SELECT 1 FROM case_clock k WHERE k.case_id = c.id AND (k.state = 3 OR (k.state = 0 AND k.due < "
            "?)))",
            {now});
    return where;
}

}  // namespace

Result<Case> CaseDesk::find(Reader& reader, const TenantScope& scope, std::string_view number) const {
    Where where(scope, "c.tenant");
    where.add("c.number = ?", {number});
    TRY_ASSIGN(const auto row, reader.query_one(fmt::format("SELECT {} FROM work_case c{}", kCaseColumns, where.sql()),
                                                where.values()));
    if (!row) return base::fail(ErrorCode::not_found, fmt::format("no case {}", number.substr(0, 64)));
    std::vector<Case> found{case_of(*row)};
    TRY(fill_sla(reader, schemes_, found, clock_.now()));
    return std::move(found.front());
}

Result<Case> CaseDesk::find(Reader& reader, const TenantScope& scope, int64_t id) const {
    TRY_ASSIGN(const auto row, reader.query_one("SELECT number FROM work_case WHERE id = ?", {id}));
    if (!row) return base::fail(ErrorCode::not_found, fmt::format("no case with id {}", id));
    return find(reader, scope, row->text("number"));
}

Result<CasePage> CaseDesk::list(Reader& reader, const TenantScope& scope, const CaseFilter& filter) const {
    const Timestamp now = clock_.now();
    const Order order = order_of(filter.order);
    CasePage page;
    const Where whole = where_of(scope, filter, now, true);
    TRY_ASSIGN(page.total, reader.query_integer("SELECT count(*) FROM work_case c" + whole.sql(), whole.values()));

    const Where any_state = where_of(scope, filter, now, false);
    std::vector<int64_t> by_state(kCaseStates, 0);
    TRY(reader.for_each(
        "SELECT c.state AS state, count(*) AS count FROM work_case c" + any_state.sql() + " GROUP BY c.state",
        any_state.values(), [&](const Row& row) -> Result<> {
            by_state.at(static_cast<size_t>(row.integer("state"))) = row.integer("count");
            return {};
        }));
    for (int i = 0; i < kCaseStates; ++i)
        page.by_state.emplace_back(static_cast<CaseState>(i), by_state[static_cast<size_t>(i)]);

    Where where = where_of(scope, filter, now, true);
    if (!filter.cursor.empty()) {
        TRY_ASSIGN(const auto cursor, ledger::Cursor::decode(filter.cursor, order.name));
        where.add(fmt::format("{0} {1} ? OR ({0} = ? AND c.id < ?)", order.value, order.ascending ? ">" : "<"),
                  {cursor.value, cursor.value, cursor.id});
    }
    const int limit = std::clamp(filter.limit, 1, 1000);
    ledger::Values values = where.values();
    values.emplace_back(limit + 1);
    TRY_ASSIGN(const auto rows,
               reader.query(fmt::format("SELECT {}, {} AS sort_value FROM work_case c{} "
                                        "ORDER BY sort_value {}, c.id DESC LIMIT ?",
                                        kCaseColumns, order.value, where.sql(), order.ascending ? "ASC" : "DESC"),
                            values));
    for (const Row& row : rows) {
        if (page.items.size() == static_cast<size_t>(limit)) {
            const Row& last = rows[static_cast<size_t>(limit) - 1];
            page.next_cursor = ledger::Cursor{last.integer("sort_value"), last.integer("id")}.encode(order.name);
            break;
        }
        page.items.push_back(case_of(row));
    }
    TRY(fill_sla(reader, schemes_, page.items, now));
    return page;
}

Result<std::vector<TimelineEntry>> CaseDesk::timeline(Reader& reader, const TenantScope& scope,
                                                      std::string_view number) const {
    TRY_ASSIGN(const Case found, find(reader, scope, number));
    std::vector<TimelineEntry> entries;
    TRY(reader.for_each(
        "SELECT id, at, kind, actor_kind, actor, value_from, value_to, text, link_kind, link_id, link_title "
        "FROM case_timeline WHERE case_id = ? ORDER BY id",
        {found.id}, [&](const Row& row) -> Result<> {
            entries.push_back(entry_of(row));
            return {};
        }));
    return entries;
}

Result<CaseFigures> CaseDesk::figures(Reader& reader, const TenantScope& scope) const {
    const Timestamp now = clock_.now();
    CaseFilter filter;
    for (const int state : kOpenStates) filter.states.push_back(static_cast<CaseState>(state));
    const auto count = [&](std::optional<SlaFilter> sla) -> Result<int64_t> {
        filter.sla = sla;
        const Where where = where_of(scope, filter, now, true);
        return reader.query_integer("SELECT count(*) FROM work_case c" + where.sql(), where.values());
    };
    CaseFigures figures;
    TRY_ASSIGN(figures.open, count(std::nullopt));
    TRY_ASSIGN(figures.sla_at_risk, count(SlaFilter::at_risk));
    TRY_ASSIGN(figures.sla_missed, count(SlaFilter::missed));
    return figures;
}

Result<std::vector<int64_t>> CaseDesk::open_series(Reader& reader, const TenantScope& scope, Timestamp since,
                                                   Timestamp until, int steps) const {
    SHUWEI_ASSERT(steps > 0 && steps <= 10'000);
    std::vector<int64_t> change(static_cast<size_t>(steps) + 1, 0);
    if (until <= since) return std::vector<int64_t>(static_cast<size_t>(steps), 0);
    Where where(scope, "c.tenant");
    where.add("c.opened < ?", {until}).add("c.ended IS NULL OR c.ended >= ?", {since});
    const base::Duration step = std::max<base::Duration>(1, (until - since) / steps);
    // The first step whose beginning lies at or after the moment.
    const auto step_after = [&](Timestamp at) {
        return static_cast<size_t>(at <= since ? 0 : std::min<int64_t>(steps, (at - since + step - 1) / step));
    };
    TRY(reader.for_each("SELECT c.opened AS opened, c.ended AS ended FROM work_case c" + where.sql(), where.values(),
                        [&](const Row& row) -> Result<> {
                            ++change[step_after(row.integer("opened"))];
                            if (const auto ended = row.maybe_integer("ended")) --change[step_after(*ended)];
                            return {};
                        }));
    std::vector<int64_t> series(static_cast<size_t>(steps), 0);
    int64_t open = 0;
    for (size_t i = 0; i < series.size(); ++i) {
        open += change[i];
        series[i] = open;
    }
    return series;
}

Result<std::optional<Case>> CaseDesk::find_open(Reader& reader, TenantNumber tenant, std::string_view key,
                                                Timestamp opened_since) const {
    if (key.empty()) return std::optional<Case>();
    TRY_ASSIGN(const auto row,
               reader.query_one("SELECT number FROM work_case WHERE tenant = ? AND join_key = ? AND join_key <> '' "
                                "AND state IN (0, 1, 2) AND opened >= ? ORDER BY opened DESC LIMIT 1",
                                {tenant, key, opened_since}));
    if (!row) return std::optional<Case>();
    TRY_ASSIGN(Case found, find(reader, TenantScope::only(tenant), row->text("number")));
    return std::optional<Case>(std::move(found));
}

Result<int64_t> CaseDesk::opened_by_system(Reader& reader, TenantNumber tenant, Timestamp since) const {
    return reader.query_integer(
        "SELECT count(*) FROM work_case WHERE tenant = ? AND opened >= ? AND opened_by_kind = ?",
        {tenant, since, static_cast<int>(ledger::Actor::Kind::system)});
}

}  // namespace shuwei::work
