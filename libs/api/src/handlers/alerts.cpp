// Aggregated findings.
#include <functional>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "context.hpp"
#include "event_render.hpp"
#include "knowledge_render.hpp"
#include "operations.hpp"
#include "reason.hpp"
#include "render.hpp"
#include "shuwei/base/assert.hpp"

namespace shuwei::api::handlers {
namespace {

using nlohmann::json;

// Names out of the contract's enums, which were checked.
template <typename Value>
std::vector<Value> values_of(const std::vector<std::string>& names, std::optional<Value> (*from)(std::string_view)) {
    std::vector<Value> values;
    for (const std::string& name : names) {
        const auto value = from(name);
        SHUWEI_ASSERT(value.has_value());
        values.push_back(*value);
    }
    return values;
}

triage::AlertOrder order_named(const std::string& name) {
    if (name == "severity") return triage::AlertOrder::severity;
    if (name == "count") return triage::AlertOrder::count;
    if (name == "first_seen") return triage::AlertOrder::first_seen;
    return triage::AlertOrder::last_seen;
}

json render_events(Context& context, const triage::Alert& alert, const std::vector<std::string>& copies) {
    EventRenderer renderer(context);
    json events = json::array();
    for (const std::string& copy : copies) {
        json event = json::parse(renderer.json(alert.tenant, copy), nullptr, false);
        if (event.is_object()) events.push_back(std::move(event));
    }
    return events;
}

// One of the rule's two languages as `name`, and the Chinese beside it where there are both.
template <typename Text>
void put_both(json& object, const std::string& name, const Text& other, const Text& chinese) {
    if (!other.empty() || !chinese.empty()) object[name] = other.empty() ? chinese : other;
    if (!other.empty() && !chinese.empty()) object[name + "_zh"] = chinese;
}

json render_detail(Context& context, const triage::AlertDetail& detail) {
    json out = render(context.services().access, detail.alert);
    // The alert stores one language, for the time when the rule is gone.
    if (const sigma::RuleHandle rule = context.services().rules()->find(detail.alert.rule_id)) {
        put_both(out, "rule_description", rule->description, rule->description_zh);
        put_both(out, "advice", rule->advice_en, rule->advice_zh);
    } else {
        put_both(out, "rule_description", detail.description, {});
        put_both(out, "advice", detail.advice, {});
    }
    if (!detail.reason_json.empty()) out["reason"] = alert_reason(detail.reason_json);
    out["first_events"] = render_events(context, detail.alert, detail.first_events);
    out["last_events"] = render_events(context, detail.alert, detail.last_events);
    return out;
}

base::Result<triage::AlertDetail> detail_of(Context& context) {
    Services& services = context.services();
    return services.ledger.read([&](ledger::Reader& reader) {
        return services.triage.detail(reader, context.scope(), context.integer("alert_id"));
    });
}

// One page of an alert's events: their numbers, newest first, each with why it matched.
struct MatchedEvents {
    std::vector<std::pair<uint64_t, json>> rows;
    int64_t total = 0;
    std::optional<eventstore::Cursor> next;
};

MatchedEvents matched_events(const std::vector<eventstore::StoredFinding>& findings, const triage::Alert& alert, size_t limit) {
    MatchedEvents page;
    for (const auto& found : findings) page.rows.emplace_back(found.finding.seq, match_reasons(found.finding.reason));
    page.total = alert.count;
    if (findings.size() == limit) page.next = eventstore::Cursor{findings.back().finding.time, findings.back().finding.seq};
    return page;
}

// Every event that the correlation counted, not only those that completed it.
MatchedEvents counted_events(const std::vector<eventstore::StoredFinding>& findings, const std::optional<eventstore::Cursor>& after, size_t limit) {
    std::set<uint64_t, std::greater<>> seqs;
    for (const auto& found : findings) {
        seqs.insert(found.finding.seq);
        const auto counted = correlated_seqs(found.finding.reason);
        seqs.insert(counted.begin(), counted.end());
    }
    MatchedEvents page;
    page.total = static_cast<int64_t>(seqs.size());
    auto at = after ? seqs.upper_bound(after->seq) : seqs.begin();
    for (; at != seqs.end() && page.rows.size() < limit; ++at) page.rows.emplace_back(*at, json::array());
    if (at != seqs.end()) page.next = eventstore::Cursor{0, page.rows.back().first};
    return page;
}

}  // namespace

json render_alerts(Context& context, const triage::AlertPage& page) {
    json items = json::array();
    for (const triage::Alert& alert : page.items) items.push_back(render(context.services().access, alert));
    json out = {{"items", std::move(items)}, {"total", page.total}};
    if (!page.by_severity.empty()) out["by_severity"] = severity_counts(page.by_severity);
    if (!page.next_cursor.empty()) out["next_cursor"] = page.next_cursor;
    return out;
}

base::Result<net::HttpResponse> list_alerts(Context& context) {
    Services& services = context.services();
    triage::AlertFilter filter;
    filter.states = values_of(context.list("state"), triage::alert_state_from);
    filter.severities = values_of(context.list("severity"), work::severity_from);
    filter.verdicts = values_of(context.list("verdict"), work::verdict_from);
    filter.rule = context.text("rule");
    filter.entity = context.text("entity");
    filter.text = context.text("q");
    if (context.has("case")) {
        const std::string number = context.text("case");
        filter.case_number = number == "none" ? std::string() : number;
    }
    filter.since = context.time("since");
    filter.until = context.time("until");
    filter.order = order_named(context.text("sort"));
    filter.limit = context.limit();
    filter.cursor = context.text("cursor");
    TRY_ASSIGN(const auto page, services.ledger.read([&](ledger::Reader& reader) {
        return services.triage.list(reader, context.scope(), filter);
    }));
    return reply(render_alerts(context, page));
}

base::Result<net::HttpResponse> get_alert(Context& context) {
    TRY_ASSIGN(const auto detail, detail_of(context));
    return reply(render_detail(context, detail));
}

base::Result<net::HttpResponse> update_alert(Context& context) {
    Services& services = context.services();
    triage::AlertUpdate change;
    if (const auto verdict = context.maybe_body_text("verdict")) change.verdict = work::verdict_from(*verdict);
    if (const auto state = context.maybe_body_text("state")) change.state = triage::alert_state_from(*state);
    change.comment = context.body_text("comment");
    TRY_ASSIGN(const auto alert, services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.triage.update(transaction, context.scope(), context.integer("alert_id"), change, context.actor());
    }));
    services.live_events.alert_changed(alert);
    TRY_ASSIGN(const auto detail, detail_of(context));
    return reply(render_detail(context, detail));
}

base::Result<net::HttpResponse> list_alert_events(Context& context) {
    constexpr size_t kCorrelationFindings = 100;  // the latest, each of at most detect::kMaxCorrelatedSeqs events
    Services& services = context.services();
    TRY_ASSIGN(const auto detail, detail_of(context));
    const triage::Alert& alert = detail.alert;
    const auto limit = static_cast<size_t>(context.limit());
    std::optional<eventstore::Cursor> after;
    if (context.has("cursor")) {
        after = eventstore::Cursor::parse(context.text("cursor"));
        if (!after) return base::fail(place_error("query.cursor", "is not a cursor of this list"));
    }
    const bool correlation = !correlated_seqs(detail.reason_json).empty();
    eventstore::FindingsRequest request;
    request.limits.stop = context.request().gone;
    request.tenants = {alert.tenant};
    request.alert_id = std::to_string(alert.id);
    request.limit = correlation ? kCorrelationFindings : limit;
    if (!correlation) request.after = after;
    TRY_ASSIGN(const auto findings, services.events.findings(request));
    const MatchedEvents page = correlation ? counted_events(findings, after, limit) : matched_events(findings, alert, limit);

    std::vector<uint64_t> seqs;
    for (const auto& [seq, matches] : page.rows) seqs.push_back(seq);
    std::map<uint64_t, json> events;
    EventRenderer renderer(context);
    if (!seqs.empty()) {
        TRY_ASSIGN(const auto stored, services.events.get_many({alert.tenant}, std::move(seqs)));
        for (const auto& event : stored) events[event.seq] = json::parse(renderer.json(event), nullptr, false);
    }
    // Of events that retention has taken, the alert's own copies remain.
    for (const auto* copies : {&detail.first_events, &detail.last_events}) {
        for (json& event : render_events(context, alert, *copies)) {
            if (const auto seq = event.find("shuwei.seq"); seq != event.end() && seq->is_number_unsigned()) {
                events.try_emplace(seq->get<uint64_t>(), event);
            }
        }
    }
    json items = json::array();
    for (const auto& [seq, matches] : page.rows) {
        const auto event = events.find(seq);
        if (event == events.end() || !event->second.is_object()) continue;
        json item = {{"event", event->second}, {"matches", matches}};
        if (json knowledge = explain(services.knowledge, event->second); !knowledge.empty()) item["knowledge"] = std::move(knowledge);
        items.push_back(std::move(item));
    }
    json out = {{"items", std::move(items)}, {"total", page.total}};
    if (page.next) out["next_cursor"] = page.next->to_string();
    return reply(out);
}

base::Result<net::HttpResponse> list_similar_alerts(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto page, services.ledger.read([&](ledger::Reader& reader) {
        return services.triage.similar(reader, context.scope(), context.integer("alert_id"));
    }));
    return reply(render_alerts(context, page));
}

base::Result<net::HttpResponse> open_alert_case(Context& context) {
    Services& services = context.services();
    triage::AlertCaseRequest request;
    request.case_number = context.body_text("case_number");
    request.title = context.body_text("title");
    if (const auto level = context.maybe_body_text("level")) request.level = work::problem_level_from(*level);
    const int64_t id = context.integer("alert_id");
    TRY_ASSIGN(const auto record, services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.triage.open_case(transaction, context.scope(), id, request, context.actor());
    }));
    services.live_events.case_changed(record);
    const auto alert = services.ledger.read([&](ledger::Reader& reader) { return services.triage.find(reader, context.scope(), id); });
    if (alert) services.live_events.alert_changed(*alert);
    return reply(render(services.access, record));
}

}  // namespace shuwei::api::handlers
