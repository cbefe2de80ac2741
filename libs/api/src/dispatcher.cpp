#include "dispatcher.hpp"

#include <algorithm>
#include <exception>

#include <fmt/format.h>

#include "operations.hpp"
#include "security_headers.hpp"
#include "session_cookie.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/crypto/digest.hpp"

namespace shuwei::api {
namespace {

using base::ErrorCode;

constexpr size_t kMaxBody = 1 << 20;
constexpr size_t kMaxResourceBody = 8 << 20;  // 50,000 entries
constexpr size_t kExportsAtOnce = 2;  // of the event store's four readers: searches go on
constexpr std::string_view kCsrfPlace = "header.X-CSRF-Token";
constexpr std::string_view kContentTypePlace = "header.Content-Type";
constexpr size_t kMaxAuditedText = 256;

bool is_search(const Operation& operation) {
    return (operation.tag == "events" || operation.tag == "overview") && operation.id != "check_query";
}

// The two failures that the contract names by place rather than by ErrorCode.
Failure describe(const base::Error& error) {
    Failure failure = failure_of(error);
    const std::string_view place = error.where().empty() ? std::string_view() : std::string_view(error.where().front());
    if (place == kCsrfPlace && failure.status == 403) failure.code = "csrf";
    if (place == kContentTypePlace && failure.status == 400) {
        failure.status = 415;
        failure.code = "unsupported_media_type";
    }
    return failure;
}

bool is_push(std::string_view path) {
    return path.starts_with(kPushMount) && (path.size() == kPushMount.size() || path[kPushMount.size()] == '/');
}

class SearchSlot {
public:
    SearchSlot(std::atomic<size_t>& used, size_t limit) : used_(used), taken_(used.fetch_add(1) < limit) {}
    ~SearchSlot() { used_.fetch_sub(1); }
    SearchSlot(const SearchSlot&) = delete;
    SearchSlot& operator=(const SearchSlot&) = delete;
    bool taken() const { return taken_; }

private:
    std::atomic<size_t>& used_;
    bool taken_;
};

}  // namespace

Dispatcher::Dispatcher(Services services, const ServerOptions& options)
    : services_(std::move(services)),
      router_(operations()),
      files_(options.assets),
      push_(services_),
      cookie_(options.cookie),
      trusted_proxies_(options.trusted_proxies),
      searches_at_once_(options.searches_at_once) {}

size_t Dispatcher::body_limit(net::HttpMethod, std::string_view path) {
    if (path.starts_with("/api/v1/resources")) return kMaxResourceBody;
    return path == "/api/v1/ingest" || is_push(path) ? collect::kMaxIngestBody : kMaxBody;
}

void Dispatcher::handle_push(const net::HttpRequest& request, net::Responder responder, std::string_view path) {
    responder.send(push_.answer(request, path, real_peer(request)));
}

void Dispatcher::handle(net::HttpRequest&& request, net::Responder responder) {
    if (is_push(request.path)) {
        handle_push(request, std::move(responder), std::string_view(request.path).substr(kPushMount.size()));
        return;
    }
    const base::Timestamp started = base::monotonic_now();
    Route route = router_.find(request.method, request.target);
    if (route.operation == nullptr) {
        const bool reads = request.method == net::HttpMethod::get || request.method == net::HttpMethod::head;
        net::HttpResponse response;
        if (!route.allowed.empty()) {
            response = to_response({405, "method_not_allowed", "This path does not take that method.", {}, {}}, request.id);
            response.headers.set("Allow", route.allowed);
            add_data_headers(response.headers);
        } else if (request.path.starts_with("/api/")) {
            response = to_response({404, "not_found", "There is no such path.", {}, {}}, request.id);
            add_data_headers(response.headers);
        } else if (reads) {
            response = files_.respond(request);
        } else {
            response = to_response({405, "method_not_allowed", "Files can only be read.", {}, {}}, request.id);
            response.headers.set("Allow", "GET");
            add_data_headers(response.headers);
        }
        responder.send(std::move(response));
        return;
    }

    const Operation& operation = *route.operation;
    Context context(operation, services_, request, responder);
    context.set_peer(real_peer(request));
    Outcome outcome = serve(context, route);
    count(operation, outcome.answered ? 200 : outcome.response.status, base::monotonic_now() - started);
    if (outcome.answered) return;
    add_data_headers(outcome.response.headers);
    if (cookie_ == SessionCookie::secure_only) make_cookie_secure(outcome.response.headers);
    responder.send(std::move(outcome.response));
}

Dispatcher::Outcome Dispatcher::serve(Context& context, Route& route) {
    base::Result<net::HttpResponse> result = base::fail(ErrorCode::internal, "no answer");
    try {
        result = run(context, route);
    } catch (const std::exception& error) {
        result = base::fail(ErrorCode::internal, error.what());
    }
    if (context.answered()) return {{}, true};
    if (result) return {std::move(*result), false};

    const Failure failure = describe(result.error());
    if (failure.status >= 500) {
        base::log::error("request failed", {{"operation", context.operation().id},
                                            {"request_id", context.request().id},
                                            {"error", result.error().to_string()}});
    }
    audit_failure(context, failure);
    net::HttpResponse response = to_response(failure, context.request().id);
    if (failure.status == 401 && context.request().headers.has("Authorization")) {
        response.headers.set("WWW-Authenticate", "Bearer");
    }
    return {std::move(response), false};
}

base::Result<net::HttpResponse> Dispatcher::run(Context& context, Route& route) {
    const Operation& operation = context.operation();
    if (operation.access == OperationAccess::signed_in) {
        TRY(authenticate(context));
        TRY(authorise(context));
    }
    TRY(context.take_parameters(std::move(route.path_values)));
    TRY(context.resolve_tenant());
    TRY(context.take_body());
    if (!is_search(operation)) return operation.handler(context);
    if (operation.id == "export_events") {
        const SearchSlot slot(exports_, kExportsAtOnce);
        if (!slot.taken()) return base::fail(ErrorCode::resource_exhausted, "Two exports run already; try again when one is done.");
        return operation.handler(context);
    }
    const SearchSlot slot(searches_, searches_at_once_);
    if (!slot.taken()) return base::fail(ErrorCode::unavailable, "Too many searches run at once; try again in a moment.");
    return operation.handler(context);
}

base::Result<> Dispatcher::authenticate(Context& context) const {
    const net::HttpRequest& request = context.request();
    if (const auto authorization = request.headers.get("Authorization")) {
        constexpr std::string_view scheme = "bearer ";
        if (authorization->size() <= scheme.size() ||
            !base::equals_ignoring_case(authorization->substr(0, scheme.size()), scheme)) {
            return base::fail(ErrorCode::unauthenticated, "Authorization must be a bearer token.");
        }
        TRY_ASSIGN(auto principal, services_.access.authenticate_token(base::trim(authorization->substr(scheme.size()))));
        context.set_principal(std::move(principal));
        return {};
    }
    const auto cookie = request.cookie(kSessionCookie);
    if (!cookie || cookie->empty()) return base::fail(ErrorCode::unauthenticated, "Sign in first.");
    TRY_ASSIGN(auto principal, services_.access.authenticate_session(*cookie));
    context.set_principal(std::move(principal));
    return {};
}

base::Result<> Dispatcher::authorise(const Context& context) const {
    const Operation& operation = context.operation();
    const access::Principal& principal = context.principal();
    const bool named = std::ranges::find(operation.roles, principal.account.role) != operation.roles.end();
    if (!named) {
        return base::fail(ErrorCode::permission_denied,
                          fmt::format("The role {} may not do this.", access::to_string(principal.account.role)));
    }
    if (principal.via == access::Principal::Via::token && principal.purpose == access::TokenPurpose::ingest &&
        operation.id != "ingest_events") {
        return base::fail(ErrorCode::permission_denied, "This token is for sending events alone.");
    }
    if (principal.via == access::Principal::Via::session && operation.effect == OperationEffect::writes) {
        const std::string_view token = context.request().headers.get("X-CSRF-Token").value_or("");
        if (principal.csrf_token.empty() || !crypto::constant_time_equal(token, principal.csrf_token)) {
            return base::fail(base::Error(ErrorCode::permission_denied, "X-CSRF-Token is missing or not this session's.")
                                  .at(std::string(kCsrfPlace)));
        }
    }
    return {};
}

base::IpAddress Dispatcher::real_peer(const net::HttpRequest& request) const {
    const auto trusted = [&](const base::IpAddress& ip) {
        return std::ranges::any_of(trusted_proxies_, [&](const base::IpNetwork& network) { return network.contains(ip); });
    };
    base::IpAddress peer = request.peer.ip;
    if (!trusted(peer)) return peer;
    // From the right: each proxy appends whom it heard; the first that is not ours is the client.
    std::string_view chain = request.headers.get("X-Forwarded-For").value_or("");
    while (!chain.empty()) {
        const size_t comma = chain.rfind(',');
        const auto hop = base::IpAddress::parse(base::trim(comma == std::string_view::npos ? chain : chain.substr(comma + 1)));
        if (!hop) break;
        peer = *hop;
        if (!trusted(peer) || comma == std::string_view::npos) break;
        chain = chain.substr(0, comma);
    }
    return peer;
}

void Dispatcher::audit_failure(const Context& context, const Failure& failure) {
    // What a domain changes it audits itself, in the same transaction; here is what was refused or did not work.
    // Reading is not audited; neither are strangers, who could fill the trail, save at signing in (access does that).
    const Operation& operation = context.operation();
    if (operation.effect != OperationEffect::writes || !context.maybe_principal() || operation.tag == "ingest") return;
    const bool denied = failure.status == 403;
    // A wrong old password is told by `access`, with its counting of failures.
    if (operation.id == "change_own_password" && failure.code == "permission_denied") return;
    if (!denied && failure.status != 404 && failure.status != 409 && failure.status < 500) return;

    ledger::AuditRecord record;
    record.action = std::string(operation.id);
    record.object = context.request().path.substr(0, kMaxAuditedText);
    record.detail = fmt::format("{}: {}", failure.code, failure.message.substr(0, kMaxAuditedText));
    record.object = base::replace_invalid_utf8(record.object);
    record.detail = base::replace_invalid_utf8(record.detail);
    const auto& scope = context.scope();
    if (!scope.sees_every_tenant() && scope.tenants().size() == 1) record.tenant = scope.tenants().front();
    record.result = denied ? ledger::AuditResult::denied : ledger::AuditResult::failed;
    if (auto written = services_.ledger.record(context.actor(), record); !written) {
        base::log::error("audit record not written",
                         {{"request_id", context.request().id}, {"error", written.error().to_string()}});
    }
}

void Dispatcher::count(const Operation& operation, int status, base::Duration took) {
    const std::string id(operation.id);
    services_.metrics
        .counter("shuwei_api_requests_total", "Requests answered, by operation and class of status",
                 {{"operation", id}, {"class", fmt::format("{}xx", status / 100)}})
        .add();
    services_.metrics.counter("shuwei_api_microseconds_total", "Time spent answering, by operation", {{"operation", id}})
        .add(took / base::kMicrosecond);
}

}  // namespace shuwei::api
