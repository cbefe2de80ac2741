#include "shuwei/collect/syslog_input.hpp"

#include <gmock/gmock.h>

#include <map>
#include <random>

#include "collect_fixture.hpp"
#include "shuwei/crypto/digest.hpp"

namespace shuwei::collect {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;

class SyslogInputTest : public CollectTest {
protected:
    void start(SyslogInputOptions options = {}) {
        options.listener = {7, "fw", 3};
        if (options.address.port == 0) options.address = *net::SocketAddress::parse("127.0.0.1:0");
        options.receive_buffer = 4 << 20;
        auto started = SyslogInput::start(options, *sink);
        ASSERT_TRUE(started) << started.error().to_string();
        input = std::move(*started);
    }
    Sender udp() { return Sender(input->address(), SOCK_DGRAM); }
    Sender tcp() { return Sender(input->address(), SOCK_STREAM); }

    std::unique_ptr<SyslogInput> input;
};

TEST_F(SyslogInputTest, TakesADatagramAsAFrame) {
    start();
    auto sender = udp();
    sender.send("<13>one\n");
    sender.send("two lines\nin one\r\n");
    sender.send("");
    sender.send("\n");
    sender.send("binary \0\xff\x80 end"s);
    sender.send(std::string(60'000, 'x'));
    const auto frames = receive(4);
    EXPECT_EQ(frames[0].payload, "<13>one");
    EXPECT_EQ(frames[1].payload, "two lines\nin one");
    EXPECT_EQ(frames[2].payload, "binary \0\xff\x80 end"s);
    EXPECT_EQ(frames[3].payload, std::string(60'000, 'x'));
    EXPECT_EQ(frames[0].peer.to_string(), "127.0.0.1");
    EXPECT_EQ(frames[0].peer_port, sender.local().port);
    EXPECT_EQ(frames[0].listener, 7U);
    EXPECT_EQ(frames[0].tenant, 3U);
    EXPECT_EQ(frames[0].kind, spool::FrameKind::syslog);
    EXPECT_EQ(frames[0].received, clock.now());
    expect_metric("shuwei_received_total{listener=\"fw-udp\"}", 4);
    expect_metric("shuwei_dropped_total{listener=\"fw-udp\",reason=\"empty\"}", 2);
    expect_metric("shuwei_dropped_total{listener=\"fw-udp\",reason=\"kernel\"}", 0);
    expect_metric("shuwei_spooled_total{listener=\"fw-udp\"}", 4);
}

TEST_F(SyslogInputTest, CountsWhatTheKernelDropped) {
    SyslogInputOptions options;
    options.address = *net::SocketAddress::parse("127.0.0.1:0");
    options.listener = {1, "fw", 1};
    options.receive_buffer = 4096;
    input = SyslogInput::start(options, *sink).value();
    auto sender = udp();
    const std::string line(1400, 'x');
    int64_t sent = 0;
    const auto dropped = [&] { return metric("shuwei_dropped_total{listener=\"fw-udp\",reason=\"kernel\"}"); };
    ASSERT_TRUE(eventually([&] {
        for (int i = 0; i < 500; ++i) sent += sender.send(line) ? 1 : 0;
        return dropped() > 0;
    }));
    input->stop();
    EXPECT_LE(dropped() + metric("shuwei_received_total{listener=\"fw-udp\"}"), sent);
}

TEST_F(SyslogInputTest, TakesBothFramingsOverTcp) {
    start();
    auto sender = tcp();
    sender.send("<34>line\n12 <34>counted\n");
    const auto frames = receive(2);
    EXPECT_EQ(frames[0].payload, "<34>line");
    EXPECT_EQ(frames[1].payload, "<34>counted");
    EXPECT_EQ(frames[1].peer_port, sender.local().port);
    expect_metric("shuwei_spooled_total{listener=\"fw-tcp\"}", 2);
    expect_metric("shuwei_connections{listener=\"fw-tcp\"}", 1);
    sender.close();
    expect_metric("shuwei_connections{listener=\"fw-tcp\"}", 0);
}

TEST_F(SyslogInputTest, TakesWhatASlowSenderDrips) {
    start();
    auto slow = tcp();
    auto quick = tcp();
    const std::string line = "26 <34>one byte after another";
    for (size_t i = 0; i < line.size(); ++i) {
        slow.send(line.substr(i, 1));
        quick.send("<34>in between\n");
        if (i + 1 < line.size()) {
            EXPECT_EQ(receive(1)[0].payload, "<34>in between");
        } else {
            EXPECT_THAT(receive_lines(2), testing::UnorderedElementsAre("<34>in between", "<34>one byte after another"));
        }
    }
}

TEST_F(SyslogInputTest, KeepsAHalfSentFrameHoweverTheConnectionEnds) {
    start();
    auto orderly = tcp();
    orderly.send("<34>a\n<34>half");
    EXPECT_EQ(receive(1)[0].payload, "<34>a");
    orderly.close();
    auto frame = receive(1)[0];
    EXPECT_EQ(frame.payload, "<34>half");
    EXPECT_EQ(frame.flags, spool::kFrameUnterminated);

    auto crashing = tcp();
    crashing.send("<34>b\n500 <34>counted half");
    EXPECT_EQ(receive(1)[0].payload, "<34>b");
    crashing.reset();
    frame = receive(1)[0];
    EXPECT_EQ(frame.payload, "<34>counted half");
    EXPECT_EQ(frame.flags, spool::kFrameUnterminated);
    expect_metric("shuwei_unterminated_total{listener=\"fw-tcp\"}", 2);
}

TEST_F(SyslogInputTest, CutsATenMegabyteLineAndGoesOn) {
    start();
    auto sender = tcp();
    std::string line = "<34>long ";
    line.resize(10'000'000, 'L');
    ASSERT_TRUE(sender.send(line + "\n<34>behind\n"));
    ASSERT_TRUE(sender.send(std::to_string(line.size()) + ' ' + line + "10 <34>behind"));
    const auto frames = receive(4);
    for (const size_t i : {0U, 2U}) {
        EXPECT_EQ(frames[i].payload, line.substr(0, 1 << 20));
        EXPECT_EQ(frames[i].true_length, line.size());
        EXPECT_EQ(frames[i].flags, spool::kFrameTruncated);
        const auto digest = crypto::sm3(line);
        EXPECT_EQ(frames[i].sm3, std::string(digest.begin(), digest.end()));
        EXPECT_EQ(frames[i + 1].payload, "<34>behind");
    }
    expect_metric("shuwei_truncated_total{listener=\"fw-tcp\"}", 2);
    expect_metric("shuwei_received_bytes_total{listener=\"fw-tcp\"}", 20'000'020);
}

TEST_F(SyslogInputTest, SurvivesABadOctetCountAndBinary) {
    start();
    auto sender = tcp();
    sender.send("99999999999 <34>x\n\x80\x01\x00\xff\n<34>fine\n"s);
    EXPECT_THAT(receive_lines(3), ElementsAre("99999999999 <34>x", "\x80\x01\x00\xff"s, "<34>fine"));
    expect_metric("shuwei_framing_errors_total{listener=\"fw-tcp\"}", 1);
}

TEST_F(SyslogInputTest, KeepsTheOrderOfEachOfManyConnections) {
    start();
    constexpr size_t kConnections = 200;
    constexpr size_t kLines = 50;
    std::vector<Sender> senders;
    for (size_t c = 0; c < kConnections; ++c) senders.push_back(tcp());
    for (size_t line = 0; line < kLines; ++line) {
        for (size_t c = 0; c < kConnections; ++c) senders[c].send("<34>" + std::to_string(c) + ' ' + std::to_string(line) + '\n');
    }
    std::map<std::string, size_t> next;
    for (const auto& frame : receive(kConnections * kLines)) {
        const size_t space = frame.payload.find(' ');
        EXPECT_EQ(frame.payload.substr(space + 1), std::to_string(next[frame.payload.substr(0, space)]++));
    }
    EXPECT_EQ(next.size(), kConnections);
}

TEST_F(SyslogInputTest, KeepsToItsConnectionLimit) {
    SyslogInputOptions options;
    options.max_connections = 2;
    start(options);
    auto one = tcp();
    auto two = tcp();
    one.send("1\n");
    two.send("2\n");
    receive(2);
    auto three = tcp();
    char byte = 0;
    EXPECT_LE(::recv(three.fd(), &byte, 1, 0), 0) << "closed at once";
    expect_metric("shuwei_connections_refused_total{listener=\"fw-tcp\",reason=\"limit\"}", 1);
    one.send("still here\n");
    EXPECT_THAT(receive_lines(1), ElementsAre("still here"));
}

TEST_F(SyslogInputTest, EndsTheGreediestConnectionWhenUnfinishedFramesFillTheMemory) {
    SyslogInputOptions options;
    options.max_buffered_bytes = 1'000'000;
    start(options);
    auto small = tcp();
    small.send("<34>sm");
    auto greedy = tcp();
    greedy.send(std::string(1'030'000, 'g'));  // never a line end
    const auto frame = receive(1)[0];
    EXPECT_EQ(frame.flags, spool::kFrameUnterminated);
    EXPECT_EQ(frame.payload[0], 'g');
    expect_metric("shuwei_connections_refused_total{listener=\"fw-tcp\",reason=\"memory\"}", 1);
    small.send("all\n");
    EXPECT_THAT(receive_lines(1), ElementsAre("<34>small"));
}

TEST_F(SyslogInputTest, MakesTcpWaitAndCountsUdpWhileTheSpoolIsFull) {
    spool::SpoolOptions small;
    small.max_bytes = 100'000;
    small.segment_bytes = 20'000;
    open_spool(small);
    start();
    auto sender = tcp();
    const std::string line = "<34>" + std::string(996, 'x') + '\n';
    constexpr size_t kLines = 3000;
    std::thread stubborn([&] {
        for (size_t i = 0; i < kLines; ++i) ASSERT_TRUE(sender.send(line));
    });
    EXPECT_TRUE(eventually([&] { return spool->full(); }));
    auto datagrams = udp();
    EXPECT_TRUE(eventually([&] {
        datagrams.send("<34>" + std::string(60'000, 'u'));
        return metric("shuwei_dropped_total{listener=\"fw-udp\",reason=\"spool_full\"}") > 0;
    }));
    // The pipeline takes and trims: everything the TCP sender had to say comes through.
    size_t came = 0;
    while (came < kLines) {
        const auto frames = reader->next(100, 1 << 20, kPatience);
        ASSERT_FALSE(frames->empty());
        for (const auto& frame : *frames) came += frame.payload[4] == 'x' ? 1 : 0;
        spool->trim(reader->next_seq());
    }
    stubborn.join();
    EXPECT_EQ(came, kLines);
}

TEST_F(SyslogInputTest, TakesWhatWasSentBeforeItStopped) {
    start();
    std::vector<Sender> senders;
    for (int i = 0; i < 20; ++i) senders.push_back(tcp());
    auto datagrams = udp();
    for (auto& sender : senders) sender.send("<34>" + std::string(100'000, 'z') + "\n<34>half");
    for (int i = 0; i < 20; ++i) datagrams.send("datagram");
    expect_metric("shuwei_connections{listener=\"fw-tcp\"}", 20);
    input->stop();
    EXPECT_EQ(metric("shuwei_spooled_total{listener=\"fw-tcp\"}"), 40) << "on disk when stop() returns";
    expect_metric("shuwei_spooled_total{listener=\"fw-udp\"}", 20);
    expect_metric("shuwei_connections{listener=\"fw-tcp\"}", 0);
    EXPECT_EQ(receive(60).size(), 60U);
    input->stop();
}

TEST_F(SyslogInputTest, StopsWhileTheSpoolIsFull) {
    spool::SpoolOptions full;
    full.min_free_bytes = uint64_t{1} << 62;
    open_spool(full);
    start();
    auto sender = tcp();
    sender.send("<34>nowhere to go\n");
    expect_metric("shuwei_connections{listener=\"fw-tcp\"}", 1);
    input->stop();
    expect_metric("shuwei_dropped_total{listener=\"fw-tcp\",reason=\"stopping\"}", 1);
}

TEST_F(SyslogInputTest, SaysWhichInputCouldNotBind) {
    start();
    SyslogInputOptions second;
    second.listener = {8, "second", 1};
    second.address = input->address();
    const auto refused = SyslogInput::start(second, *sink);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), base::ErrorCode::already_exists);
    EXPECT_THAT(refused.error().to_string(), testing::HasSubstr("syslog input 'second'"));
    EXPECT_THAT(refused.error().to_string(), testing::HasSubstr(input->address().to_string()));
}

}  // namespace
}  // namespace shuwei::collect
