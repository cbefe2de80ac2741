// Event search.
#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "context.hpp"
#include "event_render.hpp"
#include "knowledge_render.hpp"
#include "operations.hpp"
#include "reason.hpp"
#include "render.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/event/field.hpp"
#include "shuwei/eventstore/kql.hpp"

namespace shuwei::api::handlers {
namespace {

using nlohmann::json;

// Where and when: the request's tenants, its query, its times.
base::Result<eventstore::Scope> scope_of(Context& context, const std::string& query,
                                         std::optional<base::Timestamp> since, std::optional<base::Timestamp> until) {
    eventstore::Scope scope;
    TRY_ASSIGN(scope.tenants, context.tenant_numbers());
    auto predicate = eventstore::parse_kql(query);
    if (!predicate) return base::fail(predicate.error().to_error().at("body.query"));
    scope.predicate = std::move(*predicate);
    scope.since = since;
    scope.until = until;
    if (since && until && *since > *until) return base::fail(place_error("body.since", "must not be after until"));
    return scope;
}

base::Result<eventstore::Scope> body_scope(Context& context) {
    return scope_of(context, context.body_text("query"), context.body_time("since"), context.body_time("until"));
}

bool sees_nothing(const eventstore::Scope& scope) { return scope.tenants.empty(); }

}  // namespace

base::Result<net::HttpResponse> search_events(Context& context) {
    const json& body = context.body();
    eventstore::SearchRequest request;
    request.limits.stop = context.request().gone;
    TRY_ASSIGN(request.scope, body_scope(context));
    request.limit = body.at("limit").get<size_t>();
    request.order = context.body_text("order") == "asc" ? eventstore::Order::oldest_first : eventstore::Order::newest_first;
    if (const auto cursor = context.maybe_body_text("cursor")) {
        request.after = eventstore::Cursor::parse(*cursor);
        if (!request.after) return base::fail(place_error("body.cursor", "is not a cursor of this search"));
    }
    if (body.contains("fields")) request.fields = body.at("fields").get<std::vector<std::string>>();
    eventstore::SearchResult result;
    if (!sees_nothing(request.scope)) {
        TRY_ASSIGN(result, context.services().events.search(request));
    }

    // Events are long and come as JSON already, so the page is put together as text.
    EventRenderer renderer(context);
    std::string out = R"({"events":[)";
    for (size_t i = 0; i < result.events.size(); ++i) {
        if (i > 0) out += ',';
        out += renderer.json(result.events[i]);
    }
    out += "],";
    json rest = {{"took_ms", milliseconds(result.took)},
                 {"total", result.total},
                 {"total_relation", result.total_relation == eventstore::TotalRelation::exact ? "exact" : "lower_bound"}};
    if (result.next) rest["next_cursor"] = result.next->to_string();
    out += rest.dump().substr(1);
    return net::HttpResponse::json(200, std::move(out));
}

base::Result<net::HttpResponse> events_histogram(Context& context) {
    eventstore::HistogramRequest request;
    request.limits.stop = context.request().gone;
    TRY_ASSIGN(request.scope, body_scope(context));
    if (!request.scope.until) request.scope.until = context.now();
    request.buckets = context.body().at("buckets").get<size_t>();
    request.split_field = context.body_text("split");
    request.split_limit = context.body().at("split_limit").get<size_t>();
    eventstore::Histogram histogram;
    if (sees_nothing(request.scope)) {
        histogram.since = request.scope.since.value_or(*request.scope.until);
        histogram.until = *request.scope.until;
    } else {
        TRY_ASSIGN(histogram, context.services().events.histogram(request));
    }
    json buckets = json::array();
    for (const auto& bucket : histogram.buckets) {
        json item = {{"at", time_text(bucket.at)}, {"count", bucket.count}};
        if (!request.split_field.empty()) item["split"] = bucket.split;
        buckets.push_back(std::move(item));
    }
    json out = {{"since", time_text(histogram.since)},
                {"until", time_text(histogram.until)},
                {"interval_ms", std::max<int64_t>(1, histogram.interval / base::kMillisecond)},
                {"buckets", std::move(buckets)},
                {"total", histogram.total},
                {"took_ms", milliseconds(histogram.took)}};
    if (!request.split_field.empty()) out["split_values"] = histogram.split_values;
    return reply(out);
}

base::Result<net::HttpResponse> events_field_stats(Context& context) {
    eventstore::FieldStatsRequest request;
    request.limits.stop = context.request().gone;
    TRY_ASSIGN(request.scope, body_scope(context));
    request.field = context.body_text("field");
    request.top = context.body().at("top").get<size_t>();
    eventstore::FieldStats stats;
    if (!sees_nothing(request.scope)) {
        TRY_ASSIGN(stats, context.services().events.field_stats(request));
    }
    json out = {{"sampled", stats.sampled}, {"took_ms", milliseconds(stats.took)}};
    if (request.field.empty()) {
        json fields = json::array();
        for (const auto& [name, count] : stats.fields) fields.push_back({{"name", name}, {"count", count}});
        out["fields"] = std::move(fields);
    } else {
        out["field"] = request.field;
        out["values"] = value_counts(stats.values);
        out["distinct"] = stats.distinct;
    }
    return reply(out);
}

base::Result<net::HttpResponse> suggest_values(Context& context) {
    eventstore::FieldStatsRequest request;
    request.limits.stop = context.request().gone;
    TRY_ASSIGN(request.scope, scope_of(context, "", context.time("since").value_or(context.now() - base::kDay), context.time("until")));
    request.field = context.text("field");
    request.prefix = context.text("prefix");
    request.top = static_cast<size_t>(context.limit());
    eventstore::FieldStats stats;
    if (!sees_nothing(request.scope)) {
        TRY_ASSIGN(stats, context.services().events.field_stats(request));
    }
    return reply({{"values", value_counts(stats.values)}});
}

base::Result<net::HttpResponse> check_query(Context& context) {
    const auto predicate = eventstore::parse_kql(context.body_text("query"));
    if (!predicate) {
        const eventstore::QueryProblem& problem = predicate.error();
        json out = {{"ok", false}, {"position", problem.position}, {"length", problem.length}, {"message", problem.message}};
        if (!problem.hint.empty()) out["hint"] = problem.hint;
        return reply(out);
    }
    const auto fields = eventstore::fields_of(*predicate);
    json unknown = json::array();
    for (const std::string& field : fields) {
        // Names seen in events alone are not told apart from unknown ones: they may be another tenant's.
        const event::FieldId id = event::find_field(field);
        if (id == event::kNoField || event::field_info(id) == nullptr) unknown.push_back(field);
    }
    return reply({{"ok", true}, {"fields", fields}, {"unknown_fields", std::move(unknown)}});
}

base::Result<net::HttpResponse> get_event(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto tenants, context.tenant_numbers());
    if (tenants.empty()) return base::fail(base::ErrorCode::not_found, "No event has this number.");
    TRY_ASSIGN(const auto event, services.events.get(tenants, static_cast<uint64_t>(context.integer("seq"))));

    eventstore::FindingsRequest request;
    request.limits.stop = context.request().gone;
    request.tenants = {event.tenant};
    request.seq = event.seq;
    TRY_ASSIGN(const auto findings, services.events.findings(request));
    std::set<int64_t> ids;
    for (const auto& found : findings) {
        if (const auto id = base::parse_int(found.finding.alert_id)) ids.insert(*id);
    }
    const std::vector<int64_t> wanted(ids.begin(), ids.end());
    TRY_ASSIGN(const auto alerts, services.ledger.read([&](ledger::Reader& reader) {
        return services.triage.find_all(reader, context.scope(), wanted);
    }));
    json links = json::array();
    for (const triage::Alert& alert : alerts) {
        json link = {{"id", alert.id},
                     {"rule_id", alert.rule_id},
                     {"rule_title", alert.rule_title},
                     {"severity", std::string(work::to_string(alert.severity))}};
        if (!alert.rule_title_zh.empty()) link["rule_title_zh"] = alert.rule_title_zh;
        for (const auto& found : findings) {
            if (found.finding.alert_id == std::to_string(alert.id)) link["matches"] = match_reasons(found.finding.reason);
        }
        links.push_back(std::move(link));
    }
    EventRenderer renderer(context);
    const auto text = [](const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); };
    const json knowledge = explain(services.knowledge, json::parse(event.json, nullptr, false));
    return net::HttpResponse::json(200, R"({"event":)" + renderer.json(event) + R"(,"alerts":)" + text(links) + R"(,"knowledge":)" +
                                            text(knowledge) + "}");
}

}  // namespace shuwei::api::handlers
