// What the parts of Access share.
#pragma once

#include <map>
#include <mutex>

#include "shuwei/access/access.hpp"

namespace shuwei::access {

// A password that no computation gives.
constexpr std::string_view kUnusablePassword = "!";

struct Access::State {
    State(ledger::Ledger& its_ledger, crypto::PasswordHasher& its_hasher, const base::Clock& its_clock,
          base::Random& its_random, AccessPolicy its_policy)
        : ledger(its_ledger), hasher(its_hasher), clock(its_clock), random(its_random), policy(its_policy) {}

    ledger::Ledger& ledger;
    crypto::PasswordHasher& hasher;
    const base::Clock& clock;
    base::Random& random;
    AccessPolicy policy;

    // A hash to compare with where there is no account, made once so that the answer takes as long.
    base::Result<std::string> decoy();

    base::Result<> audit(ledger::Transaction& transaction, const ledger::Actor& actor, std::string_view action,
                         std::string object, std::string detail = {}, TenantNumber tenant = 0) const;
    base::Result<> end_sessions(ledger::Transaction& transaction, int64_t account,
                                std::string_view except_id = {}) const;

    std::mutex decoy_mutex;
    std::string decoy_hash;

    // Names of tenants and people, read again when asked for one that is not there or when old.
    struct Names {
        std::map<std::string, Tenant, std::less<>> tenants;
        std::map<TenantNumber, std::string> tenant_names;
        std::map<std::string, std::string, std::less<>> display_names;
        base::Duration read_at = 0;  // monotonic
        bool stale = true;
    };
    std::mutex names_mutex;
    Names names;
    // The names as they are in the ledger now, with names_mutex held.
    base::Result<> read_names();
    void forget_names();
};

// ---- rows
base::Result<Account> load_account(ledger::Reader& reader, const ledger::Row& row);
base::Result<std::optional<Account>> find_account(ledger::Reader& reader, std::string_view name);
// not_found: "account: no such account 'x'".
base::Result<Account> need_account(ledger::Reader& reader, std::string_view name);
base::Result<Tenant> need_tenant(ledger::Reader& reader, std::string_view name);
constexpr std::string_view kAccountColumns =
    "a.number AS number, a.name AS name, a.display_name AS display_name, a.role AS role, "
    "a.all_tenants AS all_tenants, a.disabled AS disabled, a.created AS created, a.last_login AS last_login";

// ---- rules
// invalid_argument naming the member.
base::Result<> check_account_name(std::string_view name);
base::Result<> check_display_name(std::string_view name);
base::Result<> check_password(std::string_view password, std::string_view account_name, size_t least);

std::optional<TenantNumber> ingest_tenant_of(const Account& account, std::optional<TenantNumber> of_token);
TenantScope scope_of(const Account& account, std::optional<TenantNumber> of_token);

}  // namespace shuwei::access
