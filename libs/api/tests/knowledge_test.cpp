// Event codes: the list, and their place beside events.
#include <set>

#include "api_fixture.hpp"

namespace shuwei::api {
namespace {

struct KnowledgeApi : ApiTest {
    const Who who = token("analyst");
    json list(const std::string& query) {
        const Reply answer = call(who, "GET", "/api/v1/knowledge" + query);
        EXPECT_EQ(answer.status, 200) << answer.text;
        return answer.body;
    }
};

TEST_F(KnowledgeApi, ListsByFamilyTypeCodeAndWords) {
    const json all = list("?limit=1");
    EXPECT_EQ(all["items"].size(), 1u);
    EXPECT_EQ(all["next_cursor"], "1");
    size_t entries = 0;
    for (const json& family : all["families"]) entries += family["entries"].get<size_t>();
    EXPECT_EQ(all["total"], entries);

    const json one = list("?family=windows-security&code=4625");
    ASSERT_EQ(one["total"], 1);
    const json& entry = one["items"][0];
    EXPECT_EQ(entry["type"], "login");
    EXPECT_EQ(entry["explains"], "event");
    EXPECT_EQ(entry["conditions"], json::parse(R"([{"field":"winlog.channel","values":["Security"]},{"field":"winlog.event_id","values":["4625"]}])"));
    for (const char* text : {"name_zh", "name_en", "meaning_zh", "meaning_en", "look_zh", "look_en", "family_zh", "type_en"}) EXPECT_NE(entry[text], "") << text;

    EXPECT_EQ(list("?q=4625")["items"][0]["code"], "4625");
    EXPECT_EQ(list("?q=no%20such%20words")["total"], 0);
    EXPECT_EQ(list("?family=nothing")["total"], 0);
    for (const json& item : list("?type=login&limit=50")["items"]) EXPECT_EQ(item["type"], "login");
}

TEST_F(KnowledgeApi, PagesFitTogether) {
    std::set<std::string> seen;
    std::string cursor;
    size_t total = 0;
    do {
        const json page = list("?family=windows-security&limit=100" + (cursor.empty() ? "" : "&cursor=" + cursor));
        for (const json& item : page["items"]) EXPECT_TRUE(seen.insert(item["code"]).second);
        total = page["total"];
        cursor = page.value("next_cursor", "");
    } while (!cursor.empty());
    EXPECT_EQ(seen.size(), total);
    EXPECT_EQ(call(who, "GET", "/api/v1/knowledge?cursor=x").status, 400);
}

TEST_F(KnowledgeApi, AnEventBringsWhatItsCodesMean) {
    events.add(alpha, 300, clock.now(), "logon failed",
               {{"observer.vendor", "Microsoft"}, {"winlog.channel", "Security"}, {"winlog.event_id", "4625"}, {"winlog.event_data.LogonType", "3"}});
    const Reply answer = call(who, "GET", "/api/v1/events/300");
    ASSERT_EQ(answer.status, 200) << answer.text;
    const json& knowledge = answer.body["knowledge"];
    ASSERT_EQ(knowledge.size(), 2u) << answer.text;
    EXPECT_EQ(knowledge[0]["code"], "4625");
    EXPECT_EQ(knowledge[1]["family"], "windows-logon-type");
    EXPECT_EQ(knowledge[1]["explains"], "value");
}

TEST_F(KnowledgeApi, AnEventWithoutKnownCodesBringsNone) {
    const Reply answer = call(who, "GET", "/api/v1/events/" + std::to_string(kAlphaSeq));
    ASSERT_EQ(answer.status, 200) << answer.text;
    EXPECT_EQ(answer.body["knowledge"], json::array());
}

}  // namespace
}  // namespace shuwei::api
