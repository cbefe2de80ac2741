#include <algorithm>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "exit_code.hpp"
#include "output.hpp"
#include "shuwei/base/clock.hpp"
#include "shuwei/event/time_parse.hpp"
#include "shuwei/net/http_client.hpp"

namespace shuwei::app {
namespace {

using Json = nlohmann::ordered_json;
using base::ErrorCode;
using base::fail;
using base::Result;

constexpr int kWaitMs = 10'000;

Result<Json> ask(net::HttpClient& client, net::HttpClientRequest request, const std::string& token) {
    request.headers.add("Authorization", "Bearer " + token);
    TRY_ASSIGN(const net::HttpResponse response, client.send(request));
    Json answer = Json::parse(response.body, nullptr, false);
    if (response.status < 300 && answer.is_object()) return answer;
    std::string message = "the server answered " + std::to_string(response.status);
    if (answer.is_object() && answer.contains("message")) message += ": " + answer.value("message", "");
    if (answer.is_object() && answer.contains("where")) {
        for (const Json& place : answer["where"]) message += place.is_string() ? " (" + place.get<std::string>() + ")" : "";
    }
    return fail(response.status == 400 ? ErrorCode::invalid_argument : ErrorCode::unavailable, std::move(message));
}

Result<> run(const EventsSqlOptions& options) {
    const base::Timestamp now = base::SystemClock().now();
    Json body{{"sql", options.sql}, {"wait_ms", kWaitMs}};
    for (const auto& [name, text] : {std::pair{"since", options.since}, std::pair{"until", options.until}}) {
        if (text.empty()) continue;
        auto time = event::parse_time_argument(text, now);
        if (!time) return fail(std::move(time).error().at(std::string("--") + name));
        body[name] = event::format_rfc3339(*time);
    }
    const std::string tenant = options.tenant.empty() ? "" : "tenant=" + net::percent_encode(options.tenant);
    TRY_ASSIGN(auto client, net::HttpClient::create(options.server));
    net::HttpClientRequest create;
    create.method = net::HttpMethod::post;
    create.target = "/api/v1/search_jobs/sql" + (tenant.empty() ? "" : "?" + tenant);
    create.headers.add("Content-Type", "application/json");
    create.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    TRY_ASSIGN(Json job, ask(client, create, options.token));
    while (job.value("state", "") == "waiting" || job.value("state", "") == "running") {
        std::fprintf(stderr, "\r%3d %%", static_cast<int>(job.value("progress", 0.0) * 100));
        net::HttpClientRequest look;
        look.target = "/api/v1/search_jobs/" + job.value("id", "") + "?wait_ms=1000" + (tenant.empty() ? "" : "&" + tenant);
        TRY_ASSIGN(job, ask(client, look, options.token));
        std::fprintf(stderr, "\r     \r");
    }
    if (job.value("state", "") != "done") return fail(ErrorCode::unavailable, "the query did not end well: " + job.value("error", job.value("state", "")));
    std::vector<std::string> columns;
    for (const Json& column : job["rows"]["columns"]) {
        std::string name = column.value("name", "");
        while (std::find(columns.begin(), columns.end(), name) != columns.end()) name += "'";  // rows are objects here
        columns.push_back(std::move(name));
    }
    std::vector<Json> rows;
    for (const Json& values : job["rows"]["rows"]) {
        Json& row = rows.emplace_back(Json::object());
        for (size_t i = 0; i < columns.size() && i < values.size(); ++i) row[columns[i]] = values[i];
    }
    print_rows(rows, options.output, columns);
    if (job["rows"].value("more", false)) std::fprintf(stderr, "shuwei: there are more rows; raise LIMIT\n");
    return {};
}

}  // namespace

int run_events_sql(const EventsSqlOptions& options) {
    if (options.token.empty()) {
        return report(base::Error(ErrorCode::invalid_argument, "an API token is needed: --token or SHUWEI_TOKEN"));
    }
    const auto done = run(options);
    return done ? kFine : report(done.error());
}

}  // namespace shuwei::app
