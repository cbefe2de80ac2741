#include "fair_share.hpp"

#include <gmock/gmock.h>

#include "collect_fixture.hpp"
#include "shuwei/collect/http_ingest.hpp"
#include "shuwei/collect/syslog_input.hpp"

namespace shuwei::collect {
namespace {

base::IpAddress sender(int number) { return *base::IpAddress::parse("10.0." + std::to_string(number / 250) + "." + std::to_string(number % 250 + 1)); }

TEST(FairShare, ASourceMayTakeItsPartOfHalfTheRoom) {
    FairShare shares;
    EXPECT_TRUE(shares.admits(1, sender(1), 100, 1000, 0));
    EXPECT_TRUE(shares.admits(1, sender(2), 10, 1000, 0));
    EXPECT_TRUE(shares.admits(1, sender(1), 400, 1000, 1)) << "100 of 250 taken";
    EXPECT_FALSE(shares.admits(1, sender(1), 1, 1000, 2));
    EXPECT_TRUE(shares.admits(1, sender(2), 10, 1000, 3)) << "the other does not feel it";
    EXPECT_TRUE(shares.admits(2, sender(1), 10, 1000, 4)) << "nor does another listener";
    EXPECT_TRUE(shares.admits(1, sender(1), 10, 1000, base::kSecond)) << "the next second";
}

TEST(FairShare, InventedSendersShareOne) {
    FairShare shares;
    int admitted = 0;
    for (int i = 0; i < 20'000; ++i) admitted += shares.admits(1, sender(i), 100, 8'000'000, 0) ? 1 : 0;
    EXPECT_LE(admitted, 4096 + 10);
    EXPECT_TRUE(shares.admits(1, sender(7), 100, 8'000'000, 0)) << "who was there before";
}

class FloodTest : public CollectTest {
protected:
    void SetUp() override {
        CollectTest::SetUp();
        open_spool({.max_bytes = 8 << 20, .segment_bytes = 256 << 10});
        SyslogInputOptions options;
        options.listener = {1, "syslog", 1};
        options.address = *net::SocketAddress::parse("127.0.0.1:0");
        input = SyslogInput::start(std::move(options), *sink).value();
    }
    // A socket of the host 127.0.0.`host`.
    base::FileDescriptor connect(int host, int type) {
        base::FileDescriptor fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
        sockaddr_storage storage{};
        socklen_t size = net::to_sockaddr(*net::SocketAddress::parse("127.0.0." + std::to_string(host) + ":0"), storage);
        EXPECT_EQ(0, ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&storage), size));
        size = net::to_sockaddr(input->address(), storage);
        EXPECT_EQ(0, ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&storage), size));
        return fd;
    }
    static bool send(const base::FileDescriptor& fd, std::string_view text, int flags = 0) {
        return ::send(fd.get(), text.data(), text.size(), flags | MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
    }
    int64_t received(const char* transport) { return metric("shuwei_received_total{listener=\"syslog-" + std::string(transport) + "\"}"); }

    std::unique_ptr<SyslogInput> input;
};

constexpr int kQuiet = 59;
constexpr int kEach = 40;

TEST_F(FloodTest, DatagramsOfTheFloodAreDroppedAndOfNobodyElse) {
    std::vector<base::FileDescriptor> quiet;
    for (int i = 0; i < kQuiet; ++i) quiet.push_back(connect(2 + i, SOCK_DGRAM));
    const auto flood = connect(200, SOCK_DGRAM);
    const std::string filler(1000, 'f');
    int64_t sent = 0;
    for (int round = 0; round < kEach; ++round) {
        for (int i = 0; i < kQuiet; ++i) {
            for (int n = 0; n < 8; ++n) sent += send(flood, filler) ? 1 : 0;  // 19 MB in all; the spool holds 8
            sent += send(quiet[i], "quiet " + std::to_string(i) + ' ' + std::to_string(round)) ? 1 : 0;
        }
        EXPECT_TRUE(eventually([&] { return received("udp") == sent; })) << received("udp") << " of " << sent;
    }
    EXPECT_GT(metric("shuwei_dropped_total{listener=\"syslog-udp\",reason=\"fair_share\"}"), 0);
    EXPECT_EQ(metric("shuwei_dropped_total{listener=\"syslog-udp\",reason=\"spool_full\"}"), 0);
    EXPECT_EQ(metric("shuwei_dropped_total{listener=\"syslog-udp\",reason=\"kernel\"}"), 0);
    int kept = 0;
    while (!nothing_more_of([&](const spool::FrameView& frame) { kept += frame.payload.starts_with("quiet ") ? 1 : 0; })) {}
    EXPECT_EQ(kept, kQuiet * kEach);
}

TEST_F(FloodTest, ConnectionsOfTheFloodAreReadLessOften) {
    const auto flood = connect(200, SOCK_STREAM);
    std::atomic<bool> over = false;
    std::thread flooder([&] {
        const std::string line = std::string(1000, 'f') + '\n';
        std::string piece;
        for (int i = 0; i < 64; ++i) piece += line;
        while (!over && ::send(flood.get(), piece.data(), piece.size(), MSG_NOSIGNAL) > 0) {}
    });
    EXPECT_TRUE(eventually([&] { return metric("shuwei_bounded_total{listener=\"syslog-tcp\"}") > 0; }));
    std::vector<base::FileDescriptor> quiet;
    for (int i = 0; i < kQuiet; ++i) quiet.push_back(connect(2 + i, SOCK_STREAM));
    for (int round = 0; round < kEach; ++round) {
        for (int i = 0; i < kQuiet; ++i) EXPECT_TRUE(send(quiet[i], "quiet " + std::to_string(i) + ' ' + std::to_string(round) + '\n'));
    }
    int kept = 0;
    EXPECT_TRUE(eventually([&] {
        (void)nothing_more_of([&](const spool::FrameView& frame) { kept += frame.payload.starts_with("quiet ") ? 1 : 0; });
        return kept == kQuiet * kEach;
    })) << kept;
    EXPECT_FALSE(spool->full()) << "though nothing drains it";
    over = true;
    ::shutdown(flood.get(), SHUT_RDWR);
    flooder.join();
}

TEST_F(FloodTest, APushThatTakesMoreThanItsShareIsAskedToWait) {
    HttpIngest ingest({4, "http", 0}, *sink);
    IngestRequest request;
    std::string body;
    for (int i = 0; i < 500; ++i) body += std::string(1000, 'f') + '\n';
    request.body = body;
    request.peer = sender(1);
    bool refused = false;
    for (int i = 0; i < 20 && !refused; ++i) {
        const auto receipt = ingest.ingest(request);
        refused = !receipt && receipt.error().message().find("share") != std::string::npos;
        request.peer = sender(2);
        request.body = "quiet";
        EXPECT_TRUE(ingest.ingest(request)) << i;
        request.peer = sender(1);
        request.body = body;
    }
    EXPECT_TRUE(refused);
}

}  // namespace
}  // namespace shuwei::collect
