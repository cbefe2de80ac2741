// The client over TLS, against a server that is made here with a certificate made here.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <thread>

#include "shuwei/net/http_client.hpp"

namespace shuwei::net {
namespace {

using base::ErrorCode;

template <auto function>
struct Free {
    template <typename T>
    void operator()(T* pointer) const {
        function(pointer);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;

Certificate self_signed(EVP_PKEY* key, const std::string& names) {
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME* const name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("shuwei test"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    X509_add_ext(certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(certificate.get(), key, EVP_sha256());
    return certificate;
}

// Takes one connection and answers one request, if the handshake succeeds.
class TlsServer {
public:
    explicit TlsServer(const std::string& names)
        : key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")),
          certificate_(self_signed(key_.get(), names)),
          context_(SSL_CTX_new(TLS_server_method())),
          listener_(listen_tcp(*SocketAddress::parse("127.0.0.1:0")).value()) {
        SSL_CTX_use_certificate(context_.get(), certificate_.get());
        SSL_CTX_use_PrivateKey(context_.get(), key_.get());
        std::string pattern = (std::filesystem::temp_directory_path() / "shuwei-ca-XXXXXX").string();
        const base::FileDescriptor file(::mkstemp(pattern.data()));
        ca_file_ = pattern;
        BIO* const memory = BIO_new(BIO_s_mem());
        PEM_write_bio_X509(memory, certificate_.get());
        char* text = nullptr;
        const long size = BIO_get_mem_data(memory, &text);
        EXPECT_TRUE(base::write_all(file.get(), {text, static_cast<size_t>(size)}));
        BIO_free(memory);
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

    Key key_;
    Certificate certificate_;
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
