#include <gmock/gmock.h>

#include <map>
#include <set>

#include "collect_fixture.hpp"
#include "kafka_mock.hpp"
#include "shuwei/collect/input.hpp"

namespace shuwei::collect {
namespace {

using testing::HasSubstr;

const InputKind& kind() { return *find_input_kind("kafka"); }

class KafkaInputTest : public CollectTest {
protected:
    InputValues values(std::string topics, InputValues more = {}) {
        more.insert({{"brokers", kafka.addresses()}, {"topics", std::move(topics)}});
        return more;
    }
    std::unique_ptr<Input> start(InputValues with, std::string_view name = "kafka") {
        return start_input(kind(), std::move(with), Listener{7, std::string(name), 3});
    }
    std::string trial(InputValues with) { return trial_of(kind(), std::move(with)); }

    MockKafka kafka;
};

TEST_F(KafkaInputTest, MessagesBecomeFrames) {
    kafka.make_topic("web", 2);
    kafka.produce("web", 0, "{\"message\":\"一\"}", "fw-01");
    kafka.produce("web", 0, "plain text\n");
    kafka.produce("web", 0, "");
    kafka.produce("web", 0, std::string(spool::kMaxFramePayload - 100, 'x'));
    kafka.flush();
    const auto input = start(values("web"));
    const auto frames = receive(3);
    EXPECT_EQ(frames[0].payload, "{\"message\":\"一\"}");
    EXPECT_EQ(frames[0].kind, spool::FrameKind::json);
    EXPECT_EQ(frames[0].source, "web");
    EXPECT_EQ(frames[0].listener, 7U);
    EXPECT_EQ(frames[0].tenant, 3U);
    EXPECT_EQ(frames[0].pack, "nginx");
    EXPECT_EQ(frames[1].payload, "plain text");
    EXPECT_EQ(frames[1].kind, spool::FrameKind::line);
    EXPECT_EQ(frames[2].payload.size(), spool::kMaxFramePayload - 100);
    expect_metric("shuwei_dropped_total{listener=\"kafka\",reason=\"empty\"}", 1);
    expect_metric("shuwei_spooled_total{listener=\"kafka\"}", 3);
    expect_metric("shuwei_input_partitions{listener=\"kafka\"}", 2);
    expect_metric("shuwei_input_lag{listener=\"kafka\"}", 0);
    EXPECT_TRUE(input->status().working);
    EXPECT_EQ(input->status().address, kafka.addresses());
}

TEST_F(KafkaInputTest, LinesAndSyslogAndKeysAsSources) {
    kafka.make_topic("l", 1);
    kafka.make_topic("s", 1);
    kafka.produce("l", 0, "one\r\n\n{\"two\":2}\nthree", "host-a");
    kafka.produce("l", 0, "four", std::string_view("\x01\x02", 2));
    kafka.flush();
    auto input = start(values("l", {{"format", "lines"}, {"source", "key"}}));
    const auto frames = receive(4);
    EXPECT_EQ(frames[0].payload, "one");
    EXPECT_EQ(frames[0].source, "host-a");
    EXPECT_EQ(frames[1].kind, spool::FrameKind::json);
    EXPECT_EQ(frames[2].payload, "three");
    EXPECT_EQ(frames[3].source, "l") << "a key that is no text";
    input->stop();
    kafka.produce("s", 0, "<34>Oct 11 22:14:15 host su: 'su root' failed\n");
    kafka.flush();
    input = start(values("s", {{"format", "syslog"}, {"group", "other"}}));
    const auto syslog = receive(1);
    EXPECT_EQ(syslog[0].kind, spool::FrameKind::syslog);
    EXPECT_EQ(syslog[0].payload, "<34>Oct 11 22:14:15 host su: 'su root' failed");
}

TEST_F(KafkaInputTest, ARestartGoesOnWhereItStopped) {
    kafka.make_topic("t", 3);
    for (int i = 0; i < 900; ++i) kafka.produce("t", i % 3, "before " + std::to_string(i));
    kafka.flush();
    auto input = start(values("t"));
    (void)receive(900);
    input->stop();
    input->stop();
    for (int i = 0; i < 300; ++i) kafka.produce("t", i % 3, "after " + std::to_string(i));
    kafka.flush();
    input = start(values("t"));
    std::set<std::string> after;
    for (const Got& frame : receive(300)) after.insert(frame.payload);
    EXPECT_EQ(after.size(), 300U);
    for (const std::string& payload : after) EXPECT_THAT(payload, testing::StartsWith("after ")) << "doubled";
    input->stop();
    EXPECT_EQ(spool->written_seq(), 1200U);
}

TEST_F(KafkaInputTest, AnExpressionNamesTopics) {
    kafka.make_topic("logs-a", 1);
    kafka.make_topic("logs-b", 1);
    kafka.make_topic("other", 1);
    for (const char* topic : {"logs-a", "other", "logs-b"}) kafka.produce(topic, 0, topic);
    kafka.flush();
    const auto input = start(values("^logs-.*"));
    std::set<std::string> seen;
    for (const Got& frame : receive(2)) seen.insert(frame.source);
    EXPECT_THAT(seen, testing::ElementsAre("logs-a", "logs-b"));
    EXPECT_EQ(trial(values("^logs-.*")), "logs-a: 1 partitions\nlogs-b: 1 partitions\n");
    EXPECT_THAT(trial(values("^none")), HasSubstr("error: topics: unknown topic (^none)"));
}

TEST_F(KafkaInputTest, TwoConsumersOfAGroupShareAndTakeOver) {
    kafka.make_topic("t", 4);
    auto first = start(values("t"), "first");
    expect_metric("shuwei_input_partitions{listener=\"first\"}", 4);
    const auto second = start(values("t"), "second");
    expect_metric("shuwei_input_partitions{listener=\"second\"}", 2);
    std::map<std::string, int> seen;
    const auto read = [&](int round) {
        for (int i = 0; i < 400; ++i) kafka.produce("t", i % 4, std::to_string(round) + ":" + std::to_string(i));
        kafka.flush();
        for (const Got& frame : receive(400)) ++seen[frame.payload];
    };
    read(1);
    EXPECT_GT(metric("shuwei_received_total{listener=\"first\"}"), 0);
    EXPECT_GT(metric("shuwei_received_total{listener=\"second\"}"), 0);
    EXPECT_TRUE(eventually([&] { return kafka.committed("shuwei", "t", 4) == 400; }));
    first->stop();
    expect_metric("shuwei_input_partitions{listener=\"second\"}", 4);
    read(2);
    EXPECT_EQ(seen.size(), 800U);
    for (const auto& [payload, count] : seen) EXPECT_EQ(count, 1) << payload;
}

TEST_F(KafkaInputTest, BrokersThatFailAreOvercome) {
    kafka.make_topic("t", 2);
    const auto input = start(values("t"));
    kafka.fail_next(KafkaRequest::fetch, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, 3);
    kafka.fail_next(KafkaRequest::fetch, RD_KAFKA_RESP_ERR__TRANSPORT, 2);
    kafka.fail_next(KafkaRequest::offset_commit, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, 2);
    kafka.fail_next(KafkaRequest::join_group, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, 1);
    for (int i = 0; i < 200; ++i) kafka.produce("t", i % 2, std::to_string(i));
    kafka.flush();
    std::set<std::string> seen;
    for (const Got& frame : receive(200)) seen.insert(frame.payload);
    EXPECT_EQ(seen.size(), 200U);

    kafka.set_down(1);
    EXPECT_TRUE(eventually([&] { return !input->status().working; }));
    EXPECT_THAT(input->status().last_error, HasSubstr("no broker answers"));
    kafka.set_up(1);
    EXPECT_TRUE(eventually([&] { return input->status().working; })) << "noticed though no message comes";
    kafka.produce("t", 0, "again");
    kafka.flush();
    EXPECT_EQ(receive(1)[0].payload, "again");
}

TEST_F(KafkaInputTest, AFullSpoolPausesAndNothingIsLost) {
    open_spool({.max_bytes = 4 << 20, .segment_bytes = 256 << 10});
    kafka.make_topic("t", 2);
    const auto input = start(values("t"));
    const std::string filler(1000, 'x');
    for (int i = 0; i < 6000; ++i) kafka.produce("t", i % 2, std::to_string(i) + ' ' + filler);
    kafka.flush();
    EXPECT_TRUE(eventually([&] { return !input->status().working; }));
    EXPECT_EQ(metric("shuwei_dropped_total{listener=\"kafka\",reason=\"spool_full\"}"), -1);
    std::set<std::string> seen;
    size_t taken = 0;
    while (seen.size() < 6000 && !HasFailure()) {
        for (const Got& frame : receive(1)) seen.insert(frame.payload);
        if (++taken % 100 == 0) spool->trim(reader->next_seq());
    }
    EXPECT_EQ(taken, 6000U) << "doubled";
    EXPECT_TRUE(eventually([&] { return input->status().working; }));
}

TEST_F(KafkaInputTest, TroubleIsSaidInWords) {
    kafka.make_topic("t", 3);
    EXPECT_EQ(trial(values("t")), "t: 3 partitions\n");
    EXPECT_THAT(trial(values("t\nmissing")), HasSubstr("topics: unknown topic (missing)"));
    EXPECT_THAT(trial(values("t", {{"security", "ssl"}})), testing::AnyOf(HasSubstr("SSL handshake failed"), HasSubstr("SSL_HANDSHAKE")));
    EXPECT_THAT(trial({{"brokers", "127.0.0.1:1"}, {"topics", "t"}}), HasSubstr("no broker answers"));
    kafka.deny_topic("nowhere", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);  // else it would be made when asked for
    const auto input = start(values("nowhere"));
    EXPECT_TRUE(eventually([&] { return !input->status().working; }));
    EXPECT_THAT(input->status().last_error, HasSubstr("unknown topic"));
}

TEST_F(KafkaInputTest, SettingsThatDoNotFitAreRefused) {
    const struct {
        InputValues values;
        std::string_view says;
    } cases[] = {
        {{{"security", "sasl_ssl"}, {"password", "x"}}, "user: is missing"},
        {{{"security", "sasl_plaintext"}, {"user", "x"}}, "password: is missing"},
        {{{"security", "ssl"}, {"certificate", "x"}}, "key: is missing"},
        {{{"security", "ssl"}, {"authorities", "no certificate"}}, "authorities: "},
    };
    for (const auto& [more, says] : cases) {
        const auto settings = InputSettings::check(kind(), values("t", more));
        ASSERT_TRUE(settings);
        const auto input = kind().start(*settings, {Listener{7, "kafka", 3}, *sink, folder.path(), ""});
        ASSERT_FALSE(input) << says;
        EXPECT_THAT(input.error().to_string(), HasSubstr(says));
    }
}

}  // namespace
}  // namespace shuwei::collect
