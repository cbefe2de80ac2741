// Resources: named groups of addresses and values.
#include <nlohmann/json.hpp>

#include "context.hpp"
#include "operations.hpp"
#include "render.hpp"
#include "shuwei/asset/resource_store.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/work/saved_view.hpp"

namespace shuwei::api::handlers {
namespace {

using nlohmann::json;

json render_resource(Context& context, const asset::Resource& resource) {
    json out = {{"id", resource.id},
                {"name", resource.name},
                {"kind", asset::to_string(resource.kind)},
                {"description", resource.description},
                {"entries", resource.entries},
                {"shipped", resource.tenant == 0},
                {"updated_by", resource.updated_by}};
    if (resource.tenant != 0) {
        out["tenant"] = tenant_name(context.services().access, resource.tenant);
        out["updated"] = time_text(resource.updated);
    }
    return out;
}

// `mark` stands in the text, and not as the beginning of a longer name.
bool names(std::string_view text, std::string_view mark) {
    for (size_t at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1)) {
        const size_t behind = at + mark.size();
        if (behind == text.size() || !asset::is_resource_name("a" + std::string(1, text[behind]))) return true;
    }
    return false;
}

// Rules with the placeholder and saved views with the name.
json used_by(Context& context, const asset::Resource& resource, const std::vector<work::SavedView>& views) {
    json uses = json::array();
    const std::string placeholder = "%" + resource.name + "%";
    const auto rules = context.services().rules();
    for (const sigma::RuleHandle& rule : rules->rules()) {
        if (rule->source.find("expand") == std::string::npos) continue;
        if (base::to_ascii_lower(rule->source).find(placeholder) == std::string::npos) continue;
        uses.push_back({{"kind", "rule"}, {"id", rule->id}, {"title", rule->title}, {"title_zh", rule->title_zh}});
    }
    for (const work::SavedView& view : views) {
        if (names(view.query, "@" + resource.name)) uses.push_back({{"kind", "view"}, {"id", std::to_string(view.id)}, {"title", view.name}});
    }
    return uses;
}

base::Result<json> detail(Context& context, ledger::Reader& reader, const asset::Resource& resource) {
    const access::Role role = context.principal().account.role;
    TRY_ASSIGN(const auto entries, context.services().resources.entries(reader, resource));
    TRY_ASSIGN(const auto views, work::list_views(reader, {context.principal().account.name, context.scope(), role != access::Role::client,
                                                           role == access::Role::admin}));
    json items = json::array();
    for (const asset::ResourceEntry& entry : entries) {
        json item = {{"value", entry.value}};
        if (!entry.remark.empty()) item["remark"] = entry.remark;
        items.push_back(std::move(item));
    }
    return json{{"resource", render_resource(context, resource)}, {"items", std::move(items)}, {"used_by", used_by(context, resource, views)}};
}

base::Result<std::vector<asset::ResourceEntry>> entries_given(Context& context, asset::ResourceKind kind) {
    auto entries = asset::parse_resource_text(kind, context.body_text("text"));
    if (!entries) return base::fail(std::move(entries).error().at("body.text"));
    return entries;
}

}  // namespace

base::Result<net::HttpResponse> list_resources(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto resources, services.ledger.read([&](ledger::Reader& reader) { return services.resources.list(reader, context.scope()); }));
    json items = json::array();
    for (const asset::Resource& resource : resources) items.push_back(render_resource(context, resource));
    return reply({{"items", std::move(items)}});
}

base::Result<net::HttpResponse> create_resource(Context& context) {
    Services& services = context.services();
    asset::Resource resource;
    TRY_ASSIGN(resource.tenant, context.tenant_for_writing());
    resource.name = context.body_text("name");
    resource.kind = asset::resource_kind_from(context.body_text("kind")).value_or(asset::ResourceKind::values);
    resource.description = context.body_text("description");
    TRY_ASSIGN(auto entries, entries_given(context, resource.kind));
    TRY_ASSIGN(const json made, services.ledger.transaction([&](ledger::Transaction& t) -> base::Result<json> {
        TRY_ASSIGN(const auto created, services.resources.create(t, resource, std::move(entries), context.now(), context.actor(), services.ledger.audit()));
        return detail(context, t, created);
    }));
    return reply(made, 201);
}

base::Result<net::HttpResponse> get_resource(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const json found, services.ledger.read([&](ledger::Reader& reader) -> base::Result<json> {
        TRY_ASSIGN(const auto resource, services.resources.find(reader, context.scope(), context.integer("resource_id")));
        return detail(context, reader, resource);
    }));
    return reply(found);
}

base::Result<net::HttpResponse> update_resource(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto resource, services.ledger.transaction([&](ledger::Transaction& t) {
        return services.resources.describe(t, context.scope(), context.integer("resource_id"), context.body_text("description"), context.now(),
                                           context.actor(), services.ledger.audit());
    }));
    return reply(render_resource(context, resource));
}

base::Result<net::HttpResponse> change_resource_entries(Context& context) {
    Services& services = context.services();
    const std::string how = context.body_text("change");
    const asset::EntryChange change = how == "add"      ? asset::EntryChange::add
                                      : how == "remove" ? asset::EntryChange::remove
                                                        : asset::EntryChange::replace;
    TRY_ASSIGN(const json changed, services.ledger.transaction([&](ledger::Transaction& t) -> base::Result<json> {
        const int64_t id = context.integer("resource_id");
        TRY_ASSIGN(const auto before, services.resources.find(t, context.scope(), id));
        TRY_ASSIGN(auto entries, entries_given(context, before.kind));
        TRY_ASSIGN(const auto resource, services.resources.change_entries(t, context.scope(), id, change, std::move(entries), context.now(),
                                                                          context.actor(), services.ledger.audit()));
        return detail(context, t, resource);
    }));
    return reply(changed);
}

base::Result<net::HttpResponse> delete_resource(Context& context) {
    Services& services = context.services();
    TRY(services.ledger.transaction([&](ledger::Transaction& t) {
        return services.resources.remove(t, context.scope(), context.integer("resource_id"), context.actor(), services.ledger.audit());
    }));
    return no_content();
}

}  // namespace shuwei::api::handlers
