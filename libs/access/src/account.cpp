#include "shuwei/access/account.hpp"

#include <array>
#include <utility>

namespace shuwei::access {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 3> kRoles{
    {{Role::admin, "admin"}, {Role::analyst, "analyst"}, {Role::client, "client"}}};
constexpr std::array<std::pair<TokenPurpose, std::string_view>, 2> kPurposes{
    {{TokenPurpose::api, "api"}, {TokenPurpose::ingest, "ingest"}}};

}  // namespace

std::string_view to_string(Role role) { return kRoles[static_cast<size_t>(role)].second; }

std::optional<Role> role_from(std::string_view name) {
    for (const auto& [role, role_name] : kRoles)
        if (role_name == name) return role;
    return std::nullopt;
}

std::string_view to_string(TokenPurpose purpose) { return kPurposes[static_cast<size_t>(purpose)].second; }

std::optional<TokenPurpose> token_purpose_from(std::string_view name) {
    for (const auto& [purpose, purpose_name] : kPurposes)
        if (purpose_name == name) return purpose;
    return std::nullopt;
}

}  // namespace shuwei::access
