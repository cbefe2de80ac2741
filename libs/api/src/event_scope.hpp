// Which events a request may ask about: its tenants, its KQL, its times.
#pragma once

#include <optional>
#include <string>

#include "context.hpp"
#include "shuwei/eventstore/event_store.hpp"

namespace shuwei::api {

// invalid_argument names the member below `place` ("body", "query"). Without tenants the scope sees nothing.
base::Result<eventstore::Scope> event_scope(Context& context, const std::string& query, std::optional<base::Timestamp> since,
                                            std::optional<base::Timestamp> until, const std::string& place = "body");
// Of the members query, since and until of the body.
base::Result<eventstore::Scope> body_event_scope(Context& context);

}  // namespace shuwei::api
