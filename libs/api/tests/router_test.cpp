#include "router.hpp"

#include <gtest/gtest.h>

#include "operations.hpp"

namespace shuwei::api {
namespace {

TEST(Router, FindsOperations) {
    const Router router(operations());
    struct Case {
        net::HttpMethod method;
        const char* target;
        const char* operation;  // "" = none
        const char* value;      // of the last path parameter
    };
    const Case cases[] = {
        {net::HttpMethod::get, "/api/v1/alerts?limit=5", "list_alerts", ""},
        {net::HttpMethod::head, "/api/v1/alerts", "list_alerts", ""},
        {net::HttpMethod::get, "/api/v1/alerts/12", "get_alert", "12"},
        {net::HttpMethod::patch, "/api/v1/alerts/12", "update_alert", "12"},
        {net::HttpMethod::post, "/api/v1/events/search", "search_events", ""},
        {net::HttpMethod::get, "/api/v1/events/suggest?field=x", "suggest_values", ""},
        {net::HttpMethod::get, "/api/v1/events/7", "get_event", "7"},
        {net::HttpMethod::get, "/api/v1/audit/verify", "verify_audit", ""},
        {net::HttpMethod::delete_, "/api/v1/accounts/a.b/tokens/ff", "revoke_token", "ff"},
        {net::HttpMethod::get, "/api/v1/rules/file%3Ax%2Fy.yml%230", "get_rule", "file:x/y.yml#0"},
        {net::HttpMethod::get, "/api/v1/rules/%E7%99%BB", "get_rule", "登"},
        {net::HttpMethod::get, "/api/v1/alerts/", "", ""},
        {net::HttpMethod::get, "/api/v1/alerts/1/2/3", "", ""},
        {net::HttpMethod::get, "/api/v1/rules/%zz", "", ""},
        {net::HttpMethod::get, "/api/v1", "", ""},
        {net::HttpMethod::get, "/", "", ""},
        {net::HttpMethod::get, "/healthz", "get_health", ""},
    };
    for (const Case& c : cases) {
        const Route route = router.find(c.method, c.target);
        EXPECT_EQ(route.operation == nullptr ? "" : route.operation->id, c.operation) << c.target;
        EXPECT_EQ(route.path_values.empty() ? "" : route.path_values.back().second, c.value) << c.target;
    }
}

TEST(Router, SaysWhichMethodsAPathTakes) {
    const Router router(operations());
    EXPECT_EQ(router.find(net::HttpMethod::delete_, "/api/v1/tenants").allowed, "GET, POST");
    EXPECT_EQ(router.find(net::HttpMethod::put, "/api/v1/nothing").allowed, "");
}

}  // namespace
}  // namespace shuwei::api
