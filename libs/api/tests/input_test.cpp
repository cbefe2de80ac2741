// Input that is wrong, hostile or too much: a clear answer that names the place, and nothing else suffers.
#include <gmock/gmock.h>

#include "api_fixture.hpp"
#include "shuwei/net/gzip.hpp"

namespace shuwei::api {
namespace {

using testing::HasSubstr;

struct Input : ApiTest {
    Reply post(const std::string& target, std::string body, const char* type = "application/json") {
        net::HttpClientRequest request;
        request.method = net::HttpMethod::post;
        request.target = target;
        request.headers = {{"Authorization", "Bearer " + who.bearer}, {"Content-Type", type}};
        request.body = std::move(body);
        return send(std::move(request));
    }
    const Who who = token("analyst");
};

TEST_F(Input, BodiesThatAreWrongAreRefusedWithTheirPlace) {
    struct Case {
        std::string body;
        int status;
        const char* message;
    };
    const Case cases[] = {
        {"", 400, "body: is missing"},
        {"{", 400, "body: is not JSON: wrong at byte 2"},
        {"{\"query\":\"\xc3\x28\"}", 400, "body: is not JSON: wrong at byte 12"},
        {"{\"limit\":20000}", 400, "body.limit: must be at most 10000"},
        {"{\"quary\":\"\"}", 400, "body.quary: is not known here"},
        {"{\"query\":\"source.ip:\"}", 400, "a value is missing after ':'"},
        {"{\"cursor\":\"not a cursor\"}", 400, "body.cursor: is not a cursor of this search"},
        {"{\"since\":\"2026-01-02T00:00:00Z\",\"until\":\"2026-01-01T00:00:00Z\"}", 400, "body.since: must not be after until"},
        {std::string(100'000, '['), 400, "body: is nested deeper than 32 levels"},
    };
    for (const Case& c : cases) {
        const Reply answer = post("/api/v1/events/search", c.body);
        EXPECT_EQ(answer.status, c.status) << c.body.substr(0, 60);
        EXPECT_THAT(answer.body["message"].get<std::string>(), HasSubstr(c.message)) << c.body.substr(0, 60);
        EXPECT_FALSE(answer.body["where"].empty()) << answer.text;
        EXPECT_EQ(answer.body["request_id"], answer.headers.get("X-Request-Id").value_or(""));
    }
}

TEST_F(Input, ParametersThatAreWrongAreRefusedWithTheirPlace) {
    const std::pair<const char*, const char*> cases[] = {
        {"/api/v1/alerts?limit=0", "query.limit: must be at least 1"},
        {"/api/v1/alerts?limit=many", "query.limit: must be an integer"},
        {"/api/v1/alerts?sverity=high", "query.sverity: is not known here"},
        {"/api/v1/alerts?severity=worst", "query.severity: must be one of critical, high, medium, low, informational"},
        {"/api/v1/alerts?since=yesterday", "query.since: must be a time like 2026-11-21T03:04:05Z"},
        {"/api/v1/alerts?q=%ff%fe", "query.q: must be valid UTF-8"},
        {"/api/v1/alerts/none", "path.alert_id: must be an integer"},
        {"/api/v1/alerts/0", "path.alert_id: must be at least 1"},
        {"/api/v1/alerts/99999999999999999999", "path.alert_id: must be an integer"},
        {"/api/v1/events/suggest", "query.field: is missing"},
        {"/api/v1/alerts?cursor=bm9uc2Vuc2U", "cursor"},
        {"/api/v1/rules?cursor=x", "query.cursor: is not a cursor of this list"},
    };
    for (const auto& [target, message] : cases) {
        const Reply answer = call(who, "GET", target);
        EXPECT_EQ(answer.status, 400) << target;
        EXPECT_THAT(answer.text, HasSubstr(message)) << target;
    }
}

TEST_F(Input, OtherMediaTypesAreRefused) {
    const Reply answer = post("/api/v1/events/search", "{}", "text/plain");
    EXPECT_EQ(answer.status, 415);
    EXPECT_EQ(answer.body["code"], "unsupported_media_type");
    // A form of another site cannot sign anybody in.
    EXPECT_EQ(post("/api/v1/session", R"({"name":"analyst","password":"x"})", "text/plain").status, 415);
}

TEST_F(Input, ABodyBeyondTheLimitIsRefused) {
    const Reply answer = post("/api/v1/events/search", std::string((1 << 20) + 1, ' '));
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.body["code"], "too_large");
    EXPECT_TRUE(check(answer.body, *component_schema("Error"), "answer"));
    EXPECT_EQ(call(who, "GET", "/api/v1/session").status, 200);
}

TEST_F(Input, UnknownPathsAndMethods) {
    EXPECT_EQ(call(who, "GET", "/api/v1/nothing").status, 404);
    const Reply answer = call(who, "DELETE", "/api/v1/tenants");
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.headers.get("Allow"), "GET, POST");
}

TEST_F(Input, MissingRecordsAreNotFound) {
    for (const char* target : {"/api/v1/alerts/4711", "/api/v1/cases/SW-20200101-9999", "/api/v1/events/4711", "/api/v1/rules/none",
                               "/api/v1/alerts?tenant=nowhere"}) {
        EXPECT_EQ(call(who, "GET", target).status, 404) << target;
    }
}

TEST_F(Input, TroubleOfTheStoreIsToldAsWhatItIs) {
    events.trouble = base::Error(base::ErrorCode::unavailable, "the store worker is starting");
    Reply answer = call(who, "POST", "/api/v1/events/search", json::object());
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(answer.headers.has("Retry-After"));
    events.trouble = base::Error(base::ErrorCode::deadline_exceeded, "the query took longer than 30 s");
    answer = call(who, "POST", "/api/v1/events/search", json::object());
    EXPECT_EQ(answer.status, 504);
    EXPECT_EQ(answer.body["code"], "timeout");
    events.trouble = base::Error(base::ErrorCode::internal, "secret of /var/lib/shuwei");
    answer = call(who, "POST", "/api/v1/events/search", json::object());
    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.text.find("secret"), std::string::npos);
}

TEST_F(Input, IngestAnswersAsTheSpoolDoes) {
    const std::pair<base::ErrorCode, int> cases[] = {
        {base::ErrorCode::invalid_argument, 400}, {base::ErrorCode::too_large, 413}, {base::ErrorCode::resource_exhausted, 429},
        {base::ErrorCode::unavailable, 503},      {base::ErrorCode::io, 503},
    };
    for (const auto& [code, status] : cases) {
        ingest_answer = base::fail(code, "no");
        const Reply answer = call(who, "POST", "/api/v1/ingest", "line\n");
        EXPECT_EQ(answer.status, status);
        EXPECT_EQ(answer.headers.has("Retry-After"), status == 429 || status == 503);
    }
    ingest_answer = collect::IngestReceipt{};
    EXPECT_EQ(call(who, "POST", "/api/v1/ingest", "\n").body, json({{"accepted", 0}}));
}

TEST_F(Input, IngestGoesToTheTenantOfTheSender) {
    call(token("beta-client"), "POST", "/api/v1/ingest", "line\n");
    call(token("analyst", {.name = "t", .tenant = "alpha"}), "POST", "/api/v1/ingest", "line\n");
    call(who, "POST", "/api/v1/ingest?tenant=beta", "line\n");
    call(who, "POST", "/api/v1/ingest", "line\n");
    EXPECT_EQ(ingest_tenants, (std::vector<uint32_t>{beta, alpha, beta, access::kDefaultTenant}));
    EXPECT_EQ(call(token("beta-client"), "POST", "/api/v1/ingest?tenant=alpha", "line\n").status, 404);
    EXPECT_EQ(ingest_tenants.size(), 4u);
}

TEST_F(Input, ACaseIsGivenOnlyToPeopleWhoMaySeeIt) {
    const std::string record = "/api/v1/cases/" + alpha_case;
    for (const char* owner : {"beta-analyst", "alpha-client", "nobody-here"}) {
        const Reply answer = call(who, "PATCH", record, {{"owner", owner}});
        EXPECT_EQ(answer.status, 400) << owner;
        EXPECT_EQ(answer.body["where"][0], "body.owner");
    }
    EXPECT_EQ(call(who, "PATCH", record, {{"owner", "victim"}}).body["owner"]["name"], "victim");
    EXPECT_FALSE(call(who, "PATCH", record, {{"owner", ""}}).body.contains("owner"));
}

TEST_F(Input, AStepThatIsNotAllowedIsAConflict) {
    const std::string record = "/api/v1/cases/" + alpha_case;
    EXPECT_EQ(call(who, "PATCH", record, {{"state", "closed"}}).status, 200);
    const Reply answer = call(who, "PATCH", record, {{"state", "on_hold"}});
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.body["code"], "conflict");
}

TEST_F(Input, EventsKeepTheirBytes) {
    events.add(alpha, 300, clock.now(), "\n\nDROP TABLE events; <script>\x01\xff\"", {{"user.name", "a\"b\\c\xff"}});
    const Reply answer = call(who, "GET", "/api/v1/events/300");
    ASSERT_EQ(answer.status, 200) << answer.text;
    EXPECT_THAT(answer.body["event"]["event.original"].get<std::string>(), HasSubstr("\n\nDROP TABLE events; <script>"));
    EXPECT_EQ(answer.body["event"]["shuwei.tenant"], "alpha");
    EXPECT_TRUE(answer.body["event"].contains("event.original_base64"));
}

TEST_F(Input, ASenderCannotNameAnotherTenant) {
    events.add(alpha, 300, clock.now(), "line", {{"shuwei.tenant", "beta"}});
    const Reply answer = call(who, "GET", "/api/v1/events/300");
    EXPECT_EQ(answer.body["event"]["shuwei.tenant"], "alpha");
    EXPECT_EQ(answer.text.find("beta"), std::string::npos);
}

TEST_F(Input, PagesFollowOneAnother) {
    const json query = {{"query", ""}, {"limit", 3}};
    const Reply first = call(who, "POST", "/api/v1/events/search", query);
    ASSERT_EQ(first.body["events"].size(), 3u) << first.text;
    json next = query;
    next["cursor"] = first.body["next_cursor"];
    const Reply second = call(who, "POST", "/api/v1/events/search", next);
    EXPECT_EQ(second.body["events"].size(), 1u);
    EXPECT_FALSE(second.body.contains("next_cursor"));
}

TEST_F(Input, RulesAndSchemesAreNamedInBothLanguages) {
    const Reply event = call(who, "GET", "/api/v1/events/" + std::to_string(kAlphaSeq));
    ASSERT_EQ(event.status, 200) << event.text;
    EXPECT_EQ(event.body["alerts"][0]["rule_title"], "SSH password guessing");
    EXPECT_EQ(event.body["alerts"][0]["rule_title_zh"], "SSH 口令猜测");
    const Reply record = call(who, "GET", "/api/v1/cases/" + alpha_case);
    ASSERT_EQ(record.status, 200) << record.text;
    EXPECT_EQ(record.body["scheme"],
              json({{"name", "managed-security"}, {"title_zh", "安全托管服务"}, {"title_en", "Managed security"}}));
}

TEST_F(Input, AnAlertSpeaksBothLanguagesOfItsRuleAndItsOwnOnceTheRuleIsGone) {
    const std::string path = "/api/v1/alerts/" + std::to_string(alpha_alert);
    const json loaded = call(who, "GET", path).body;
    EXPECT_EQ(loaded["rule_description"], "Many failed logins");
    EXPECT_EQ(loaded["rule_description_zh"], "有人在猜测口令。");
    EXPECT_EQ(loaded["advice"], json({"Block the source", "Change the password"}));
    EXPECT_EQ(loaded["advice_zh"], json({"封禁来源地址", "修改口令"}));
    rules = detect::RuleSet::empty();
    const json kept = call(who, "GET", path).body;
    EXPECT_EQ(kept["rule_description"], "As it was");
    EXPECT_EQ(kept["advice"], json({"Block the address"}));
    EXPECT_FALSE(kept.contains("rule_description_zh"));
    EXPECT_FALSE(kept.contains("advice_zh"));
}

TEST_F(Input, AnAlertTellsWhy) {
    const Reply answer = call(who, "GET", "/api/v1/alerts/" + std::to_string(alpha_alert));
    ASSERT_EQ(answer.status, 200) << answer.text;
    EXPECT_EQ(answer.body["reason"]["condition"], "selection");
    EXPECT_EQ(answer.body["reason"]["matches"][0],
              json({{"selection", "selection"}, {"field", "event.outcome"}, {"value", "failure"}, {"patterns", {"failure"}}}));
    EXPECT_EQ(answer.body["first_events"][0]["shuwei.tenant"], "alpha");
    const Reply matched = call(who, "GET", "/api/v1/alerts/" + std::to_string(alpha_alert) + "/events");
    ASSERT_EQ(matched.body["items"].size(), 1u) << matched.text;
    EXPECT_EQ(matched.body["items"][0]["event"]["source.ip"], "203.0.113.9");
    EXPECT_EQ(matched.body["items"][0]["matches"][0]["field"], "event.outcome");
}

TEST_F(Input, AnswersOfTheInterfaceAreDataAndAreNotKept) {
    const Reply answer = call(who, "GET", "/api/v1/tenants");
    EXPECT_EQ(answer.headers.get("Cache-Control"), "no-store");
    EXPECT_EQ(answer.headers.get("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.headers.get("Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");
}

TEST_F(Input, ReadinessNamesThePartThatIsNot) {
    stats.parts.push_back({"spool", false, "the disk is full"});
    const Reply answer = call(nobody, "GET", "/readyz");
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.body["ready"], false);
    EXPECT_EQ(answer.body["parts"].back()["message"], "the disk is full");
}

}  // namespace
}  // namespace shuwei::api
