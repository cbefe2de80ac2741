// Work and its clocks.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "context.hpp"
#include "operations.hpp"
#include "render.hpp"
#include "shuwei/base/assert.hpp"

namespace shuwei::api::handlers {

nlohmann::json render_alerts(Context& context, const triage::AlertPage& page);  // alerts.cpp

namespace {

using nlohmann::json;

work::CaseOrder order_named(const std::string& name) {
    if (name == "opened") return work::CaseOrder::opened;
    if (name == "updated") return work::CaseOrder::updated;
    if (name == "severity") return work::CaseOrder::severity;
    return work::CaseOrder::due;
}

// A case is given only to somebody who works here and may see its tenant.
base::Result<> check_owner(Context& context, const std::string& owner, ledger::TenantNumber tenant) {
    if (owner.empty()) return {};
    TRY_ASSIGN(const auto people, context.services().access.assignees(access::TenantScope::only(tenant)));
    if (std::ranges::any_of(people, [&](const access::Account& account) { return account.name == owner; })) return {};
    return base::fail(place_error("body.owner", "is nobody whom cases of this tenant can be given to"));
}

base::Result<work::Case> find_case(Context& context) {
    Services& services = context.services();
    return services.ledger.read(
        [&](ledger::Reader& reader) { return services.desk.find(reader, context.scope(), context.text("number")); });
}

}  // namespace

base::Result<net::HttpResponse> list_cases(Context& context) {
    Services& services = context.services();
    work::CaseFilter filter;
    for (const std::string& name : context.list("state")) filter.states.push_back(work::case_state_from(name).value());
    for (const std::string& name : context.list("severity")) filter.severities.push_back(work::severity_from(name).value());
    if (context.has("owner")) {
        const std::string owner = context.text("owner");
        filter.owner = owner == "none" ? std::string() : owner;
    }
    filter.text = context.text("q");
    if (context.has("sla")) {
        filter.sla = context.text("sla") == "missed" ? work::SlaFilter::missed : work::SlaFilter::at_risk;
    }
    filter.since = context.time("since");
    filter.until = context.time("until");
    filter.order = order_named(context.text("sort"));
    filter.limit = context.limit();
    filter.cursor = context.text("cursor");
    TRY_ASSIGN(const auto page, services.ledger.read([&](ledger::Reader& reader) {
        return services.desk.list(reader, context.scope(), filter);
    }));
    json items = json::array();
    for (const work::Case& record : page.items) items.push_back(render(services.access, record));
    json by_state = json::array();
    for (const auto& [state, count] : page.by_state) {
        by_state.push_back({{"value", std::string(work::to_string(state))}, {"count", count}});
    }
    json out = {{"items", std::move(items)}, {"total", page.total}, {"by_state", std::move(by_state)}};
    if (!page.next_cursor.empty()) out["next_cursor"] = page.next_cursor;
    return reply(out);
}

base::Result<net::HttpResponse> create_case(Context& context) {
    Services& services = context.services();
    const json& body = context.body();
    work::NewCase opening;
    TRY_ASSIGN(opening.tenant, context.tenant_for_writing());
    opening.title = context.body_text("title");
    opening.description = context.body_text("description");
    opening.level = work::problem_level_from(context.body_text("level")).value();
    if (const auto severity = context.maybe_body_text("severity")) opening.severity = work::severity_from(*severity);
    opening.owner = context.body_text("owner");
    TRY(check_owner(context, opening.owner, opening.tenant));
    std::vector<int64_t> alerts;
    if (body.contains("alerts")) alerts = body.at("alerts").get<std::vector<int64_t>>();
    TRY_ASSIGN(const auto record, services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.triage.open_case_with(transaction, context.scope(), opening, alerts, context.actor());
    }));
    services.live_events.case_changed(record);
    return reply(render(services.access, record), 201);
}

base::Result<net::HttpResponse> get_case(Context& context) {
    TRY_ASSIGN(const auto record, find_case(context));
    return reply(render(context.services().access, record));
}

base::Result<net::HttpResponse> update_case(Context& context) {
    Services& services = context.services();
    work::CaseChange change;
    if (const auto state = context.maybe_body_text("state")) change.state = work::case_state_from(*state);
    if (const auto level = context.maybe_body_text("level")) change.level = work::problem_level_from(*level);
    if (const auto severity = context.maybe_body_text("severity")) change.severity = work::severity_from(*severity);
    if (const auto verdict = context.maybe_body_text("verdict")) change.verdict = work::verdict_from(*verdict);
    change.owner = context.maybe_body_text("owner");
    change.title = context.maybe_body_text("title");
    change.comment = context.body_text("comment");
    if (change.owner) {
        TRY_ASSIGN(const auto present, find_case(context));
        TRY(check_owner(context, *change.owner, present.tenant));
    }
    TRY_ASSIGN(const auto record, services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.desk.update(transaction, context.scope(), context.text("number"), change, context.actor());
    }));
    services.live_events.case_changed(record);
    return reply(render(services.access, record));
}

base::Result<net::HttpResponse> list_case_timeline(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto entries, services.ledger.read([&](ledger::Reader& reader) {
        return services.desk.timeline(reader, context.scope(), context.text("number"));
    }));
    json items = json::array();
    for (const work::TimelineEntry& entry : entries) items.push_back(render(services.access, entry));
    return reply({{"items", std::move(items)}});
}

base::Result<net::HttpResponse> add_case_note(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto entry, services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.desk.add_note(transaction, context.scope(), context.text("number"), context.body_text("text"), context.actor());
    }));
    if (const auto record = find_case(context)) services.live_events.case_changed(*record);
    return reply(render(services.access, entry), 201);
}

base::Result<net::HttpResponse> list_case_alerts(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto page, services.ledger.read([&](ledger::Reader& reader) -> base::Result<triage::AlertPage> {
        TRY_ASSIGN(const auto record, services.desk.find(reader, context.scope(), context.text("number")));
        triage::AlertFilter filter;
        filter.case_number = record.number;
        filter.limit = 1000;
        return services.triage.list(reader, context.scope(), filter);
    }));
    return reply(render_alerts(context, page));
}

}  // namespace shuwei::api::handlers
