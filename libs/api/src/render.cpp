#include "render.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "shuwei/event/time_parse.hpp"

namespace shuwei::api {
namespace {

using nlohmann::json;

// Optional members of the contract are absent, never empty or null.
void put(json& object, const char* name, const std::string& value) {
    if (!value.empty()) object[name] = value;
}

// A name of its own: numbers of other meanings would turn into times unseen.
void put_time(json& object, const char* name, const std::optional<base::Timestamp>& time) {
    if (time) object[name] = time_text(*time);
}

json entity(const work::Entity& value) {
    json out = {{"kind", value.kind.empty() ? std::string("other") : value.kind}, {"value", value.value}};
    put(out, "field", value.field);
    put(out, "label", value.label);
    return out;
}

json actor(access::Access& access, const ledger::Actor& who) {
    const bool is_person = who.kind == ledger::Actor::Kind::person;
    json out = {{"kind", is_person ? "person" : "system"}, {"name", who.name}};
    if (is_person) put(out, "display_name", access.display_name(who.name));
    return out;
}

json clock(const work::CaseClock& value) {
    json out = {{"name", std::string(work::to_string(value.name))},
                {"state", std::string(work::to_string(value.state))},
                {"started", time_text(value.started)},
                {"due", time_text(value.due)},
                {"total_s", seconds(value.total)},
                {"remaining_s", seconds(value.remaining)}};
    put_time(out, "stopped", value.stopped);
    put(out, "pause_reason", value.pause_reason);
    return out;
}

}  // namespace

net::HttpResponse reply(const json& value, int status) {
    // Text out of old records is shown with U+FFFD rather than failing the whole answer.
    return net::HttpResponse::json(status, value.dump(-1, ' ', false, json::error_handler_t::replace));
}

net::HttpResponse no_content() {
    net::HttpResponse response;
    response.status = 204;
    return response;
}

std::string time_text(base::Timestamp time) { return event::format_rfc3339(time); }
double seconds(base::Duration duration) { return static_cast<double>(duration / base::kMillisecond) / 1000.0; }
double milliseconds(base::Duration duration) { return static_cast<double>(duration / base::kMicrosecond) / 1000.0; }

std::string tenant_name(access::Access& access, access::TenantNumber tenant) {
    const auto found = access.tenant(tenant);
    return found ? found->name : std::to_string(tenant);
}

json person(access::Access& access, const std::string& account) {
    return {{"name", account}, {"display_name", access.display_name(account)}};
}

json value_counts(const std::vector<eventstore::ValueCount>& values) {
    json out = json::array();
    for (const auto& [value, count] : values) out.push_back({{"value", value}, {"count", count}});
    return out;
}

json severity_counts(const triage::SeverityCounts& counts) {
    json out = json::object();
    for (int i = 0; i < work::kSeverities; ++i) {
        const auto index = static_cast<size_t>(i);
        out[std::string(work::to_string(static_cast<work::Severity>(i)))] = index < counts.size() ? counts[index] : 0;
    }
    return out;
}

json entities(const work::Entity& source, const work::Entity& target) {
    json out = json::object();
    if (!source.empty()) out["source"] = entity(source);
    if (!target.empty()) out["target"] = entity(target);
    return out;
}

json render(access::Access& access, const access::Account& account) {
    json tenants = json::array();
    if (!account.all_tenants) {
        for (const access::TenantNumber number : account.tenants) tenants.push_back(tenant_name(access, number));
    }
    json out = {{"name", account.name},
                {"display_name", account.display_name},
                {"role", std::string(access::to_string(account.role))},
                {"all_tenants", account.all_tenants},
                {"tenants", std::move(tenants)},
                {"disabled", account.disabled},
                {"created", time_text(account.created)}};
    put_time(out, "last_login", account.last_login);
    return out;
}

json render(access::Access& access, const access::Token& token) {
    json out = {{"id", token.id},
                {"name", token.name},
                {"purpose", std::string(access::to_string(token.purpose))},
                {"created", time_text(token.created)},
                {"revoked", token.revoked}};
    if (token.tenant) out["tenant"] = tenant_name(access, *token.tenant);
    put_time(out, "expires", token.expires);
    put_time(out, "last_used", token.last_used);
    return out;
}

json render(const access::Tenant& tenant) {
    json out = {{"name", tenant.name}, {"display_name", tenant.title}, {"created", time_text(tenant.created)}};
    put(out, "zone", tenant.zone);
    return out;
}

json render(access::Access& access, const triage::Alert& alert) {
    json out = {{"id", alert.id},
                {"tenant", tenant_name(access, alert.tenant)},
                {"rule_id", alert.rule_id},
                {"rule_title", alert.rule_title},
                {"severity", std::string(work::to_string(alert.severity))},
                {"state", std::string(triage::to_string(alert.state))},
                {"verdict", std::string(work::to_string(alert.verdict))},
                {"count", alert.count},
                {"first_seen", time_text(alert.first_seen)},
                {"last_seen", time_text(alert.last_seen)},
                {"entities", entities(alert.source, alert.target)},
                {"tags", alert.tags}};
    if (!alert.verdict_by.empty()) out["verdict_by"] = person(access, alert.verdict_by);
    if (!alert.sparkline.empty()) out["sparkline"] = alert.sparkline;
    put(out, "rule_title_zh", alert.rule_title_zh);
    put(out, "stage", alert.stage);
    put(out, "case_number", alert.case_number);
    return out;
}

json render(access::Access& access, const work::Case& record) {
    json clocks = json::array();
    for (const work::CaseClock& value : record.clocks) clocks.push_back(clock(value));
    json out = {{"number", record.number},
                {"tenant", tenant_name(access, record.tenant)},
                {"title", record.title},
                {"severity", std::string(work::to_string(record.severity))},
                {"level", std::string(work::to_string(record.level))},
                {"state", std::string(work::to_string(record.state))},
                {"verdict", std::string(work::to_string(record.verdict))},
                {"opened_by", actor(access, record.opened_by)},
                {"opened", time_text(record.opened)},
                {"updated", time_text(record.updated)},
                {"clocks", std::move(clocks)},
                {"alert_count", record.alert_count},
                {"event_count", record.event_count},
                {"entities", entities(record.source, record.target)}};
    put(out, "description", record.description);
    if (!record.owner.empty()) out["owner"] = person(access, record.owner);
    put_time(out, "closed", record.closed);
    if (!record.scheme.empty()) {
        json& scheme = out["scheme"] = {{"name", record.scheme}};
        put(scheme, "title_zh", record.scheme_title_zh);
        put(scheme, "title_en", record.scheme_title_en);
    }
    return out;
}

json render(access::Access& access, const work::TimelineEntry& entry) {
    json out = {{"id", entry.id},
                {"at", time_text(entry.at)},
                {"kind", std::string(work::to_string(entry.kind))},
                {"actor", actor(access, entry.actor)}};
    put(out, "from", entry.from);
    put(out, "to", entry.to);
    put(out, "text", entry.text);
    if (!entry.link_kind.empty()) {
        out["link"] = {{"kind", entry.link_kind}, {"id", entry.link_id}};
        put(out["link"], "title", entry.link_title);
    }
    return out;
}

json render(access::Access& access, const ledger::AuditEntry& entry) {
    json out = {{"id", entry.id},
                {"at", time_text(entry.at)},
                {"actor", entry.actor},
                {"action", entry.record.action},
                {"result", std::string(ledger::to_string(entry.record.result))},
                {"mac", entry.mac}};
    put(out, "object", entry.record.object);
    if (entry.record.tenant != 0) out["tenant"] = tenant_name(access, entry.record.tenant);
    put(out, "peer", entry.peer);
    put(out, "detail", entry.record.detail);
    return out;
}

}  // namespace shuwei::api
