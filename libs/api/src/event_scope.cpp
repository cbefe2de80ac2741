#include "event_scope.hpp"

#include "shuwei/eventstore/kql.hpp"

namespace shuwei::api {

base::Result<eventstore::Scope> event_scope(Context& context, const std::string& query, std::optional<base::Timestamp> since,
                                            std::optional<base::Timestamp> until, const std::string& place) {
    eventstore::Scope scope;
    TRY_ASSIGN(scope.tenants, context.tenant_numbers());
    auto predicate = eventstore::parse_kql(query);
    if (!predicate) return base::fail(predicate.error().to_error().at(place + ".query"));
    scope.predicate = std::move(*predicate);
    scope.since = since;
    scope.until = until;
    if (since && until && *since > *until) return base::fail(place_error(place + ".since", "must not be after until"));
    return scope;
}

base::Result<eventstore::Scope> body_event_scope(Context& context) {
    return event_scope(context, context.body_text("query"), context.body_time("since"), context.body_time("until"));
}

}  // namespace shuwei::api
