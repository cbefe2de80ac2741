// The watch page's figures.
#include <algorithm>
#include <numeric>

#include <nlohmann/json.hpp>

#include "context.hpp"
#include "operations.hpp"
#include "render.hpp"

namespace shuwei::api::handlers {
namespace {

using nlohmann::json;

constexpr int kTop = 10;

json top(const std::vector<std::pair<std::string, int64_t>>& entities) {
    json out = json::array();
    for (const auto& [value, count] : entities) out.push_back({{"value", value}, {"count", count}});
    return out;
}

}  // namespace

base::Result<net::HttpResponse> get_overview(Context& context) {
    Services& services = context.services();
    const auto& scope = context.scope();
    const base::Timestamp now = context.now();
    const base::Timestamp until = context.time("until").value_or(now);
    const base::Timestamp since = context.time("since").value_or(until - base::kDay);
    if (since >= until) return base::fail(place_error("query.since", "must be before until"));
    const base::Duration range = until - since;

    // Events of the range and, for comparison, of the range before. The store rounds the step to something readable;
    // the other series take the same.
    TRY_ASSIGN(const auto tenants, context.tenant_numbers());
    eventstore::Histogram events;
    eventstore::Histogram before;
    if (tenants.empty()) {
        events.since = since;
        events.until = until;
        events.interval = range / context.integer("buckets");
    } else {
        eventstore::HistogramRequest request;
        request.limits.stop = context.request().gone;
        request.scope.tenants = tenants;
        request.scope.since = since;
        request.scope.until = until;
        request.buckets = static_cast<size_t>(context.integer("buckets"));
        TRY_ASSIGN(events, services.events.histogram(request));
        request.scope.until = since;
        request.scope.since = since - range;
        request.buckets = 5;
        TRY_ASSIGN(before, services.events.histogram(request));
    }
    const base::Duration interval = std::max<base::Duration>(events.interval, base::kMillisecond);
    const int steps = static_cast<int>(std::clamp<int64_t>((events.until - events.since + interval - 1) / interval, 1, 1000));

    json event_series = json::array();
    json rates = json::array();
    json totals = json::array();
    for (const auto& bucket : events.buckets) {
        event_series.push_back({{"at", time_text(bucket.at)}, {"count", bucket.count}});
        totals.push_back(bucket.count);
        rates.push_back(static_cast<double>(bucket.count) / (static_cast<double>(interval) / 1e9));
    }

    json out = {{"since", time_text(events.since)},
                {"until", time_text(events.until)},
                {"interval_ms", interval / base::kMillisecond},
                {"events_per_second",
                 {{"value", services.live_stats.events_per_second(scope)},
                  {"previous", static_cast<double>(before.total) / (static_cast<double>(range) / 1e9)},
                  {"series", std::move(rates)}}},
                {"events_total", {{"value", events.total}, {"previous", before.total}, {"series", std::move(totals)}}},
                {"stored_bytes", {{"value", services.live_stats.stored_bytes(scope)}}},
                {"event_series", std::move(event_series)}};

    TRY(services.ledger.read([&](ledger::Reader& reader) -> base::Result<> {
        TRY_ASSIGN(const auto open_alerts, services.triage.open_by_severity(reader, scope));
        out["open_alerts"] = {{"value", std::accumulate(open_alerts.begin(), open_alerts.end(), int64_t{0})}};
        out["open_alerts_by_severity"] = severity_counts(open_alerts);

        TRY_ASSIGN(const auto series, services.triage.series(reader, scope, events.since, events.since + steps * interval, steps));
        json alert_series = json::array();
        for (size_t i = 0; i < series.size(); ++i) {
            alert_series.push_back({{"at", time_text(events.since + static_cast<int64_t>(i) * interval)},
                                    {"counts", severity_counts(series[i])}});
        }
        out["alert_series"] = std::move(alert_series);

        TRY_ASSIGN(const auto figures, services.desk.figures(reader, scope));
        TRY_ASSIGN(const auto open_cases, services.desk.open_series(reader, scope, events.since, events.since + steps * interval, steps));
        out["open_cases"] = {{"value", figures.open}, {"series", open_cases}};
        out["sla_at_risk"] = figures.sla_at_risk;
        out["sla_missed"] = figures.sla_missed;

        TRY_ASSIGN(const auto sources, services.sources.count(reader, scope));
        out["sources"] = sources.total;
        out["silent_sources"] = sources.silent;
        out["proposed_sources"] = sources.proposed;

        TRY_ASSIGN(const auto top_sources, services.triage.top_entities(reader, scope, triage::Triage::Side::source, since, until, kTop));
        TRY_ASSIGN(const auto top_targets, services.triage.top_entities(reader, scope, triage::Triage::Side::target, since, until, kTop));
        out["top_sources"] = top(top_sources);
        out["top_targets"] = top(top_targets);

        work::CaseFilter urgent;
        urgent.states = {work::CaseState::fresh, work::CaseState::in_progress, work::CaseState::on_hold};
        urgent.order = work::CaseOrder::due;
        urgent.limit = kTop;
        TRY_ASSIGN(const auto cases, services.desk.list(reader, scope, urgent));
        json urgent_cases = json::array();
        for (const work::Case& record : cases.items) urgent_cases.push_back(render(services.access, record));
        out["urgent_cases"] = std::move(urgent_cases);
        return {};
    }));
    return reply(out);
}

}  // namespace shuwei::api::handlers
