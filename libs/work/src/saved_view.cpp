#include "shuwei/work/saved_view.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "shuwei/base/text.hpp"

namespace shuwei::work {

using base::ErrorCode;
using base::Result;
using nlohmann::json;

namespace {

SavedView view_of(const ledger::Row& row) {
    SavedView view;
    view.id = row.integer("id");
    view.owner = row.text("owner");
    view.tenant = static_cast<ledger::TenantNumber>(row.integer("tenant"));
    view.name = row.text("name");
    view.query = row.text("query");
    const json columns = json::parse(row.text("columns"), nullptr, false);
    if (columns.is_array()) {
        for (const json& column : columns) {
            if (column.is_string()) view.columns.push_back(column.get<std::string>());
        }
    }
    view.since = row.text("since");
    view.until = row.text("until");
    view.mode = row.text("mode");
    view.chart = row.text("chart");
    view.updated = row.integer("updated");
    return view;
}

constexpr std::string_view kSelect = "SELECT id, owner, tenant, name, query, columns, since, until, mode, chart, updated FROM saved_view";

bool sees(const ViewUser& user, const SavedView& view) {
    return view.owner == user.account || (view.tenant != 0 && user.scope.contains(view.tenant));
}

Result<SavedView> changeable(ledger::Reader& reader, const ViewUser& user, int64_t id) {
    std::vector<SavedView> found;
    TRY(reader.for_each(std::string(kSelect) + " WHERE id = ?", {id}, [&](const ledger::Row& row) -> Result<> {
        found.push_back(view_of(row));
        return {};
    }));
    if (found.empty() || !sees(user, found[0])) return base::fail(ErrorCode::not_found, "There is no such view.");
    if (found[0].owner != user.account && !user.may_edit_all_shared) {
        return base::fail(ErrorCode::permission_denied, "A shared view is changed by its owner or an administrator.");
    }
    return std::move(found[0]);
}

Result<> check(const ViewUser& user, const SavedView& view) {
    if (view.tenant == 0) return {};
    if (!user.scope.contains(view.tenant)) return base::fail(ErrorCode::not_found, "There is no such client.");
    if (!user.may_share) return base::fail(ErrorCode::permission_denied, "Views are shared by staff.");
    return {};
}

ledger::AuditRecord record(std::string_view action, const SavedView& view) {
    return {.action = std::string(action),
            .object = fmt::format("view {} ({})", view.id, view.name),
            .detail = view.query.substr(0, 1000),
            .tenant = view.tenant};
}

}  // namespace

ledger::MigrationSet saved_view_migrations() {
    return {"saved_view", {{1, "saved views", R"sql(
CREATE TABLE saved_view (
    id INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    tenant INTEGER NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    columns TEXT NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    mode TEXT NOT NULL,
    chart TEXT NOT NULL,
    updated INTEGER NOT NULL
) STRICT;
CREATE INDEX saved_view_owner ON saved_view (owner);
CREATE INDEX saved_view_tenant ON saved_view (tenant) WHERE tenant <> 0;
)sql"}}};
}

Result<std::vector<SavedView>> list_views(ledger::Reader& reader, const ViewUser& user) {
    std::vector<SavedView> views;
    TRY(reader.for_each(std::string(kSelect) + " WHERE owner = ? OR tenant <> 0 ORDER BY name, id", {user.account},
                        [&](const ledger::Row& row) -> Result<> {
                            SavedView view = view_of(row);
                            if (sees(user, view)) views.push_back(std::move(view));
                            return {};
                        }));
    return views;
}

Result<SavedView> create_view(ledger::Transaction& t, const ViewUser& user, SavedView view, base::Timestamp now,
                              const ledger::Actor& actor, const ledger::AuditChain& audit) {
    TRY(check(user, view));
    TRY_ASSIGN(const int64_t own, t.query_integer("SELECT count(*) FROM saved_view WHERE owner = ?", {user.account}));
    if (own >= kViewsOfOne) return base::fail(ErrorCode::resource_exhausted, fmt::format("At most {} views each.", kViewsOfOne));
    view.owner = user.account;
    view.updated = now;
    TRY_ASSIGN(view.id, t.query_integer("INSERT INTO saved_view (owner, tenant, name, query, columns, since, until, mode, chart, updated) "
                                        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                                        {view.owner, view.tenant, view.name, view.query, json(view.columns).dump(), view.since, view.until,
                                         view.mode, view.chart, now}));
    TRY(audit.append(t, actor, record("create_view", view)));
    return view;
}

Result<SavedView> update_view(ledger::Transaction& t, const ViewUser& user, int64_t id, SavedView view, base::Timestamp now,
                              const ledger::Actor& actor, const ledger::AuditChain& audit) {
    TRY_ASSIGN(const SavedView before, changeable(t, user, id));
    TRY(check(user, view));
    view.id = id;
    view.owner = before.owner;
    view.updated = now;
    TRY(t.execute("UPDATE saved_view SET tenant = ?, name = ?, query = ?, columns = ?, since = ?, until = ?, mode = ?, chart = ?, updated = ? "
                  "WHERE id = ?",
                  {view.tenant, view.name, view.query, json(view.columns).dump(), view.since, view.until, view.mode, view.chart, now, id}));
    TRY(audit.append(t, actor, record("update_view", view)));
    return view;
}

Result<> delete_view(ledger::Transaction& t, const ViewUser& user, int64_t id, const ledger::Actor& actor,
                     const ledger::AuditChain& audit) {
    TRY_ASSIGN(const SavedView view, changeable(t, user, id));
    TRY(t.execute("DELETE FROM saved_view WHERE id = ?", {id}));
    TRY(audit.append(t, actor, record("delete_view", view)));
    return {};
}

}  // namespace shuwei::work
