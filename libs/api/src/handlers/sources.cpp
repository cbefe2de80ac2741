// What sends.
#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "context.hpp"
#include "operations.hpp"
#include "render.hpp"

namespace shuwei::api::handlers {
namespace {

using nlohmann::json;

std::map<asset::SourceKey, SourceRate> rates_of(Context& context, const access::TenantScope& scope) {
    std::map<asset::SourceKey, SourceRate> rates;
    for (SourceRate& rate : context.services().live_stats.source_rates(scope)) {
        const asset::SourceKey key = rate.key;
        rates.emplace(key, std::move(rate));
    }
    return rates;
}

const SourceRate* rate_of(const std::map<asset::SourceKey, SourceRate>& rates, const asset::SourceKey& key) {
    const auto found = rates.find(key);
    return found == rates.end() ? nullptr : &found->second;
}

}  // namespace

base::Result<net::HttpResponse> list_sources(Context& context) {
    Services& services = context.services();
    const base::Timestamp now = context.now();
    TRY_ASSIGN(auto sources, services.ledger.read([&](ledger::Reader& reader) { return services.sources.list(reader, context.scope()); }));
    std::stable_partition(sources.begin(), sources.end(), [&](const asset::Source& source) { return asset::is_silent(source, now); });
    const auto rates = rates_of(context, context.scope());
    json items = json::array();
    for (const asset::Source& source : sources) {
        items.push_back(render(services.access, source, rate_of(rates, source.key), now));
    }
    json listeners = json::array();
    for (const ListenerState& listener : services.live_stats.listeners()) {
        // Tenant 0: the sender's token decides, so everybody may use it.
        if (listener.tenant != 0 && !context.scope().contains(listener.tenant)) continue;
        listeners.push_back({{"name", listener.name},
                             {"kind", listener.kind},
                             {"address", listener.address},
                             {"tenant", listener.tenant == 0 ? std::string() : tenant_name(services.access, listener.tenant)}});
    }
    return reply({{"items", std::move(items)}, {"listeners", std::move(listeners)}});
}

base::Result<net::HttpResponse> update_source(Context& context) {
    Services& services = context.services();
    asset::SourceChange change;
    change.name = context.maybe_body_text("name");
    change.pack = context.maybe_body_text("pack");
    if (change.pack && !change.pack->empty()) {
        TRY_ASSIGN(const auto source, services.ledger.read([&](ledger::Reader& reader) {
            return services.sources.find(reader, context.scope(), context.integer("source_id"));
        }));
        if (services.packs()->find(*change.pack, source.key.tenant) == 0) {
            return base::fail(place_error("body.pack", "is not the name of a device pack"));
        }
    }
    TRY_ASSIGN(const auto source, services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.sources.update(transaction, context.scope(), context.integer("source_id"), change, context.actor(),
                                       services.ledger.audit());
    }));
    const auto rates = rates_of(context, access::TenantScope::only(source.key.tenant));
    const SourceRate* rate = rate_of(rates, source.key);
    services.live_events.source_changed(source, rate);
    return reply(render(services.access, source, rate, context.now()));
}

}  // namespace shuwei::api::handlers
