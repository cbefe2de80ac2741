// Dispatcher: from request to answer. Route, authenticate, check role, CSRF token, tenant, parameters and body, call
// the handler, audit what failed, write the answer. Refuses by default: an operation is open to nobody whom the
// contract does not name. Thread-safe.
#pragma once

#include <atomic>
#include <span>
#include <vector>

#include "context.hpp"
#include "push/push_door.hpp"
#include "router.hpp"
#include "shuwei/api/server.hpp"
#include "shuwei/api/services.hpp"
#include "shuwei/net/http_server.hpp"
#include "static_files.hpp"

namespace shuwei::api {

constexpr std::string_view kPushMount = "/push";

class Dispatcher {
public:
    Dispatcher(Services services, const ServerOptions& options);

    void handle(net::HttpRequest&& request, net::Responder responder);
    // What comes to the shippers' own address; at the main one the same stands below kPushMount.
    void handle_push(const net::HttpRequest& request, net::Responder responder, std::string_view path);
    // Body limit of a route, for the HTTP server.
    static size_t body_limit(net::HttpMethod method, std::string_view path);

    Services& services() { return services_; }

private:
    struct Outcome {
        net::HttpResponse response;
        bool answered = false;  // by the handler itself
    };
    Outcome serve(Context& context, Route& route);
    base::Result<net::HttpResponse> run(Context& context, Route& route);
    base::Result<> authenticate(Context& context) const;
    base::Result<> authorise(const Context& context) const;
    base::IpAddress real_peer(const net::HttpRequest& request) const;
    void audit_failure(const Context& context, const Failure& failure);
    void count(const Operation& operation, int status, base::Duration took);

    Services services_;
    Router router_;
    StaticFiles files_;
    PushDoor push_;
    SessionCookie cookie_;
    std::vector<base::IpNetwork> trusted_proxies_;
    size_t searches_at_once_;
    std::atomic<size_t> searches_{0};
    std::atomic<size_t> exports_{0};
};

}  // namespace shuwei::api
