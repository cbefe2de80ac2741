// Sources by the API: read otherwise, proposed, confirmed, bound to assets; each client its own.
#include <gmock/gmock.h>

#include "api_fixture.hpp"

namespace shuwei::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Sources : ApiTest {
    // Lines of a source that another sshd host sends.
    int64_t add_source(const std::string& peer, const std::string& host, base::Duration drift = 0) {
        std::vector<asset::SourceDelta> deltas;
        for (int i = 0; i < 6; ++i) {
            const base::Timestamp at = clock.now() + i * base::kSecond;
            deltas.push_back({{alpha, "syslog", peer, ""}, 10, 0, 900, at, at, {{"linux-sshd", 10}}, drift, 8 * base::kHour, host});
        }
        EXPECT_TRUE(ledger->transaction([&](ledger::Transaction& t) { return sources.record(t, deltas); }));
        for (const auto& source : *ledger->read([&](ledger::Reader& r) { return sources.list(r, access::TenantScope::only(alpha)); })) {
            if (source.key.peer == peer) return source.id;
        }
        return 0;
    }
    json source(int64_t id) {
        const Reply all = call(who, "GET", "/api/v1/sources");
        for (const json& item : all.body["items"]) {
            if (item["id"] == id) return item;
        }
        return nullptr;
    }
    Reply patch(int64_t id, const json& body) { return call(who, "PATCH", "/api/v1/sources/" + std::to_string(id), body); }
    Reply confirm(const json& items) { return call(who, "POST", "/api/v1/sources/confirm", {{"items", items}}); }

    const Who who = token("analyst");
};

TEST_F(Sources, HowASourceIsReadCanBeSet) {
    const Reply set = patch(alpha_source, {{"charset", "gb18030"}, {"zone", "+05:30"}, {"silent_after_s", 600}});
    EXPECT_EQ(set.status, 200) << set.text;
    EXPECT_EQ(set.body["charset"], "gb18030");
    EXPECT_EQ(set.body["zone"], "+05:30");
    EXPECT_EQ(set.body["silence"]["rule"], "own");
    EXPECT_EQ(set.body["silence"]["after_s"], 600);
    const Reply cleared = patch(alpha_source, {{"charset", "auto"}, {"zone", ""}, {"silence_rule", "allowed"}});
    EXPECT_FALSE(cleared.body.contains("zone"));
    EXPECT_FALSE(cleared.body["silence"].contains("after_s"));
    EXPECT_EQ(cleared.body["silence"]["own_s"], 600);

    struct Case {
        json body;
        const char* message;
    };
    for (const Case& c : {Case{{{"zone", "Mars/Olympus"}}, "body.zone: is not a time zone"}, Case{{{"charset", "latin1"}}, "body.charset"},
                          Case{{{"silence_rule", "never"}}, "body.silence_rule"}, Case{{{"silent_after_s", 0}}, "body.silent_after_s"},
                          Case{{{"pack", "no-such-pack"}}, "body.pack: is not the name of a device pack"}}) {
        const Reply refused = patch(alpha_source, c.body);
        EXPECT_EQ(refused.status, 400) << c.body;
        EXPECT_THAT(refused.body["message"].get<std::string>(), HasSubstr(c.message));
    }
    EXPECT_EQ(patch(alpha_source, {{"asset_id", beta_asset}}).status, 404) << "another client's asset";
}

TEST_F(Sources, WhatItSeemsToBeIsProposed) {
    const json known = source(add_source("10.0.0.60", "bastion-1"));
    EXPECT_FALSE(known["confirmed"].get<bool>());
    EXPECT_THAT(known["conditions"], ElementsAre("proposed"));
    const json& proposal = known["proposal"];
    EXPECT_EQ(proposal["name"], "bastion-1");
    EXPECT_EQ(proposal["pack"], "linux-sshd");
    EXPECT_EQ(proposal["share"], 1.0);
    EXPECT_TRUE(proposal["bind_pack"].get<bool>());
    EXPECT_TRUE(proposal.contains("vendor"));
    EXPECT_FALSE(proposal.contains("asset"));
}

TEST_F(Sources, SeveralAreConfirmedAtOnceOrNone) {
    const int64_t one = add_source("10.0.0.61", "web-61");
    const int64_t two = add_source("10.0.0.62", "web-62");
    EXPECT_EQ(confirm({{{"id", one}}, {{"id", beta_source}}, {{"id", 99999}}}).status, 404);
    EXPECT_FALSE(source(one)["confirmed"].get<bool>()) << "none, when one is wrong";
    EXPECT_EQ(confirm({{{"id", one}, {"pack", "no-such-pack"}}}).status, 400);
    EXPECT_EQ(confirm(json::array()).status, 400);

    const Reply done = confirm({{{"id", one}, {"name", "门户"}, {"kind", "host"}, {"pack", "linux-sshd"}}, {{"id", two}, {"name", "门户备机"}}});
    EXPECT_EQ(done.status, 200) << done.text;
    EXPECT_EQ(done.body["items"][0]["name"], "门户");
    EXPECT_TRUE(done.body["items"][0]["pack_bound"].get<bool>());
    EXPECT_FALSE(done.body["items"][1]["pack_bound"].get<bool>());
    EXPECT_FALSE(done.body["items"][0].contains("proposal"));
    EXPECT_EQ(confirm({{{"id", one}}}).status, 409);
    EXPECT_EQ(audited("confirm_source").size(), 4U) << "two done, two refused";

    // One device with two addresses: the second stub is merged into the first.
    const int64_t first = done.body["items"][0]["asset"]["id"].get<int64_t>();
    const int64_t second = done.body["items"][1]["asset"]["id"].get<int64_t>();
    EXPECT_EQ(patch(two, {{"asset_id", first}}).body["asset"]["id"], first);
    const Reply merged = call(who, "GET", "/api/v1/assets/" + std::to_string(first));
    EXPECT_THAT(merged.body["addresses"], ElementsAre("10.0.0.61", "10.0.0.62"));
    EXPECT_EQ(merged.body["sources"].size(), 2U);
    EXPECT_EQ(merged.body["kind"], "host");
    EXPECT_EQ(call(who, "GET", "/api/v1/assets/" + std::to_string(second)).status, 404);
    EXPECT_EQ(call(token("beta-client"), "GET", "/api/v1/assets/" + std::to_string(first)).status, 404);

    // What comes from there next is proposed for it.
    std::vector<asset::SourceDelta> tcp{{{alpha, "syslog-tcp", "10.0.0.62", ""}, 1, 0, 9, clock.now(), clock.now()}};
    ASSERT_TRUE(ledger->transaction([&](ledger::Transaction& t) { return sources.record(t, tcp); }));
    const Reply all = call(who, "GET", "/api/v1/sources?tenant=alpha");
    for (const json& item : all.body["items"]) {
        if (item["listener"] == "syslog-tcp") EXPECT_EQ(item["proposal"]["asset"]["id"], first);
    }
}

TEST_F(Sources, AWrongZoneIsNamedAndAppliedByOneRequest) {
    const int64_t id = add_source("10.0.0.63", "asa-63", -8 * base::kHour);
    const json wrong = source(id);
    EXPECT_THAT(wrong["conditions"], ElementsAre("proposed", "zone"));
    EXPECT_EQ(wrong["clock"]["verdict"], "zone");
    EXPECT_EQ(wrong["clock"]["drift_s"], -28800);
    EXPECT_EQ(wrong["clock"]["zone"], "UTC");
    const Reply set = patch(id, {{"zone", wrong["clock"]["zone"]}});
    EXPECT_EQ(set.body["zone"], "UTC");
    EXPECT_EQ(set.body["clock"]["verdict"], "unknown") << "judged anew";

    EXPECT_THAT(source(add_source("10.0.0.64", "asa-64", -187 * base::kSecond))["conditions"], ElementsAre("proposed", "clock"));
}

}  // namespace
}  // namespace shuwei::api
