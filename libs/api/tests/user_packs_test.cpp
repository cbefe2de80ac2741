// Packs of people through the interface.
#include <gmock/gmock.h>

#include "api_fixture.hpp"

namespace shuwei::api {
namespace {

using testing::HasSubstr;
using UserPacks = ApiTest;

const std::string kText =
    "pack: mine\ntitle: {zh: 测试, en: Test}\nvendor: Own\nproduct: Gate\ndevice_type: firewall\nprovenance: observed\n"
    "recognise: [{contains: 'OWNGATE '}]\nextract: [{dissect: 'OWNGATE %{user.name} from %{source.ip:ip}'}]\n";

TEST_F(UserPacks, ATrialShowsWhereValuesStand) {
    const Reply answer = call(token("analyst"), "POST", "/api/v1/packs/trial", {{"text", kText}, {"lines", {"OWNGATE 张三 from 10.0.0.5", "other"}}});
    ASSERT_EQ(answer.status, 200) << answer.text;
    EXPECT_EQ(answer.body["name"], "mine");
    const json& line = answer.body["lines"][0];
    EXPECT_TRUE(line["parsed"] && line["recognised"]);
    EXPECT_EQ(line["pattern"], 0);
    for (const json& field : line["fields"]) {
        if (field["name"] != "user.name") continue;
        EXPECT_EQ(field["text"], "张三");
        EXPECT_EQ(field["begin"], 8);
        EXPECT_EQ(field["end"], 14);
    }
    EXPECT_FALSE(answer.body["lines"][1]["parsed"]);
}

TEST_F(UserPacks, AMistakeHasItsPlaceAndACatastropheItsEnd) {
    const Who who = token("analyst");
    const Reply wrong = call(who, "POST", "/api/v1/packs/trial", {{"text", kText + "nonsense: 1\n"}, {"lines", {"a"}}});
    EXPECT_EQ(wrong.body["problem"]["line"], 9) << wrong.text;
    const std::string evil = kText.substr(0, kText.find("extract")) + "extract: [{regex: '^OWNGATE (?<x>(a+)+)$'}]\n";
    const Reply slow = call(who, "POST", "/api/v1/packs/trial", {{"text", evil}, {"lines", {"OWNGATE " + std::string(60, 'a') + "!"}}});
    ASSERT_EQ(slow.status, 200);
    EXPECT_TRUE(slow.body.contains("problem") || slow.body["lines"][0]["slow"]) << slow.text;
}

TEST_F(UserPacks, TheUnknownLinesOfASourceAreTriedAndSuggestedOf) {
    events.add(alpha, 900, clock.now() - base::kMinute, "doord: badge 7 of alice", {{"log.source.address", "10.0.0.5"}});
    const Reply answer = call(token("analyst"), "POST", "/api/v1/packs/suggestion?tenant=alpha", {{"source_id", alpha_source}});
    ASSERT_EQ(answer.status, 200) << answer.text;
    const Reply foreign = call(token("beta-analyst"), "POST", "/api/v1/packs/suggestion", {{"source_id", alpha_source}});
    EXPECT_EQ(foreign.status, 404) << foreign.text;
}

TEST_F(UserPacks, GoesLiveOnlyWhenItCompilesUnderItsOwnName) {
    const Who who = token("analyst");
    const Reply made = call(who, "POST", "/api/v1/user-packs?tenant=alpha", {{"name", "mine"}, {"text", "pack: ["}});
    ASSERT_EQ(made.status, 201) << made.text;
    const std::string path = "/api/v1/user-packs/" + std::to_string(made.body["id"].get<int64_t>());
    EXPECT_EQ(call(who, "POST", path + "/activation", json::object()).status, 400);
    EXPECT_EQ(call(who, "PATCH", path, {{"version", 1}, {"text", kText}}).body["version"], 2);
    EXPECT_EQ(call(who, "PATCH", path, {{"version", 1}, {"text", kText}}).status, 409);
    EXPECT_EQ(call(who, "POST", path + "/activation", json::object()).body["live_version"], 2);
    EXPECT_EQ(call(who, "GET", path + "?version=1").body["text"], "pack: [");
    std::string other = kText;
    other.replace(other.find("mine"), 4, "else");
    EXPECT_EQ(call(who, "PATCH", path, {{"version", 2}, {"text", other}}).status, 200);
    const Reply refused = call(who, "POST", path + "/activation", json::object());
    EXPECT_EQ(refused.status, 400);
    EXPECT_THAT(refused.body["message"].get<std::string>(), HasSubstr("'mine'"));
    EXPECT_EQ(call(who, "DELETE", path + "/activation").body["state"], "draft");
    EXPECT_EQ(audited("activate_pack").size(), 2u) << "one of them deactivate_pack";
}

TEST_F(UserPacks, ForEverybodyIsTheAdministrators) {
    const std::string path = "/api/v1/user-packs/" + std::to_string(add_pack(alpha, "shared-gate"));
    EXPECT_EQ(call(token("analyst"), "POST", path + "/activation", {{"everyone", true}}).status, 403);
    EXPECT_EQ(call(token("admin"), "POST", path + "/activation", {{"everyone", true}}).body["everyone"], true);
    EXPECT_EQ(call(token("analyst"), "DELETE", path + "/activation").status, 403);
}

TEST_F(UserPacks, WhatIsLiveAndDoesNotCompileAnyMoreSaysWhy) {
    const int64_t id = add_pack(alpha, "broken-gate");
    const std::string path = "/api/v1/user-packs/" + std::to_string(id);
    ASSERT_EQ(call(token("admin"), "POST", path + "/activation", json::object()).status, 200);
    pack_problems[id] = "line 3: gone";
    const Reply answer = call(token("admin"), "GET", path);
    EXPECT_EQ(answer.body["state"], "broken");
    EXPECT_EQ(answer.body["reason"], "line 3: gone");
}

}  // namespace
}  // namespace shuwei::api
