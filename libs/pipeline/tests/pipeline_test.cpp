// The pipeline with a real spool, the real rules engine and device packs, a real event store, and a desk that records.
#include "shuwei/pipeline/pipeline.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <numeric>
#include <set>

#include "shuwei/base/file.hpp"
#include "shuwei/base/random.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::pipeline {
namespace {

constexpr std::string_view kRule = R"(title: Failed SSH password
id: 6b1e1f0a-0000-4000-8000-000000000001
logsource:
    product: linux
    service: sshd
detection:
    keywords:
        - Failed password
    condition: keywords
level: low
)";

// Remembers what was committed; refuses as long as it is told to.
class RecordingDesk final : public Desk {
public:
    base::Result<> assign(std::span<DeskFinding> findings) override {
        const std::scoped_lock lock(mutex_);
        for (DeskFinding& finding : findings) {
            if (finding.alert_id.empty()) finding.alert_id = std::to_string(++last_alert_);
            finding.keep_event = true;
        }
        return {};
    }

    base::Result<> commit(const Commit& commit) override {
        const std::scoped_lock lock(mutex_);
        if (refusals != 0) {
            if (refusals > 0) --refusals;
            changed_.notify_all();
            return base::fail(base::ErrorCode::resource_exhausted, "no room in the ledger");
        }
        for (const DeskFinding& finding : commit.findings) {
            findings.emplace_back(finding.finding.seq, finding.alert_id);
            events_json.push_back(finding.event_json);
            fields.emplace_back(finding.finding.source_field, finding.finding.target_field);
        }
        for (const asset::SourceDelta& delta : commit.sources) {
            lines[delta.key] += delta.lines;
            if (delta.drift) drifts.insert(*delta.drift);
        }
        checkpoint = commit.checkpoint;
        changed_.notify_all();
        return {};
    }

    // Waits until `reached` holds, with a deadline that only a failure meets.
    template <typename Condition>
    bool wait_for(Condition reached) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(120), reached);
    }

    int refusals = 0;  // so many more commits are refused; negative: all
    std::vector<std::pair<uint64_t, std::string>> findings;  // seq, alert
    std::vector<std::string> events_json;
    std::vector<std::pair<std::string, std::string>> fields;  // of source and target
    std::map<asset::SourceKey, int64_t> lines;
    std::set<base::Duration> drifts;
    uint64_t checkpoint = 0;

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int last_alert_ = 0;
};

class PipelineTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        root_ = std::filesystem::temp_directory_path() / ("shuwei-pipeline-" + base::SystemRandom().hex(8));
        std::filesystem::create_directories(root_ / "rules");
        ASSERT_TRUE(base::write_file_durably(root_ / "rules/rule.yml", kRule));
        const std::filesystem::path content = std::filesystem::path(SHUWEI_SOURCE_DIR) / "content";
        detect::RuleSetOptions rule_options;
        rule_options.folders = {root_ / "rules"};
        rule_options.content = content / "sigma";
        auto rules = detect::RuleSet::load(rule_options);
        ASSERT_TRUE(rules) << rules.error().to_string();
        ASSERT_EQ((*rules)->report().failed, 0u);
        rules_ = *rules;
        auto packs = parse::PackSet::load(content / "packs");
        ASSERT_TRUE(packs) << packs.error().to_string();
        packs_ = packs->set;
        eventstore::EventStoreOptions store_options;
        store_options.data_folder = root_ / "events";
        store_options.program = base::program_folder() / "eventstore_test_worker";
        store_options.worker_arguments = {};
        auto store = eventstore::EventStore::open(std::move(store_options));
        ASSERT_TRUE(store) << store.error().to_string();
        store_ = std::move(*store);
    }

    static void TearDownTestSuite() {
        store_.reset();
        rules_.reset();
        packs_.reset();
        std::error_code error;
        std::filesystem::remove_all(root_, error);
    }

    void SetUp() override {
        for (const uint32_t tenant : {1u, 2u}) {
            ASSERT_TRUE(store_->create_tenant(tenant));
            ASSERT_TRUE(store_->drop_tenant(tenant));  // what an earlier test left
            ASSERT_TRUE(store_->create_tenant(tenant));
        }
        auto spool = spool::Spool::open(root_ / ("spool-" + base::SystemRandom().hex(4)));
        ASSERT_TRUE(spool) << spool.error().to_string();
        spool_ = std::move(*spool);
        auto bindings = std::make_shared<SourceBindings>();
        bindings->listeners[10] = {"syslog", event::TimeZone::utc(), parse::Charset::automatic};
        bindings->trusted_relays = {*base::IpNetwork::parse("127.0.0.0/8")};
        bindings_ = bindings;
    }

    void send_at(base::Timestamp received, const std::string& line) {
        spool::FrameView frame;
        frame.received = received;
        frame.true_length = line.size();
        frame.peer = *base::IpAddress::parse("127.0.0.1");
        frame.listener = 10;
        frame.tenant = 1;
        frame.payload = line;
        const auto range = spool_->append({&frame, 1});
        ASSERT_TRUE(range) << range.error().to_string();
    }

    void send(uint32_t tenant, const std::vector<std::string>& lines) {
        std::vector<spool::FrameView> frames;
        for (const std::string& line : lines) {
            spool::FrameView& frame = frames.emplace_back();
            frame.received = clock_.now();
            frame.true_length = line.size();
            frame.peer = *base::IpAddress::parse("127.0.0.1");
            frame.listener = 10;
            frame.tenant = tenant;
            frame.payload = line;
        }
        const auto range = spool_->append(frames);
        ASSERT_TRUE(range) << range.error().to_string();
    }

    std::unique_ptr<Pipeline> make(Desk& desk, PipelineOptions options = {}) {
        return std::make_unique<Pipeline>(*spool_, engine_, *store_, desk, packs_, bindings_, clock_, metrics_, options);
    }

    static std::string ssh(const char* host, const char* message) {
        return std::string("<38>Nov 21 08:30:00 ") + host + " sshd[71]: " + message;
    }
    static uint64_t stored(uint32_t tenant) { return store_->stats(tenant)->events; }
    static size_t stored_findings(uint32_t tenant) { return store_->findings_from(tenant, 0)->size(); }

    static inline std::filesystem::path root_;
    static inline std::shared_ptr<const detect::RuleSet> rules_;
    static inline std::shared_ptr<const parse::PackSet> packs_;
    static inline std::unique_ptr<eventstore::EventStore> store_;
    base::SystemClock clock_;
    base::Metrics metrics_;
    detect::Engine engine_{rules_};
    std::unique_ptr<spool::Spool> spool_;
    std::shared_ptr<const SourceBindings> bindings_;
};

TEST_F(PipelineTest, EveryLineIsStoredOnceAndEachMatchReachesTheDesk) {
    RecordingDesk desk;
    auto pipeline = make(desk);
    ASSERT_TRUE(pipeline->start(0));
    send(1, {ssh("web-01", "Failed password for root from 203.0.113.9 port 4000 ssh2"), "what is this 你好"});
    send(2, {ssh("db-01", "Accepted password for li from 10.0.0.9 port 4000 ssh2"),
             ssh("db-01", "Failed password for li from 10.0.0.9 port 4000 ssh2")});
    ASSERT_TRUE(desk.wait_for([&] { return desk.checkpoint == 4; }));
    pipeline->stop();

    EXPECT_EQ(stored(1), 2u);
    EXPECT_EQ(stored(2), 2u);
    EXPECT_EQ(desk.findings, (std::vector<std::pair<uint64_t, std::string>>{{1, "1"}, {4, "2"}}));
    EXPECT_NE(desk.events_json[0].find("\"source.ip\":\"203.0.113.9\""), std::string::npos) << desk.events_json[0];
    EXPECT_EQ(pipeline->checkpoint(), 4u);
    EXPECT_EQ(metrics_.sum("shuwei_parsed_total"), 3);
    EXPECT_EQ(metrics_.sum("shuwei_unparsed_total"), 1);
    EXPECT_EQ(metrics_.sum("shuwei_stored_total"), 4);
    EXPECT_EQ(metrics_.sum("shuwei_matched_total"), 2);
}

TEST_F(PipelineTest, ARelaysHeaderNamesTheSource) {
    RecordingDesk desk;
    auto pipeline = make(desk);
    ASSERT_TRUE(pipeline->start(0));
    send(1, {ssh("web-01", "Connection closed by 10.0.0.9 port 1"), ssh("web-02", "Connection closed by 10.0.0.9 port 2"),
             ssh("web-01", "Connection closed by 10.0.0.9 port 3")});
    ASSERT_TRUE(desk.wait_for([&] { return desk.checkpoint == 3; }));
    pipeline->stop();
    const auto key = [](const char* host) {
        return asset::SourceKey{.tenant = 1, .listener = "syslog", .peer = "127.0.0.1", .host = host};
    };
    EXPECT_EQ(desk.lines, (std::map<asset::SourceKey, int64_t>{{key("web-01"), 2}, {key("web-02"), 1}}));
}

TEST_F(PipelineTest, ARefusedCommitIsTriedAgainAndCountsOnce) {
    RecordingDesk desk;
    desk.refusals = 3;
    auto pipeline = make(desk);
    ASSERT_TRUE(pipeline->start(0));
    send(1, {ssh("web-01", "Failed password for root from 203.0.113.9 port 4000 ssh2")});
    ASSERT_TRUE(desk.wait_for([&] { return desk.checkpoint == 1; }));
    pipeline->stop();
    EXPECT_EQ(desk.findings.size(), 1u);
    EXPECT_EQ(stored(1), 1u);
    EXPECT_EQ(stored_findings(1), 1u);
    EXPECT_EQ(pipeline->trouble(), "");
    EXPECT_EQ(metrics_.sum("shuwei_commit_failures_total"), 3);
}

TEST_F(PipelineTest, WhatWasStoredButNotCommittedIsCountedOnceAfterTheNextStart) {
    std::vector<std::string> lines;
    for (int i = 0; i < 50; ++i) {
        lines.push_back(ssh("web-01", i % 5 == 0 ? "Failed password for root from 203.0.113.9 port 4000 ssh2"
                                                 : "Connection closed by 10.0.0.9 port 1"));
    }
    send(1, lines);
    {
        RecordingDesk broken;
        broken.refusals = -1;  // as if killed between the store and the ledger
        PipelineOptions impatient;
        impatient.stop_patience = base::kMillisecond;
        auto pipeline = make(broken, impatient);
        ASSERT_TRUE(pipeline->start(0));
        ASSERT_TRUE(broken.wait_for([&] { return metrics_.sum("shuwei_commit_failures_total") > 0; }));
        EXPECT_NE(pipeline->trouble(), "");
        pipeline->stop();
        EXPECT_EQ(pipeline->checkpoint(), 0u);
    }
    ASSERT_EQ(stored(1), 50u);
    ASSERT_EQ(stored_findings(1), 10u);

    RecordingDesk desk;
    auto pipeline = make(desk);
    ASSERT_TRUE(pipeline->start(0));
    send(1, {lines[0]});
    ASSERT_TRUE(desk.wait_for([&] { return desk.checkpoint == 51; }));
    pipeline->stop();
    EXPECT_EQ(stored(1), 51u);
    EXPECT_EQ(stored_findings(1), 11u);
    ASSERT_EQ(desk.findings.size(), 11u);
    for (size_t i = 0; i < 10; ++i) {
        EXPECT_EQ(desk.findings[i].first, 5 * i + 1);
        EXPECT_EQ(desk.findings[i].second, std::to_string(i + 1)) << "the alert it was given before";
        EXPECT_FALSE(desk.events_json[i].empty());
        EXPECT_EQ(desk.fields[i], desk.fields[10]) << "as of a finding that was not read back";
    }
    EXPECT_EQ(desk.fields[10], (std::pair<std::string, std::string>{"source.ip", "host.name"}));
    EXPECT_EQ(metrics_.sum("shuwei_recovered_total"), 50);
}

TEST_F(PipelineTest, GoesOnBehindTheCheckpoint) {
    send(1, {"one", "two", "three"});
    RecordingDesk desk;
    auto pipeline = make(desk);
    ASSERT_TRUE(pipeline->start(2));
    ASSERT_TRUE(desk.wait_for([&] { return desk.checkpoint == 3; }));
    pipeline->stop();
    EXPECT_EQ(stored(1), 1u);
}

// Our clock is set back by two hours, over midnight, and put right two hours later: numbers rise, times are as the clock had them, and nobody else's clock
// is blamed for it.
TEST_F(PipelineTest, AClockThatStepsBackLosesNothing) {
    RecordingDesk desk;
    auto pipeline = make(desk);
    ASSERT_TRUE(pipeline->start(0));
    const base::Timestamp midnight = *event::parse_rfc3339("2026-11-22T00:00:00Z", event::TimeZone::utc());
    std::vector<base::Timestamp> clock;
    for (int minute = 0; minute < 300; ++minute) {
        clock.push_back(midnight + (minute >= 60 && minute < 180 ? minute - 120 : minute) * base::kMinute);
    }
    for (size_t i = 0; i < clock.size(); ++i) {
        const base::Timestamp honest = midnight + static_cast<int64_t>(i) * base::kMinute + base::kSecond;  // the sender's own clock
        const std::string line = "<38>1 " + event::format_rfc3339(honest) + " web-01 sshd 71 - - Connection closed by 10.0.0.9 port " + std::to_string(i + 1);
        send_at(clock[i], line);
    }
    ASSERT_TRUE(desk.wait_for([&] { return desk.checkpoint == clock.size(); }));
    pipeline->stop();
    EXPECT_EQ(store_->present(1, 1)->size(), clock.size());
    std::vector<uint64_t> seqs(clock.size());
    std::iota(seqs.begin(), seqs.end(), 1);
    const auto events = store_->get_many({1}, seqs);
    ASSERT_TRUE(events) << events.error().to_string();
    ASSERT_EQ(events->size(), clock.size());
    for (const auto& event : *events) EXPECT_EQ(event.received, clock[event.seq - 1]) << event.seq;
    EXPECT_EQ(desk.drifts, std::set<base::Duration>{base::kSecond}) << "two hours are ours";
}

TEST_F(PipelineTest, StopWorksOffWhatTheSpoolHolds) {
    RecordingDesk desk;
    auto pipeline = make(desk);
    ASSERT_TRUE(pipeline->start(0));
    send(1, std::vector<std::string>(20'000, "<13>Nov 21 08:30:00 host app: line"));
    pipeline->stop();
    EXPECT_EQ(stored(1), 20'000u);
    EXPECT_EQ(desk.checkpoint, 20'000u);
}

}  // namespace
}  // namespace shuwei::pipeline
