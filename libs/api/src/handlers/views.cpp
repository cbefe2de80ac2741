// Saved views of the event search.
#include <nlohmann/json.hpp>

#include "context.hpp"
#include "operations.hpp"
#include "render.hpp"
#include "shuwei/work/saved_view.hpp"

namespace shuwei::api::handlers {
namespace {

using nlohmann::json;

work::ViewUser user_of(Context& context) {
    const access::Role role = context.principal().account.role;
    return {context.principal().account.name, context.scope(), role != access::Role::client, role == access::Role::admin};
}

base::Result<work::SavedView> view_of(Context& context) {
    const json& body = context.body();
    work::SavedView view;
    view.name = context.body_text("name");
    view.query = context.body_text("query");
    // A query that is still being written may be kept too: it is only shown again.
    view.columns = body.at("columns").get<std::vector<std::string>>();
    view.since = context.body_text("since");
    view.until = context.body_text("until");
    view.mode = context.body_text("mode");
    if (body.contains("chart")) view.chart = body.at("chart").dump();
    if (body.at("shared").get<bool>()) {
        TRY_ASSIGN(view.tenant, context.tenant_for_writing());
    }
    return view;
}

json render_view(Context& context, const work::SavedView& view) {
    const access::Principal& principal = context.principal();
    json out = {{"id", view.id},           {"name", view.name},   {"query", view.query},
                {"columns", view.columns}, {"mode", view.mode},   {"owner", person(context.services().access, view.owner)},
                {"shared", view.tenant != 0}, {"updated", time_text(view.updated)},
                {"editable", view.owner == principal.account.name || principal.account.role == access::Role::admin}};
    if (view.tenant != 0) out["tenant"] = tenant_name(context.services().access, view.tenant);
    if (!view.since.empty()) out["since"] = view.since;
    if (!view.until.empty()) out["until"] = view.until;
    if (!view.chart.empty()) out["chart"] = json::parse(view.chart, nullptr, false);
    return out;
}

}  // namespace

base::Result<net::HttpResponse> list_views(Context& context) {
    TRY_ASSIGN(const auto views, context.services().ledger.read([&](ledger::Reader& reader) {
        return work::list_views(reader, user_of(context));
    }));
    json items = json::array();
    for (const work::SavedView& view : views) items.push_back(render_view(context, view));
    return reply({{"items", std::move(items)}});
}

base::Result<net::HttpResponse> create_view(Context& context) {
    ledger::Ledger& ledger = context.services().ledger;
    TRY_ASSIGN(const work::SavedView asked, view_of(context));
    TRY_ASSIGN(const work::SavedView view, ledger.transaction([&](ledger::Transaction& t) {
        return work::create_view(t, user_of(context), asked, context.now(), context.actor(), ledger.audit());
    }));
    return reply(render_view(context, view), 201);
}

base::Result<net::HttpResponse> update_view(Context& context) {
    ledger::Ledger& ledger = context.services().ledger;
    TRY_ASSIGN(const work::SavedView asked, view_of(context));
    TRY_ASSIGN(const work::SavedView view, ledger.transaction([&](ledger::Transaction& t) {
        return work::update_view(t, user_of(context), context.integer("view_id"), asked, context.now(), context.actor(), ledger.audit());
    }));
    return reply(render_view(context, view));
}

base::Result<net::HttpResponse> delete_view(Context& context) {
    ledger::Ledger& ledger = context.services().ledger;
    TRY(ledger.transaction([&](ledger::Transaction& t) {
        return work::delete_view(t, user_of(context), context.integer("view_id"), context.actor(), ledger.audit());
    }));
    return no_content();
}

}  // namespace shuwei::api::handlers
