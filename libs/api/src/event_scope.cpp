#include "event_scope.hpp"

#include "shuwei/eventstore/kql.hpp"

namespace shuwei::api {

namespace {

using Entries = std::optional<std::vector<eventstore::GroupEntry>>;

bool may_name_resources(std::string_view query) { return query.find('@') != std::string_view::npos; }

// Entries as comparisons; a ledger that cannot be read has none, and the query is refused.
Entries entries_of(Context& context, ledger::TenantNumber tenant, std::string_view name) {
    Services& services = context.services();
    const auto found = services.ledger.read([&](ledger::Reader& reader) { return services.resources.named(reader, tenant, name); });
    if (!found || !*found) return std::nullopt;
    return group_entries(**found);
}

template <typename Lookup>
tl::expected<event::Predicate, eventstore::QueryProblem> parse_with(std::string_view query, const Lookup& lookup) {
    return eventstore::parse_kql(query, [&](std::string_view name) -> Entries { return lookup(name); });
}

}  // namespace

std::vector<eventstore::GroupEntry> group_entries(const asset::ResourceContent& content) {
    std::vector<eventstore::GroupEntry> entries;
    entries.reserve(content.entries.size());
    for (const asset::ResourceEntry& entry : content.entries) {
        if (content.resource.kind == asset::ResourceKind::values) {
            asset::ResourceValue value = asset::resource_value(entry.value);
            entries.push_back({value.wildcard ? event::Comparison::wildcard : event::Comparison::equals, std::move(value.text)});
            continue;
        }
        if (entry.value.find_first_of("/-") == std::string::npos) {
            entries.push_back({event::Comparison::equals, entry.value});
            continue;
        }
        const auto range = asset::address_range(entry.value);
        if (!range) continue;
        for (const base::IpNetwork& network : asset::networks_of(range->first, range->second)) {
            const bool v4 = network.prefix >= 96 && network.address.is_v4();
            entries.push_back({event::Comparison::network,
                               network.address.to_string() + "/" + std::to_string(v4 ? network.prefix - 96 : network.prefix)});
        }
    }
    return entries;
}

tl::expected<event::Predicate, eventstore::QueryProblem> parse_query(Context& context, std::string_view query, ledger::TenantNumber tenant) {
    return parse_with(query, [&](std::string_view name) { return entries_of(context, tenant, name); });
}

tl::expected<event::Predicate, eventstore::QueryProblem> parse_query(Context& context, std::string_view query) {
    const auto tenants = context.tenant_numbers();
    return parse_with(query, [&](std::string_view name) -> Entries {
        for (const uint32_t tenant : tenants ? *tenants : std::vector<uint32_t>()) {
            if (auto entries = entries_of(context, tenant, name)) return entries;
        }
        return std::nullopt;
    });
}

base::Result<eventstore::Scope> event_scope(Context& context, const std::string& query, std::optional<base::Timestamp> since,
                                            std::optional<base::Timestamp> until, const std::string& place) {
    eventstore::Scope scope;
    TRY_ASSIGN(scope.tenants, context.tenant_numbers());
    auto predicate = scope.tenants.size() == 1 ? parse_query(context, query, scope.tenants.front()) : parse_query(context, query);
    if (!predicate) return base::fail(predicate.error().to_error().at(place + ".query"));
    scope.predicate = std::move(*predicate);
    if (scope.tenants.size() > 1 && may_name_resources(query)) {
        bool same = true;
        for (const uint32_t tenant : scope.tenants) {
            // Who has no resource of a name that others have finds nothing by it.
            auto its = parse_with(query, [&](std::string_view name) {
                auto entries = entries_of(context, tenant, name);
                return entries ? std::move(entries) : std::vector<eventstore::GroupEntry>();
            });
            if (!its) return base::fail(its.error().to_error().at(place + ".query"));
            same = same && *its == scope.predicate;
            scope.predicate_of.emplace_back(tenant, std::move(*its));
        }
        if (same) scope.predicate_of.clear();
    }
    scope.since = since;
    scope.until = until;
    if (since && until && *since > *until) return base::fail(place_error(place + ".since", "must not be after until"));
    return scope;
}

base::Result<eventstore::Scope> body_event_scope(Context& context) {
    return event_scope(context, context.body_text("query"), context.body_time("since"), context.body_time("until"));
}

}  // namespace shuwei::api
