// What sends, and the assets it belongs to.
#include <algorithm>
#include <map>
#include <tuple>

#include <nlohmann/json.hpp>

#include "context.hpp"
#include "operations.hpp"
#include "render.hpp"
#include "shuwei/event/time_parse.hpp"
#include "source_render.hpp"

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

// A pack of everybody or of the source's own client.
base::Result<> check_pack(Context& context, int64_t source_id, const std::string& pack, const std::string& place) {
    if (pack.empty()) return {};
    Services& services = context.services();
    TRY_ASSIGN(const auto source, services.ledger.read([&](ledger::Reader& reader) {
        return services.sources.find(reader, context.scope(), source_id);
    }));
    if (services.packs()->find(pack, source.key.tenant) != 0) return {};
    return base::fail(place_error(place, "is not the name of a device pack"));
}

// As the answer has it, told to live pages too.
json changed(Context& context, const asset::Source& source) {
    Services& services = context.services();
    const auto packs = services.packs();
    const auto rates = rates_of(context, access::TenantScope::only(source.key.tenant));
    const SourceRate* rate = rate_of(rates, source.key);
    services.live_events.source_changed(source, rate, *packs);
    return render(services.access, source, rate, *packs);
}

}  // namespace

base::Result<net::HttpResponse> list_sources(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(auto sources, services.ledger.read([&](ledger::Reader& reader) { return services.sources.list(reader, context.scope()); }));
    std::ranges::stable_sort(sources, [](const asset::Source& a, const asset::Source& b) {
        return std::tuple(!a.silent_since, a.confirmed) < std::tuple(!b.silent_since, b.confirmed);
    });
    const auto rates = rates_of(context, context.scope());
    const auto packs = services.packs();
    json items = json::array();
    for (const asset::Source& source : sources) {
        items.push_back(render(services.access, source, rate_of(rates, source.key), *packs));
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
    const json& body = context.body();
    asset::SourceChange change;
    change.name = context.maybe_body_text("name");
    change.pack = context.maybe_body_text("pack");
    TRY(check_pack(context, context.integer("source_id"), change.pack.value_or(""), "body.pack"));
    change.charset = context.maybe_body_text("charset");
    change.zone = context.maybe_body_text("zone");
    if (change.zone && !change.zone->empty() && !event::TimeZone::find(*change.zone)) {
        return base::fail(place_error("body.zone", "is not a time zone: give Asia/Shanghai, UTC or +08:00"));
    }
    if (const auto rule = context.maybe_body_text("silence_rule")) change.silence_rule = asset::silence_rule_from(*rule);
    if (body.contains("silent_after_s")) change.own_silence = body["silent_after_s"].get<int64_t>() * base::kSecond;
    if (body.contains("asset_id")) change.asset = body["asset_id"].get<int64_t>();
    TRY_ASSIGN(const auto source, services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.sources.update(transaction, context.scope(), context.integer("source_id"), change, context.actor(),
                                       services.ledger.audit());
    }));
    return reply(changed(context, source));
}

base::Result<net::HttpResponse> confirm_sources(Context& context) {
    Services& services = context.services();
    if (context.body()["items"].empty()) return base::fail(place_error("body.items", "is empty"));
    std::vector<asset::SourceConfirmation> confirmations;
    for (const json& item : context.body()["items"]) {
        asset::SourceConfirmation& confirmation = confirmations.emplace_back();
        confirmation.id = item["id"].get<int64_t>();
        confirmation.name = item.value("name", "");
        confirmation.kind = item.value("kind", "");
        confirmation.vendor = item.value("vendor", "");
        confirmation.product = item.value("product", "");
        confirmation.pack = item.value("pack", "");
        confirmation.asset = item.value("asset_id", int64_t{0});
        TRY(check_pack(context, confirmation.id, confirmation.pack, "body.items.pack"));
    }
    TRY_ASSIGN(const auto sources, services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.sources.confirm(transaction, context.scope(), confirmations, context.now(), context.actor(),
                                        services.ledger.audit());
    }));
    json items = json::array();
    for (const asset::Source& source : sources) items.push_back(changed(context, source));
    return reply({{"items", std::move(items)}});
}

base::Result<net::HttpResponse> list_assets(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto assets, services.ledger.read([&](ledger::Reader& reader) {
        return services.sources.assets().list(reader, context.scope());
    }));
    json items = json::array();
    for (const asset::Asset& asset : assets) items.push_back(render(services.access, asset));
    return reply({{"items", std::move(items)}});
}

base::Result<net::HttpResponse> get_asset(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto asset, services.ledger.read([&](ledger::Reader& reader) {
        return services.sources.assets().find(reader, context.scope(), context.integer("asset_id"));
    }));
    return reply(render(services.access, asset));
}

}  // namespace shuwei::api::handlers
