// Which events a request may ask about: its tenants, its KQL, its times.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "context.hpp"
#include "shuwei/eventstore/event_store.hpp"
#include "shuwei/eventstore/kql.hpp"

namespace shuwei::api {

// A resource as what a query compares with.
std::vector<eventstore::GroupEntry> group_entries(const asset::ResourceContent& content);

// What a query means in one tenant: @name is its own resource of the name, or the shipped one.
tl::expected<event::Predicate, eventstore::QueryProblem> parse_query(Context& context, std::string_view query, ledger::TenantNumber tenant);
// The same with every name that is known in one of the request's tenants.
tl::expected<event::Predicate, eventstore::QueryProblem> parse_query(Context& context, std::string_view query);

// invalid_argument names the member below `place` ("body", "query"). Without tenants the scope sees nothing.
base::Result<eventstore::Scope> event_scope(Context& context, const std::string& query, std::optional<base::Timestamp> since,
                                            std::optional<base::Timestamp> until, const std::string& place = "body");
// Of the members query, since and until of the body.
base::Result<eventstore::Scope> body_event_scope(Context& context);

}  // namespace shuwei::api
