#include "shuwei/access/access.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <thread>

namespace shuwei::access {
namespace {

using base::ErrorCode;
using base::Result;
using ledger::Actor;

const Actor kAdmin = Actor::person("admin", "10.0.0.1");
constexpr const char* kPassword = "Correct-Horse-1";

struct AccessTest : testing::Test {
    AccessTest() {
        std::string name = (std::filesystem::temp_directory_path() / "shuwei-access-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        auto opened = ledger::Ledger::open(folder, std::vector{migrations()}, clock, random);
        EXPECT_TRUE(opened) << opened.error().to_string();
        ledger = std::move(*opened);
        access = std::make_unique<Access>(*ledger, hasher, clock, random, policy);
        EXPECT_TRUE(access->prepare());
    }
    ~AccessTest() override {
        access = nullptr;
        ledger = nullptr;
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }

    Account create(std::string name, Role role = Role::analyst, std::vector<std::string> tenants = {"default"}) {
        auto account = access->create_account(
            {.name = std::move(name), .role = role, .tenants = std::move(tenants), .password = kPassword}, kAdmin);
        EXPECT_TRUE(account) << account.error().to_string();
        return account ? *account : Account{};
    }
    SignIn sign_in(std::string_view name, std::string_view password, const std::string& peer = "10.0.0.7") {
        auto answer = access->sign_in(name, password, peer);
        EXPECT_TRUE(answer) << answer.error().to_string();
        return answer ? *answer : SignIn{};
    }
    std::vector<ledger::AuditEntry> audited(std::string action) {
        return *ledger->read(
            [&](ledger::Reader& r) { return ledger->audit().list(r, {.action = action, .limit = 1000}); });
    }

    std::filesystem::path folder;
    base::ManualClock clock;
    base::SystemRandom random;
    AccessPolicy policy;
    crypto::PasswordHasher hasher{{.memory_kib = 64, .passes = 1, .lanes = 1}, random};
    std::unique_ptr<ledger::Ledger> ledger;
    std::unique_ptr<Access> access;
};

// ---- first start

TEST_F(AccessTest, TheFirstAdminCannotSignInUntilItsPasswordIsReset) {
    for (const char* password : {"", "!", "admin", "password"})
        EXPECT_EQ(sign_in("admin", password, std::string("10.1.0.") + password).outcome, SignIn::Outcome::refused);
    const auto password = access->reset_password("admin", Actor::person("local", ""));
    ASSERT_TRUE(password) << password.error().to_string();
    EXPECT_GE(password->size(), 20U);
    const SignIn answer = sign_in("admin", *password);
    ASSERT_EQ(answer.outcome, SignIn::Outcome::ok);
    EXPECT_EQ(answer.principal->account.role, Role::admin);
    EXPECT_TRUE(answer.principal->scope.sees_every_tenant());
    ASSERT_TRUE(access->prepare()) << "a second start changes nothing";
    EXPECT_EQ(sign_in("admin", *password).outcome, SignIn::Outcome::ok);
    EXPECT_EQ(access->accounts()->size(), 1U);
}

TEST_F(AccessTest, TheDefaultTenantIsThere) {
    const auto tenant = access->tenant("default");
    ASSERT_TRUE(tenant);
    EXPECT_EQ(tenant->number, kDefaultTenant);
    EXPECT_EQ(tenant->zone, "Asia/Shanghai");
    EXPECT_EQ(tenant->created, clock.now());
}

// ---- sessions

TEST_F(AccessTest, ASessionSaysWhoAndWhatMayBeSeen) {
    ASSERT_TRUE(access->create_tenant("bank", "城市银行", "", kAdmin));
    create("li.na", Role::analyst, {"bank"});
    const SignIn answer = sign_in("li.na", kPassword);
    ASSERT_EQ(answer.outcome, SignIn::Outcome::ok);
    const auto principal = access->authenticate_session(answer.cookie);
    ASSERT_TRUE(principal) << principal.error().to_string();
    EXPECT_EQ(principal->account.name, "li.na");
    EXPECT_TRUE(principal->scope.contains(access->tenant("bank")->number));
    EXPECT_FALSE(principal->scope.contains(kDefaultTenant));
    EXPECT_EQ(principal->csrf_token, answer.principal->csrf_token);
    EXPECT_EQ(principal->csrf_token.size(), 64U);
    EXPECT_EQ(principal->ingest_tenant, access->tenant("bank")->number);
    EXPECT_EQ(principal->actor("::1").name, "li.na");

    EXPECT_TRUE(access->narrowed(*principal, "bank"));
    EXPECT_EQ(access->narrowed(*principal, "default").error().code(), ErrorCode::not_found);
    EXPECT_EQ(access->narrowed(*principal, "nowhere").error().code(), ErrorCode::not_found);
    EXPECT_EQ(access->narrowed(*principal, std::nullopt)->tenants(), principal->scope.tenants());
}

TEST_F(AccessTest, TheCookieIsNotInTheLedger) {
    create("li.na");
    const SignIn answer = sign_in("li.na", kPassword);
    const auto found = ledger->read([&](ledger::Reader& r) {
        return r.query_integer("SELECT count(*) FROM session WHERE id = ? OR id LIKE ?",
                               {answer.cookie, answer.cookie.substr(0, 16) + "%"});
    });
    EXPECT_EQ(*found, 0);
}

TEST_F(AccessTest, SessionsEndWhenIdleOrOldOrSignedOut) {
    create("li.na");
    const SignIn idle = sign_in("li.na", kPassword);
    clock.advance(policy.session_idle - base::kSecond);
    EXPECT_TRUE(access->authenticate_session(idle.cookie)) << "used just in time";
    clock.advance(policy.session_idle - base::kSecond);
    EXPECT_TRUE(access->authenticate_session(idle.cookie)) << "the use before moved the end on";
    EXPECT_TRUE(*access->still_valid(*access->authenticate_session(idle.cookie)));
    clock.advance(policy.session_idle);
    EXPECT_EQ(access->authenticate_session(idle.cookie).error().code(), ErrorCode::unauthenticated);

    const SignIn old = sign_in("li.na", kPassword);
    for (int i = 0; i < 23; ++i) {
        clock.advance(base::kHour);
        EXPECT_TRUE(access->authenticate_session(old.cookie));
    }
    clock.advance(base::kHour);
    EXPECT_FALSE(access->authenticate_session(old.cookie)) << "a day is the longest";

    const SignIn out = sign_in("li.na", kPassword);
    const auto principal = access->authenticate_session(out.cookie);
    ASSERT_TRUE(access->sign_out(out.cookie, principal->actor("")));
    EXPECT_FALSE(access->authenticate_session(out.cookie));
    EXPECT_FALSE(*access->still_valid(*principal));
    EXPECT_EQ(audited("logout").size(), 1U);
    for (const char* wrong : {"", "x", "' OR 1=1 --"}) EXPECT_FALSE(access->authenticate_session(wrong));
    EXPECT_FALSE(access->authenticate_session(std::string(64, '0')));
}

TEST_F(AccessTest, AnAccountHasABoundedNumberOfSessions) {
    create("li.na");
    std::vector<std::string> cookies;
    for (size_t i = 0; i <= policy.sessions_per_account; ++i) {
        clock.advance(base::kSecond);
        cookies.push_back(sign_in("li.na", kPassword).cookie);
    }
    EXPECT_FALSE(access->authenticate_session(cookies.front())) << "the oldest gave way";
    EXPECT_TRUE(access->authenticate_session(cookies[1]));
    EXPECT_TRUE(access->authenticate_session(cookies.back()));
}

// ---- failures

TEST_F(AccessTest, RepeatedFailuresMakeKnownAndUnknownNamesWaitAlike) {
    create("li.na");
    for (const char* name : {"li.na", "nobody", "' OR '1'='1"}) {
        SCOPED_TRACE(name);
        int round = 0;
        const auto peer = [&] { return std::string("10.2.0.") + std::to_string(++round) + name; };
        for (int i = 0; i < policy.failures_before_wait; ++i)
            EXPECT_EQ(sign_in(name, "wrong", peer()).outcome, SignIn::Outcome::refused) << i;
        SignIn answer = sign_in(name, kPassword, peer());
        EXPECT_EQ(answer.outcome, SignIn::Outcome::wait) << "even with the right password";
        EXPECT_EQ(answer.retry_after, policy.first_wait);
        clock.advance(policy.first_wait);
        EXPECT_EQ(sign_in(name, "wrong", peer()).outcome, SignIn::Outcome::refused);
        answer = sign_in(name, "wrong", peer());
        EXPECT_EQ(answer.outcome, SignIn::Outcome::wait);
        EXPECT_EQ(answer.retry_after, 2 * policy.first_wait) << "doubled";
    }
    clock.advance(policy.longest_wait);
    EXPECT_EQ(sign_in("li.na", kPassword).outcome, SignIn::Outcome::ok);
    EXPECT_EQ(sign_in("li.na", "wrong").outcome, SignIn::Outcome::refused) << "counting began anew";
    const auto entries = audited("login");
    ASSERT_FALSE(entries.empty());
    EXPECT_EQ(entries[0].record.result, ledger::AuditResult::denied);
    EXPECT_EQ(entries[0].record.detail.find("wrong "), 0U) << entries[0].record.detail;
    EXPECT_EQ(entries[1].record.result, ledger::AuditResult::ok);
}

TEST_F(AccessTest, OneAddressCannotTryManyNames) {
    create("li.na");
    for (int i = 0; i < policy.failures_per_peer; ++i)
        EXPECT_EQ(sign_in("name" + std::to_string(i), "wrong", "203.0.113.9").outcome, SignIn::Outcome::refused);
    EXPECT_EQ(sign_in("li.na", kPassword, "203.0.113.9").outcome, SignIn::Outcome::wait);
    EXPECT_EQ(sign_in("li.na", kPassword, "203.0.113.10").outcome, SignIn::Outcome::ok) << "others are not touched";
}

TEST_F(AccessTest, ManyAtOnceDoNotGetMoreTries) {
    create("li.na");
    std::atomic<int> refused{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i)
        threads.emplace_back([&, i] {
            for (int round = 0; round < 5; ++round) {
                const auto answer =
                    access->sign_in("li.na", "wrong", "10.3." + std::to_string(i) + "." + std::to_string(round));
                if (answer && answer->outcome == SignIn::Outcome::refused) ++refused;
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_LE(refused, policy.failures_before_wait);
    EXPECT_EQ(sign_in("li.na", kPassword).outcome, SignIn::Outcome::wait);
}

TEST_F(AccessTest, FailuresOutliveARestart) {
    create("li.na");
    for (int i = 0; i < policy.failures_before_wait; ++i) sign_in("li.na", "wrong", "p" + std::to_string(i));
    access = std::make_unique<Access>(*ledger, hasher, clock, random, policy);
    EXPECT_EQ(sign_in("li.na", kPassword).outcome, SignIn::Outcome::wait);
    ASSERT_TRUE(access->reset_password("li.na", kAdmin));
    EXPECT_EQ(sign_in("li.na", "wrong", "q").outcome, SignIn::Outcome::refused) << "a reset lifts the waiting";
}

TEST_F(AccessTest, AStrongerHashReplacesAnOlderOneAtSignIn) {
    create("li.na");
    crypto::PasswordHasher stronger({.memory_kib = 128, .passes = 1, .lanes = 1}, random);
    Access later(*ledger, stronger, clock, random, policy);
    ASSERT_EQ(later.sign_in("li.na", kPassword, "p")->outcome, SignIn::Outcome::ok);
    const auto row = ledger->read(
        [](ledger::Reader& r) { return r.query_one("SELECT password FROM account WHERE name = 'li.na'"); });
    EXPECT_NE((**row).text("password").find("m=128"), std::string::npos);
    EXPECT_EQ(later.sign_in("li.na", kPassword, "p")->outcome, SignIn::Outcome::ok);
}

// ---- accounts

struct Refused {
    const char* what;
    NewAccount account;
    ErrorCode code;
};

TEST_F(AccessTest, RefusesAccountsThatBreakTheRules) {
    create("taken");
    const Refused cases[] = {
        {"capital letter", {.name = "Li", .role = Role::analyst, .password = kPassword}, ErrorCode::invalid_argument},
        {"begins with a digit",
         {.name = "1li", .role = Role::analyst, .password = kPassword},
         ErrorCode::invalid_argument},
        {"empty name", {.name = "", .role = Role::analyst, .password = kPassword}, ErrorCode::invalid_argument},
        {"long name",
         {.name = std::string(65, 'a'), .role = Role::analyst, .password = kPassword},
         ErrorCode::invalid_argument},
        {"the command line's name",
         {.name = "local", .role = Role::analyst, .password = kPassword},
         ErrorCode::invalid_argument},
        {"taken", {.name = "taken", .role = Role::analyst, .password = kPassword}, ErrorCode::already_exists},
        {"client of nobody", {.name = "c", .role = Role::client, .password = kPassword}, ErrorCode::invalid_argument},
        {"unknown tenant",
         {.name = "c", .role = Role::client, .tenants = {"nowhere"}, .password = kPassword},
         ErrorCode::invalid_argument},
        {"short password", {.name = "c", .role = Role::analyst, .password = "Short-1"}, ErrorCode::invalid_argument},
        {"one kind of character",
         {.name = "c", .role = Role::analyst, .password = "abcdefghijkl"},
         ErrorCode::invalid_argument},
        {"few characters",
         {.name = "c", .role = Role::analyst, .password = "aaaaaaaaaaA1"},
         ErrorCode::invalid_argument},
        {"name in password",
         {.name = "zhangwei", .role = Role::analyst, .password = "ZhangWei-2026"},
         ErrorCode::invalid_argument},
        {"invalid text",
         {.name = "c", .display_name = "\xff", .role = Role::analyst, .password = kPassword},
         ErrorCode::invalid_argument},
    };
    for (const auto& [what, account, code] : cases) {
        const auto refused = access->create_account(account, kAdmin);
        ASSERT_FALSE(refused) << what;
        EXPECT_EQ(refused.error().code(), code) << what << ": " << refused.error().to_string();
    }
    EXPECT_EQ(access->accounts()->size(), 2U);
    EXPECT_TRUE(
        access->create_account({.name = "c", .role = Role::analyst, .password = "登录口令要够长一些1a"}, kAdmin));
}

TEST_F(AccessTest, TheLastEnabledAdminStays) {
    for (const AccountChange& change : {AccountChange{.disabled = true}, AccountChange{.role = Role::analyst}}) {
        const auto refused = access->update_account("admin", change, kAdmin);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code(), ErrorCode::conflict);
    }
    EXPECT_FALSE(access->account("admin")->disabled);
    create("second", Role::admin, {});
    EXPECT_TRUE(access->account("second")->all_tenants);
    EXPECT_TRUE(access->update_account("admin", {.disabled = true}, kAdmin));
    EXPECT_FALSE(access->update_account("second", {.disabled = true}, kAdmin));
}

TEST_F(AccessTest, DisablingEndsSessionsAndTokensAtOnce) {
    create("li.na");
    const SignIn session = sign_in("li.na", kPassword);
    const auto token = access->create_token("li.na", {.name = "script"}, kAdmin);
    ASSERT_TRUE(token);
    const auto principal = access->authenticate_token(token->secret);
    ASSERT_TRUE(principal);
    ASSERT_TRUE(access->update_account("li.na", {.disabled = true}, kAdmin));
    EXPECT_FALSE(access->authenticate_session(session.cookie));
    EXPECT_FALSE(access->authenticate_token(token->secret));
    EXPECT_FALSE(*access->still_valid(*principal));
    EXPECT_EQ(sign_in("li.na", kPassword).outcome, SignIn::Outcome::refused);
    ASSERT_TRUE(access->update_account("li.na", {.disabled = false}, kAdmin));
    EXPECT_FALSE(access->authenticate_session(session.cookie)) << "an ended session stays ended";
    EXPECT_TRUE(access->authenticate_token(token->secret));
}

TEST_F(AccessTest, ChangesOfRoleAndTenantsCountFromTheNextRequest) {
    ASSERT_TRUE(access->create_tenant("bank", "城市银行", "", kAdmin));
    create("li.na", Role::client, {"default", "bank"});
    const SignIn session = sign_in("li.na", kPassword);
    const auto before = access->authenticate_session(session.cookie);
    ASSERT_TRUE(access->update_account("li.na", {.tenants = std::vector<std::string>{"bank"}}, kAdmin));
    const auto after = access->authenticate_session(session.cookie);
    ASSERT_TRUE(after);
    EXPECT_FALSE(after->scope.contains(kDefaultTenant));
    EXPECT_FALSE(*access->still_valid(*before)) << "an open stream with the old scope must end";
    EXPECT_TRUE(*access->still_valid(*after));
    EXPECT_FALSE(access->update_account("li.na", {.tenants = std::vector<std::string>{}}, kAdmin));
    EXPECT_EQ(access->account("li.na")->tenants.size(), 1U) << "a refused change changes nothing";
    ASSERT_TRUE(access->update_account("li.na", {.display_name = "李娜"}, kAdmin));
    EXPECT_EQ(access->display_name("li.na"), "李娜");
    EXPECT_EQ(access->display_name("nobody"), "nobody");
}

TEST_F(AccessTest, AnAdminMadeAnalystDoesNotKeepAllTenants) {
    create("second", Role::admin, {});
    const auto account = access->update_account("second", {.role = Role::analyst}, kAdmin);
    ASSERT_TRUE(account);
    EXPECT_FALSE(account->all_tenants);
    EXPECT_TRUE(account->tenants.empty());
}

TEST_F(AccessTest, AssigneesMaySeeTheTenant) {
    ASSERT_TRUE(access->create_tenant("bank", "城市银行", "", kAdmin));
    create("a.bank", Role::analyst, {"bank"});
    create("b.default", Role::analyst, {"default"});
    create("c.client", Role::client, {"bank"});
    create("d.off", Role::analyst, {"bank"});
    ASSERT_TRUE(access->update_account("d.off", {.disabled = true}, kAdmin));
    const auto people = access->assignees(TenantScope::only(access->tenant("bank")->number));
    ASSERT_TRUE(people);
    ASSERT_EQ(people->size(), 2U);
    EXPECT_EQ((*people)[0].name, "a.bank");
    EXPECT_EQ((*people)[1].name, "admin");
}

TEST_F(AccessTest, ChangingOnesPasswordEndsTheOtherSessions) {
    create("li.na");
    const SignIn here = sign_in("li.na", kPassword);
    const SignIn there = sign_in("li.na", kPassword);
    const auto principal = access->authenticate_session(here.cookie);
    const auto wrong = access->change_own_password(*principal, "not it", "Another-Horse-2", "p");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code(), ErrorCode::permission_denied);
    EXPECT_EQ(access->change_own_password(*principal, kPassword, "short", "p").error().code(),
              ErrorCode::invalid_argument);
    ASSERT_TRUE(access->change_own_password(*principal, kPassword, "Another-Horse-2", "p"));
    EXPECT_TRUE(access->authenticate_session(here.cookie));
    EXPECT_FALSE(access->authenticate_session(there.cookie));
    EXPECT_EQ(sign_in("li.na", kPassword).outcome, SignIn::Outcome::refused);
    EXPECT_EQ(sign_in("li.na", "Another-Horse-2").outcome, SignIn::Outcome::ok);
}

// ---- tokens

TEST_F(AccessTest, ATokenActsForItsAccountUntilRevokedOrExpired) {
    create("li.na");
    const auto forever = access->create_token("li.na", {.name = "export"}, kAdmin);
    const auto short_lived = access->create_token(
        "li.na", {.name = "trial", .purpose = TokenPurpose::ingest, .expires = clock.now() + base::kHour}, kAdmin);
    ASSERT_TRUE(forever && short_lived);
    EXPECT_TRUE(forever->secret.starts_with("swt_" + forever->token.id + "_"));
    const auto principal = access->authenticate_token(short_lived->secret);
    ASSERT_TRUE(principal);
    EXPECT_EQ(principal->purpose, TokenPurpose::ingest);
    EXPECT_EQ(principal->via, Principal::Via::token);
    EXPECT_EQ(principal->ingest_tenant, kDefaultTenant);
    clock.advance(base::kHour);
    EXPECT_FALSE(access->authenticate_token(short_lived->secret));
    EXPECT_FALSE(*access->still_valid(*principal));
    EXPECT_TRUE(access->authenticate_token(forever->secret));
    ASSERT_TRUE(access->revoke_token("li.na", forever->token.id, kAdmin));
    EXPECT_FALSE(access->authenticate_token(forever->secret));
    EXPECT_EQ(access->revoke_token("li.na", "ffffffffffff", kAdmin).error().code(), ErrorCode::not_found);
    EXPECT_EQ(access->revoke_token("admin", forever->token.id, kAdmin).error().code(), ErrorCode::not_found);

    const auto tokens = access->tokens("li.na");
    ASSERT_EQ(tokens->size(), 2U);
    for (const Token& token : *tokens) EXPECT_TRUE(token.last_used.has_value());
    for (std::string wrong : {std::string(), std::string("swt_"), forever->token.id, short_lived->secret + "0",
                              std::string("swt_") + std::string(61, '0')})
        EXPECT_EQ(access->authenticate_token(wrong).error().code(), ErrorCode::unauthenticated) << wrong;
    std::string altered = forever->secret;
    altered.back() = altered.back() == '0' ? '1' : '0';
    EXPECT_FALSE(access->authenticate_token(altered));
    const auto stored = ledger->read([&](ledger::Reader& r) {
        return r.query_integer("SELECT count(*) FROM token WHERE instr(secret_sm3, ?) > 0 OR instr(name, ?) > 0",
                               {forever->secret, forever->secret});
    });
    EXPECT_EQ(*stored, 0);
}

TEST_F(AccessTest, ATokensTenantNarrowsWhatItSeesAndFollowsTheAccount) {
    ASSERT_TRUE(access->create_tenant("bank", "城市银行", "", kAdmin));
    const TenantNumber bank = access->tenant("bank")->number;
    create("li.na", Role::analyst, {"default", "bank"});
    const auto token = access->create_token("li.na", {.name = "bank only", .tenant = "bank"}, kAdmin);
    ASSERT_TRUE(token);
    auto principal = access->authenticate_token(token->secret);
    EXPECT_TRUE(principal->scope.contains(bank));
    EXPECT_FALSE(principal->scope.contains(kDefaultTenant));
    EXPECT_EQ(principal->ingest_tenant, bank);
    ASSERT_TRUE(access->update_account("li.na", {.tenants = std::vector<std::string>{"default"}}, kAdmin));
    principal = access->authenticate_token(token->secret);
    ASSERT_TRUE(principal);
    EXPECT_FALSE(principal->scope.contains(bank)) << "the account may not see it any more, so neither may the token";
    EXPECT_FALSE(principal->scope.contains(kDefaultTenant));
    EXPECT_EQ(principal->ingest_tenant, std::nullopt);
    EXPECT_FALSE(access->create_token("li.na", {.name = "x", .tenant = "bank"}, kAdmin));
    EXPECT_FALSE(access->create_token("li.na", {.name = "x", .tenant = "nowhere"}, kAdmin));
    EXPECT_FALSE(access->create_token("li.na", {.name = ""}, kAdmin));
    EXPECT_FALSE(access->create_token("li.na", {.name = "x", .expires = clock.now()}, kAdmin));
    EXPECT_EQ(access->create_token("nobody", {.name = "x"}, kAdmin).error().code(), ErrorCode::not_found);
}

// ---- tenants

TEST_F(AccessTest, TenantsAreMadeOnceAndSeenByScope) {
    const auto bank = access->create_tenant("bank", "城市银行", "Asia/Urumqi", kAdmin);
    ASSERT_TRUE(bank) << bank.error().to_string();
    EXPECT_EQ(access->create_tenant("bank", "x", "", kAdmin).error().code(), ErrorCode::already_exists);
    for (const char* name : {"", "Bank", "1bank", "a b", "a;b"})
        EXPECT_EQ(access->create_tenant(name, "x", "", kAdmin).error().code(), ErrorCode::invalid_argument) << name;
    EXPECT_FALSE(access->create_tenant("ok", " ", "", kAdmin));
    EXPECT_FALSE(access->create_tenant("ok", "x", "../../etc/passwd", kAdmin));
    EXPECT_EQ(access->tenants(TenantScope::every_tenant())->size(), 2U);
    EXPECT_EQ(access->tenants(TenantScope::only(bank->number))->size(), 1U);
    EXPECT_EQ(access->tenants(TenantScope::only(std::vector<TenantNumber>{}))->size(), 0U);
    EXPECT_EQ(access->tenant(bank->number)->title, "城市银行");
    EXPECT_EQ(access->tenant("nowhere").error().code(), ErrorCode::not_found);
    EXPECT_EQ(access->tenant(TenantNumber{99}).error().code(), ErrorCode::not_found);
}

TEST_F(AccessTest, WhatAnotherProcessChangesIsSeen) {
    auto other_ledger = ledger::Ledger::open(folder, std::vector{migrations()}, clock, random);
    ASSERT_TRUE(other_ledger) << other_ledger.error().to_string();
    Access other(**other_ledger, hasher, clock, random, policy);
    EXPECT_FALSE(access->tenant("bank"));
    ASSERT_TRUE(other.create_tenant("bank", "城市银行", "", Actor::person("local", "")));
    EXPECT_TRUE(access->tenant("bank"));
    const auto token = other.create_token("admin", {.name = "from the command line"}, Actor::person("local", ""));
    ASSERT_TRUE(token);
    EXPECT_TRUE(access->authenticate_token(token->secret));
    const auto password = other.reset_password("admin", Actor::person("local", ""));
    EXPECT_EQ(sign_in("admin", *password).outcome, SignIn::Outcome::ok);
}

TEST_F(AccessTest, EveryChangeIsAuditedWithoutSecrets) {
    create("li.na");
    ASSERT_TRUE(access->create_tenant("bank", "城市银行", "", kAdmin));
    const auto token = access->create_token("li.na", {.name = "script"}, kAdmin);
    const auto password = access->reset_password("li.na", kAdmin);
    ASSERT_TRUE(access->update_account("li.na", {.role = Role::admin}, kAdmin));
    ASSERT_TRUE(access->revoke_token("li.na", token->token.id, kAdmin));
    sign_in("li.na", *password);
    const auto entries = *ledger->read([&](ledger::Reader& r) { return ledger->audit().list(r, {.limit = 1000}); });
    std::set<std::string> actions;
    for (const auto& entry : entries) {
        actions.insert(entry.record.action);
        for (const std::string& secret : {*password, token->secret, std::string(kPassword)})
            EXPECT_EQ((entry.record.detail + entry.record.object).find(secret), std::string::npos)
                << entry.record.action;
    }
    for (const char* action : {"create_account", "create_tenant", "create_token", "reset_account_password",
                               "update_account", "revoke_token", "login"})
        EXPECT_TRUE(actions.contains(action)) << action;
    EXPECT_TRUE(ledger->read([&](ledger::Reader& r) { return ledger->audit().verify(r); })->ok);
}

}  // namespace
}  // namespace shuwei::access
