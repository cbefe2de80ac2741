// The client over TLS, against a server that is made here with a certificate made here.
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <thread>

#include "shuwei/net/http_client.hpp"
#include "test_certificate.hpp"

namespace shuwei::net {
namespace {

using base::ErrorCode;

using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;

// Takes one connection and answers one request, if the handshake succeeds.
class TlsServer {
public:
    explicit TlsServer(const std::string& names)
        : certificate_(names),
          context_(SSL_CTX_new(TLS_server_method())),
          listener_(listen_tcp(*SocketAddress::parse("127.0.0.1:0")).value()) {
        SSL_CTX_use_certificate(context_.get(), certificate_.certificate());
        SSL_CTX_use_PrivateKey(context_.get(), certificate_.key());
        std::string pattern = (std::filesystem::temp_directory_path() / "shuwei-ca-XXXXXX").string();
        const base::FileDescriptor file(::mkstemp(pattern.data()));
        ca_file_ = pattern;
        EXPECT_TRUE(base::write_all(file.get(), certificate_.certificate_pem()));
        thread_ = std::thread([this] { serve(); });
    }
    ~TlsServer() {
        thread_.join();
        std::filesystem::remove(ca_file_);
    }
    std::string url() const { return "https://127.0.0.1:" + std::to_string(local_address(listener_.get()).port); }
    const std::string& ca_file() const { return ca_file_; }

private:
    void serve() {
        pollfd ready{listener_.get(), POLLIN, 0};
        ::poll(&ready, 1, 30'000);
        const base::FileDescriptor peer(::accept(listener_.get(), nullptr, nullptr));
        SSL* const tls = SSL_new(context_.get());
        SSL_set_fd(tls, peer.get());
        if (SSL_accept(tls) == 1) {
            char buffer[4096];
            std::string request;
            while (request.find("\r\n\r\n") == std::string::npos) {
                const int got = SSL_read(tls, buffer, sizeof buffer);
                if (got <= 0) break;
                request.append(buffer, static_cast<size_t>(got));
            }
            const std::string body = request.substr(0, request.find("\r\n"));
            const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
            SSL_write(tls, answer.data(), static_cast<int>(answer.size()));
            SSL_shutdown(tls);
        }
        SSL_free(tls);
    }

    TestCertificate certificate_;
    Context context_;
    base::FileDescriptor listener_;
    std::string ca_file_;
    std::thread thread_;
};

TEST(HttpClientTls, SpeaksToAServerItTrusts) {
    const TlsServer server("IP:127.0.0.1");
    HttpClientOptions options;
    options.ca_file = server.ca_file();
    const auto response = HttpClient::create(server.url(), options)->get("/secure");
    ASSERT_TRUE(response) << response.error().to_string();
    EXPECT_EQ(response->body, "GET /secure HTTP/1.1");
}

TEST(HttpClientTls, RefusesAnUnknownIssuer) {
    const TlsServer server("IP:127.0.0.1");
    const auto response = HttpClient::create(server.url())->get("/");
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::unavailable);
}

TEST(HttpClientTls, RefusesACertificateForAnotherName) {
    const TlsServer server("DNS:other.example");
    HttpClientOptions options;
    options.ca_file = server.ca_file();
    const auto response = HttpClient::create(server.url(), options)->get("/");
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code(), ErrorCode::unavailable);
}

}  // namespace
}  // namespace shuwei::net
