#include "state.hpp"

#include <fmt/format.h>

#include "shuwei/ledger/where.hpp"

namespace shuwei::access {

using base::ErrorCode;
using base::Result;

namespace {
// Another process may add a tenant or rename a person; a page shows it this much later at most.
constexpr base::Duration kNamesKept = 10 * base::kSecond;
}  // namespace

Access::Access(ledger::Ledger& ledger, crypto::PasswordHasher& hasher, const base::Clock& clock, base::Random& random,
               AccessPolicy policy)
    : state_(std::make_unique<State>(ledger, hasher, clock, random, policy)) {}
Access::~Access() = default;

Result<> Access::prepare() {
    State& s = *state_;
    return s.ledger.transaction([&](ledger::Transaction& t) -> Result<> {
        TRY(t.execute("UPDATE tenant SET created = ? WHERE number = 1 AND created = 0", {s.clock.now()}));
        TRY_ASSIGN(const int64_t accounts, t.query_integer("SELECT count(*) FROM account"));
        if (accounts > 0) return {};
        TRY(
            t.execute("INSERT INTO account (name, display_name, role, all_tenants, password, created) "
                      "VALUES ('admin', '管理员', ?, 1, ?, ?)",
                      {static_cast<int>(Role::admin), kUnusablePassword, s.clock.now()}));
        return s.audit(t, ledger::Actor::system("setup"), "create_account", "account admin", "first start");
    });
}

Result<std::string> Access::State::decoy() {
    const std::scoped_lock lock(decoy_mutex);
    if (decoy_hash.empty()) {
        TRY_ASSIGN(decoy_hash, hasher.hash(random.hex(16)));
    }
    return decoy_hash;
}

Result<> Access::State::audit(ledger::Transaction& transaction, const ledger::Actor& actor, std::string_view action,
                              std::string object, std::string detail, TenantNumber tenant) const {
    TRY(ledger.audit().append(
        transaction, actor,
        {.action = std::string(action), .object = std::move(object), .detail = std::move(detail), .tenant = tenant}));
    return {};
}

Result<> Access::State::end_sessions(ledger::Transaction& transaction, int64_t account,
                                     std::string_view except_id) const {
    TRY(transaction.execute("DELETE FROM session WHERE account = ? AND id <> ?", {account, except_id}));
    return {};
}

Result<> Access::State::read_names() {
    if (!names.stale && base::monotonic_now() - names.read_at < kNamesKept) return {};
    Names fresh;
    auto done = ledger.read([&](ledger::Reader& reader) -> Result<> {
        TRY(reader.for_each("SELECT number, name, title, zone, created FROM tenant", {},
                            [&](const ledger::Row& row) -> Result<> {
                                Tenant tenant{static_cast<TenantNumber>(row.integer("number")), row.text("name"),
                                              row.text("title"), row.text("zone"), row.integer("created")};
                                fresh.tenant_names[tenant.number] = tenant.name;
                                fresh.tenants[tenant.name] = std::move(tenant);
                                return {};
                            }));
        return reader.for_each("SELECT name, display_name FROM account", {}, [&](const ledger::Row& row) -> Result<> {
            fresh.display_names[row.text("name")] = row.text("display_name");
            return {};
        });
    });
    if (!done) return base::fail(std::move(done).error());
    fresh.read_at = base::monotonic_now();
    fresh.stale = false;
    names = std::move(fresh);
    return {};
}

void Access::State::forget_names() {
    const std::scoped_lock lock(names_mutex);
    names.stale = true;
}

Result<Account> load_account(ledger::Reader& reader, const ledger::Row& row) {
    Account account;
    account.number = row.integer("number");
    account.name = row.text("name");
    account.display_name = row.text("display_name");
    account.role = static_cast<Role>(row.integer("role"));
    account.all_tenants = row.boolean("all_tenants");
    account.disabled = row.boolean("disabled");
    account.created = row.integer("created");
    account.last_login = row.maybe_integer("last_login");
    if (!account.all_tenants) {
        TRY(reader.for_each("SELECT tenant FROM account_tenant WHERE account = ? ORDER BY tenant", {account.number},
                            [&](const ledger::Row& tenant) -> Result<> {
                                account.tenants.push_back(static_cast<TenantNumber>(tenant.integer("tenant")));
                                return {};
                            }));
    }
    return account;
}

Result<std::optional<Account>> find_account(ledger::Reader& reader, std::string_view name) {
    TRY_ASSIGN(const auto row,
               reader.query_one(fmt::format("SELECT {} FROM account a WHERE a.name = ?", kAccountColumns), {name}));
    if (!row) return std::optional<Account>();
    TRY_ASSIGN(auto account, load_account(reader, *row));
    return std::optional<Account>(std::move(account));
}

Result<Account> need_account(ledger::Reader& reader, std::string_view name) {
    TRY_ASSIGN(auto account, find_account(reader, name));
    if (!account) return base::fail(ErrorCode::not_found, fmt::format("no account named '{}'", name));
    return std::move(*account);
}

Result<Tenant> need_tenant(ledger::Reader& reader, std::string_view name) {
    TRY_ASSIGN(const auto row,
               reader.query_one("SELECT number, name, title, zone, created FROM tenant WHERE name = ?", {name}));
    if (!row) return base::fail(ErrorCode::not_found, fmt::format("no tenant named '{}'", name));
    return Tenant{static_cast<TenantNumber>(row->integer("number")), row->text("name"), row->text("title"),
                  row->text("zone"), row->integer("created")};
}

TenantScope scope_of(const Account& account, std::optional<TenantNumber> of_token) {
    const TenantScope whole = account.scope();
    if (!of_token) return whole;
    return whole.contains(*of_token) ? TenantScope::only(*of_token) : TenantScope::only(std::vector<TenantNumber>{});
}

std::optional<TenantNumber> ingest_tenant_of(const Account& account, std::optional<TenantNumber> of_token) {
    const TenantScope scope = account.scope();
    if (of_token) return scope.contains(*of_token) ? of_token : std::nullopt;
    if (!account.all_tenants && account.tenants.size() == 1) return account.tenants.front();
    return scope.contains(kDefaultTenant) ? std::optional(kDefaultTenant) : std::nullopt;
}

}  // namespace shuwei::access
