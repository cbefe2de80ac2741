// Guarded clients.
#include <nlohmann/json.hpp>

#include "context.hpp"
#include "operations.hpp"
#include "render.hpp"
#include "shuwei/base/log.hpp"

namespace shuwei::api::handlers {

base::Result<net::HttpResponse> list_tenants(Context& context) {
    TRY_ASSIGN(const auto tenants, context.services().access.tenants(context.scope()));
    nlohmann::json items = nlohmann::json::array();
    for (const access::Tenant& tenant : tenants) items.push_back(render(tenant));
    return reply({{"items", std::move(items)}});
}

base::Result<net::HttpResponse> create_tenant(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto tenant, services.access.create_tenant(context.body_text("name"), context.body_text("display_name"),
                                                                context.body_text("zone"), context.actor()));
    // The tenant stands even when its tables cannot be made now: the store makes them when it is back.
    if (auto prepared = services.prepare_tenant(tenant.number); !prepared) {
        base::log::warning("tables of a new tenant not made yet", {{"tenant", tenant.name}, {"error", prepared.error().to_string()}});
    }
    return reply(render(tenant), 201);
}

}  // namespace shuwei::api::handlers
