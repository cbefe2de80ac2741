#include "shuwei/net/tls.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "shuwei/base/ip_address.hpp"

namespace shuwei::net {

using base::ErrorCode;
using base::Result;

namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

std::string last_error() {
    std::string text;
    while (const unsigned long code = ERR_get_error()) {
        const char* reason = ERR_reason_error_string(code);
        if (text.empty() && reason != nullptr) text = reason;
    }
    return text;
}

Result<> wrong(const char* place, const std::string& what) {
    const std::string reason = last_error();
    return base::fail(base::Error(ErrorCode::invalid_argument, reason.empty() ? what : what + ": " + reason).at(place));
}

Bio memory(const std::string& text) {
    return {BIO_new_mem_buf(text.data(), static_cast<int>(std::min(text.size(), size_t{1} << 20))), &BIO_free};
}

Certificate next_certificate(BIO* bio) { return {PEM_read_bio_X509(bio, nullptr, nullptr, nullptr), &X509_free}; }

// A key under a pass phrase would have OpenSSL ask at the terminal.
int no_pass_phrase(char*, int, int, void*) { return -1; }

Result<> use_certificate(SSL_CTX* context, const std::string& certificate, const std::string& key) {
    const Bio chain = memory(certificate);
    const Certificate own = next_certificate(chain.get());
    if (!own) return wrong("certificate", "no certificate in PEM form");
    if (SSL_CTX_use_certificate(context, own.get()) != 1) return wrong("certificate", "is refused");
    while (const Certificate next = next_certificate(chain.get())) {
        if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) return wrong("certificate", "its chain is refused");
    }
    ERR_clear_error();
    const Bio key_text = memory(key);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> private_key(
        PEM_read_bio_PrivateKey(key_text.get(), nullptr, no_pass_phrase, nullptr), &EVP_PKEY_free);
    if (!private_key) return wrong("key", "no private key in PEM form without a pass phrase");
    if (SSL_CTX_use_PrivateKey(context, private_key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
        return wrong("key", "does not belong to the certificate");
    }
    return {};
}

Result<> trust(SSL_CTX* context, const std::string& authorities, const char* place) {
    const Bio bio = memory(authorities);
    X509_STORE* const store = SSL_CTX_get_cert_store(context);
    int count = 0;
    while (const Certificate authority = next_certificate(bio.get())) {
        if (X509_STORE_add_cert(store, authority.get()) != 1) return wrong(place, "is refused");
        SSL_CTX_add_client_CA(context, authority.get());
        ++count;
    }
    ERR_clear_error();
    if (count == 0) return wrong(place, "no certificate in PEM form");
    return {};
}

std::shared_ptr<SSL_CTX> make(const SSL_METHOD* method) {
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(method), &SSL_CTX_free);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    return context;
}

}  // namespace

Result<TlsContext> TlsContext::server(const TlsServerOptions& options) {
    ERR_clear_error();
    auto context = make(TLS_server_method());
    TRY(use_certificate(context.get(), options.certificate, options.key));
    if (!options.client_authorities.empty()) {
        TRY(trust(context.get(), options.client_authorities, "client_authorities"));
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>("shuwei"), 6);
    return TlsContext(std::move(context));
}

Result<TlsContext> TlsContext::client(const TlsClientOptions& options) {
    ERR_clear_error();
    auto context = make(TLS_client_method());
    if (!options.certificate.empty()) TRY(use_certificate(context.get(), options.certificate, options.key));
    if (options.authorities.empty()) {
        SSL_CTX_set_default_verify_paths(context.get());
    } else {
        TRY(trust(context.get(), options.authorities, "authorities"));
    }
    const bool verified = options.verification != TlsVerification::none;
    SSL_CTX_set_verify(context.get(), verified ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    TlsContext made(std::move(context));
    made.verification_ = options.verification;
    return made;
}

TlsStream TlsStream::accept(const TlsContext& context, int fd) {
    SSL* const stream = SSL_new(context.context_.get());
    SSL_set_fd(stream, fd);
    SSL_set_accept_state(stream);
    return TlsStream(stream);
}

TlsStream TlsStream::connect(const TlsContext& context, int fd, const std::string& name) {
    SSL* const stream = SSL_new(context.context_.get());
    SSL_set_fd(stream, fd);
    SSL_set_connect_state(stream);
    const bool is_address = base::IpAddress::parse(name).has_value();
    if (!is_address) SSL_set_tlsext_host_name(stream, name.c_str());
    if (context.verification_ == TlsVerification::name_and_chain) {
        if (is_address) {
            X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(stream), name.c_str());
        } else {
            SSL_set1_host(stream, name.c_str());
        }
    }
    return TlsStream(stream);
}

TlsStream::~TlsStream() { SSL_free(stream_); }

TlsStream::TlsStream(TlsStream&& other) noexcept
    : stream_(std::exchange(other.stream_, nullptr)), error_(std::move(other.error_)) {}

TlsStream& TlsStream::operator=(TlsStream&& other) noexcept {
    std::swap(stream_, other.stream_);
    std::swap(error_, other.error_);
    return *this;
}

TlsProgress TlsStream::progress(int outcome) {
    const int system_error = errno;
    switch (SSL_get_error(stream_, outcome)) {
        case SSL_ERROR_NONE: return TlsProgress::done;
        case SSL_ERROR_WANT_READ: return TlsProgress::wants_read;
        case SSL_ERROR_WANT_WRITE: return TlsProgress::wants_write;
        case SSL_ERROR_ZERO_RETURN: return TlsProgress::closed;
        default: break;
    }
    const long verdict = SSL_get_verify_result(stream_);
    const std::string reason = last_error();
    if (verdict != X509_V_OK) {
        error_ = X509_verify_cert_error_string(verdict);
    } else if (!reason.empty()) {
        error_ = reason;
    } else {
        error_ = system_error != 0 ? std::strerror(system_error) : "the connection was cut";
    }
    return TlsProgress::failed;
}

TlsProgress TlsStream::handshake() {
    ERR_clear_error();
    errno = 0;
    return progress(SSL_do_handshake(stream_));
}

TlsProgress TlsStream::read(std::span<char> into, size_t& got) {
    got = 0;
    ERR_clear_error();
    errno = 0;
    return progress(SSL_read_ex(stream_, into.data(), into.size(), &got));
}

TlsProgress TlsStream::write(std::string_view bytes, size_t& written) {
    written = 0;
    if (bytes.empty()) return TlsProgress::done;
    ERR_clear_error();
    errno = 0;
    return progress(SSL_write_ex(stream_, bytes.data(), bytes.size(), &written));
}

void TlsStream::shut_down() {
    if (SSL_is_init_finished(stream_) && error_.empty()) SSL_shutdown(stream_);
    ERR_clear_error();
}

std::string TlsStream::peer_name() const {
    const Certificate shown(SSL_get1_peer_certificate(stream_), &X509_free);
    if (!shown) return {};
    char name[256] = {};
    const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name, sizeof name);
    return size > 0 ? std::string(name, static_cast<size_t>(size)) : std::string();
}

size_t TlsStream::pending() const { return static_cast<size_t>(SSL_pending(stream_)); }

}  // namespace shuwei::net
