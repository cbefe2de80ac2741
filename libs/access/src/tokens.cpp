#include <fmt/format.h>

#include "shuwei/base/log.hpp"
#include "shuwei/crypto/digest.hpp"
#include "state.hpp"

namespace shuwei::access {

using base::ErrorCode;
using base::Result;
using ledger::Reader;
using ledger::Row;
using ledger::Transaction;

namespace {

constexpr std::string_view kPrefix = "swt_";
constexpr size_t kIdBytes = 6;
constexpr size_t kSecretBytes = 24;
constexpr base::Duration kTouchEvery = base::kMinute;
constexpr int64_t kTokensPerAccount = 1000;

Token token_of(const Row& row) {
    Token token;
    token.id = row.text("id");
    token.name = row.text("token_name");
    token.purpose = static_cast<TokenPurpose>(row.integer("purpose"));
    if (const auto tenant = row.maybe_integer("tenant")) token.tenant = static_cast<TenantNumber>(*tenant);
    token.created = row.integer("token_created");
    token.expires = row.maybe_integer("expires");
    token.last_used = row.maybe_integer("last_used");
    token.revoked = row.boolean("revoked");
    return token;
}

constexpr std::string_view kTokenColumns =
    "t.id AS id, t.name AS token_name, t.purpose AS purpose, t.tenant AS tenant, t.created AS token_created, "
    "t.expires AS expires, t.last_used AS last_used, t.revoked AS revoked";

}  // namespace

Result<std::vector<Token>> Access::tokens(std::string_view account_name) {
    return state_->ledger.read([&](Reader& reader) -> Result<std::vector<Token>> {
        TRY_ASSIGN(const Account account, need_account(reader, account_name));
        std::vector<Token> tokens;
        TRY(reader.for_each(
            fmt::format("SELECT {} FROM token t WHERE t.account = ? ORDER BY t.created DESC, t.id", kTokenColumns),
            {account.number}, [&](const Row& row) -> Result<> {
                tokens.push_back(token_of(row));
                return {};
            }));
        return tokens;
    });
}

Result<CreatedToken> Access::create_token(std::string_view account_name, const NewToken& wanted,
                                          const ledger::Actor& actor) {
    State& s = *state_;
    if (wanted.name.empty() || wanted.name.size() > 512)
        return base::fail(ErrorCode::invalid_argument, "name: 1 to 128 characters, saying what the token is for");
    CreatedToken created;
    Token& token = created.token;
    token.id = s.random.hex(kIdBytes);
    token.name = wanted.name;
    token.purpose = wanted.purpose;
    token.created = s.clock.now();
    token.expires = wanted.expires;
    if (token.expires && *token.expires <= token.created)
        return base::fail(ErrorCode::invalid_argument, "expires: lies in the past");
    created.secret = fmt::format("{}{}_{}", kPrefix, token.id, s.random.hex(kSecretBytes));
    return s.ledger.transaction([&](Transaction& t) -> Result<CreatedToken> {
        TRY_ASSIGN(const Account account, need_account(t, account_name));
        if (account.disabled) return base::fail(ErrorCode::conflict, "the account is disabled");
        if (wanted.tenant) {
            const auto tenant = need_tenant(t, *wanted.tenant);
            if (!tenant) return base::fail(ErrorCode::invalid_argument, "tenant: " + tenant.error().message());
            if (!account.scope().contains(tenant->number))
                return base::fail(ErrorCode::invalid_argument, "tenant: the account may not see it");
            token.tenant = tenant->number;
        }
        TRY_ASSIGN(const int64_t live,
                   t.query_integer("SELECT count(*) FROM token WHERE account = ? AND revoked = 0", {account.number}));
        if (live >= kTokensPerAccount)
            return base::fail(ErrorCode::resource_exhausted, "the account has too many tokens; revoke some");
        TRY(
            t.execute("INSERT INTO token (id, account, name, purpose, tenant, secret_sm3, created, expires) "
                      "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                      {token.id, account.number, token.name, static_cast<int>(token.purpose), token.tenant,
                       crypto::to_hex(crypto::sm3(created.secret)), token.created, token.expires}));
        TRY(s.audit(t, actor, "create_token", fmt::format("token {} of account {}", token.id, account.name),
                    fmt::format("{}: {}", to_string(token.purpose), token.name), token.tenant.value_or(0)));
        return created;
    });
}

Result<> Access::revoke_token(std::string_view account_name, std::string_view token_id, const ledger::Actor& actor) {
    State& s = *state_;
    return s.ledger.transaction([&](Transaction& t) -> Result<> {
        TRY_ASSIGN(const Account account, need_account(t, account_name));
        TRY_ASSIGN(const int64_t found,
                   t.execute("UPDATE token SET revoked = 1 WHERE id = ? AND account = ?", {token_id, account.number}));
        if (found == 0)
            return base::fail(ErrorCode::not_found,
                              fmt::format("no token '{}' of account '{}'", token_id, account_name));
        return s.audit(t, actor, "revoke_token", fmt::format("token {} of account {}", token_id, account.name));
    });
}

Result<Principal> Access::authenticate_token(std::string_view secret) {
    State& s = *state_;
    const auto unknown = [] {
        return base::fail(ErrorCode::unauthenticated, "the token is unknown, revoked or expired");
    };
    constexpr size_t kLength = kPrefix.size() + 2 * kIdBytes + 1 + 2 * kSecretBytes;
    if (secret.size() != kLength || !secret.starts_with(kPrefix)) return unknown();
    const std::string_view id = secret.substr(kPrefix.size(), 2 * kIdBytes);
    const base::Timestamp now = s.clock.now();
    std::optional<base::Timestamp> last_used;
    TRY_ASSIGN(Principal principal, s.ledger.read([&](Reader& reader) -> Result<Principal> {
        TRY_ASSIGN(const auto row,
                   reader.query_one(fmt::format("SELECT {}, {}, t.secret_sm3 AS secret_sm3 FROM token t "
                                                "JOIN account a ON a.number = t.account WHERE t.id = ?",
                                                kTokenColumns, kAccountColumns),
                                    {id}));
        if (!row || !crypto::constant_time_equal(row->text("secret_sm3"), crypto::to_hex(crypto::sm3(secret))))
            return unknown();
        const Token token = token_of(*row);
        if (token.revoked || row->boolean("disabled") || (token.expires && *token.expires <= now)) return unknown();
        last_used = token.last_used;
        Principal p;
        TRY_ASSIGN(p.account, load_account(reader, *row));
        p.scope = scope_of(p.account, token.tenant);
        p.ingest_tenant = ingest_tenant_of(p.account, token.tenant);
        p.via = Principal::Via::token;
        p.credential_id = token.id;
        p.purpose = token.purpose;
        p.expires = token.expires.value_or(0);
        return p;
    }));
    if (!last_used || now - *last_used >= kTouchEvery) {
        const auto touched = s.ledger.transaction([&](Transaction& t) {
            return t.execute("UPDATE token SET last_used = ? WHERE id = ?", {now, id});
        });
        if (!touched) base::log::warning("a token's use was not recorded", {{"error", touched.error().to_string()}});
    }
    return principal;
}

}  // namespace shuwei::access
