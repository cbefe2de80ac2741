// Signing in and out, sessions, and who is behind a request.
#include <fmt/format.h>

#include <algorithm>

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

// A session's or token's last use is written this often at most.
constexpr base::Duration kTouchEvery = base::kMinute;
// Failures are forgotten after a day; and the table is bounded whatever names are tried.
constexpr base::Duration kFailureKept = base::kDay;
constexpr int64_t kFailuresKept = 20'000;
constexpr size_t kCookieBytes = 32;

std::string stored_id(std::string_view cookie) { return crypto::to_hex(crypto::sm3(cookie)); }

std::string csrf_token_of(std::string_view cookie) {
    return crypto::to_hex(crypto::hmac_sm3(cookie, "shuwei csrf token"));
}

tl::unexpected<base::Error> unauthenticated() {
    return base::fail(ErrorCode::unauthenticated, "sign in first: the session or token is unknown or has ended");
}

std::string name_subject(std::string_view name) { return "name:" + std::string(name.substr(0, 64)); }
std::string peer_subject(std::string_view peer) { return "peer:" + std::string(peer.substr(0, 64)); }

// How much longer sign-ins of this name or from this peer must wait; 0: they need not.
Result<base::Duration> waiting(Reader& reader, std::string_view name, std::string_view peer, base::Timestamp now) {
    TRY_ASSIGN(const int64_t until,
               reader.query_integer("SELECT coalesce(max(wait_until), 0) FROM sign_in_failure WHERE subject IN (?, ?)",
                                    {name_subject(name), peer_subject(peer)}));
    return std::max<base::Duration>(0, until - now);
}

Result<> count_failure(Transaction& t, const std::string& subject, int free_failures, const AccessPolicy& policy,
                       base::Duration kept, base::Timestamp now) {
    TRY_ASSIGN(const auto row, t.query_one("SELECT failures, last FROM sign_in_failure WHERE subject = ?", {subject}));
    const bool counts = row && now - row->integer("last") < kept;
    const int64_t failures = counts ? row->integer("failures") + 1 : 1;
    base::Duration wait = 0;
    if (failures >= free_failures) {
        const int64_t doublings = std::min<int64_t>(failures - free_failures, 20);
        wait = std::min(policy.longest_wait, policy.first_wait << doublings);
    }
    TRY(
        t.execute("INSERT INTO sign_in_failure (subject, failures, last, wait_until) VALUES (?, ?, ?, ?) "
                  "ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, last = excluded.last, "
                  "wait_until = excluded.wait_until",
                  {subject, failures, now, wait == 0 ? 0 : now + wait}));
    TRY(t.execute("DELETE FROM sign_in_failure WHERE last < ?", {now - kFailureKept}));
    TRY(
        t.execute("DELETE FROM sign_in_failure WHERE subject IN (SELECT subject FROM sign_in_failure "
                  "ORDER BY last DESC LIMIT -1 OFFSET ?)",
                  {kFailuresKept}));
    return {};
}

}  // namespace

Result<SignIn> Access::sign_in(std::string_view name, std::string_view password, const std::string& peer) {
    State& s = *state_;
    struct Found {
        std::optional<Account> account;
        std::string password;
        base::Duration wait = 0;
    };
    TRY_ASSIGN(const Found found, s.ledger.read([&](Reader& reader) -> Result<Found> {
        Found f;
        TRY_ASSIGN(f.wait, waiting(reader, name, peer, s.clock.now()));
        TRY_ASSIGN(f.account, find_account(reader, name));
        if (f.account) {
            TRY_ASSIGN(const auto row,
                       reader.query_one("SELECT password FROM account WHERE number = ?", {f.account->number}));
            f.password = row->text("password");
        }
        return f;
    }));
    SignIn answer;
    if (found.wait > 0) {
        answer.outcome = SignIn::Outcome::wait;
        answer.retry_after = found.wait;
        return answer;
    }

    // The same work whether or not there is such an account with a usable password.
    const bool usable = found.account && found.password != kUnusablePassword;
    TRY_ASSIGN(const std::string decoy, s.decoy());
    TRY_ASSIGN(const bool matches, s.hasher.verify(usable ? found.password : decoy, password));
    const bool good = matches && usable && !found.account->disabled;
    std::optional<std::string> rehashed;
    if (good && s.hasher.needs_rehash(found.password)) {
        TRY_ASSIGN(rehashed, s.hasher.hash(password));
    }

    const std::string cookie = s.random.hex(kCookieBytes);
    const std::string object = fmt::format("account {}", name.substr(0, 64));
    return s.ledger.transaction([&](Transaction& t) -> Result<SignIn> {
        const base::Timestamp now = s.clock.now();
        const ledger::Actor actor = ledger::Actor::person(std::string(name.substr(0, 64)), peer);
        // Attempts that were computed side by side do not slip past the limit together.
        TRY_ASSIGN(const base::Duration wait, waiting(t, name, peer, now));
        if (!good || wait > 0) {
            if (!good) {
                TRY(count_failure(t, name_subject(name), s.policy.failures_before_wait, s.policy, kFailureKept, now));
                TRY(count_failure(t, peer_subject(peer), s.policy.failures_per_peer, s.policy, s.policy.longest_wait,
                                  now));
            }
            const char* why = !found.account            ? "no such account"
                              : found.account->disabled ? "account disabled"
                              : !good                   ? "wrong password"
                                                        : "too many failures before";
            TRY(s.ledger.audit().append(
                t, actor, {.action = "login", .object = object, .detail = why, .result = ledger::AuditResult::denied}));
            SignIn refused;
            refused.outcome = wait > 0 ? SignIn::Outcome::wait : SignIn::Outcome::refused;
            refused.retry_after = wait;
            return refused;
        }
        // The account may have changed while the password was computed.
        TRY_ASSIGN(const auto current,
                   t.query_one("SELECT password, disabled FROM account WHERE number = ?", {found.account->number}));
        if (!current || current->boolean("disabled") || current->text("password") != found.password) return SignIn{};

        // Not the address: one good account must not let it try others without end.
        TRY(t.execute("DELETE FROM sign_in_failure WHERE subject = ?", {name_subject(name)}));
        TRY(t.execute("UPDATE account SET last_login = ?, password = ? WHERE number = ?",
                      {now, rehashed.value_or(found.password), found.account->number}));
        TRY(t.execute("DELETE FROM session WHERE created < ? OR last_used < ?",
                      {now - s.policy.session_longest, now - s.policy.session_idle}));
        TRY(
            t.execute("DELETE FROM session WHERE id IN (SELECT id FROM session WHERE account = ? "
                      "ORDER BY created DESC LIMIT -1 OFFSET ?)",
                      {found.account->number, s.policy.sessions_per_account - 1}));
        TRY(t.execute("INSERT INTO session (id, account, peer, created, last_used) VALUES (?, ?, ?, ?, ?)",
                      {stored_id(cookie), found.account->number, peer, now, now}));
        TRY(s.audit(t, actor, "login", object));

        SignIn signed_in;
        signed_in.outcome = SignIn::Outcome::ok;
        signed_in.cookie = cookie;
        Principal principal;
        principal.account = *found.account;
        principal.account.last_login = now;
        principal.scope = principal.account.scope();
        principal.ingest_tenant = ingest_tenant_of(principal.account, std::nullopt);
        principal.via = Principal::Via::session;
        principal.credential_id = stored_id(cookie);
        principal.csrf_token = csrf_token_of(cookie);
        principal.expires = now + std::min(s.policy.session_idle, s.policy.session_longest);
        signed_in.principal = std::move(principal);
        return signed_in;
    });
}

Result<Principal> Access::authenticate_session(std::string_view cookie) {
    State& s = *state_;
    if (cookie.size() != 2 * kCookieBytes) return unauthenticated();
    const std::string id = stored_id(cookie);
    const base::Timestamp now = s.clock.now();
    base::Timestamp last_used = 0;
    TRY_ASSIGN(Principal principal, s.ledger.read([&](Reader& reader) -> Result<Principal> {
        TRY_ASSIGN(const auto row,
                   reader.query_one(fmt::format("SELECT {}, s.created AS session_created, s.last_used AS session_used "
                                                "FROM session s JOIN account a ON a.number = s.account WHERE s.id = ?",
                                                kAccountColumns),
                                    {id}));
        if (!row || row->boolean("disabled")) return unauthenticated();
        const base::Timestamp longest = row->integer("session_created") + s.policy.session_longest;
        last_used = row->integer("session_used");
        if (now >= longest || now - last_used >= s.policy.session_idle) return unauthenticated();
        Principal p;
        TRY_ASSIGN(p.account, load_account(reader, *row));
        p.expires = std::min(longest, now + s.policy.session_idle);
        return p;
    }));
    principal.scope = principal.account.scope();
    principal.ingest_tenant = ingest_tenant_of(principal.account, std::nullopt);
    principal.via = Principal::Via::session;
    principal.credential_id = id;
    principal.csrf_token = csrf_token_of(cookie);
    if (now - last_used >= kTouchEvery) {
        const auto touched = s.ledger.transaction([&](Transaction& t) {
            return t.execute("UPDATE session SET last_used = ? WHERE id = ? AND last_used < ?", {now, id, now});
        });
        // A full disk must not sign people out.
        if (!touched) base::log::warning("a session's use was not recorded", {{"error", touched.error().to_string()}});
    }
    return principal;
}

Result<> Access::sign_out(std::string_view cookie, const ledger::Actor& actor) {
    State& s = *state_;
    return s.ledger.transaction([&](Transaction& t) -> Result<> {
        TRY_ASSIGN(const int64_t ended, t.execute("DELETE FROM session WHERE id = ?", {stored_id(cookie)}));
        if (ended == 0) return {};
        return s.audit(t, actor, "logout", fmt::format("account {}", actor.name));
    });
}

Result<bool> Access::still_valid(const Principal& principal) {
    State& s = *state_;
    return s.ledger.read([&](Reader& reader) -> Result<bool> {
        const base::Timestamp now = s.clock.now();
        if (principal.via == Principal::Via::local) return true;
        std::optional<Row> row;
        if (principal.via == Principal::Via::session) {
            TRY_ASSIGN(row,
                       reader.query_one(
                           fmt::format("SELECT {} FROM session s JOIN account a ON a.number = s.account "
                                       "WHERE s.id = ? AND s.created > ? AND s.last_used > ?",
                                       kAccountColumns),
                           {principal.credential_id, now - s.policy.session_longest, now - s.policy.session_idle}));
        } else {
            TRY_ASSIGN(row,
                       reader.query_one(fmt::format("SELECT {} FROM token t JOIN account a ON a.number = t.account "
                                                    "WHERE t.id = ? AND t.revoked = 0 AND "
                                                    "(t.expires IS NULL OR t.expires > ?)",
                                                    kAccountColumns),
                                        {principal.credential_id, now}));
        }
        if (!row || row->boolean("disabled")) return false;
        TRY_ASSIGN(const Account account, load_account(reader, *row));
        return account.role == principal.account.role && account.all_tenants == principal.account.all_tenants &&
               account.tenants == principal.account.tenants;
    });
}

Result<> Access::change_own_password(const Principal& principal, std::string_view old_password,
                                     std::string_view new_password, const std::string& peer) {
    State& s = *state_;
    TRY(check_password(new_password, principal.account.name, s.policy.password_min));
    TRY_ASSIGN(const base::Duration wait, s.ledger.read([&](Reader& reader) {
        return waiting(reader, principal.account.name, peer, s.clock.now());
    }));
    if (wait > 0) return base::fail(ErrorCode::resource_exhausted, "too many wrong passwords; try again later");
    TRY_ASSIGN(const auto row, s.ledger.read([&](Reader& reader) {
        return reader.query_one("SELECT password FROM account WHERE number = ?", {principal.account.number});
    }));
    if (!row || row->text("password") == kUnusablePassword) return unauthenticated();
    TRY_ASSIGN(const bool matches, s.hasher.verify(row->text("password"), old_password));
    const ledger::Actor actor = principal.actor(peer);
    const std::string object = fmt::format("account {}", principal.account.name);
    if (!matches) {
        auto counted = s.ledger.transaction([&](Transaction& t) -> Result<> {
            TRY(count_failure(t, name_subject(principal.account.name), s.policy.failures_before_wait, s.policy,
                              kFailureKept, s.clock.now()));
            TRY(s.ledger.audit().append(t, actor,
                                        {.action = "change_own_password",
                                         .object = object,
                                         .detail = "wrong old password",
                                         .result = ledger::AuditResult::denied}));
            return {};
        });
        if (!counted) return base::fail(std::move(counted).error());
        return base::fail(ErrorCode::permission_denied, "old_password: wrong");
    }
    TRY_ASSIGN(const std::string hash, s.hasher.hash(new_password));
    return s.ledger.transaction([&](Transaction& t) -> Result<> {
        TRY_ASSIGN(const int64_t changed, t.execute("UPDATE account SET password = ? WHERE number = ? AND password = ?",
                                                    {hash, principal.account.number, row->text("password")}));
        if (changed == 0) return base::fail(ErrorCode::conflict, "the password was changed meanwhile");
        TRY(s.end_sessions(t, principal.account.number,
                           principal.via == Principal::Via::session ? principal.credential_id : std::string()));
        return s.audit(t, actor, "change_own_password", object);
    });
}

}  // namespace shuwei::access
