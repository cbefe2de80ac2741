#include <gmock/gmock.h>

#include <map>
#include <set>

#include "collect_fixture.hpp"
#include "nats_server.hpp"
#include "shuwei/collect/input.hpp"

namespace shuwei::collect {
namespace {

using testing::HasSubstr;

const InputKind& kind() { return *find_input_kind("nats"); }

class NatsInputTest : public CollectTest {
protected:
    void SetUp() override {
        if (NatsServer::program().empty()) GTEST_SKIP() << "nats-server is missing: tests/support/fetch_peers.py build/peers";
        CollectTest::SetUp();
    }
    NatsServer& serve(std::string more = {}) {
        server = std::make_unique<NatsServer>(folder / "nats", std::move(more));
        EXPECT_TRUE(server->start());
        return *server;
    }
    InputValues values(InputValues more = {}) {
        more.insert({{"servers", server->address()}, {"stream", "LOGS"}});
        return more;
    }
    std::unique_ptr<Input> start(InputValues with) {
        return start_input(kind(), std::move(with), Listener{8, "nats", 3});
    }
    std::string trial(InputValues with) { return trial_of(kind(), std::move(with)); }

    std::unique_ptr<NatsServer> server;
};

TEST_F(NatsInputTest, MessagesBecomeFrames) {
    NatsPublisher publisher(serve().address());
    publisher.make_stream("LOGS", "logs.>");
    publisher.publish("logs.fw", "{\"message\":\"一\"}");
    publisher.publish("logs.web", "plain text\n");
    publisher.publish("logs.web", "");
    publisher.publish("logs.web", std::string(1'000'000, 'x'));
    publisher.flush();
    const auto input = start(values());
    const auto frames = receive(3);
    EXPECT_EQ(frames[0].payload, "{\"message\":\"一\"}");
    EXPECT_EQ(frames[0].kind, spool::FrameKind::json);
    EXPECT_EQ(frames[0].source, "logs.fw");
    EXPECT_EQ(frames[0].listener, 8U);
    EXPECT_EQ(frames[0].tenant, 3U);
    EXPECT_EQ(frames[0].pack, "nginx");
    EXPECT_EQ(frames[1].payload, "plain text");
    EXPECT_EQ(frames[1].source, "logs.web");
    EXPECT_EQ(frames[2].payload.size(), 1'000'000U);
    expect_metric("shuwei_dropped_total{listener=\"nats\",reason=\"empty\"}", 1);
    expect_metric("shuwei_input_lag{listener=\"nats\"}", 0);
    EXPECT_TRUE(eventually([&] { return publisher.waiting("LOGS", "shuwei") == 0; }));
    EXPECT_TRUE(input->status().working);
}

TEST_F(NatsInputTest, MessagesOverTheLimitAreCut) {
    NatsPublisher publisher(serve("max_payload: 8M").address());
    publisher.make_stream("LOGS", "logs.>");
    publisher.publish("logs.a", "first");
    publisher.publish("logs.a", std::string(3'000'000, 'y'));
    publisher.publish("logs.a", "last");
    publisher.flush();
    const auto input = start(values());
    const auto frames = receive(3);
    EXPECT_EQ(frames[1].payload.size(), spool::kMaxFramePayload);
    EXPECT_EQ(frames[1].true_length, 3'000'000U);
    EXPECT_EQ(frames[2].payload, "last");
    expect_metric("shuwei_truncated_total{listener=\"nats\"}", 1);
}

TEST_F(NatsInputTest, AFilterAndLinesAndSyslog) {
    NatsPublisher publisher(serve().address());
    publisher.make_stream("LOGS", "logs.>");
    publisher.publish("logs.a", "one\ntwo\n");
    publisher.publish("logs.b", "<34>not ours");
    publisher.flush();
    auto input = start(values({{"subject", "logs.a"}, {"format", "lines"}}));
    EXPECT_EQ(receive_lines(2), (std::vector<std::string>{"one", "two"}));
    input->stop();
    input = start(values({{"subject", "logs.b"}, {"format", "syslog"}, {"durable", "other"}}));
    const auto frames = receive(1);
    EXPECT_EQ(frames[0].payload, "<34>not ours");
    EXPECT_EQ(frames[0].kind, spool::FrameKind::syslog);
    EXPECT_EQ(spool->written_seq(), 3U);
}

TEST_F(NatsInputTest, ARestartGoesOnWhereItStopped) {
    NatsPublisher publisher(serve().address());
    publisher.make_stream("LOGS", "logs.>");
    for (int i = 0; i < 5000; ++i) publisher.publish("logs.a", std::to_string(i));
    publisher.flush();
    auto input = start(values());
    (void)receive(5000);
    input->stop();
    input->stop();
    EXPECT_EQ(publisher.waiting("LOGS", "shuwei"), 0);
    for (int i = 5000; i < 6000; ++i) publisher.publish("logs.a", std::to_string(i));
    publisher.flush();
    input = start(values());
    std::set<std::string> after;
    for (auto& frame : receive(1000)) after.insert(frame.payload);
    EXPECT_EQ(after.size(), 1000U);
    input->stop();
    EXPECT_EQ(spool->written_seq(), 6000U);
}

TEST_F(NatsInputTest, AServerThatIsKilledAndComesBackLosesNothing) {
    serve();
    std::set<std::string> seen;
    auto publisher = std::make_unique<NatsPublisher>(server->address());
    publisher->make_stream("LOGS", "logs.>");
    for (int i = 0; i < 500; ++i) publisher->publish("logs.a", std::to_string(i));
    publisher->flush();
    const auto input = start(values());
    for (auto& frame : receive(500)) seen.insert(frame.payload);
    publisher.reset();
    server->kill();
    EXPECT_TRUE(eventually([&] { return !input->status().working; }));
    EXPECT_THAT(input->status().last_error, HasSubstr("no server answers"));
    ASSERT_TRUE(server->start());
    publisher = std::make_unique<NatsPublisher>(server->address());
    for (int i = 500; i < 1000; ++i) publisher->publish("logs.a", std::to_string(i));
    publisher->flush();
    while (seen.size() < 1000 && !HasFailure()) seen.insert(receive(1)[0].payload);
    EXPECT_TRUE(eventually([&] { return input->status().working; }));
    publisher->delete_consumer("LOGS", "shuwei");
    EXPECT_TRUE(eventually([&] { return publisher->waiting("LOGS", "shuwei") >= 0; })) << "made anew";
}

TEST_F(NatsInputTest, AFullSpoolHoldsAndNothingIsLost) {
    open_spool({.max_bytes = 4 << 20, .segment_bytes = 256 << 10});
    NatsPublisher publisher(serve().address());
    publisher.make_stream("LOGS", "logs.>");
    const std::string filler(1000, 'x');
    for (int i = 0; i < 6000; ++i) publisher.publish("logs.a", std::to_string(i) + ' ' + filler);
    publisher.flush();
    const auto input = start(values());
    EXPECT_TRUE(eventually([&] { return !input->status().working; }));
    EXPECT_GT(publisher.waiting("LOGS", "shuwei"), 0);
    std::set<std::string> seen;
    size_t taken = 0;
    while (seen.size() < 6000 && !HasFailure()) {
        for (const Got& frame : receive(1)) seen.insert(frame.payload);
        if (++taken % 100 == 0) spool->trim(reader->next_seq());
    }
    EXPECT_EQ(taken, 6000U) << "doubled";
    EXPECT_TRUE(eventually([&] { return input->status().working; }));
}

TEST_F(NatsInputTest, WhatIsHeldComesAgainAfterAnEnd) {
    open_spool({.max_bytes = 1, .segment_bytes = 256 << 10});
    NatsPublisher publisher(serve().address());
    publisher.make_stream("LOGS", "logs.>");
    for (int i = 0; i < 10; ++i) publisher.publish("logs.a", std::to_string(i));
    publisher.flush();
    auto input = start(values());
    EXPECT_TRUE(eventually([&] { return !input->status().working; }));
    input->stop();
    EXPECT_EQ(publisher.waiting("LOGS", "shuwei"), 10);
    open_spool();
    input = start(values());
    std::set<std::string> seen;
    for (auto& frame : receive(10)) seen.insert(frame.payload);
    EXPECT_EQ(seen.size(), 10U);
}

TEST_F(NatsInputTest, WhoWeAreIsShownAndTroubleIsSaidInWords) {
    serve("authorization { user: reader, password: right }");
    const auto with = [&](const char* password) { return values({{"user", "reader"}, {"password", password}}); };
    EXPECT_THAT(trial(with("wrong")), HasSubstr("authentication failed"));
    EXPECT_THAT(trial(with("right")), HasSubstr("stream: unknown stream 'LOGS'"));
    const auto input = start(with("right"));
    EXPECT_TRUE(eventually([&] { return !input->status().working; }));
    EXPECT_THAT(input->status().last_error, HasSubstr("unknown stream 'LOGS'"));
    NatsPublisher publisher("nats://reader:right@127.0.0.1:" + std::to_string(server->port()));
    publisher.make_stream("LOGS", "logs.>");
    publisher.publish("logs.a", "x");
    publisher.flush();
    EXPECT_EQ(receive(1)[0].payload, "x") << "once the stream is there";
    EXPECT_THAT(trial(with("right")), testing::StartsWith("LOGS: 1 messages"));
    EXPECT_THAT(trial(with("right")), HasSubstr("subject logs.>\n"));
    EXPECT_THAT(trial({{"servers", "nats://127.0.0.1:1"}, {"stream", "LOGS"}}), HasSubstr("no server answers"));
}

TEST_F(NatsInputTest, ATokenOpens) {
    serve("authorization { token: s3cret }");
    EXPECT_THAT(trial(values({{"token", "s3cret"}})), HasSubstr("unknown stream"));
    EXPECT_THAT(trial(values({{"token", "other"}})), HasSubstr("authentication failed"));
}

TEST_F(NatsInputTest, AKeyPairOpens) {
    // Of the private key 00 01 … 1f.
    const std::string key = "UAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3RLKK";
    const std::string seed = "SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H776Y";
    serve("authorization { users: [ { nkey: " + key + " } ] }");
    EXPECT_THAT(trial(values({{"nkey", key}, {"nkey_seed", seed}})), HasSubstr("unknown stream"));
    EXPECT_THAT(trial(values()), HasSubstr("authentication failed"));
}

TEST_F(NatsInputTest, TheServersCertificateIsChecked) {
    const auto make = [&](const std::string& name, const std::string& address) {
        const std::string path = (folder / name).string();
        return std::system(("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=test -addext "
                            "subjectAltName=IP:" + address + " -keyout " + path + ".key -out " + path + ".pem 2>/dev/null").c_str());
    };
    if (make("right", "127.0.0.1") != 0 || make("other", "192.0.2.1") != 0) GTEST_SKIP() << "openssl is missing";
    const auto text = [&](const std::string& name) { return base::read_file(folder / name, 1 << 16).value(); };
    const auto serve_with = [&](const std::string& name) {
        const std::string path = (folder / name).string();
        serve("tls { cert_file: \"" + path + ".pem\", key_file: \"" + path + ".key\" }");
    };
    serve_with("right");
    const std::string authorities = text("right.pem");
    EXPECT_THAT(trial(values({{"tls", "true"}, {"authorities", authorities}})), HasSubstr("unknown stream"));
    EXPECT_THAT(trial(values({{"tls", "true"}})), HasSubstr("TLS failed")) << "signed by nobody we know";
    EXPECT_THAT(trial(values()), HasSubstr("TLS failed")) << "the server asks for it";
    EXPECT_THAT(trial(values({{"authorities", authorities}})), HasSubstr("unknown stream"));
    server.reset();
    serve_with("other");
    EXPECT_THAT(trial(values({{"tls", "true"}, {"authorities", text("other.pem")}})), HasSubstr("TLS failed")) << "of another host";
}

TEST_F(NatsInputTest, SettingsThatDoNotFitAreRefused) {
    serve();
    const struct {
        InputValues values;
        std::string_view says;
    } cases[] = {
        {{{"servers", "nats://user:password@host:4222"}}, "servers: user and password"},
        {{{"durable", "a.b"}}, "durable: "},
        {{{"credentials", "what"}}, "credentials: "},
        {{{"nkey", "UABC"}}, "nkey_seed: "},
        {{{"tls", "true"}, {"authorities", "no certificate"}}, "authorities: "},
        {{{"tls", "true"}, {"certificate", "x"}}, "key: "},
    };
    for (const auto& [more, says] : cases) {
        const auto settings = InputSettings::check(kind(), values(more));
        ASSERT_TRUE(settings);
        const auto input = kind().start(*settings, {Listener{7, "nats", 3}, *sink, folder.path(), ""});
        ASSERT_FALSE(input) << says;
        EXPECT_THAT(input.error().to_string(), HasSubstr(says));
    }
}

}  // namespace
}  // namespace shuwei::collect
