#include "context.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "schema.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::api {

using nlohmann::json;

Context::Context(const Operation& operation, Services& services, net::HttpRequest& request, net::Responder& responder)
    : operation_(operation),
      services_(services),
      request_(request),
      responder_(responder),
      parameters_(std::make_unique<json>(json::object())),
      body_(std::make_unique<json>()) {}

Context::~Context() = default;

void Context::set_peer(const base::IpAddress& ip) {
    peer_ip_ = ip;
    peer_ = ip.to_string();
}

base::Result<> Context::take_parameters(std::vector<std::pair<std::string_view, std::string>> path_values) {
    for (const auto& [name, value] : request_.query) {
        const Parameter* known = operation_.parameter(name);
        if (known == nullptr || known->place != ParameterPlace::query) {
            return base::fail(place_error(fmt::format("query.{}", base::replace_invalid_utf8(name.substr(0, 64))),
                                          "is not known here"));
        }
    }
    for (const Parameter& parameter : operation_.parameters) {
        std::optional<std::string> given;
        std::string place;
        if (parameter.place == ParameterPlace::path) {
            place = fmt::format("path.{}", parameter.name);
            for (auto& [name, value] : path_values) {
                if (name == parameter.name) given = std::move(value);
            }
        } else if (parameter.place == ParameterPlace::query) {
            place = fmt::format("query.{}", parameter.name);
            if (const auto value = request_.parameter(parameter.name)) given = *value;
        } else {
            place = fmt::format("header.{}", parameter.name);
            if (const auto value = request_.headers.get(parameter.name)) given = *value;
        }
        const std::string name(parameter.name);
        if (given) {
            TRY_ASSIGN(json value, parse_parameter(*given, *parameter.schema, place));
            (*parameters_)[name] = std::move(value);
        } else if (parameter.required) {
            return base::fail(place_error(place, "is missing"));
        } else if (!parameter.schema->default_json.empty()) {
            (*parameters_)[name] = json::parse(parameter.schema->default_json, nullptr, false);
        }
    }
    return {};
}

base::Result<> Context::resolve_tenant() {
    if (operation_.tenant == TenantRule::none) return {};
    const std::string name = text("tenant");
    std::optional<std::string_view> asked;
    if (!name.empty()) asked = name;
    TRY_ASSIGN(scope_, services_.access.narrowed(principal(), asked));
    return {};
}

base::Result<> Context::take_body() {
    if (operation_.media_types.empty()) return {};
    const std::string_view type_field = request_.headers.get("Content-Type").value_or("");
    const std::string_view type = base::trim(type_field.substr(0, type_field.find(';')));
    bool accepted = false;
    for (const std::string_view known : operation_.media_types) accepted |= base::equals_ignoring_case(type, known);
    // The dispatcher turns this place into 415.
    if (!accepted) return base::fail(place_error("header.Content-Type", fmt::format("must be {}", fmt::join(operation_.media_types, " or "))));
    if (operation_.body == nullptr) return {};
    if (request_.body.empty()) return base::fail(place_error("body", "is missing"));
    TRY_ASSIGN(*body_, parse_json_body(request_.body));
    TRY(check(*body_, *operation_.body, "body"));
    fill_defaults(*body_, *operation_.body);
    return {};
}

base::Result<std::vector<uint32_t>> Context::tenant_numbers() {
    if (!scope_.sees_every_tenant()) return std::vector<uint32_t>(scope_.tenants().begin(), scope_.tenants().end());
    TRY_ASSIGN(const auto tenants, services_.access.tenants(scope_));
    std::vector<uint32_t> numbers;
    for (const access::Tenant& tenant : tenants) numbers.push_back(tenant.number);
    return numbers;
}

base::Result<ledger::TenantNumber> Context::tenant_for_writing() {
    if (!scope_.sees_every_tenant() && scope_.tenants().size() == 1) return scope_.tenants().front();
    if (scope_.contains(access::kDefaultTenant)) return access::kDefaultTenant;
    return base::fail(place_error("query.tenant", "is missing: the account sees several tenants"));
}

const json* Context::find(std::string_view parameter) const {
    const auto found = parameters_->find(parameter);
    return found == parameters_->end() ? nullptr : &*found;
}

bool Context::has(std::string_view parameter) const { return find(parameter) != nullptr; }

std::string Context::text(std::string_view parameter) const {
    const json* value = find(parameter);
    return value == nullptr ? std::string() : value->get<std::string>();
}

int64_t Context::integer(std::string_view parameter) const {
    const json* value = find(parameter);
    SHUWEI_ASSERT(value != nullptr);
    return value->get<int64_t>();
}

bool Context::flag(std::string_view parameter) const {
    const json* value = find(parameter);
    SHUWEI_ASSERT(value != nullptr);
    return value->get<bool>();
}

std::vector<std::string> Context::list(std::string_view parameter) const {
    const json* value = find(parameter);
    return value == nullptr ? std::vector<std::string>() : value->get<std::vector<std::string>>();
}

std::optional<base::Timestamp> Context::time(std::string_view parameter) const {
    const json* value = find(parameter);
    if (value == nullptr) return std::nullopt;
    return event::parse_rfc3339(value->get_ref<const std::string&>(), event::TimeZone::utc());
}

std::optional<std::string> Context::maybe_body_text(std::string_view member) const {
    const auto found = body_->find(member);
    if (found == body_->end()) return std::nullopt;
    return found->get<std::string>();
}

std::string Context::body_text(std::string_view member) const { return maybe_body_text(member).value_or(std::string()); }

std::optional<base::Timestamp> Context::body_time(std::string_view member) const {
    const auto text = maybe_body_text(member);
    if (!text) return std::nullopt;
    return event::parse_rfc3339(*text, event::TimeZone::utc());
}

}  // namespace shuwei::api
