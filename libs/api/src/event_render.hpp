// Stored events as Event of the contract. Their JSON comes from the store ready-made; only the names that the store
// does not know, tenant and source, are put in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "context.hpp"
#include "shuwei/eventstore/event_store.hpp"

namespace shuwei::api {

class EventRenderer {
public:
    explicit EventRenderer(Context& context) : context_(context) {}

    std::string json(const eventstore::StoredEvent& event);
    // An EventPage.
    std::string page(const eventstore::SearchResult& result);
    // The same for a copy that an alert keeps.
    std::string json(access::TenantNumber tenant, std::string_view copy);

private:
    std::string with_names(std::string_view object, access::TenantNumber tenant, const std::string& source);
    const std::string& tenant(access::TenantNumber number);
    const std::string& source(uint32_t tenant, uint32_t number);

    Context& context_;
    std::map<access::TenantNumber, std::string> tenants_;
    std::map<uint32_t, std::string> sources_;
};

}  // namespace shuwei::api
