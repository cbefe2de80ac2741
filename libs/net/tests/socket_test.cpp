#include "shuwei/net/socket.hpp"

#include <gtest/gtest.h>

#include "raw_connection.hpp"

namespace shuwei::net {
namespace {

TEST(SocketAddress, ReadsWhatPeopleWrite) {
    const std::pair<const char*, const char*> cases[] = {
        {"127.0.0.1:5514", "127.0.0.1:5514"},
        {"[::1]:80", "[::1]:80"},
        {"[2001:db8::1]:65535", "[2001:db8::1]:65535"},
        {"0.0.0.0:0", "0.0.0.0:0"},
        {":514", "[::]:514"},
        {"*:514", "[::]:514"},
        {"localhost:8080", "127.0.0.1:8080"},
    };
    for (const auto& [text, expected] : cases) {
        const auto address = SocketAddress::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->to_string(), expected) << text;
    }
    for (const char* wrong : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80", "[::1]", "[127.0.0.1]:80",
                              "example.org:80", "1.2.3:80", "1.2.3.4:5 ", "[::1:80"}) {
        EXPECT_FALSE(SocketAddress::parse(wrong)) << wrong;
    }
}

TEST(Sockets, GiveTheRealPortAndRefuseATakenOne) {
    for (const char* text : {"127.0.0.1:0", "[::1]:0"}) {
        const auto udp = bind_udp(*SocketAddress::parse(text), 1 << 20);
        if (!udp && std::string_view(text).starts_with('[')) GTEST_SKIP() << "skipped: no IPv6 on this machine";
        ASSERT_TRUE(udp) << udp.error().to_string();
        const SocketAddress bound = local_address(udp->get());
        EXPECT_NE(bound.port, 0);
        EXPECT_GT(receive_buffer_of(udp->get()), 0);
        const auto second = bind_udp(bound);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code(), base::ErrorCode::already_exists);
        const auto tcp = listen_tcp(bound);  // the same number is free for TCP
        ASSERT_TRUE(tcp) << tcp.error().to_string();
        EXPECT_EQ(listen_tcp(bound).error().code(), base::ErrorCode::already_exists);
    }
}

TEST(Sockets, ListeningOnEveryAddressTakesIpv4AsIpv4) {
    const auto listener = listen_tcp(*SocketAddress::parse(":0"));
    ASSERT_TRUE(listener) << listener.error().to_string();
    SocketAddress target = *SocketAddress::parse("127.0.0.1:0");
    target.port = local_address(listener->get()).port;
    RawConnection client(target);
    pollfd ready{listener->get(), POLLIN, 0};
    ASSERT_EQ(::poll(&ready, 1, 30'000), 1);
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const base::FileDescriptor accepted(::accept(listener->get(), reinterpret_cast<sockaddr*>(&peer), &size));
    ASSERT_TRUE(accepted);
    EXPECT_EQ(from_sockaddr(peer).ip.to_string(), "127.0.0.1");
    EXPECT_TRUE(from_sockaddr(peer).ip.is_v4());
}

}  // namespace
}  // namespace shuwei::net
