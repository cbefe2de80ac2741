#include <gmock/gmock.h>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <utility>

#include "collect_fixture.hpp"
#include "shuwei/collect/syslog_input.hpp"

namespace shuwei::collect {
namespace {

using testing::ElementsAre;

class RelpInputTest : public CollectTest {
protected:
    void start(SyslogInputOptions options = {}) {
        options.listener = {7, "fw", 3};
        options.address = *net::SocketAddress::parse("127.0.0.1:0");
        options.transports = SyslogTransports::relp;
        input = SyslogInput::start(options, *sink).value();
    }
    Sender connect() {
        Sender sender(input->address(), SOCK_STREAM);
        const timeval patience{30, 0};
        ::setsockopt(sender.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        return sender;
    }
    Sender opened() {
        Sender sender = connect();
        sender.send("1 open 30 relp_version=0\ncommands=syslog\n");
        EXPECT_EQ(hear(sender, kOpened.size()), kOpened);
        return sender;
    }
    static std::string message(int number, std::string_view text) {
        return std::to_string(number) + " syslog " + std::to_string(text.size()) + ' ' + std::string(text) + '\n';
    }
    // So many bytes of answers, or fewer at the end of the connection.
    static std::string hear(Sender& sender, size_t bytes) {
        std::string heard(bytes, '\0');
        size_t got = 0;
        while (got < bytes) {
            const ssize_t more = ::recv(sender.fd(), heard.data() + got, bytes - got, 0);
            if (more <= 0) break;
            got += static_cast<size_t>(more);
        }
        heard.resize(got);
        return heard;
    }

    static inline const std::string kOpened = "1 rsp 58 200 OK\nrelp_version=0\nrelp_software=shuwei\ncommands=syslog\n";
    std::unique_ptr<SyslogInput> input;
};

TEST_F(RelpInputTest, AcknowledgesWhatIsOnDisk) {
    start();
    auto sender = opened();
    for (int n = 2; n < 50; ++n) {
        sender.send(message(n, "<34>number " + std::to_string(n)));
        const std::string answer = std::to_string(n) + " rsp 6 200 OK\n";
        ASSERT_EQ(hear(sender, answer.size()), answer);
        ASSERT_EQ(spool->durable_seq(), spool->written_seq());
    }
    const auto frames = receive(48);
    EXPECT_EQ(frames[0].payload, "<34>number 2");
    EXPECT_EQ(frames[0].kind, spool::FrameKind::syslog);
    EXPECT_EQ(frames[0].listener, 7U);
    EXPECT_EQ(frames[0].tenant, 3U);
    EXPECT_EQ(frames[0].peer_port, sender.local().port);
    sender.send("50 close 0\n");
    EXPECT_EQ(hear(sender, 1000), "50 rsp 0\n0 serverclose 0\n") << "and then the end";
    expect_metric("shuwei_spooled_total{listener=\"fw-relp\"}", 48);
    expect_metric("shuwei_connections{listener=\"fw-relp\"}", 0);
}

TEST_F(RelpInputTest, GarbageEndsItsOwnConnectionOnly) {
    start();
    auto good = opened();
    auto bad = connect();
    bad.send("GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(hear(bad, 100), "");
    expect_metric("shuwei_framing_errors_total{listener=\"fw-relp\"}", 1);
    good.send(message(2, "<34>fine"));
    EXPECT_THAT(receive_lines(1), ElementsAre("<34>fine"));
}

TEST_F(RelpInputTest, AHalfSentMessageIsLeftToItsSender) {
    start();
    auto sender = opened();
    sender.send(message(2, "<34>whole") + "3 syslog 100 <34>half");
    EXPECT_THAT(receive_lines(1), ElementsAre("<34>whole"));
    sender.reset();
    expect_metric("shuwei_connections{listener=\"fw-relp\"}", 0);
    input->stop();
    EXPECT_TRUE(nothing_more());
}

// Its answers fill the kernel's buffers; then it is not read until it listens again.
TEST_F(RelpInputTest, WhoDoesNotListenIsNotReadOn) {
    start();
    auto deaf = opened();
    std::atomic<int> sent = 2;
    constexpr int kMost = 1'500'000;
    std::thread talker([&] {
        std::string piece;
        for (int n = 2; n < kMost; ++n) {
            piece += message(n, "x");
            if (piece.size() < 60'000 && n + 1 < kMost) continue;
            if (!deaf.send(piece)) return;
            sent = n + 1;
            piece.clear();
        }
    });
    int before = -1;
    EXPECT_TRUE(eventually([&] {  // it stands still
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        return std::exchange(before, sent.load()) == sent.load();
    }));
    EXPECT_LT(sent.load(), kMost);
    auto other = opened();
    other.send(message(2, "<34>of another"));
    EXPECT_EQ(hear(other, 15), "2 rsp 6 200 OK\n");
    size_t answers = 0;
    while (answers + 2 < kMost) {
        char room[65'536];
        const ssize_t got = ::recv(deaf.fd(), room, sizeof room, 0);
        ASSERT_GT(got, 0);
        answers += static_cast<size_t>(std::count(room, room + got, '\n'));
    }
    talker.join();
    expect_metric("shuwei_spooled_total{listener=\"fw-relp\"}", kMost - 1);
}

TEST_F(RelpInputTest, StoppingSaysGoodbye) {
    start();
    auto sender = opened();
    sender.send(message(2, "<34>last"));
    EXPECT_THAT(receive_lines(1), ElementsAre("<34>last"));
    input->stop();
    EXPECT_EQ(hear(sender, 1000), "2 rsp 6 200 OK\n0 serverclose 0\n");
}

// rsyslog's omrelp from the unpacked peers; the input goes away and comes back while it sends.
TEST_F(RelpInputTest, RsyslogSendsAgainWhatWasNotAcknowledged) {
    const std::string peers = std::string(SHUWEI_SOURCE_DIR) + "/build/peers/usr";
    const std::string program = peers + "/sbin/rsyslogd";
    const std::string modules = peers + "/lib/x86_64-linux-gnu/rsyslog";
    if (::access(program.c_str(), X_OK) != 0 || ::access((modules + "/omrelp.so").c_str(), R_OK) != 0) {
        GTEST_SKIP() << "rsyslog is missing (tests/support/fetch_peers.py build/peers)";
    }
    start();
    const net::SocketAddress address = input->address();
    constexpr int kLines = 20'000;
    {
        std::ofstream lines(folder / "in.log");
        for (int i = 0; i < kLines; ++i) lines << "KEY " << i << " 登录失败\n";
        std::ofstream(folder / "peer.conf") << "module(load=\"imfile\" mode=\"polling\" pollingInterval=\"1\")\nmodule(load=\"omrelp\")\n"
            << "global(workDirectory=\"" << folder.path().string() << "\")\n"
            << "input(type=\"imfile\" File=\"" << (folder / "in.log").string() << "\" Tag=\"app:\" ruleset=\"out\")\n"
            << "ruleset(name=\"out\") { action(type=\"omrelp\" target=\"127.0.0.1\" port=\"" << address.port
            << "\" template=\"RSYSLOG_SyslogProtocol23Format\" timeout=\"20\" action.resumeRetryCount=\"-1\" action.resumeInterval=\"1\""
            << " action.resumeIntervalMax=\"1\" queue.type=\"LinkedList\" queue.size=\"100000\") }\n";
    }
    const std::string configuration = (folder / "peer.conf").string();
    const std::string pid_file = (folder / "peer.pid").string();
    const std::string libraries = peers + "/lib/x86_64-linux-gnu";
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::setenv("LD_LIBRARY_PATH", libraries.c_str(), 1);
        ::execl(program.c_str(), "rsyslogd", "-n", "-f", configuration.c_str(), "-i", pid_file.c_str(), "-M", modules.c_str(), nullptr);
        ::_exit(127);
    }
    std::map<int, int> seen;
    bool restarted = false;
    EXPECT_TRUE(eventually([&] {
        (void)nothing_more_of([&](const spool::FrameView& frame) {
            const size_t at = frame.payload.find("KEY ");
            if (at != std::string_view::npos) ++seen[std::stoi(std::string(frame.payload.substr(at + 4, 8)))];
        });
        if (!restarted && seen.size() > kLines / 4) {
            restarted = true;
            input.reset();
            SyslogInputOptions options;
            options.listener = {7, "fw", 3};
            options.address = address;
            options.transports = SyslogTransports::relp;
            auto again = SyslogInput::start(options, *sink);
            EXPECT_TRUE(again) << again.error().to_string();
            if (again) input = std::move(*again);
        }
        return seen.size() == kLines;
    })) << seen.size();
    EXPECT_TRUE(restarted);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const auto twice = std::count_if(seen.begin(), seen.end(), [](const auto& line) { return line.second > 1; });
    EXPECT_LE(twice, 128) << "no more than was on its way";
}

TEST_F(RelpInputTest, ManyConnectionsEachHaveTheirAnswers) {
    start();
    std::vector<Sender> senders;
    for (int i = 0; i < 200; ++i) senders.push_back(opened());
    for (int n = 2; n < 12; ++n) {
        for (auto& sender : senders) sender.send(message(n, "<34>from " + std::to_string(n)));
    }
    for (auto& sender : senders) {
        std::string expected;
        for (int n = 2; n < 12; ++n) expected += std::to_string(n) + " rsp 6 200 OK\n";
        EXPECT_EQ(hear(sender, expected.size()), expected);
    }
    receive(2000);
}

}  // namespace
}  // namespace shuwei::collect
