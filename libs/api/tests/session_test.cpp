// Signing in and out, tokens, and what the audit trail tells of it.
#include <gmock/gmock.h>

#include "api_fixture.hpp"

namespace shuwei::api {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Session : ApiTest {
    Reply sign_in(const std::string& name, const std::string& password) {
        return call(nobody, "POST", "/api/v1/session", {{"name", name}, {"password", password}});
    }
};

TEST_F(Session, SigningInGivesACookieAndACsrfToken) {
    const Reply answer = sign_in("analyst", kPassword);
    ASSERT_EQ(answer.status, 200) << answer.text;
    EXPECT_EQ(answer.body["account"]["name"], "analyst");
    const std::string cookie(answer.headers.get("Set-Cookie").value_or(""));
    EXPECT_THAT(cookie, testing::StartsWith("shuwei_session="));
    EXPECT_THAT(cookie, HasSubstr("; HttpOnly"));
    EXPECT_THAT(cookie, HasSubstr("; SameSite=Strict"));
    EXPECT_THAT(cookie, HasSubstr("; Path=/"));
    EXPECT_THAT(cookie, Not(HasSubstr("Secure")));

    const std::string value = cookie.substr(15, cookie.find(';') - 15);
    const Who who{value, answer.body["csrf_token"], ""};
    EXPECT_EQ(call(who, "GET", "/api/v1/session").body["csrf_token"], answer.body["csrf_token"]);
    EXPECT_EQ(call(who, "DELETE", "/api/v1/session").status, 204);
    EXPECT_EQ(call(who, "GET", "/api/v1/session").status, 401);
}

TEST_F(Session, BehindHttpsTheCookieIsSecure) {
    restart_server({.cookie = SessionCookie::secure_only});
    EXPECT_THAT(std::string(sign_in("analyst", kPassword).headers.get("Set-Cookie").value_or("")), HasSubstr("; Secure"));
}

TEST_F(Session, AWrongNameAndAWrongPasswordLookTheSame) {
    Reply wrong_password = sign_in("analyst", "Wrong-Horse-1");
    Reply wrong_name = sign_in("nobody-here", "Wrong-Horse-1");
    EXPECT_EQ(wrong_password.status, 401);
    EXPECT_EQ(wrong_name.status, 401);
    wrong_password.body.erase("request_id");
    wrong_name.body.erase("request_id");
    EXPECT_EQ(wrong_password.body, wrong_name.body);
    EXPECT_FALSE(wrong_password.headers.has("Set-Cookie"));
    EXPECT_EQ(audited("login").size(), 2u);
    EXPECT_EQ(audited("login").front().record.result, ledger::AuditResult::denied);
}

TEST_F(Session, ManyFailuresMakeTheAccountWait) {
    Reply answer;
    for (int i = 0; i < 6; ++i) answer = sign_in("analyst", "Wrong-Horse-1");
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.body["code"], "rate_limited");
    const int wait = std::stoi(std::string(answer.headers.get("Retry-After").value_or("0")));
    EXPECT_GE(wait, 1);
    EXPECT_EQ(sign_in("analyst", kPassword).status, 429);
    clock.advance((wait + 1) * base::kSecond);
    EXPECT_EQ(sign_in("analyst", kPassword).status, 200);
}

TEST_F(Session, ASessionEndsAfterRest) {
    const Who who = session("analyst");
    EXPECT_EQ(call(who, "GET", "/api/v1/session").status, 200);
    clock.advance(9 * base::kHour);
    EXPECT_EQ(call(who, "GET", "/api/v1/session").status, 401);
}

TEST_F(Session, ChangingThePasswordEndsTheOtherSessions) {
    const Who here = session("analyst");
    const Who elsewhere = session("analyst");
    EXPECT_EQ(call(here, "PUT", "/api/v1/session/password", {{"old_password", "Wrong-Horse-1"}, {"new_password", "Another-Horse-2"}}).status, 403);
    EXPECT_EQ(audited("change_own_password").size(), 1u);
    EXPECT_EQ(call(here, "PUT", "/api/v1/session/password", {{"old_password", kPassword}, {"new_password", "Another-Horse-2"}}).status, 204);
    EXPECT_EQ(call(here, "GET", "/api/v1/session").status, 200);
    EXPECT_EQ(call(elsewhere, "GET", "/api/v1/session").status, 401);
}

TEST_F(Session, ADisabledAccountIsOutAtOnce) {
    const Who person = session("analyst");
    const Who program = token("analyst");
    EXPECT_EQ(call(token("admin"), "PATCH", "/api/v1/accounts/analyst", {{"disabled", true}}).status, 200);
    EXPECT_EQ(call(person, "GET", "/api/v1/session").status, 401);
    EXPECT_EQ(call(program, "GET", "/api/v1/session").status, 401);
}

TEST_F(Session, TheLastAdminStays) {
    const Reply answer = call(token("admin"), "PATCH", "/api/v1/accounts/admin", {{"disabled", true}});
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.body["code"], "conflict");
}

TEST_F(Session, ATokenIsShownOnceAndCanBeRevoked) {
    const Who admin = token("admin");
    const Reply made = call(admin, "POST", "/api/v1/accounts/analyst/tokens", {{"name", "probe"}});
    ASSERT_EQ(made.status, 201) << made.text;
    const std::string secret = made.body["secret"];
    const Who program{"", "", secret};
    EXPECT_EQ(call(program, "GET", "/api/v1/alerts").status, 200);
    EXPECT_THAT(call(admin, "GET", "/api/v1/accounts/analyst/tokens").text, Not(HasSubstr(secret)));
    const std::string id = made.body["token"]["id"];
    EXPECT_EQ(call(admin, "DELETE", "/api/v1/accounts/analyst/tokens/" + id).status, 204);
    EXPECT_EQ(call(program, "GET", "/api/v1/alerts").status, 401);
}

TEST_F(Session, ABadBearerTokenIsNotSavedByACookie) {
    Who who = session("analyst");
    who.bearer = "swt_nonsense";
    const Reply answer = call(who, "GET", "/api/v1/session");
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.headers.get("WWW-Authenticate"), "Bearer");
}

TEST_F(Session, RefusedAndFailedWritesAreInTheAuditTrail) {
    call(session("alpha-client"), "PATCH", "/api/v1/alerts/" + std::to_string(alpha_alert), {{"state", "closed"}});
    call(session("beta-analyst"), "PATCH", "/api/v1/alerts/" + std::to_string(alpha_alert), {{"state", "closed"}});
    const auto entries = audited("update_alert");
    ASSERT_EQ(entries.size(), 2u);
    EXPECT_EQ(entries[1].record.result, ledger::AuditResult::denied);
    EXPECT_EQ(entries[1].actor, "alpha-client");
    EXPECT_EQ(entries[1].peer, "127.0.0.1");
    EXPECT_EQ(entries[0].record.result, ledger::AuditResult::failed);
    EXPECT_THAT(entries[0].record.object, HasSubstr("/api/v1/alerts/"));
}

TEST_F(Session, EveryWriteThatWorkedIsInTheAuditTrailOnce) {
    const Who who = session("analyst");
    const auto before = audited("").size();
    call(who, "PATCH", "/api/v1/alerts/" + std::to_string(alpha_alert), {{"state", "acknowledged"}});
    EXPECT_EQ(audited("").size(), before + 1);
    call(who, "PATCH", "/api/v1/cases/" + alpha_case, {{"title", "改过的标题"}});
    EXPECT_EQ(audited("").size(), before + 2);
    call(who, "POST", "/api/v1/cases/" + alpha_case + "/notes", {{"text", "记录"}});
    EXPECT_EQ(audited("").size(), before + 3);
    call(who, "PATCH", "/api/v1/sources/" + std::to_string(alpha_source), {{"name", "边界防火墙"}});
    EXPECT_EQ(audited("").size(), before + 4);
    const Who admin = token("admin");
    EXPECT_TRUE(call(admin, "GET", "/api/v1/audit/verify").body["ok"].get<bool>());
    const json entries = call(admin, "GET", "/api/v1/audit?limit=3").body["items"];
    EXPECT_FALSE(entries[0].contains("tenant")) << entries[0];  // create_token
    EXPECT_EQ(entries[1]["tenant"], "alpha") << entries[1];     // update_source
    EXPECT_EQ(entries[1]["peer"], "127.0.0.1") << entries[1];
    EXPECT_EQ(entries[1]["actor"], "analyst") << entries[1];
}

TEST_F(Session, ThePeerBehindATrustedProxyIsTheOneItNames) {
    restart_server({.trusted_proxies = {*base::IpNetwork::parse("127.0.0.0/8")}});
    net::HttpClientRequest request;
    request.method = net::HttpMethod::post;
    request.target = "/api/v1/session";
    request.headers = {{"Content-Type", "application/json"}, {"X-Forwarded-For", "198.51.100.1, 192.0.2.44"}};
    request.body = R"({"name":"analyst","password":"Wrong-Horse-1"})";
    EXPECT_EQ(send(request).status, 401);
    EXPECT_EQ(audited("login").front().peer, "192.0.2.44");
}

TEST_F(Session, AnUntrustedPeerCannotNameAnother) {
    net::HttpClientRequest request;
    request.method = net::HttpMethod::post;
    request.target = "/api/v1/session";
    request.headers = {{"Content-Type", "application/json"}, {"X-Forwarded-For", "192.0.2.44"}};
    request.body = R"({"name":"analyst","password":"Wrong-Horse-1"})";
    EXPECT_EQ(send(request).status, 401);
    EXPECT_EQ(audited("login").front().peer, "127.0.0.1");
}

}  // namespace
}  // namespace shuwei::api
