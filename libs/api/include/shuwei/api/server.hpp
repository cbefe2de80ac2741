// Server: the HTTP interface and the web application on one address. Every operation of api/openapi.yaml is checked
// (authentication, role, CSRF, tenant, parameters, body), handed to its handler, and answered as the contract says;
// docs/formats/http-api.md tells the rules. Owns its threads; all methods are thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "shuwei/api/services.hpp"
#include "shuwei/api/static_asset.hpp"
#include "shuwei/base/ip_address.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/net/socket.hpp"

namespace shuwei::api {

enum class SessionCookie {
    any_scheme,   // also over plain http: for 127.0.0.1 and networks without TLS
    secure_only,  // adds Secure: the browser reaches us by https
};

struct ServerOptions {
    net::SocketAddress address;               // port 0: a free one
    // Where shippers find the interfaces of other products at the root, as some of them want it
    // (docs/formats/http-inputs.md); always below /push of `address`, too.
    std::optional<net::SocketAddress> push_address;
    std::span<const StaticAsset> assets;      // must outlive the server; empty: no web application
    SessionCookie cookie = SessionCookie::any_scheme;
    // Reverse proxies whose X-Forwarded-For names the real peer; from others that header means nothing.
    std::vector<base::IpNetwork> trusted_proxies;
    size_t worker_threads = 40;               // most of them wait for the event store
    // Event searches and overviews; the event store answers a few at once and the others wait. A page asks three things:
    // ten analysts find room. Further ones are answered 503.
    size_t searches_at_once = 32;
    base::Duration stats_interval = 2 * base::kSecond;  // of the live stream's `stats`
};

class Server {
public:
    // Binds and serves. Errors of binding name the address.
    static base::Result<std::unique_ptr<Server>> start(Services services, ServerOptions options);
    ~Server();  // stop()
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    net::SocketAddress address() const;  // with the port really bound
    std::optional<net::SocketAddress> push_address() const;

    // Ends streams, lets running requests be answered, closes. Idempotent.
    void stop();

private:
    struct State;
    explicit Server(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::api
