// Context: one request as its handler sees it: who asks, which tenants it may touch, parameters and body that have
// been checked against the contract. Lives for the call of the handler, on its thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "failure.hpp"
#include "operation.hpp"
#include "shuwei/api/services.hpp"
#include "shuwei/base/assert.hpp"
#include "shuwei/net/http_server.hpp"

namespace shuwei::api {

class Context {
public:
    Context(const Operation& operation, Services& services, net::HttpRequest& request, net::Responder& responder);
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    const Operation& operation() const { return operation_; }
    Services& services() { return services_; }
    const net::HttpRequest& request() const { return request_; }
    base::Timestamp now() const { return services_.clock.now(); }
    const std::string& peer() const { return peer_; }  // address without port, behind trusted proxies the real one
    const base::IpAddress& peer_ip() const { return peer_ip_; }

    // Only in operations that need signing in.
    const access::Principal& principal() const {
        SHUWEI_ASSERT(principal_.has_value());
        return *principal_;
    }
    ledger::Actor actor() const { return principal().actor(peer_); }
    // What the request may see: of the account, narrowed by the parameter `tenant`.
    const access::TenantScope& scope() const { return scope_; }
    // The tenants of scope() one by one, as the event store wants them.
    base::Result<std::vector<uint32_t>> tenant_numbers();
    // The tenant that a new record belongs to: the one asked for, the account's only one, or `default`.
    base::Result<ledger::TenantNumber> tenant_for_writing();

    // Parameters. A default of the contract counts as given; the other forms need a default or `required`.
    bool has(std::string_view parameter) const;
    std::string text(std::string_view parameter) const;  // "" when absent
    int64_t integer(std::string_view parameter) const;
    int limit() const { return static_cast<int>(integer("limit")); }
    bool flag(std::string_view parameter) const;
    std::vector<std::string> list(std::string_view parameter) const;
    std::optional<base::Timestamp> time(std::string_view parameter) const;

    const nlohmann::json& body() const { return *body_; }
    std::string body_text(std::string_view member) const;  // "" when absent
    std::optional<std::string> maybe_body_text(std::string_view member) const;
    std::optional<base::Timestamp> body_time(std::string_view member) const;

    // For a handler that answers by itself (streams); what it returns then is not sent.
    net::Responder& responder() { return responder_; }
    void set_answered() { answered_ = true; }
    bool answered() const { return answered_; }

    // Filled by the dispatcher, in this order.
    void set_peer(const base::IpAddress& ip);
    void set_principal(access::Principal principal) { principal_ = std::move(principal); }
    const std::optional<access::Principal>& maybe_principal() const { return principal_; }
    base::Result<> take_parameters(std::vector<std::pair<std::string_view, std::string>> path_values);
    base::Result<> resolve_tenant();
    base::Result<> take_body();

private:
    const nlohmann::json* find(std::string_view parameter) const;

    const Operation& operation_;
    Services& services_;
    net::HttpRequest& request_;
    net::Responder& responder_;
    base::IpAddress peer_ip_;
    std::string peer_;
    std::optional<access::Principal> principal_;
    access::TenantScope scope_ = access::TenantScope::only(std::vector<access::TenantNumber>{});
    std::unique_ptr<nlohmann::json> parameters_;
    std::unique_ptr<nlohmann::json> body_;
    bool answered_ = false;
};

}  // namespace shuwei::api
