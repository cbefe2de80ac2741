#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

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

constexpr uint64_t kPageEvents = 1000;

// The server's answer, or what it says went wrong.
Result<Json> post(net::HttpClient& client, const std::string& target, const std::string& token, const Json& body) {
    net::HttpClientRequest request;
    request.method = net::HttpMethod::post;
    request.target = target;
    request.headers.add("Content-Type", "application/json");
    request.headers.add("Authorization", "Bearer " + token);
    request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    TRY_ASSIGN(const net::HttpResponse response, client.send(request));
    Json answer = Json::parse(response.body, nullptr, false);
    if (response.status == 200 && answer.is_object()) return answer;
    std::string message = "the server answered " + std::to_string(response.status);
    if (answer.is_object() && answer.contains("message")) message += ": " + answer.value("message", "");
    return fail(response.status == 400 ? ErrorCode::invalid_argument : ErrorCode::unavailable, std::move(message));
}

Result<> search(const EventsSearchOptions& options) {
    const base::Timestamp now = base::SystemClock().now();
    Json body{{"query", options.query}};
    for (const auto& [name, text] : {std::pair{"since", options.since}, std::pair{"until", options.until}}) {
        if (text.empty()) continue;
        auto time = event::parse_time_argument(text, now);
        if (!time) return fail(std::move(time).error().at(std::string("--") + name));
        body[name] = event::format_rfc3339(*time);
    }
    TRY_ASSIGN(auto client, net::HttpClient::create(options.server));
    std::string target = "/api/v1/events/search";
    if (!options.tenant.empty()) target += "?tenant=" + net::percent_encode(options.tenant);

    std::vector<Json> rows;
    for (uint64_t left = options.limit; left > 0;) {
        body["limit"] = std::min(left, kPageEvents);
        TRY_ASSIGN(Json page, post(client, target, options.token, body));
        Json events = page.value("events", Json::array());
        left -= std::min<uint64_t>(left, events.size());
        for (Json& event : events) {
            if (options.output == OutputFormat::ndjson) {
                print_rows({event}, OutputFormat::ndjson);
            } else {
                rows.push_back(std::move(event));
            }
        }
        const auto next = page.find("next_cursor");
        if (events.empty() || next == page.end() || !next->is_string()) break;
        body["cursor"] = *next;
    }
    if (options.output != OutputFormat::ndjson) {
        std::vector<std::string> columns{"@timestamp", "shuwei.pack", "source.ip", "destination.ip", "user.name",
                                         "event.action", "event.outcome", "event.original"};
        if (options.output == OutputFormat::csv) {  // a table shows the columns that fit; a CSV file loses none
            std::set<std::string> known(columns.begin(), columns.end());
            for (const Json& row : rows) {
                for (const auto& [name, value] : row.items()) {
                    if (known.insert(name).second) columns.push_back(name);
                }
            }
        }
        print_rows(rows, options.output, std::move(columns));
    }
    return {};
}

}  // namespace

int run_events_search(const EventsSearchOptions& options) {
    if (options.token.empty()) {
        return report(base::Error(ErrorCode::invalid_argument, "an API token is needed: --token or SHUWEI_TOKEN"));
    }
    const auto done = search(options);
    return done ? kFine : report(done.error());
}

}  // namespace shuwei::app
