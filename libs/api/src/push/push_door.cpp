#include "push_door.hpp"

#include <exception>
#include <optional>

#include <fmt/format.h>

#include "security_headers.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::api {

using base::ErrorCode;
using base::Result;

namespace {

// The secret behind the colon of "name:secret", in base64.
std::string secret_of_pair(std::string_view encoded) {
    const std::string pair = base::base64_decode(encoded).value_or(std::string());
    const size_t colon = pair.find(':');
    if (colon == std::string::npos) return pair;
    return colon + 1 < pair.size() ? pair.substr(colon + 1) : pair.substr(0, colon);
}

std::optional<std::string> presented_token(const net::HttpRequest& request) {
    const auto header = request.headers.get("Authorization");
    if (!header) return std::nullopt;
    const std::string_view field = base::trim(*header);
    const size_t space = field.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const std::string_view scheme = field.substr(0, space);
    const std::string_view credentials = base::trim(field.substr(space));
    if (base::equals_ignoring_case(scheme, "Bearer") || base::equals_ignoring_case(scheme, "Splunk")) return std::string(credentials);
    if (base::equals_ignoring_case(scheme, "Basic")) return secret_of_pair(credentials);
    if (base::equals_ignoring_case(scheme, "ApiKey")) {
        std::string secret = secret_of_pair(credentials);
        return secret.empty() ? std::string(credentials) : secret;  // some senders do not encode it
    }
    return std::nullopt;
}

struct Protocol {
    std::string_view name;
    net::HttpResponse (*answer)(PushCall&);
};

Protocol protocol_of(std::string_view path) {
    if (path.starts_with("services/")) return {"splunk", answer_splunk};
    if (path.starts_with("v1/")) return {"otlp", answer_otlp};
    return {"elastic", answer_elastic};
}

}  // namespace

net::HttpResponse PushDoor::answer(const net::HttpRequest& request, std::string_view path, const base::IpAddress& peer) {
    while (path.starts_with('/')) path.remove_prefix(1);
    while (path.ends_with('/')) path.remove_suffix(1);
    PushCall call{services_, request, path, peer};
    const Protocol protocol = protocol_of(path);
    net::HttpResponse response;
    try {
        response = protocol.answer(call);
    } catch (const std::exception& error) {
        base::log::error("a pushed request failed", {{"request_id", request.id}, {"error", error.what()}});
        response = net::HttpResponse::text(500, "The server failed; its log tells more under the request id.\n");
    }
    add_data_headers(response.headers);
    services_.metrics
        .counter("shuwei_push_requests_total", "Requests of shippers answered, by protocol and class of status",
                 {{"protocol", std::string(protocol.name)}, {"class", fmt::format("{}xx", response.status / 100)}})
        .add();
    return response;
}

Result<ledger::TenantNumber> authenticate_push(PushCall& call) {
    const auto token = presented_token(call.request);
    if (!token || token->empty()) return base::fail(ErrorCode::unauthenticated, "A token is required.");
    auto principal = call.services.access.authenticate_token(*token);
    if (!principal) {
        if (principal.error().code() != ErrorCode::unauthenticated) return base::fail(std::move(principal).error());
        return base::fail(ErrorCode::permission_denied, "The token is not known, has ended, or was withdrawn.");
    }
    if (const auto asked = call.request.parameter("tenant")) {
        TRY_ASSIGN(const auto scope, call.services.access.narrowed(*principal, asked));
        return scope.tenants().front();
    }
    if (principal->ingest_tenant) return *principal->ingest_tenant;
    const access::TenantScope& scope = principal->scope;
    if (!scope.sees_every_tenant() && scope.tenants().size() == 1) return scope.tenants().front();
    if (scope.contains(access::kDefaultTenant)) return access::kDefaultTenant;
    return base::fail(ErrorCode::permission_denied, "The token's account sees several tenants: name one with ?tenant=");
}

Result<collect::IngestReceipt> take_push(PushCall& call, ledger::TenantNumber tenant, collect::IngestRequest wanted) {
    wanted.body = call.request.body;
    wanted.content_encoding = call.request.headers.get("Content-Encoding").value_or("");
    wanted.tenant = tenant;
    wanted.peer = call.peer;
    wanted.peer_port = call.request.peer.port;
    wanted.pack = call.request.parameter("pack").value_or("");
    auto receipt = call.services.ingest(wanted);
    if (receipt) return receipt;
    base::Error error = std::move(receipt).error();
    if (error.code() == ErrorCode::io || error.code() == ErrorCode::internal || error.code() == ErrorCode::data_corrupt) {
        base::log::error("pushed events were not taken", {{"request_id", call.request.id}, {"error", error.to_string()}});
        // The disk failed, not the sender: it keeps its events and comes again.
        return base::fail(ErrorCode::unavailable, "Events cannot be written to disk now; send them again later.");
    }
    return base::fail(std::move(error));
}

}  // namespace shuwei::api
