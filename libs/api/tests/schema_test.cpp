#include "schema.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "operations.hpp"

namespace shuwei::api {
namespace {

using nlohmann::json;

struct Case {
    const char* schema;
    const char* value;
    const char* complaint;  // "" = fine
};

TEST(Schema, ChecksValuesAndNamesThePlace) {
    const Case cases[] = {
        {"EventSearch", R"({})", ""},
        {"EventSearch", R"({"limit":10000,"order":"asc","fields":["a"]})", ""},
        {"EventSearch", R"({"limit":10001})", "body.limit: must be at most 10000"},
        {"EventSearch", R"({"limit":0})", "body.limit: must be at least 1"},
        {"EventSearch", R"({"limit":"10"})", "body.limit: must be an integer"},
        {"EventSearch", R"({"limit":1.5})", "body.limit: must be an integer"},
        {"EventSearch", R"({"limit":18446744073709551615})", "body.limit: is too large"},
        {"EventSearch", R"({"limit":null})", "body.limit: must be an integer"},
        {"EventSearch", R"({"order":"down"})", "body.order: must be one of desc, asc"},
        {"EventSearch", R"({"fields":["a",1]})", "body.fields[1]: must be a text"},
        {"EventSearch", R"({"limt":1})", "body.limt: is not known here"},
        {"EventSearch", R"([])", "body: must be an object"},
        {"EventSearch", R"({"since":"yesterday"})", "body.since: must be a time like 2026-11-21T03:04:05Z"},
        {"EventSearch", R"({"since":"2026-11-21T03:04:05.678+08:00"})", ""},
        {"EventSearch", R"({"query":"a\u0000b"})", "body.query: must not contain U+0000"},
        {"LoginRequest", R"({"name":"a"})", "body.password: is missing"},
        {"LoginRequest", R"({"name":"","password":"x"})", "body.name: must not be empty"},
        {"PasswordReset", R"({"password":"short"})", "body.password: must have at least 10 characters"},
        {"PasswordReset", R"({"password":"戍卫戍卫戍卫戍卫戍卫"})", ""},  // counted in characters, not bytes
        {"TenantCreate", R"({"name":"alpha_2-x","display_name":"甲"})", ""},
        {"TenantCreate", R"({"name":"Alpha","display_name":"甲"})",
         "body.name: has characters that are not allowed there, or too many of them"},
        {"TenantCreate", R"({"name":"2","display_name":"甲"})",
         "body.name: has characters that are not allowed there, or too many of them"},
        {"AccountUpdate", R"({"disabled":"yes"})", "body.disabled: must be true or false"},
        {"CaseCreate", R"({"title":"t","level":"general","alerts":[1,0]})", "body.alerts[1]: must be at least 1"},
        {"Event", R"({"@timestamp":"2026-11-21T03:04:05Z","shuwei.seq":1,"shuwei.tenant":"a","event.original":"","x":[1,"a",true]})", ""},
        {"Event", R"({"@timestamp":"2026-11-21T03:04:05Z","shuwei.seq":1,"shuwei.tenant":"a","event.original":"","x":{}})",
         "body.x: has a type that is not allowed there"},
    };
    for (const Case& c : cases) {
        const Schema* schema = component_schema(c.schema);
        ASSERT_NE(schema, nullptr) << c.schema;
        const auto result = check(json::parse(c.value), *schema, "body");
        EXPECT_EQ(result ? "" : result.error().message(), c.complaint) << c.schema << " " << c.value;
        if (!result) {
            EXPECT_EQ(result.error().where().front(), result.error().message().substr(0, result.error().message().find(':')));
        }
    }
}

TEST(Schema, LongNamesMustFitTheirPattern) {
    const Schema* schema = component_schema("TenantCreate");
    EXPECT_TRUE(check({{"name", std::string(64, 'a')}, {"display_name", "x"}}, *schema, "body"));
    EXPECT_FALSE(check({{"name", std::string(65, 'a')}, {"display_name", "x"}}, *schema, "body"));
}

TEST(Schema, FillsDefaults) {
    json body = {{"query", "x"}};
    fill_defaults(body, *component_schema("EventSearch"));
    EXPECT_EQ(body, json({{"query", "x"}, {"limit", 100}, {"order", "desc"}}));
}

TEST(Schema, ReadsParameters) {
    const Operation* list = nullptr;
    for (const Operation& operation : operations()) {
        if (operation.id == "list_alerts") list = &operation;
    }
    ASSERT_NE(list, nullptr);
    const Schema& limit = *list->parameter("limit")->schema;
    const Schema& severity = *list->parameter("severity")->schema;
    EXPECT_EQ(parse_parameter("20", limit, "query.limit").value(), 20);
    EXPECT_EQ(parse_parameter("x", limit, "query.limit").error().message(), "query.limit: must be an integer");
    EXPECT_EQ(parse_parameter("1001", limit, "query.limit").error().message(), "query.limit: must be at most 1000");
    EXPECT_EQ(parse_parameter("high,low", severity, "query.severity").value(), json({"high", "low"}));
    EXPECT_EQ(parse_parameter("", severity, "query.severity").value(), json::array());
    EXPECT_FALSE(parse_parameter("high,", severity, "query.severity").has_value() &&
                 parse_parameter("high,", severity, "query.severity").value().size() > 1);
    EXPECT_FALSE(parse_parameter("high,worst", severity, "query.severity"));
    EXPECT_FALSE(parse_parameter("high,high,high,high,high,high", severity, "query.severity"));
    EXPECT_FALSE(parse_parameter(std::string(100'000, ','), severity, "query.severity"));
}

TEST(Schema, RefusesWhatIsNotJson) {
    const std::pair<std::string, const char*> cases[] = {
        {"{\"a\":", "body: is not JSON: wrong at byte 6"},
        {"{\"a\":\"\xff\xfe\"}", "body: is not JSON: wrong at byte 7"},
        {std::string(33, '[') + std::string(33, ']'), "body: is nested deeper than 32 levels"},
        {std::string(900'000, '['), "body: is nested deeper than 32 levels"},
        {"{\"a\":1e999}", "body: is not JSON: a number is out of range"},
        {"{} {}", "body: is not JSON: wrong at byte 4"},
    };
    for (const auto& [text, complaint] : cases) {
        const auto result = parse_json_body(text);
        ASSERT_FALSE(result) << text.substr(0, 50);
        EXPECT_EQ(result.error().message(), complaint) << text.substr(0, 50);
    }
    EXPECT_TRUE(parse_json_body(R"({"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"{{{{"})"));
}

}  // namespace
}  // namespace shuwei::api
