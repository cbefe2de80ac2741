// Event search.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "context.hpp"
#include "event_export.hpp"
#include "event_render.hpp"
#include "event_scope.hpp"
#include "knowledge_render.hpp"
#include "operations.hpp"
#include "reason.hpp"
#include "render.hpp"
#include "security_headers.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/event/field.hpp"
#include "shuwei/eventstore/kql.hpp"

namespace shuwei::api::handlers {
namespace {

using nlohmann::json;

constexpr size_t kPieceOfExport = 64 * 1024;
constexpr base::Duration kTimeOfExportSlice = 30 * base::kMinute;  // with a slow reader
constexpr base::Duration kPatienceWithReader = 2 * base::kMinute;

bool sees_nothing(const eventstore::Scope& scope) { return scope.tenants.empty(); }

base::Result<net::HttpResponse> suggest_resources(Context& context, std::string_view prefix) {
    Services& services = context.services();
    TRY_ASSIGN(const auto resources, services.ledger.read([&](ledger::Reader& reader) { return services.resources.list(reader, context.scope()); }));
    std::map<std::string, size_t> names;  // of several tenants each once
    for (const asset::Resource& resource : resources) {
        if (resource.name.starts_with(prefix)) names["@" + resource.name] = resource.entries;
    }
    std::vector<eventstore::ValueCount> values;
    for (const auto& [name, entries] : names) {
        if (values.size() < static_cast<size_t>(context.limit())) values.push_back({name, entries});
    }
    return reply({{"values", value_counts(values)}});
}

}  // namespace

base::Result<net::HttpResponse> search_events(Context& context) {
    const json& body = context.body();
    eventstore::SearchRequest request;
    request.limits.stop = context.request().gone;
    TRY_ASSIGN(request.scope, body_event_scope(context));
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

    return net::HttpResponse::json(200, EventRenderer(context).page(result));
}

base::Result<net::HttpResponse> export_events(Context& context) {
    eventstore::SearchRequest request;
    TRY_ASSIGN(request.scope, event_scope(context, context.text("query"), context.time("since"), context.time("until"), "query"));
    request.limit = 0;
    request.order = context.text("order") == "asc" ? eventstore::Order::oldest_first : eventstore::Order::newest_first;
    request.limits.time = kTimeOfExportSlice;
    request.limits.stop = context.request().gone;
    if (context.has("cursor")) {
        request.after = eventstore::Cursor::parse(context.text("cursor"));
        if (!request.after) return base::fail(place_error("query.cursor", "is not the place of an event"));
    }
    const bool csv = context.text("format") == "csv";
    const ByteOrderMark mark = context.flag("bom") ? ByteOrderMark::yes : ByteOrderMark::no;
    EventExport file(context, csv ? ExportFormat::csv : ExportFormat::ndjson, context.list("fields"), mark);
    request.fields = file.fields();

    ledger::AuditRecord record;
    record.action = "export_events";
    record.object = csv ? "csv" : "ndjson";
    record.detail = fmt::format("{} .. {}: {}", context.text("since"), context.text("until"), context.text("query"));
    if (!context.scope().sees_every_tenant() && context.scope().tenants().size() == 1) record.tenant = context.scope().tenants().front();
    TRY(context.services().ledger.record(context.actor(), record));

    net::HttpResponse head;
    head.headers.set("Content-Type", csv ? "text/csv; charset=utf-8" : "application/x-ndjson");
    head.headers.set("Content-Disposition", fmt::format("attachment; filename=\"events-{}.{}\"", context.now() / base::kSecond, csv ? "csv" : "ndjson"));
    head.headers.set("X-Accel-Buffering", "no");
    add_data_headers(head.headers);
    net::HttpStream stream;
    const auto open = [&] {
        stream = context.responder().open_stream(std::move(head));
        context.set_answered();
    };
    const auto send = [&](std::string piece) { return stream.push_waiting(std::move(piece), kPatienceWithReader) == net::StreamPush::ok; };
    std::string piece = file.head();
    base::Result<uint64_t> read = uint64_t{0};
    if (!sees_nothing(request.scope)) {
        read = context.services().events.stream(request, [&](eventstore::StoredEvent&& event) {
            file.append(piece, event);
            if (piece.size() < kPieceOfExport) return true;
            if (!context.answered()) open();
            return send(std::exchange(piece, {}));
        });
    }
    if (!context.answered()) {
        // Nothing went out: what went wrong can still be said.
        if (!read) return base::fail(std::move(read).error());
        open();
    }
    if (!read) {
        base::log::warning("export broken off", {{"request_id", context.request().id}, {"reason", read.error().to_string()}});
        stream.break_off();
        return net::HttpResponse{};
    }
    if (!piece.empty()) (void)send(std::move(piece));
    stream.end();
    return net::HttpResponse{};
}

base::Result<net::HttpResponse> events_histogram(Context& context) {
    eventstore::HistogramRequest request;
    request.limits.stop = context.request().gone;
    TRY_ASSIGN(request.scope, body_event_scope(context));
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
    TRY_ASSIGN(request.scope, body_event_scope(context));
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
    TRY_ASSIGN(request.scope, event_scope(context, "", context.time("since").value_or(context.now() - base::kDay), context.time("until")));
    request.field = context.text("field");
    request.prefix = context.text("prefix");
    if (request.prefix.starts_with('@')) return suggest_resources(context, request.prefix.substr(1));
    request.top = static_cast<size_t>(context.limit());
    eventstore::FieldStats stats;
    if (!sees_nothing(request.scope)) {
        TRY_ASSIGN(stats, context.services().events.field_stats(request));
    }
    return reply({{"values", value_counts(stats.values)}});
}

base::Result<net::HttpResponse> check_query(Context& context) {
    const auto predicate = parse_query(context, context.body_text("query"));
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

base::Result<net::HttpResponse> list_surrounding_events(Context& context) {
    EventReader& events = context.services().events;
    TRY_ASSIGN(const auto tenants, context.tenant_numbers());
    if (tenants.empty()) return base::fail(base::ErrorCode::not_found, "No event has this number.");
    TRY_ASSIGN(const auto middle, events.get(tenants, static_cast<uint64_t>(context.integer("seq"))));
    eventstore::SearchRequest request;
    request.scope.tenants = {middle.tenant};
    const std::string same = context.text("same");
    if (same != "client") {
        const char* field = same == "host" ? "host.name" : "log.source.address";
        const json value = json::parse(middle.json, nullptr, false);
        if (!value.is_object() || !value.contains(field)) return base::fail(place_error("query.same", "is a field that this event does not have"));
        const json& of = value.at(field).is_array() ? value.at(field).at(0) : value.at(field);
        request.scope.predicate = event::Predicate::compare(field, event::Comparison::equals, of.is_string() ? of.get<std::string>() : of.dump());
    }
    if (const int64_t minutes = context.integer("minutes"); minutes > 0) {
        request.scope.since = middle.time - minutes * base::kMinute;
        request.scope.until = middle.time + minutes * base::kMinute + base::kMicrosecond;
    }
    request.limit = static_cast<size_t>(context.integer("count"));
    request.after = eventstore::Cursor{middle.time, middle.seq};
    request.total = eventstore::Total::none;
    request.limits.stop = context.request().gone;
    request.order = eventstore::Order::newest_first;
    TRY_ASSIGN(auto before, events.search(request));
    request.order = eventstore::Order::oldest_first;
    TRY_ASSIGN(const auto after, events.search(request));
    std::ranges::reverse(before.events);

    EventRenderer renderer(context);
    std::string out = "{\"events\":[";
    for (const auto& event : before.events) out += renderer.json(event) + ",";
    out += renderer.json(middle);
    for (const auto& event : after.events) out += "," + renderer.json(event);
    out += fmt::format(R"(],"position":{},"more_before":{},"more_after":{}}})", before.events.size(), before.next.has_value(), after.next.has_value());
    return net::HttpResponse::json(200, std::move(out));
}

}  // namespace shuwei::api::handlers
