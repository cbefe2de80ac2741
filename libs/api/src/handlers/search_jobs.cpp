// Searches, statistics and expert SQL as jobs.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "context.hpp"
#include "event_render.hpp"
#include "event_scope.hpp"
#include "operations.hpp"
#include "render.hpp"
#include "shuwei/eventstore/expert_sql.hpp"

namespace shuwei::api::handlers {
namespace {

using nlohmann::json;

enum class Answers { yes, no };

json measures_json(const std::vector<eventstore::MeasureValue>& values) {
    json out = json::array();
    for (const auto& value : values) out.push_back(value && std::isfinite(*value) ? json(*value) : json(nullptr));
    return out;
}

json statistics_json(const eventstore::Pivot& pivot) {
    json groups = json::array();
    for (const eventstore::PivotGroup& group : pivot.groups) {
        json item = {{"values", group.values}, {"other", group.other}, {"totals", measures_json(group.totals)}};
        if (pivot.interval > 0) {
            json buckets = json::array();
            for (const auto& cell : group.buckets) buckets.push_back(measures_json(cell));
            item["buckets"] = std::move(buckets);
        }
        groups.push_back(std::move(item));
    }
    json out = {{"groups", std::move(groups)}, {"took_ms", milliseconds(pivot.took)}};
    if (pivot.interval > 0) {
        out["since"] = time_text(pivot.since);
        out["interval_ms"] = std::max<int64_t>(1, pivot.interval / base::kMillisecond);
    }
    return out;
}

// Rows come as JSON already.
std::string rows_text(const eventstore::ExpertResult& result) {
    json columns = json::array();
    for (const auto& [name, type] : result.columns) columns.push_back({{"name", name}, {"type", type}});
    const json rest = {{"columns", std::move(columns)}, {"more", result.more}, {"took_ms", milliseconds(result.took)}};
    std::string out = rest.dump(-1, ' ', false, json::error_handler_t::replace);
    out.back() = ',';
    out += "\"rows\":[";
    for (size_t i = 0; i < result.rows.size(); ++i) {
        if (i > 0) out += ',';
        out += result.rows[i];
    }
    return out + "]}";
}

std::string job_text(Context& context, const SearchJob& job, Answers answers) {
    const char* kind = std::holds_alternative<eventstore::SearchRequest>(*job.question) ? "search"
                       : std::holds_alternative<eventstore::PivotRequest>(*job.question) ? "statistics" : "sql";
    json head = {{"id", job.id},           {"kind", kind},           {"state", std::string(to_string(job.state))},
                 {"query", job.text},      {"progress", job.progress}, {"rows_read", job.rows_read},
                 {"created", time_text(job.created)}};
    if (job.finished != 0) head["finished"] = time_text(job.finished);
    if (job.error) head["error"] = failure_of(*job.error).message;
    std::string out = head.dump(-1, ' ', false, json::error_handler_t::replace);
    if (answers == Answers::no || job.answer == nullptr) return out;
    std::string answer;
    if (const auto* found = std::get_if<eventstore::SearchResult>(job.answer.get())) {
        answer = "\"events\":" + EventRenderer(context).page(*found);
    } else if (const auto* pivot = std::get_if<eventstore::Pivot>(job.answer.get())) {
        answer = "\"statistics\":" + statistics_json(*pivot).dump(-1, ' ', false, json::error_handler_t::replace);
    } else if (const auto* rows = std::get_if<eventstore::ExpertResult>(job.answer.get())) {
        answer = "\"rows\":" + rows_text(*rows);
    }
    if (answer.empty()) return out;
    out.back() = ',';
    return out + answer + "}";
}

eventstore::MeasureKind measure_kind(std::string_view name) {
    using enum eventstore::MeasureKind;
    if (name == "distinct") return distinct;
    if (name == "sum") return sum;
    if (name == "min") return minimum;
    if (name == "max") return maximum;
    if (name == "avg") return average;
    return count;
}

base::Result<eventstore::PivotRequest> pivot_of(const json& asked, eventstore::Scope scope) {
    eventstore::PivotRequest request;
    request.scope = std::move(scope);
    request.groups = asked.at("groups").get<std::vector<std::string>>();
    request.buckets = asked.at("buckets").get<size_t>();
    request.top = asked.at("top").get<size_t>();
    for (const json& item : asked.at("measures")) {
        eventstore::Measure measure{measure_kind(item.at("kind").get<std::string>()), item.value("field", "")};
        if (measure.kind != eventstore::MeasureKind::count && measure.field.empty()) {
            return base::fail(place_error("body.statistics.measures", "needs a field for each but count"));
        }
        request.measures.push_back(std::move(measure));
    }
    return request;
}

// One's own, of clients one may still see.
base::Result<SearchJob> visible(Context& context, base::Result<SearchJob> job) {
    if (!job) return job;
    const bool all = std::ranges::all_of(job->tenants, [&](uint32_t tenant) { return context.scope().contains(tenant); });
    if (!all) return base::fail(base::ErrorCode::not_found, "There is no such search job, or its answer is no longer kept.");
    return job;
}

base::Result<net::HttpResponse> begin(Context& context, std::string text, std::vector<uint32_t> tenants, SearchQuestion question) {
    SearchJobs& jobs = context.services().search_jobs;
    const std::string& owner = context.principal().account.name;
    TRY_ASSIGN(SearchJob job, jobs.start(owner, std::move(text), std::move(tenants), std::move(question)));
    const base::Duration patience = context.body().at("wait_ms").get<int64_t>() * base::kMillisecond;
    if (patience > 0 && !job.over()) {
        TRY_ASSIGN(job, jobs.wait(owner, job.id, patience, context.request().gone));
        // Who left while it was young does not know its id.
        if (context.request().gone.stop_requested()) (void)jobs.remove(owner, job.id);
    }
    return net::HttpResponse::json(201, job_text(context, job, Answers::yes));
}

}  // namespace

base::Result<net::HttpResponse> create_search_job(Context& context) {
    const json& body = context.body();
    TRY_ASSIGN(eventstore::Scope scope, body_event_scope(context));
    std::vector<uint32_t> tenants = scope.tenants;
    if (body.contains("statistics")) {
        TRY_ASSIGN(auto pivot, pivot_of(body.at("statistics"), std::move(scope)));
        return begin(context, context.body_text("query"), std::move(tenants), std::move(pivot));
    }
    eventstore::SearchRequest request;
    request.scope = std::move(scope);
    request.limit = body.at("limit").get<size_t>();
    request.order = context.body_text("order") == "asc" ? eventstore::Order::oldest_first : eventstore::Order::newest_first;
    if (const auto cursor = context.maybe_body_text("cursor")) {
        request.after = eventstore::Cursor::parse(*cursor);
        if (!request.after) return base::fail(place_error("body.cursor", "is not a cursor of this search"));
    }
    if (body.contains("fields")) request.fields = body.at("fields").get<std::vector<std::string>>();
    return begin(context, context.body_text("query"), std::move(tenants), std::move(request));
}

base::Result<net::HttpResponse> create_sql_job(Context& context) {
    const std::string text = context.body_text("sql");
    auto query = eventstore::parse_expert_sql(text);
    if (!query) return base::fail(query.error().to_error().at("body.sql"));
    ExpertQuestion question;
    question.query = std::make_shared<const eventstore::ExpertQuery>(std::move(*query));
    eventstore::ExpertRequest& request = question.request;
    TRY_ASSIGN(request.tenants, context.tenant_numbers());
    for (const uint32_t tenant : request.tenants) request.tenant_names.push_back(tenant_name(context.services().access, tenant));
    request.since = context.body_time("since");
    request.until = context.body_time("until");
    request.now = context.now();
    ledger::AuditRecord record;
    record.action = "create_sql_job";
    record.object = fmt::format("{} .. {}", context.body_text("since"), context.body_text("until"));
    record.detail = text;
    if (request.tenants.size() == 1) record.tenant = request.tenants.front();
    TRY(context.services().ledger.record(context.actor(), record));
    std::vector<uint32_t> tenants = request.tenants;
    return begin(context, text, std::move(tenants), std::move(question));
}

base::Result<net::HttpResponse> list_search_jobs(Context& context) {
    std::string out = "{\"items\":[";
    for (const SearchJob& job : context.services().search_jobs.list(context.principal().account.name)) {
        if (!visible(context, job)) continue;
        if (out.back() == '}') out += ',';
        out += job_text(context, job, Answers::no);
    }
    return net::HttpResponse::json(200, out + "]}");
}

base::Result<net::HttpResponse> get_search_job(Context& context) {
    const base::Duration patience = context.integer("wait_ms") * base::kMillisecond;
    TRY_ASSIGN(const SearchJob job, visible(context, context.services().search_jobs.wait(context.principal().account.name, context.text("job_id"),
                                                                                       patience, context.request().gone)));
    return net::HttpResponse::json(200, job_text(context, job, Answers::yes));
}

base::Result<net::HttpResponse> stop_search_job(Context& context) {
    SearchJobs& jobs = context.services().search_jobs;
    const std::string& owner = context.principal().account.name;
    TRY(jobs.stop(owner, context.text("job_id")));
    TRY_ASSIGN(const SearchJob job, visible(context, jobs.wait(owner, context.text("job_id"), base::kSecond, context.request().gone)));
    return net::HttpResponse::json(200, job_text(context, job, Answers::no));
}

base::Result<net::HttpResponse> delete_search_job(Context& context) {
    TRY(context.services().search_jobs.remove(context.principal().account.name, context.text("job_id")));
    return no_content();
}

}  // namespace shuwei::api::handlers
