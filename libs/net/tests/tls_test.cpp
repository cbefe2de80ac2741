#include "shuwei/net/tls.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <thread>

#include "shuwei/base/file.hpp"
#include "test_certificate.hpp"

namespace shuwei::net {
namespace {

// Both ends of a blocking connection within this process.
struct Ends {
    Ends() {
        std::signal(SIGPIPE, SIG_IGN);
        std::array<int, 2> fds{};
        EXPECT_EQ(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()));
        server = base::FileDescriptor(fds[0]);
        client = base::FileDescriptor(fds[1]);
    }
    base::FileDescriptor server;
    base::FileDescriptor client;
};

struct Meeting {
    TlsProgress server = TlsProgress::failed;
    TlsProgress client = TlsProgress::failed;
    std::string server_error;
    std::string client_error;
    std::string peer_seen_by_server;
    std::string heard;
};

// The client says "hello" and leaves.
Meeting meet(const TlsServerOptions& server_options, const TlsClientOptions& client_options, const std::string& name) {
    const auto server_context = TlsContext::server(server_options);
    const auto client_context = TlsContext::client(client_options);
    EXPECT_TRUE(server_context && client_context);
    Ends ends;
    Meeting meeting;
    std::thread serving([&] {
        auto stream = TlsStream::accept(*server_context, ends.server.get());
        meeting.server = stream.handshake();
        std::array<char, 64> buffer{};
        size_t got = 0;
        while (meeting.server == TlsProgress::done) {
            meeting.server = stream.read(buffer, got);
            meeting.heard.append(buffer.data(), got);
        }
        meeting.server_error = stream.error();
        meeting.peer_seen_by_server = stream.peer_name();
        ends.server.close();
    });
    {
        auto stream = TlsStream::connect(*client_context, ends.client.get(), name);
        meeting.client = stream.handshake();
        size_t written = 0;
        if (meeting.client == TlsProgress::done) meeting.client = stream.write("hello", written);
        meeting.client_error = stream.error();
        stream.shut_down();
        ends.client.close();
    }
    serving.join();
    return meeting;
}

const TestCertificate& server_certificate() {
    static const TestCertificate made("DNS:logs.example,IP:127.0.0.1");
    return made;
}

TlsServerOptions plain_server() { return {server_certificate().certificate_pem(), server_certificate().key_pem(), {}}; }

TEST(Tls, AClientThatTrustsTheServerIsHeard) {
    for (const char* name : {"logs.example", "127.0.0.1"}) {
        const auto meeting = meet(plain_server(), {.authorities = server_certificate().certificate_pem()}, name);
        EXPECT_EQ(TlsProgress::done, meeting.client) << meeting.client_error;
        EXPECT_EQ(TlsProgress::closed, meeting.server) << meeting.server_error;
        EXPECT_EQ("hello", meeting.heard);
    }
}

TEST(Tls, AnUnknownServerOrAnotherNameIsRefusedByTheClient) {
    const TestCertificate other("DNS:logs.example");
    EXPECT_EQ(TlsProgress::failed, meet(plain_server(), {.authorities = other.certificate_pem()}, "logs.example").client);
    const auto misnamed = meet(plain_server(), {.authorities = server_certificate().certificate_pem()}, "other.example");
    EXPECT_EQ(TlsProgress::failed, misnamed.client);
    EXPECT_NE(std::string::npos, misnamed.client_error.find("hostname mismatch")) << misnamed.client_error;
    const TlsClientOptions any_name{.authorities = server_certificate().certificate_pem(), .verification = TlsVerification::chain_only};
    EXPECT_EQ("hello", meet(plain_server(), any_name, "other.example").heard);
}

TEST(Tls, AClientWithoutTheAskedCertificateIsRefused) {
    const TestCertificate client("DNS:device-01.example", "device-01");
    TlsServerOptions server = plain_server();
    server.client_authorities = client.certificate_pem();
    TlsClientOptions options{.authorities = server_certificate().certificate_pem()};
    EXPECT_EQ("", meet(server, options, "logs.example").heard);
    options.certificate = client.certificate_pem();
    options.key = client.key_pem();
    const auto meeting = meet(server, options, "logs.example");
    EXPECT_EQ("hello", meeting.heard) << meeting.server_error;
    EXPECT_EQ("device-01", meeting.peer_seen_by_server);
}

TEST(Tls, WhatIsNoCertificateOrKeyIsNamed) {
    const TestCertificate other("DNS:other.example");
    const struct {
        TlsServerOptions options;
        std::string_view says;
    } cases[] = {
        {{}, "certificate: no certificate"},
        {{"junk", "junk", {}}, "certificate: no certificate"},
        {{server_certificate().certificate_pem(), "junk", {}}, "key: no private key"},
        {{server_certificate().certificate_pem(), other.key_pem(), {}}, "key: does not belong"},
        {{server_certificate().certificate_pem(), server_certificate().key_pem(), "junk"}, "client_authorities: no certificate"},
    };
    for (const auto& [options, says] : cases) {
        const auto made = TlsContext::server(options);
        ASSERT_FALSE(made);
        EXPECT_NE(std::string::npos, made.error().to_string().find(says)) << made.error().to_string();
    }
}

TEST(Tls, BytesThatAreNoTlsFail) {
    const auto context = TlsContext::server(plain_server());
    Ends ends;
    ASSERT_TRUE(base::write_all(ends.client.get(), "<13>Nov 21 10:00:00 host app: plain text\n"));
    ends.client.close();
    auto stream = TlsStream::accept(*context, ends.server.get());
    EXPECT_EQ(TlsProgress::failed, stream.handshake());
    EXPECT_FALSE(stream.error().empty());
}

}  // namespace
}  // namespace shuwei::net
