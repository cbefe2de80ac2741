// Saved views and the surroundings of an event.
#include "api_fixture.hpp"

namespace shuwei::api {
namespace {

struct Views : ApiTest {
    json create(const std::string& account, json body, const std::string& tenant = "", int status = 201) {
        const Reply answer = call(token(account), "POST", "/api/v1/views" + (tenant.empty() ? "" : "?tenant=" + tenant), body);
        EXPECT_EQ(answer.status, status) << answer.text;
        return answer.body;
    }
    size_t seen_by(const std::string& account) { return call(token(account), "GET", "/api/v1/views").body["items"].size(); }
};

TEST_F(Views, KeepQueryColumnsRangeAndChart) {
    const json wanted = {{"name", "失败登录"},   {"query", "event.outcome:failure"}, {"columns", {"user.name", "source.ip"}}, {"since", "-24h"},
                         {"mode", "statistics"}, {"chart", {{"groups", {"user.name"}}, {"measures", {{{"kind", "count"}}}}, {"buckets", 24}, {"top", 5}}}};
    const json made = create("analyst", wanted);
    for (const auto& [name, value] : wanted.items()) EXPECT_EQ(made[name], value) << name;
    EXPECT_EQ(call(token("analyst"), "GET", "/api/v1/views").body["items"][0], made);
    EXPECT_EQ(audited("create_view").size(), 1u);
}

TEST_F(Views, AreTheirOwnersUntilShared) {
    const std::string own = std::to_string(create("analyst", {{"name", "mine"}})["id"].get<int64_t>());
    for (const char* other : {"admin", "alpha-client", "beta-analyst"}) EXPECT_EQ(seen_by(other), 0u) << other;
    EXPECT_EQ(call(token("admin"), "DELETE", "/api/v1/views/" + own).status, 404);

    const json shared = create("analyst", {{"name", "ours"}, {"shared", true}}, "alpha");
    const std::string path = "/api/v1/views/" + std::to_string(shared["id"].get<int64_t>());
    EXPECT_EQ(shared["tenant"], "alpha");
    EXPECT_EQ(seen_by("alpha-client"), 1u);
    EXPECT_EQ(seen_by("beta-analyst"), 0u);
    EXPECT_EQ(seen_by("beta-client"), 0u);
    EXPECT_EQ(call(token("alpha-client"), "PUT", path, {{"name", "theirs"}}).status, 403);
    EXPECT_EQ(call(token("beta-analyst"), "DELETE", path).status, 404);
    EXPECT_EQ(call(token("admin"), "PUT", path + "?tenant=alpha", {{"name", "renamed"}, {"shared", true}}).body["name"], "renamed");
    EXPECT_EQ(call(token("analyst"), "DELETE", path).status, 204);
    EXPECT_EQ(seen_by("alpha-client"), 0u);
}

TEST_F(Views, AreSharedByStaffWithinTheirClients) {
    create("alpha-client", {{"name", "x"}, {"shared", true}}, "", 403);
    create("beta-analyst", {{"name", "x"}, {"shared", true}}, "alpha", 404);
    create("alpha-client", {{"name", "own"}});
    EXPECT_EQ(seen_by("alpha-client"), 1u);
}

struct Surroundings : ApiTest {};

TEST_F(Surroundings, StandAroundTheEventOldestFirst) {
    for (uint64_t i = 0; i < 9; ++i) {
        events.add(alpha, 7000 + i, clock.now() + static_cast<int64_t>(i) * base::kMinute, "line", {{"host.name", i % 2 == 0 ? "web-1" : "db-1"}});
    }
    const auto ask = [&](const std::string& query) { return call(token("alpha-client"), "GET", "/api/v1/events/7004/surrounding?" + query).body; };
    const auto seqs = [](const json& answer) {
        std::vector<uint64_t> out;
        for (const json& event : answer["events"]) out.push_back(event["shuwei.seq"]);
        return out;
    };
    const json all = ask("same=client&count=2");
    EXPECT_EQ(seqs(all), (std::vector<uint64_t>{7002, 7003, 7004, 7005, 7006}));
    EXPECT_EQ(all["position"], 2);
    EXPECT_TRUE(all["more_before"]);
    EXPECT_EQ(seqs(ask("same=host&count=2")), (std::vector<uint64_t>{7000, 7002, 7004, 7006, 7008}));
    EXPECT_EQ(seqs(ask("same=client&minutes=1")), (std::vector<uint64_t>{7003, 7004, 7005}));
    EXPECT_EQ(call(token("beta-client"), "GET", "/api/v1/events/7004/surrounding").status, 404);
}

}  // namespace
}  // namespace shuwei::api
