#include <fmt/format.h>

#include "state.hpp"

namespace shuwei::access {

using base::ErrorCode;
using base::Result;
using ledger::Reader;
using ledger::Row;
using ledger::Transaction;

namespace {

Result<std::vector<Account>> query_accounts(Reader& reader, std::string_view condition) {
    TRY_ASSIGN(const auto rows,
               reader.query(fmt::format("SELECT {} FROM account a{} ORDER BY a.name", kAccountColumns, condition)));
    std::vector<Account> accounts;
    for (const Row& row : rows) {
        TRY_ASSIGN(auto account, load_account(reader, row));
        accounts.push_back(std::move(account));
    }
    return accounts;
}

Result<> set_tenants(Transaction& t, int64_t account, const std::vector<std::string>& names) {
    TRY(t.execute("DELETE FROM account_tenant WHERE account = ?", {account}));
    for (const std::string& name : names) {
        auto tenant = need_tenant(t, name);
        if (!tenant) return base::fail(ErrorCode::invalid_argument, "tenants: " + tenant.error().message());
        TRY(t.execute("INSERT INTO account_tenant (account, tenant) VALUES (?, ?) ON CONFLICT DO NOTHING",
                      {account, tenant->number}));
    }
    return {};
}

// The rules that hold over an account as a whole, after a change.
Result<> check_whole(Transaction& t, const Account& account) {
    if (account.role == Role::client && !account.all_tenants && account.tenants.empty())
        return base::fail(ErrorCode::invalid_argument, "tenants: a client needs at least one");
    TRY_ASSIGN(const int64_t admins, t.query_integer("SELECT count(*) FROM account WHERE role = ? AND disabled = 0",
                                                     {static_cast<int>(Role::admin)}));
    if (admins == 0) return base::fail(ErrorCode::conflict, "the last enabled admin must stay");
    return {};
}

std::string describe(const Account& account) {
    return fmt::format(
        "role {}, {}{}", to_string(account.role),
        account.all_tenants ? std::string("all tenants") : fmt::format("{} tenants", account.tenants.size()),
        account.disabled ? ", disabled" : "");
}

}  // namespace

Result<std::vector<Account>> Access::accounts() {
    return state_->ledger.read([](Reader& reader) { return query_accounts(reader, ""); });
}

Result<Account> Access::account(std::string_view name) {
    return state_->ledger.read([&](Reader& reader) { return need_account(reader, name); });
}

Result<Account> Access::create_account(const NewAccount& wanted, const ledger::Actor& actor) {
    State& s = *state_;
    TRY(check_account_name(wanted.name));
    TRY(check_display_name(wanted.display_name));
    TRY(check_password(wanted.password, wanted.name, s.policy.password_min));
    TRY_ASSIGN(const std::string hash, s.hasher.hash(wanted.password));
    auto created = s.ledger.transaction([&](Transaction& t) -> Result<Account> {
        const bool all_tenants = wanted.all_tenants || wanted.role == Role::admin;
        auto row = t.query_one(
            "INSERT INTO account (name, display_name, role, all_tenants, password, created) VALUES (?, ?, ?, ?, ?, ?) "
            "RETURNING number",
            {wanted.name, wanted.display_name.empty() ? wanted.name : wanted.display_name,
             static_cast<int>(wanted.role), all_tenants, hash, s.clock.now()});
        if (!row) {
            if (row.error().code() == ErrorCode::already_exists)
                return base::fail(ErrorCode::already_exists, fmt::format("an account named '{}' exists", wanted.name));
            return base::fail(std::move(row).error());
        }
        if (!all_tenants) TRY(set_tenants(t, (**row).integer("number"), wanted.tenants));
        TRY_ASSIGN(Account account, need_account(t, wanted.name));
        TRY(check_whole(t, account));
        TRY(s.audit(t, actor, "create_account", fmt::format("account {}", account.name), describe(account)));
        return account;
    });
    if (created) s.forget_names();
    return created;
}

Result<Account> Access::update_account(std::string_view name, const AccountChange& change, const ledger::Actor& actor) {
    State& s = *state_;
    if (change.display_name) TRY(check_display_name(*change.display_name));
    auto updated = s.ledger.transaction([&](Transaction& t) -> Result<Account> {
        TRY_ASSIGN(const Account before, need_account(t, name));
        const Role role = change.role.value_or(before.role);
        const bool all_tenants =
            role == Role::admin || change.all_tenants.value_or(before.all_tenants && before.role == role);
        const bool disabled = change.disabled.value_or(before.disabled);
        std::string display_name = change.display_name.value_or(before.display_name);
        if (display_name.empty()) display_name = before.name;
        TRY(t.execute("UPDATE account SET role = ?, all_tenants = ?, disabled = ?, display_name = ? WHERE number = ?",
                      {static_cast<int>(role), all_tenants, disabled, display_name, before.number}));
        if (change.tenants) TRY(set_tenants(t, before.number, *change.tenants));
        TRY_ASSIGN(Account after, need_account(t, name));
        TRY(check_whole(t, after));
        if (disabled && !before.disabled) TRY(s.end_sessions(t, before.number));
        TRY(s.audit(t, actor, "update_account", fmt::format("account {}", name),
                    fmt::format("{} -> {}", describe(before), describe(after))));
        return after;
    });
    if (updated) s.forget_names();
    return updated;
}

Result<> Access::set_password(std::string_view name, std::string_view password, const ledger::Actor& actor) {
    State& s = *state_;
    TRY(check_password(password, name, s.policy.password_min));
    TRY_ASSIGN(const std::string hash, s.hasher.hash(password));
    return s.ledger.transaction([&](Transaction& t) -> Result<> {
        TRY_ASSIGN(const Account account, need_account(t, name));
        TRY(t.execute("UPDATE account SET password = ? WHERE number = ?", {hash, account.number}));
        TRY(t.execute("DELETE FROM sign_in_failure WHERE subject = ?", {"name:" + account.name}));
        TRY(s.end_sessions(t, account.number));
        return s.audit(t, actor, "reset_account_password", fmt::format("account {}", name));
    });
}

Result<std::string> Access::reset_password(std::string_view name, const ledger::Actor& actor) {
    State& s = *state_;
    std::string password;
    do password = s.random.password(20);
    while (!check_password(password, name, s.policy.password_min));
    TRY(set_password(name, password, actor));
    return password;
}

Result<std::vector<Account>> Access::assignees(const TenantScope& scope) {
    TRY_ASSIGN(std::vector<Account> people, state_->ledger.read([](Reader& reader) {
        return query_accounts(reader,
                              fmt::format(" WHERE a.disabled = 0 AND a.role <> {}", static_cast<int>(Role::client)));
    }));
    std::erase_if(people, [&](const Account& account) {
        if (account.all_tenants) return false;
        if (scope.sees_every_tenant()) return account.tenants.empty();
        for (const TenantNumber tenant : account.tenants)
            if (scope.contains(tenant)) return false;
        return true;
    });
    return people;
}

std::string Access::display_name(std::string_view name) {
    State& s = *state_;
    const std::scoped_lock lock(s.names_mutex);
    if (!s.read_names()) return std::string(name);
    const auto found = s.names.display_names.find(name);
    return found == s.names.display_names.end() ? std::string(name) : found->second;
}

}  // namespace shuwei::access
