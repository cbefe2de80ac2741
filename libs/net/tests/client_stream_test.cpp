#include "shuwei/net/client_stream.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <csignal>
#include <thread>

#include "shuwei/net/socket.hpp"
#include "test_certificate.hpp"

namespace shuwei::net {
namespace {

// Takes one connection and reads it to its end.
class Receiver {
public:
    explicit Receiver(std::optional<TlsServerOptions> tls = {}) : tls_(std::move(tls)) {
        std::signal(SIGPIPE, SIG_IGN);
        listener_ = std::move(*listen_tcp(*SocketAddress::parse("127.0.0.1:0")));
        thread_ = std::thread([this] { serve(); });
    }
    ~Receiver() {
        if (thread_.joinable()) thread_.join();
    }
    std::string host_port(const std::string& host = "127.0.0.1") const {
        return host + ":" + std::to_string(local_address(listener_.get()).port);
    }
    const std::string& received() {
        thread_.join();
        return received_;
    }

private:
    void serve() {
        pollfd ready{listener_.get(), POLLIN, 0};
        ::poll(&ready, 1, 30'000);
        const base::FileDescriptor peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        char bytes[65536];
        if (tls_) {
            const auto context = TlsContext::server(*tls_);
            ASSERT_TRUE(context);
            TlsStream stream = TlsStream::accept(*context, peer.get());
            size_t got = 0;
            while (stream.read(bytes, got) == TlsProgress::done) received_.append(bytes, got);
            return;
        }
        ssize_t got = 0;
        while ((got = ::recv(peer.get(), bytes, sizeof bytes, 0)) > 0) received_.append(bytes, static_cast<size_t>(got));
    }

    std::optional<TlsServerOptions> tls_;
    base::FileDescriptor listener_;
    std::thread thread_;
    std::string received_;
};

const std::string& large() {
    static const std::string text(3 << 20, 'x');
    return text;
}

TEST(ClientStream, WritesAndKnowsWhatWasTaken) {
    Receiver receiver;
    {
        auto stream = ClientStream::connect(receiver.host_port(), {});
        ASSERT_TRUE(stream) << stream.error().to_string();
        EXPECT_TRUE(stream->write(large()));
        EXPECT_TRUE(stream->drain());
    }
    EXPECT_EQ(receiver.received(), large());
}

TEST(ClientStream, SpeaksTlsAndVerifies) {
    const TestCertificate certificate("DNS:localhost,IP:127.0.0.1");
    const TlsServerOptions server{certificate.certificate_pem(), certificate.key_pem(), {}};
    {
        Receiver receiver(server);
        ClientStreamOptions options;
        options.tls = TlsClientOptions{certificate.certificate_pem(), {}, {}};
        {
            auto stream = ClientStream::connect(receiver.host_port(), options);
            ASSERT_TRUE(stream) << stream.error().to_string();
            EXPECT_TRUE(stream->write(large()));
            EXPECT_TRUE(stream->drain());
        }
        EXPECT_EQ(receiver.received(), large());
    }
    Receiver receiver(server);
    ClientStreamOptions unknown;
    unknown.tls.emplace();
    const auto refused = ClientStream::connect(receiver.host_port(), unknown);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), base::ErrorCode::unavailable);
    EXPECT_NE(refused.error().to_string().find("certificate"), std::string::npos) << refused.error().to_string();
}

TEST(ClientStream, NoticesThatThePeerHasClosed) {
    auto listener = listen_tcp(*SocketAddress::parse("127.0.0.1:0"));
    ASSERT_TRUE(listener);
    const std::string place = local_address(listener->get()).to_string();
    auto stream = ClientStream::connect(place, {});
    ASSERT_TRUE(stream);
    pollfd ready{listener->get(), POLLIN, 0};
    ASSERT_EQ(::poll(&ready, 1, 10'000), 1);
    base::FileDescriptor(::accept(listener->get(), nullptr, nullptr));
    base::Result<> drained;
    for (int i = 0; i < 1000 && drained && !stream->closed_in_order(); ++i) {
        drained = stream->write("x");
        if (drained) drained = stream->drain();
    }
    EXPECT_TRUE(!drained || stream->closed_in_order());
    listener = base::fail(base::ErrorCode::unavailable, "closed");
    EXPECT_FALSE(ClientStream::connect(place, {}));
}

TEST(ClientStream, ReadsHostAndPort) {
    EXPECT_EQ(*split_host_port("siem.example.cn:6514"), (std::pair<std::string, std::string>("siem.example.cn", "6514")));
    EXPECT_EQ(*split_host_port("[2001:db8::1]:514"), (std::pair<std::string, std::string>("2001:db8::1", "514")));
    for (const char* wrong : {"", "host", "host:", ":514", "host:0", "host:70000", "2001:db8::1:514", "a b:514", "u@h:1", "h/x:1"}) {
        EXPECT_FALSE(split_host_port(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace shuwei::net
