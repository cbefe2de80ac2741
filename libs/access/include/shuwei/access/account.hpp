// People and programs that may sign in, what they may see, and who is acting now. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shuwei/access/tenant.hpp"
#include "shuwei/base/clock.hpp"
#include "shuwei/ledger/actor.hpp"

namespace shuwei::access {

enum class Role { admin, analyst, client };
std::string_view to_string(Role role);
std::optional<Role> role_from(std::string_view name);

struct Account {
    int64_t number = 0;
    std::string name;  // ^[a-z][a-z0-9._-]{0,63}$
    std::string display_name;
    Role role = Role::client;
    bool all_tenants = false;           // always so for an admin
    std::vector<TenantNumber> tenants;  // when not all_tenants
    bool disabled = false;
    base::Timestamp created = 0;
    std::optional<base::Timestamp> last_login;

    TenantScope scope() const { return all_tenants ? TenantScope::every_tenant() : TenantScope::only(tenants); }
};

enum class TokenPurpose {
    api,     // all that the account may do
    ingest,  // sending events alone
};
std::string_view to_string(TokenPurpose purpose);
std::optional<TokenPurpose> token_purpose_from(std::string_view name);

struct Token {
    std::string id;    // public part: 12 hex characters
    std::string name;  // what it is for
    TokenPurpose purpose = TokenPurpose::api;
    std::optional<TenantNumber> tenant;  // where sent events go, and all that it sees
    base::Timestamp created = 0;
    std::optional<base::Timestamp> expires;
    std::optional<base::Timestamp> last_used;
    bool revoked = false;
};

// Who calls, as authenticated for one request.
struct Principal {
    enum class Via { session, token, local };

    Account account;
    TenantScope scope = TenantScope::only(std::vector<TenantNumber>{});  // the account's, narrowed by a token's tenant
    Via via = Via::session;
    std::string credential_id;                  // of the session (hashed) or the token; to end streams with it
    TokenPurpose purpose = TokenPurpose::api;   // of a token
    std::optional<TenantNumber> ingest_tenant;  // where sent events go: the token's, the account's only one, or none
    std::string csrf_token;                     // session: what X-CSRF-Token must be (crypto::constant_time_equal)
    base::Timestamp expires = 0;                // session: when nothing is done before

    ledger::Actor actor(std::string peer) const { return ledger::Actor::person(account.name, std::move(peer)); }
};

}  // namespace shuwei::access
