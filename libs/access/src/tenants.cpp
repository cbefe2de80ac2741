#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "shuwei/base/text.hpp"
#include "shuwei/ledger/where.hpp"
#include "state.hpp"

namespace shuwei::access {

using base::ErrorCode;
using base::Result;
using ledger::Reader;
using ledger::Row;
using ledger::Transaction;

namespace {

constexpr std::string_view kDefaultZone = "Asia/Shanghai";

Result<> check_tenant_name(std::string_view name) {
    const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto rest = [&](char c) { return lower(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
    if (name.empty() || name.size() > 64 || !lower(name.front()) || !std::all_of(name.begin(), name.end(), rest))
        return base::fail(ErrorCode::invalid_argument,
                          "name: 1 to 64 of a-z, 0-9, '_' and '-', beginning with a letter");
    return {};
}

Result<> check_zone(std::string_view zone) {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
               c == '-' || c == '+';
    };
    const std::filesystem::path known = "/usr/share/zoneinfo";
    std::error_code error;
    if (zone.size() > 64 || zone.starts_with('/') || !std::all_of(zone.begin(), zone.end(), allowed) ||
        (std::filesystem::exists(known, error) && !std::filesystem::is_regular_file(known / zone, error)))
        return base::fail(ErrorCode::invalid_argument,
                          fmt::format("zone: '{}' is not a zone like Asia/Shanghai", zone));
    return {};
}

}  // namespace

Result<Tenant> Access::create_tenant(std::string_view name, std::string_view title, std::string_view zone,
                                     const ledger::Actor& actor) {
    State& s = *state_;
    TRY(check_tenant_name(name));
    if (base::trim(title).empty() || title.size() > 512 || !base::is_valid_utf8(title))
        return base::fail(ErrorCode::invalid_argument, "display_name: 1 to 128 characters");
    if (zone.empty()) zone = kDefaultZone;
    TRY(check_zone(zone));
    auto created = s.ledger.transaction([&](Transaction& t) -> Result<Tenant> {
        auto done = t.execute("INSERT INTO tenant (name, title, zone, created) VALUES (?, ?, ?, ?)",
                              {name, title, zone, s.clock.now()});
        if (!done) {
            if (done.error().code() == ErrorCode::already_exists)
                return base::fail(ErrorCode::already_exists, fmt::format("a tenant named '{}' exists", name));
            return base::fail(std::move(done).error());
        }
        TRY_ASSIGN(Tenant tenant, need_tenant(t, name));
        TRY(s.audit(t, actor, "create_tenant", fmt::format("tenant {}", name), std::string(title), tenant.number));
        return tenant;
    });
    if (created) s.forget_names();
    return created;
}

Result<std::vector<Tenant>> Access::tenants(const TenantScope& scope) {
    return state_->ledger.read([&](Reader& reader) -> Result<std::vector<Tenant>> {
        const ledger::Where where(scope, "number");
        std::vector<Tenant> tenants;
        TRY(reader.for_each("SELECT number, name, title, zone, created FROM tenant" + where.sql() + " ORDER BY name",
                            where.values(), [&](const Row& row) -> Result<> {
                                tenants.push_back({static_cast<TenantNumber>(row.integer("number")), row.text("name"),
                                                   row.text("title"), row.text("zone"), row.integer("created")});
                                return {};
                            }));
        return tenants;
    });
}

Result<Tenant> Access::tenant(std::string_view name) {
    State& s = *state_;
    const std::scoped_lock lock(s.names_mutex);
    for (int attempt = 0; attempt < 2; ++attempt) {
        TRY(s.read_names());
        if (const auto found = s.names.tenants.find(name); found != s.names.tenants.end()) return found->second;
        // Another process may have just made it; unknown names are asked for by people, so this stays rare.
        s.names.stale = true;
    }
    return base::fail(ErrorCode::not_found, fmt::format("no tenant named '{}'", name));
}

Result<Tenant> Access::tenant(TenantNumber number) {
    State& s = *state_;
    const std::scoped_lock lock(s.names_mutex);
    for (int attempt = 0; attempt < 2; ++attempt) {
        TRY(s.read_names());
        if (const auto found = s.names.tenant_names.find(number); found != s.names.tenant_names.end())
            return s.names.tenants.at(found->second);
        s.names.stale = true;
    }
    return base::fail(ErrorCode::not_found, fmt::format("no tenant number {}", number));
}

Result<TenantScope> Access::narrowed(const Principal& principal, std::optional<std::string_view> name) {
    if (!name) return principal.scope;
    TRY_ASSIGN(const Tenant found, tenant(*name));
    if (!principal.scope.contains(found.number))
        return base::fail(ErrorCode::not_found, fmt::format("no tenant named '{}'", *name));
    return TenantScope::only(found.number);
}

}  // namespace shuwei::access
