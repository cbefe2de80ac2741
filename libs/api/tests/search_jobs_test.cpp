// Search jobs: whose they are, how they end, what their answers look like; and exports.
#include <condition_variable>
#include <mutex>

#include "api_fixture.hpp"
#include "shuwei/api/search_jobs.hpp"

namespace shuwei::api {
namespace {

struct Jobs : ApiTest {
    json begin(const Who& who, const json& body, const std::string& path = "/api/v1/search_jobs") {
        const Reply answer = call(who, "POST", path, body);
        EXPECT_EQ(answer.status, 201) << answer.text;
        return answer.body;
    }
};

TEST_F(Jobs, ASearchAnswersAsAPageOfEvents) {
    const json job = begin(token("analyst"), {{"query", "event.outcome:failure"}, {"wait_ms", 10'000}, {"limit", 1}});
    EXPECT_EQ(job["state"], "done") << job;
    EXPECT_EQ(job["kind"], "search");
    EXPECT_EQ(job["progress"], 1.0);
    EXPECT_EQ(job["events"]["events"].size(), 1u);
    const json page = call(token("analyst"), "POST", "/api/v1/events/search", {{"query", "event.outcome:failure"}, {"limit", 1}}).body;
    EXPECT_EQ(job["events"]["events"], page["events"]);
    EXPECT_EQ(job["events"]["total"], page["total"]);
}

TEST_F(Jobs, StatisticsKeepTheirHolesAsNull) {
    const json job = begin(token("alpha-client"), {{"wait_ms", 10'000}, {"statistics", {{"groups", {"event.outcome"}}, {"buckets", 10}}}});
    ASSERT_EQ(job["state"], "done") << job;
    const json& group = job["statistics"]["groups"][0];
    EXPECT_TRUE(group["totals"][1].is_null());
    EXPECT_TRUE(group["buckets"][1].empty());
    EXPECT_EQ(job["statistics"]["interval_ms"], 3'600'000);
    const Reply wrong = call(token("analyst"), "POST", "/api/v1/search_jobs", {{"statistics", {{"measures", {{{"kind", "sum"}}}}}}});
    EXPECT_EQ(wrong.status, 400) << wrong.text;
}

TEST_F(Jobs, AreTheirOwnersAlone) {
    const Who analyst = token("analyst");
    const std::string id = begin(analyst, {{"wait_ms", 10'000}})["id"];
    for (const char* other : {"admin", "alpha-client", "beta-analyst"}) {
        EXPECT_EQ(call(token(other), "GET", "/api/v1/search_jobs/" + id).status, 404) << other;
        EXPECT_EQ(call(token(other), "DELETE", "/api/v1/search_jobs/" + id).status, 404) << other;
        EXPECT_EQ(call(token(other), "POST", "/api/v1/search_jobs/" + id + "/stop").status, 404) << other;
        EXPECT_TRUE(call(token(other), "GET", "/api/v1/search_jobs").body["items"].empty()) << other;
    }
    EXPECT_EQ(call(analyst, "GET", "/api/v1/search_jobs").body["items"].size(), 1u);
    // Asking as one client only, the answer about several is not there.
    EXPECT_EQ(call(analyst, "GET", "/api/v1/search_jobs/" + id + "?tenant=alpha").status, 404);
    EXPECT_EQ(call(analyst, "GET", "/api/v1/search_jobs/" + id).status, 200);
    EXPECT_EQ(call(analyst, "DELETE", "/api/v1/search_jobs/" + id).status, 204);
    EXPECT_EQ(call(analyst, "GET", "/api/v1/search_jobs/" + id).status, 404);
}

TEST_F(Jobs, AnAnswerIsKeptForAWhile) {
    const Who analyst = token("analyst");
    const std::string id = begin(analyst, {{"wait_ms", 10'000}})["id"];
    clock.advance(29 * base::kMinute);
    EXPECT_EQ(call(analyst, "GET", "/api/v1/search_jobs").body["items"].size(), 1u);
    clock.advance(2 * base::kMinute);
    EXPECT_TRUE(call(analyst, "GET", "/api/v1/search_jobs").body["items"].empty());
    EXPECT_EQ(call(analyst, "GET", "/api/v1/search_jobs/" + id).status, 404);
}

TEST_F(Jobs, AFailureIsToldInTheJob) {
    events.trouble = base::Error(base::ErrorCode::deadline_exceeded, "the query took longer than it may");
    const json job = begin(token("analyst"), {{"wait_ms", 10'000}});
    EXPECT_EQ(job["state"], "failed");
    EXPECT_FALSE(job["error"].get<std::string>().empty());
}

TEST_F(Jobs, ExpertSqlIsForStaffWithinTheirClientsAndAudited) {
    const std::string text = "SELECT count(*), shuwei.tenant, NULL FROM events GROUP BY shuwei.tenant";
    const json job = begin(token("beta-analyst"), {{"sql", text}, {"wait_ms", 10'000}}, "/api/v1/search_jobs/sql");
    ASSERT_EQ(job["state"], "done") << job;
    EXPECT_EQ(job["rows"]["rows"][0][1], "beta");
    EXPECT_EQ(job["rows"]["columns"][0], (json{{"name", "count(*)"}, {"type", "number"}}));
    EXPECT_TRUE(job["rows"]["rows"][0][2].is_null());
    const auto entries = audited("create_sql_job");
    ASSERT_EQ(entries.size(), 1u);
    EXPECT_EQ(entries[0].record.detail, text);
    EXPECT_EQ(entries[0].actor, "beta-analyst");

    EXPECT_EQ(call(token("alpha-client"), "POST", "/api/v1/search_jobs/sql", {{"sql", text}}).status, 403);
    const Reply wrong = call(token("analyst"), "POST", "/api/v1/search_jobs/sql", {{"sql", "SELECT 1 FROM system.tables"}});
    EXPECT_EQ(wrong.status, 400);
    EXPECT_NE(wrong.text.find("character 15"), std::string::npos) << wrong.text;
}

// A reader whose searches last until they are stopped.
class SlowEvents : public EventReader {
public:
    base::Result<eventstore::SearchResult> search(const eventstore::SearchRequest& request) override {
        request.limits.progress(0.25, 1000);
        std::mutex mutex;
        std::condition_variable_any never;
        std::unique_lock lock(mutex);
        never.wait(lock, request.limits.stop, [] { return false; });
        return base::fail(base::ErrorCode::cancelled, "stopped");
    }
    base::Result<uint64_t> stream(const eventstore::SearchRequest&, const std::function<bool(eventstore::StoredEvent&&)>&) override { return uint64_t{0}; }
    base::Result<eventstore::StoredEvent> get(const std::vector<uint32_t>&, uint64_t) override { return eventstore::StoredEvent{}; }
    base::Result<std::vector<eventstore::StoredEvent>> get_many(const std::vector<uint32_t>&, std::vector<uint64_t>) override {
        return std::vector<eventstore::StoredEvent>{};
    }
    base::Result<eventstore::Histogram> histogram(const eventstore::HistogramRequest&) override { return eventstore::Histogram{}; }
    base::Result<eventstore::Pivot> pivot(const eventstore::PivotRequest&) override { return eventstore::Pivot{}; }
    base::Result<eventstore::ExpertResult> expert_query(const eventstore::ExpertQuery&, const eventstore::ExpertRequest&) override {
        return eventstore::ExpertResult{};
    }
    base::Result<eventstore::FieldStats> field_stats(const eventstore::FieldStatsRequest&) override { return eventstore::FieldStats{}; }
    base::Result<std::vector<eventstore::StoredFinding>> findings(const eventstore::FindingsRequest&) override {
        return std::vector<eventstore::StoredFinding>{};
    }
};

TEST(SearchJobs, AreStoppedWhileTheyWaitAndWhileTheyRun) {
    SlowEvents events;
    base::ManualClock clock{1};
    SearchJobs jobs(events, clock, {.at_once = 1, .unfinished_of_one = 2});
    const auto first = jobs.start("a", "x", {1}, eventstore::SearchRequest{});
    const auto second = jobs.start("a", "y", {1}, eventstore::SearchRequest{});
    ASSERT_TRUE(first && second);
    EXPECT_EQ(jobs.start("a", "z", {1}, eventstore::SearchRequest{}).error().code(), base::ErrorCode::resource_exhausted);
    EXPECT_TRUE(jobs.start("b", "z", {}, eventstore::SearchRequest{})->over());  // without clients there is nothing to read
    while (jobs.find("a", first->id)->progress == 0) std::this_thread::yield();
    EXPECT_EQ(jobs.find("a", first->id)->state, SearchJobState::running);
    EXPECT_EQ(jobs.find("a", first->id)->rows_read, 1000u);
    EXPECT_EQ(jobs.find("a", second->id)->state, SearchJobState::waiting);
    EXPECT_EQ(jobs.wait("a", second->id, base::kMillisecond, {})->state, SearchJobState::waiting);

    ASSERT_TRUE(jobs.stop("a", second->id));
    EXPECT_EQ(jobs.find("a", second->id)->state, SearchJobState::stopped);
    ASSERT_TRUE(jobs.stop("a", first->id));
    EXPECT_EQ(jobs.wait("a", first->id, base::kMinute, {})->state, SearchJobState::stopped);
    const auto third = jobs.start("a", "z", {1}, eventstore::SearchRequest{});
    ASSERT_TRUE(third);  // the destructor ends it
}

struct Export : ApiTest {
    std::string file(const std::string& target, const std::string& account = "analyst") {
        const Reply answer = call(token(account), "GET", "/api/v1/events/export?" + target);
        EXPECT_EQ(answer.status, 200) << answer.text;
        return answer.text;
    }
};

TEST_F(Export, GivesEveryEventOldestFirstAndGoesOnBehindACursor) {
    const std::string all = file("query=");
    std::vector<json> rows;
    for (size_t at = 0; at < all.size(); at = all.find('\n', at) + 1) rows.push_back(json::parse(all.substr(at, all.find('\n', at) - at)));
    ASSERT_GE(rows.size(), 2u);
    for (size_t i = 1; i < rows.size(); ++i) EXPECT_LE(rows[i - 1]["@timestamp"].get<std::string>(), rows[i]["@timestamp"].get<std::string>());
    const json page = call(token("analyst"), "POST", "/api/v1/events/search", {{"order", "asc"}, {"limit", 1}}).body;
    const std::string rest = file("cursor=" + page["next_cursor"].get<std::string>());
    EXPECT_EQ(all.substr(all.find('\n') + 1), rest);
}

TEST_F(Export, ATableHasTheColumnsAskedForAndNoFormulas) {
    events.add(alpha, 9000, clock.now(), "line", {{"message", "=HYPERLINK(\"http://x\",\"y\")"}, {"x.number", "-5"}});
    const std::string table = file("format=csv&bom=true&fields=message,x.number&query=" + net::percent_encode("message:*HYPERLINK*"));
    EXPECT_TRUE(table.starts_with("\xEF\xBB\xBF@timestamp,shuwei.seq,message,x.number\r\n")) << table;
    EXPECT_NE(table.find(",\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",-5\r\n"), std::string::npos) << table;
}

TEST_F(Export, IsAuditedAndStaysWithinTheClient) {
    const std::string mine = file("query=event.outcome:failure", "beta-client");
    EXPECT_EQ(mine.find("alpha"), std::string::npos);
    const auto entries = audited("export_events");
    ASSERT_EQ(entries.size(), 1u);
    EXPECT_EQ(entries[0].actor, "beta-client");
    EXPECT_NE(entries[0].record.detail.find("event.outcome:failure"), std::string::npos);
    EXPECT_EQ(call(token("analyst"), "GET", "/api/v1/events/export?query=a:").status, 400);
    events.trouble = base::Error(base::ErrorCode::unavailable, "not there");
    EXPECT_EQ(call(token("analyst"), "GET", "/api/v1/events/export").status, 503);
}

}  // namespace
}  // namespace shuwei::api
