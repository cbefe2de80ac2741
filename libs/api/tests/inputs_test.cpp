// Inputs through the interface: what is told of them, what is kept back, what is refused.
#include <gmock/gmock.h>

#include "api_fixture.hpp"

namespace shuwei::api {
namespace {

using testing::HasSubstr;

using Inputs = ApiTest;

TEST_F(Inputs, StateAndFiguresAreToldSecretsNever) {
    input_status[alpha_input] = {true, {.address = "0.0.0.0:6514", .last_error = "10.0.0.9: no TLS handshake came", .last_error_at = clock.now(), .errors = 3}};
    input_status[beta_input] = {false, {.last_error = "address in use", .last_error_at = clock.now(), .errors = 1, .working = false}};
    const Reply answer = call(token("admin"), "GET", "/api/v1/inputs");
    ASSERT_EQ(answer.status, 200) << answer.text;
    ASSERT_EQ(answer.body["items"].size(), 2u);
    const json& alpha_branch = answer.body["items"][0];
    EXPECT_EQ(alpha_branch["state"], "running");
    EXPECT_EQ(alpha_branch["errors"], 3);
    EXPECT_EQ(alpha_branch["secrets"], json::array({"key"}));
    EXPECT_FALSE(alpha_branch["settings"].contains("key"));
    EXPECT_EQ(answer.body["items"][1]["state"], "failed");
    EXPECT_EQ(answer.body["items"][1]["last_error"], "address in use");
    EXPECT_EQ(answer.text.find("never shown"), std::string::npos);
}

TEST_F(Inputs, WhatIsWrongIsNamed) {
    const struct {
        json body;
        int status;
        const char* message;
    } cases[] = {
        {{{"name", "branch"}, {"kind", "syslog"}, {"settings", {{"address", ":1"}}}}, 409, "there is an input 'branch' already"},
        {{{"name", "x"}, {"kind", "telepathy"}, {"settings", json::object()}}, 400, "'telepathy' is not a kind of input"},
        {{{"name", "x"}, {"kind", "syslog"}, {"settings", json::object()}}, 400, "is missing"},
        {{{"name", "x"}, {"kind", "syslog"}, {"settings", {{"address", 5}}}}, 400, "body.settings.address: must be a text"},
        {{{"name", "x"}, {"kind", "syslog"}, {"zone", "Mars/Olympus"}, {"settings", {{"address", ":1"}}}}, 400, "body.zone: is not a time zone"},
        {{{"name", "x"}, {"kind", "syslog"}, {"pack", "none"}, {"settings", {{"address", ":1"}}}}, 400, "body.pack: is not the name"},
        {{{"name", "x"}, {"kind", "file"}, {"settings", {{"paths", "/etc/shadow"}}}}, 400, "lies below none of the folders"},
    };
    for (const auto& [body, status, message] : cases) {
        const Reply answer = call(token("admin"), "POST", "/api/v1/inputs?tenant=alpha", body);
        EXPECT_EQ(answer.status, status) << answer.text;
        EXPECT_THAT(answer.body["message"].get<std::string>(), HasSubstr(message));
    }
}

TEST_F(Inputs, ATrialSaysWhatItFoundOrWhyNot) {
    const Who admin = token("admin");
    const Reply good = call(admin, "POST", "/api/v1/inputs/trial?tenant=alpha", {{"kind", "syslog"}, {"settings", {{"address", "127.0.0.1:0"}}}});
    EXPECT_EQ(good.body["ok"], true) << good.text;
    // The secret it leaves out is the input's own; what is tried is what was given.
    const Reply bad = call(admin, "POST", "/api/v1/inputs/trial?tenant=alpha", {{"kind", "syslog_tls"}, {"input_id", alpha_input}, {"settings", {{"address", "127.0.0.1:0"}, {"certificate", "PEM"}}}});
    EXPECT_EQ(bad.status, 200);
    EXPECT_EQ(bad.body["ok"], false);
    EXPECT_THAT(bad.body["error"].get<std::string>(), HasSubstr("certificate"));
    const Reply foreign = call(admin, "POST", "/api/v1/inputs/trial?tenant=alpha", {{"kind", "syslog_tls"}, {"input_id", beta_input}, {"settings", {{"address", "127.0.0.1:0"}}}});
    EXPECT_EQ(foreign.status, 404) << "another client's secrets are not tried";
}

}  // namespace
}  // namespace shuwei::api
