// Accounts, roles, tenants, sessions and API tokens. Secrets are stored hashed; every change is audited in the
// transaction that makes it. Thread-safe: the API's workers share one Access, and another process
// (`shuwei token create`) may change the same ledger meanwhile.
//
// Errors everywhere: not_found, already_exists, invalid_argument (the message names the member), conflict.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/access/account.hpp"
#include "shuwei/access/tenant.hpp"
#include "shuwei/base/clock.hpp"
#include "shuwei/base/random.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/crypto/password_hasher.hpp"
#include "shuwei/ledger/ledger.hpp"
#include "shuwei/ledger/migration.hpp"

namespace shuwei::access {

ledger::MigrationSet migrations();

struct AccessPolicy {
    base::Duration session_idle = 8 * base::kHour;
    base::Duration session_longest = 24 * base::kHour;
    int failures_before_wait = 5;                    // of one account, then waiting begins
    base::Duration first_wait = 30 * base::kSecond;  // doubled with each further failure
    base::Duration longest_wait = 15 * base::kMinute;
    int failures_per_peer = 20;        // of one address over all names, within longest_wait
    size_t password_min = 10;          // characters
    size_t sessions_per_account = 20;  // beyond, the oldest ends
};

struct SignIn {
    enum class Outcome { ok, refused, wait };

    Outcome outcome = Outcome::refused;
    base::Duration retry_after = 0;      // wait
    std::string cookie;                  // ok: value for shuwei_session, shown to nobody else
    std::optional<Principal> principal;  // ok
};

struct NewAccount {
    std::string name;
    std::string display_name;  // empty: the name
    Role role = Role::client;
    bool all_tenants = false;
    std::vector<std::string> tenants;  // names; a client needs one at least
    std::string password;
};

struct AccountChange {  // absent: as it is
    std::optional<bool> disabled;
    std::optional<std::string> display_name;
    std::optional<Role> role;
    std::optional<bool> all_tenants;
    std::optional<std::vector<std::string>> tenants;
};

struct NewToken {
    std::string name;
    TokenPurpose purpose = TokenPurpose::api;
    std::optional<std::string> tenant;  // name
    std::optional<base::Timestamp> expires;
};

struct CreatedToken {
    Token token;
    std::string secret;  // "swt_..."; not kept
};

class Access {
public:
    Access(ledger::Ledger& ledger, crypto::PasswordHasher& hasher, const base::Clock& clock, base::Random& random,
           AccessPolicy policy = {});
    ~Access();
    Access(const Access&) = delete;
    Access& operator=(const Access&) = delete;

    // First start: account `admin` with a password that nothing matches, until reset_password. Safe to call always.
    base::Result<> prepare();

    // ---- signing in
    // A wrong name and a wrong password give the same answer after the same work. Blocks for one argon2 computation;
    // resource_exhausted when too many sign-ins wait.
    base::Result<SignIn> sign_in(std::string_view name, std::string_view password, const std::string& peer);
    // unauthenticated when unknown, expired, ended, or its account is disabled. Moves the idle end on.
    base::Result<Principal> authenticate_session(std::string_view cookie);
    base::Result<Principal> authenticate_token(std::string_view secret);
    base::Result<> sign_out(std::string_view cookie, const ledger::Actor& actor);
    // Whether the session or token behind a long answer (a stream) is still good.
    base::Result<bool> still_valid(const Principal& principal);

    // permission_denied when the old password is wrong. Other sessions of the account end.
    base::Result<> change_own_password(const Principal& principal, std::string_view old_password,
                                       std::string_view new_password, const std::string& peer);

    // ---- accounts
    base::Result<std::vector<Account>> accounts();  // by name
    base::Result<Account> account(std::string_view name);
    base::Result<Account> create_account(const NewAccount& account, const ledger::Actor& actor);
    // conflict when it would leave no enabled admin. Disabling ends its sessions at once.
    base::Result<Account> update_account(std::string_view name, const AccountChange& change,
                                         const ledger::Actor& actor);
    base::Result<> set_password(std::string_view name, std::string_view password, const ledger::Actor& actor);
    // Sets and returns a generated password; ends its sessions and lifts waiting after failures.
    base::Result<std::string> reset_password(std::string_view name, const ledger::Actor& actor);
    // Enabled admins and analysts who may see a tenant of `scope`, by name.
    base::Result<std::vector<Account>> assignees(const TenantScope& scope);
    // Display name for an account name; the name itself when unknown. Cached, cheap.
    std::string display_name(std::string_view name);

    // ---- tokens
    base::Result<std::vector<Token>> tokens(std::string_view account);  // newest first
    base::Result<CreatedToken> create_token(std::string_view account, const NewToken& token,
                                            const ledger::Actor& actor);
    base::Result<> revoke_token(std::string_view account, std::string_view token_id, const ledger::Actor& actor);

    // ---- tenants
    base::Result<Tenant> create_tenant(std::string_view name, std::string_view title, std::string_view zone,
                                       const ledger::Actor& actor);
    base::Result<std::vector<Tenant>> tenants(const TenantScope& scope);  // by name
    // Both read a cache that follows the ledger.
    base::Result<Tenant> tenant(std::string_view name);
    base::Result<Tenant> tenant(TenantNumber number);

    // The scope of one request: `principal`'s, narrowed to the tenant named in the query where one is. not_found when
    // that tenant is unknown or not to be seen.
    base::Result<TenantScope> narrowed(const Principal& principal, std::optional<std::string_view> tenant);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::access
