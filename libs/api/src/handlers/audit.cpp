// Who did what.
#include <nlohmann/json.hpp>

#include "context.hpp"
#include "operations.hpp"
#include "render.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::api::handlers {

base::Result<net::HttpResponse> list_audit(Context& context) {
    Services& services = context.services();
    ledger::AuditFilter filter;
    filter.actor = context.text("actor");
    filter.action = context.text("action");
    filter.since = context.time("since");
    filter.until = context.time("until");
    filter.limit = context.limit();
    if (context.has("cursor")) {
        filter.before_id = base::parse_int(context.text("cursor"));
        if (!filter.before_id) return base::fail(place_error("query.cursor", "is not a cursor of this list"));
    }
    TRY_ASSIGN(const auto entries, services.ledger.read([&](ledger::Reader& reader) { return services.ledger.audit().list(reader, filter); }));
    nlohmann::json items = nlohmann::json::array();
    for (const ledger::AuditEntry& entry : entries) items.push_back(render(services.access, entry));
    nlohmann::json out = {{"items", std::move(items)}};
    if (entries.size() == static_cast<size_t>(filter.limit)) out["next_cursor"] = std::to_string(entries.back().id);
    return reply(out);
}

base::Result<net::HttpResponse> verify_audit(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto verified, services.ledger.read([&](ledger::Reader& reader) { return services.ledger.audit().verify(reader); }));
    nlohmann::json out = {{"ok", verified.ok}, {"entries", verified.entries}};
    if (!verified.head.empty()) out["head"] = verified.head;
    if (verified.first_bad_id) out["first_bad_id"] = *verified.first_bad_id;
    if (!verified.message.empty()) out["message"] = verified.message;
    return reply(out);
}

}  // namespace shuwei::api::handlers
