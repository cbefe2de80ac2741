// `shuwei events review`: the sections of content/analysis/log-review.yaml counted over a period and the one before it,
// through the server's search jobs, each number with the KQL that finds its events.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "exit_code.hpp"
#include "home.hpp"
#include "output.hpp"
#include "shuwei/base/clock.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/event/time_parse.hpp"
#include "shuwei/net/http_client.hpp"

namespace shuwei::app {
namespace {

using Json = nlohmann::ordered_json;
using base::ErrorCode;
using base::fail;
using base::Result;

constexpr int kTop = 20;
constexpr int kSamples = 3;

struct Titled {
    std::string id;
    std::string title_zh;
    std::string title_en;
    std::string text;  // of a section its KQL, of a grouping its field
};
struct Definition {
    std::vector<Titled> sections;
    std::vector<Titled> groupings;
};

Result<Definition> load_definition(const std::filesystem::path& file) {
    Definition definition;
    try {
        const YAML::Node root = YAML::LoadFile(file.string());
        const auto read = [](const YAML::Node& list, const char* text, std::vector<Titled>& into) {
            for (const auto& item : list) {
                into.push_back({item["id"].as<std::string>(), item["title_zh"].as<std::string>(), item["title_en"].as<std::string>(),
                                item[text].as<std::string>()});
            }
        };
        read(root["sections"], "query", definition.sections);
        read(root["groupings"], "field", definition.groupings);
    } catch (const YAML::Exception& problem) {
        return fail(base::Error(ErrorCode::invalid_argument, problem.what()).at(file.string()));
    }
    if (definition.sections.empty()) return fail(base::Error(ErrorCode::invalid_argument, "it has no sections").at(file.string()));
    return definition;
}

struct Period {
    base::Timestamp since = 0;
    base::Timestamp until = 0;
};

class Questions {
public:
    Questions(net::HttpClient& client, const EventsReviewOptions& options) : client_(client), options_(options) {}

    // Groups of a statistics job.
    Result<Json> count(const std::string& query, const Period& period, const std::vector<std::string>& fields, int buckets) {
        Json body = base_of(query, period);
        body["wait_ms"] = 10'000;
        body["statistics"] = {{"groups", fields}, {"buckets", buckets}, {"top", kTop}};
        TRY_ASSIGN(Json job, ask("POST", "/api/v1/search_jobs", body));
        while (job.value("state", "") == "waiting" || job.value("state", "") == "running") {
            TRY_ASSIGN(job, ask("GET", "/api/v1/search_jobs/" + job.value("id", "") + "?wait_ms=1000", {}));
        }
        if (job.value("state", "") != "done") return fail(ErrorCode::unavailable, "a count did not end well: " + job.value("error", job.value("state", "")));
        return Json(job["statistics"]);
    }

    Result<Json> samples(const std::string& query, const Period& period) {
        Json body = base_of(query, period);
        body["limit"] = kSamples;
        TRY_ASSIGN(const Json page, ask("POST", "/api/v1/events/search", body));
        Json out = Json::array();
        for (const Json& event : page["events"]) {
            Json sample = Json::object();
            for (const char* field : {"@timestamp", "shuwei.seq", "host.name", "event.original"}) {
                if (event.contains(field)) sample[field] = event[field];
            }
            out.push_back(std::move(sample));
        }
        return out;
    }

private:
    static Json base_of(const std::string& query, const Period& period) {
        return {{"query", query}, {"since", event::format_rfc3339(period.since)}, {"until", event::format_rfc3339(period.until)}};
    }

    Result<Json> ask(std::string_view method, std::string target, const Json& body) {
        net::HttpClientRequest request;
        if (!options_.tenant.empty()) target += (target.find('?') == std::string::npos ? "?tenant=" : "&tenant=") + net::percent_encode(options_.tenant);
        request.target = std::move(target);
        request.headers.add("Authorization", "Bearer " + options_.token);
        if (method == "POST") {
            request.method = net::HttpMethod::post;
            request.headers.add("Content-Type", "application/json");
            request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
        }
        TRY_ASSIGN(const net::HttpResponse response, client_.send(request));
        Json answer = Json::parse(response.body, nullptr, false);
        if (response.status < 300 && answer.is_object()) return answer;
        std::string message = fmt::format("the server answered {}", response.status);
        if (answer.is_object()) message += ": " + answer.value("message", "");
        return fail(response.status == 400 ? ErrorCode::invalid_argument : ErrorCode::unavailable, std::move(message));
    }

    net::HttpClient& client_;
    const EventsReviewOptions& options_;
};

// The section's events with this value of the field.
std::string narrowed(const std::string& query, const std::string& field, const std::string& value) {
    if (value.empty()) return fmt::format("({}) and not {}:*", query, field);
    std::string quoted;
    for (const char c : value) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return fmt::format("({}) and {}:\"{}\"", query, field, quoted);
}

int64_t total_of(const Json& statistics) {
    double total = 0;
    for (const Json& group : statistics["groups"]) {
        if (group.contains("totals") && !group["totals"].empty() && group["totals"][0].is_number()) total += group["totals"][0].get<double>();
    }
    return static_cast<int64_t>(total);
}

Json days_of(const Json& statistics) {
    Json days = Json::array();
    if (!statistics.contains("since") || statistics["groups"].empty() || !statistics["groups"][0].contains("buckets")) return days;
    const auto first = event::parse_rfc3339(statistics["since"].get<std::string>(), event::TimeZone::utc());
    const int64_t interval = statistics.value("interval_ms", int64_t{0});
    if (!first || interval <= 0) return days;
    base::Timestamp at = *first;
    for (const Json& bucket : statistics["groups"][0]["buckets"]) {
        const int64_t count = bucket.empty() || !bucket[0].is_number() ? 0 : bucket[0].get<int64_t>();
        days.push_back({{"from", event::format_rfc3339(at)}, {"events", count}});
        at += interval * base::kMillisecond;
    }
    return days;
}

Result<Json> review_section(Questions& questions, const Titled& section, const Definition& definition, const Period& now, const Period& before) {
    const auto days = static_cast<int>(std::clamp<int64_t>((now.until - now.since) / base::kDay, 1, 400));
    TRY_ASSIGN(const Json over_time, questions.count(section.text, now, {}, days));
    TRY_ASSIGN(const Json previous, questions.count(section.text, before, {}, 0));
    Json out{{"id", section.id},        {"title_zh", section.title_zh},         {"title_en", section.title_en},
             {"query", section.text},   {"events", total_of(over_time)}, {"previous_events", total_of(previous)}};
    Json by = Json::object();
    for (const Titled& grouping : definition.groupings) {
        TRY_ASSIGN(const Json counted, questions.count(section.text, now, {grouping.text}, 0));
        Json rows = Json::array();
        for (const Json& group : counted["groups"]) {
            const bool other = group.value("other", false);
            const std::string value = other || group["values"].empty() ? "" : group["values"][0].get<std::string>();
            const int64_t events = group["totals"].empty() || !group["totals"][0].is_number() ? 0 : group["totals"][0].get<int64_t>();
            if (events == 0) continue;
            Json row{{"value", value}, {"events", events}};
            if (other) row["other"] = true;
            else row["query"] = narrowed(section.text, grouping.text, value);
            rows.push_back(std::move(row));
        }
        by[grouping.id] = std::move(rows);
    }
    out["by"] = std::move(by);
    out["over_time"] = days_of(over_time);
    TRY_ASSIGN(out["samples"], questions.samples(section.text, now));
    return out;
}

// A line for each number: the section, by what, of which value.
std::vector<Json> flat(const Json& review) {
    std::vector<Json> rows;
    for (const Json& section : review["sections"]) {
        const auto row = [&](std::string_view by, const Json& value, const Json& events, const Json& previous, const Json& query) {
            rows.push_back({{"section", section["id"]}, {"title", section["title_zh"]}, {"by", by}, {"value", value}, {"events", events},
                            {"previous_events", previous}, {"query", query}});
        };
        row("total", "", section["events"], section["previous_events"], section["query"]);
        for (const auto& [grouping, counted] : section["by"].items()) {
            for (const Json& group : counted) row(grouping, group.value("other", false) ? Json("(other)") : group["value"], group["events"], "", group.value("query", ""));
        }
        for (const Json& day : section["over_time"]) row("time", day["from"], day["events"], "", "");
    }
    return rows;
}

Result<> run(const EventsReviewOptions& options) {
    const base::Timestamp now = base::SystemClock().now();
    Period period{now - 90 * base::kDay, now};
    for (const auto& [name, text, into] : {std::tuple{"since", &options.since, &period.since}, std::tuple{"until", &options.until, &period.until}}) {
        if (text->empty()) continue;
        auto time = event::parse_time_argument(*text, now);
        if (!time) return fail(std::move(time).error().at(std::string("--") + name));
        *into = *time;
    }
    if (period.since >= period.until) return fail(ErrorCode::invalid_argument, "--since must be before --until");
    const Period before{period.since - (period.until - period.since), period.since};
    TRY_ASSIGN(const Definition definition, load_definition(options.definition.empty() ? content_folder() / "analysis/log-review.yaml" : options.definition));
    TRY_ASSIGN(auto client, net::HttpClient::create(options.server));
    Questions questions(client, options);
    Json review{{"since", event::format_rfc3339(period.since)}, {"until", event::format_rfc3339(period.until)},
                {"previous_since", event::format_rfc3339(before.since)}, {"tenant", options.tenant}, {"sections", Json::array()}};
    for (const Titled& section : definition.sections) {
        TRY_ASSIGN(Json reviewed, review_section(questions, section, definition, period, before));
        review["sections"].push_back(std::move(reviewed));
    }
    if (options.output == OutputFormat::json || options.output == OutputFormat::ndjson) {
        fmt::print("{}\n", review.dump(options.output == OutputFormat::json ? 2 : -1, ' ', false, Json::error_handler_t::replace));
        return {};
    }
    print_rows(flat(review), options.output);
    return {};
}

}  // namespace

int run_events_review(const EventsReviewOptions& options) {
    if (options.token.empty()) return report(base::Error(ErrorCode::invalid_argument, "an API token is needed: --token or SHUWEI_TOKEN"));
    const auto done = run(options);
    return done ? kFine : report(done.error());
}

}  // namespace shuwei::app
