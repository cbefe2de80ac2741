// What the contract says of one operation, as constant data. The table is generated at build time from
// api/openapi.yaml (operations.hpp); everything points into static storage, so it may be read from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "schema.hpp"
#include "shuwei/access/account.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/net/http.hpp"

namespace shuwei::api {

class Context;

enum class ParameterPlace : uint8_t { path, query, header };

struct Parameter {
    std::string_view name;
    ParameterPlace place = ParameterPlace::query;
    bool required = false;
    const Schema* schema = nullptr;
};

// One answer: status 0 is "any other"; no media type means no body.
struct Answer {
    int status = 0;
    std::string_view media_type;
    const Schema* schema = nullptr;
};

enum class OperationAccess : uint8_t { signed_in, anybody };
enum class TenantRule : uint8_t { none, query };
enum class OperationEffect : uint8_t { reads, writes };

struct Operation {
    std::string_view id;    // "list_alerts"
    net::HttpMethod method = net::HttpMethod::get;
    std::string_view path;  // "/api/v1/alerts/{alert_id}"
    std::string_view tag;
    OperationAccess access = OperationAccess::signed_in;
    std::span<const access::Role> roles;  // who may call when signed_in
    TenantRule tenant = TenantRule::none;
    OperationEffect effect = OperationEffect::reads;
    std::span<const Parameter> parameters;
    bool body_required = false;
    std::span<const std::string_view> media_types;  // of the body; none: no body is taken
    const Schema* body = nullptr;                   // of a JSON body
    std::span<const Answer> answers;
    base::Result<net::HttpResponse> (*handler)(Context&) = nullptr;

    const Parameter* parameter(std::string_view name) const {
        for (const Parameter& p : parameters) {
            if (p.name == name) return &p;
        }
        return nullptr;
    }
};

}  // namespace shuwei::api
