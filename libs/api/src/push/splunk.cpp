// Splunk's HTTP event collector. An acknowledgement's id is the number of the last event: an answer is given only when
// the events are on disk, so whatever id was given is acknowledged, also after a restart.
#include <array>

#include <nlohmann/json.hpp>

#include "failure.hpp"
#include "push_door.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::api {
namespace {

using base::ErrorCode;
using collect::PushFormat;
using net::HttpMethod;
using net::HttpResponse;
using nlohmann::json;

constexpr size_t kMaxAsked = 100'000;  // acknowledgements in one request

HttpResponse reply(int status, int code, std::string_view text) {
    return HttpResponse::json(status, json{{"text", text}, {"code", code}}.dump());
}

HttpResponse fail_with(const base::Error& error) {
    const Failure failure = failure_of(error);
    HttpResponse response;
    switch (error.code()) {
        case ErrorCode::unauthenticated: response = reply(401, 2, "Token is required"); break;
        case ErrorCode::permission_denied:
        case ErrorCode::not_found: response = reply(403, 4, "Invalid token"); break;
        case ErrorCode::too_large: response = reply(413, 27, failure.message); break;
        case ErrorCode::resource_exhausted: response = reply(429, 26, "Queue at capacity"); break;
        case ErrorCode::unavailable: response = reply(503, 9, "Server is busy"); break;
        case ErrorCode::invalid_argument: {
            constexpr std::array<std::pair<std::string_view, int>, 5> codes{{{collect::kSplunkNoData, 5},
                                                                             {collect::kSplunkInvalidData, 6},
                                                                             {collect::kSplunkEventMissing, 12},
                                                                             {collect::kSplunkEventBlank, 13},
                                                                             {collect::kSplunkIndexedFields, 15}}};
            json body = {{"text", error.message()}, {"code", 6}};
            for (const auto& [text, code] : codes) {
                if (error.message() == text) body["code"] = code;
            }
            if (!error.where().empty()) {
                if (const auto number = base::parse_uint(error.where().front())) body["invalid-event-number"] = *number;
            }
            response = HttpResponse::json(400, body.dump(-1, ' ', false, json::error_handler_t::replace));
            break;
        }
        default: response = reply(500, 8, "Internal server error"); break;
    }
    if (failure.retry_after) response.headers.set("Retry-After", retry_after_text(*failure.retry_after));
    return response;
}

std::string_view channel_of(const net::HttpRequest& request) {
    if (const auto header = request.headers.get("X-Splunk-Request-Channel")) return *header;
    return request.parameter("channel").value_or("");
}

HttpResponse take(PushCall& call, ledger::TenantNumber tenant, PushFormat format) {
    const net::HttpRequest& request = call.request;
    collect::IngestRequest wanted;
    wanted.format = format;
    wanted.origin = {.host = request.parameter("host").value_or(""),
                     .source = request.parameter("source").value_or(""),
                     .sourcetype = request.parameter("sourcetype").value_or(""),
                     .index = request.parameter("index").value_or(""),
                     .time = request.parameter("time").value_or("")};
    const auto receipt = take_push(call, tenant, wanted);
    if (!receipt) return fail_with(receipt.error());
    json body = {{"text", "Success"}, {"code", 0}};
    if (!channel_of(request).empty()) body["ackId"] = receipt->last_seq;
    return HttpResponse::json(200, body.dump());
}

// {"acks":[17,18]} -> {"acks":{"17":true,"18":true}}
HttpResponse acknowledge(PushCall& call) {
    if (channel_of(call.request).empty()) return reply(400, 10, "Data channel is missing");
    const json asked = json::parse(call.request.body, nullptr, false);
    const auto ids = asked.is_object() ? asked.find("acks") : asked.end();
    if (!asked.is_object() || ids == asked.end() || !ids->is_array() || ids->size() > kMaxAsked) {
        return reply(400, 6, collect::kSplunkInvalidData);
    }
    const uint64_t durable = call.services.ingest_state().durable_seq;
    json acks = json::object();
    for (const json& id : *ids) {
        if (!id.is_number_unsigned()) return reply(400, 6, collect::kSplunkInvalidData);
        acks[std::to_string(id.get<uint64_t>())] = id.get<uint64_t>() > 0 && id.get<uint64_t>() <= durable;
    }
    return HttpResponse::json(200, json{{"acks", std::move(acks)}}.dump());
}

HttpResponse health(PushCall& call) {
    return call.services.ingest_state().full ? reply(503, 18, "HEC is unhealthy, queues are full") : reply(200, 17, "HEC is healthy");
}

}  // namespace

HttpResponse answer_splunk(PushCall& call) {
    std::string_view path = call.path;
    if (path.ends_with("/1.0")) path.remove_suffix(4);
    const HttpMethod method = call.request.method;
    // As the original, which balancers ask without a token.
    if (path == "services/collector/health" && (method == HttpMethod::get || method == HttpMethod::head)) return health(call);

    const bool event = path == "services/collector" || path == "services/collector/event";
    const bool raw = path == "services/collector/raw";
    const bool ack = path == "services/collector/ack";
    if (!event && !raw && !ack) return reply(404, 404, "The requested URL was not found on this server.");
    if (method != HttpMethod::post) {
        HttpResponse response = reply(405, 405, "The requested URL takes POST.");
        response.headers.set("Allow", "POST");
        return response;
    }
    const auto tenant = authenticate_push(call);
    if (!tenant) return fail_with(tenant.error());
    if (ack) return acknowledge(call);
    return take(call, *tenant, raw ? PushFormat::splunk_raw : PushFormat::splunk_events);
}

}  // namespace shuwei::api
