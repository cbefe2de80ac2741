// Resources over the interface, and searches that name them.
#include "api_fixture.hpp"

namespace shuwei::api {
namespace {

struct Resources : ApiTest {
    json create(const std::string& account, const json& body, const std::string& tenant, int status = 201) {
        const Reply answer = call(token(account), "POST", "/api/v1/resources?tenant=" + tenant, body);
        EXPECT_EQ(answer.status, status) << answer.text;
        return answer.body;
    }
    json check(const std::string& account, const std::string& query) {
        return call(token(account), "POST", "/api/v1/events/query_check", {{"query", query}}).body;
    }
    std::vector<std::string> names(const std::string& account) {
        std::vector<std::string> out;
        const Reply listed = call(token(account), "GET", "/api/v1/resources");
        for (const json& item : listed.body["items"]) {
            if (!item["shipped"].get<bool>()) out.push_back(item["name"]);
        }
        return out;
    }
};

TEST_F(Resources, AreMadeChangedAndRemovedWithAHistory) {
    const json made = create("analyst", {{"name", "jump-hosts"}, {"kind", "addresses"}, {"text", "10.1.1.1 # 堡垒机\n10.2.0.0/16\n10.3.0.5-10.3.0.6\n"}}, "alpha");
    EXPECT_EQ(made["items"].size(), 3u);
    EXPECT_EQ(made["items"][0], (json{{"value", "10.1.1.1"}, {"remark", "堡垒机"}}));
    const std::string path = "/api/v1/resources/" + std::to_string(made["resource"]["id"].get<int64_t>());
    const Reply wrong = call(token("analyst"), "POST", path + "/entries", {{"change", "add"}, {"text", "10.0.0.1\nnonsense"}});
    EXPECT_EQ(wrong.status, 400);
    EXPECT_NE(wrong.text.find("line 2"), std::string::npos) << wrong.text;
    EXPECT_EQ(call(token("analyst"), "POST", path + "/entries", {{"change", "remove"}, {"text", "10.1.1.1"}}).body["items"].size(), 2u);
    EXPECT_EQ(call(token("analyst"), "GET", path).body["items"].size(), 2u);
    EXPECT_EQ(call(token("analyst"), "DELETE", path).status, 204);
    EXPECT_EQ(audited("change_resource_entries").size(), 1u);
    EXPECT_EQ(audited("delete_resource").size(), 1u);
}

TEST_F(Resources, AreInvisibleToOtherClients) {
    create("admin", {{"name", "secret"}, {"kind", "values"}, {"text", "x"}}, "beta");
    EXPECT_EQ(names("alpha-client"), std::vector<std::string>{"office"});
    EXPECT_EQ(names("beta-client"), std::vector<std::string>{"secret"});
    const std::string path = "/api/v1/resources/" + std::to_string(alpha_resource);
    EXPECT_EQ(call(token("beta-analyst"), "GET", path).status, 404);
    EXPECT_EQ(call(token("beta-analyst"), "POST", path + "/entries", {{"text", "1.1.1.1"}}).status, 404);
    EXPECT_EQ(call(token("beta-analyst"), "DELETE", path).status, 404);
    EXPECT_EQ(call(token("alpha-client"), "PATCH", path, {{"description", "x"}}).status, 403);

    EXPECT_TRUE(check("alpha-client", "source.ip:@office")["ok"]);
    const json unknown = check("beta-client", "source.ip:@office");
    EXPECT_FALSE(unknown["ok"]);
    EXPECT_EQ(unknown["position"], 10);
    EXPECT_NE(unknown["message"].get<std::string>().find("@office"), std::string::npos);
}

TEST_F(Resources, AreWhatASearchMeansByTheName) {
    events.add(alpha, 8001, clock.now(), "line", {{"source.ip", "10.9.9.9"}});
    events.add(alpha, 8002, clock.now(), "line", {{"source.ip", "192.0.2.9"}});
    events.add(beta, 8003, clock.now(), "line", {{"source.ip", "10.9.9.9"}});
    events.add(beta, 8004, clock.now(), "line", {{"source.ip", "192.0.2.9"}});
    const auto found = [&](const std::string& account, const std::string& query) {
        const Reply answer = call(token(account), "POST", "/api/v1/events/search", {{"query", query + " and shuwei.seq >= 8000"}});
        EXPECT_EQ(answer.status, 200) << answer.text;
        std::vector<uint64_t> seqs;
        for (const json& event : answer.body["events"]) seqs.push_back(event["shuwei.seq"]);
        std::sort(seqs.begin(), seqs.end());
        return seqs;
    };
    using Seqs = std::vector<uint64_t>;
    EXPECT_EQ(found("alpha-client", "source.ip:@office"), Seqs{8001});
    EXPECT_EQ(call(token("beta-client"), "POST", "/api/v1/events/search", {{"query", "source.ip:@office"}}).status, 400);
    EXPECT_EQ(found("admin", "source.ip:@office"), Seqs{8001}) << "of the client that has it";
    create("admin", {{"name", "office"}, {"kind", "addresses"}, {"text", "192.0.2.0/24"}}, "beta");
    EXPECT_EQ(found("admin", "source.ip:@office"), (Seqs{8001, 8004})) << "of each client its own";
    EXPECT_EQ(found("beta-client", "source.ip:@private-networks"), Seqs{8003}) << "shipped";
}

TEST_F(Resources, AreOfferedWhileAQueryIsTyped) {
    const json values = call(token("alpha-client"), "GET", "/api/v1/events/suggest?field=source.ip&prefix=@of").body["values"];
    ASSERT_EQ(values.size(), 1u) << values;
    EXPECT_EQ(values[0]["value"], "@office");
    EXPECT_EQ(call(token("beta-client"), "GET", "/api/v1/events/suggest?field=source.ip&prefix=@of").body["values"].size(), 0u);
}

}  // namespace
}  // namespace shuwei::api
