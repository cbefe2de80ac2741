// TLS 1.2 and 1.3 over stream sockets, both sides. A TlsContext is immutable, cheap to copy and thread-safe; a TlsStream has
// one owner and works on a descriptor that stays its caller's, blocking or not: on a non-blocking one calls come back with
// what they wait for. The process must ignore SIGPIPE, as shuwei does.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "shuwei/base/result.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace shuwei::net {

// PEM texts; empty: none.
struct TlsServerOptions {
    std::string certificate;          // with its chain
    std::string key;
    std::string client_authorities;   // given: a client must show a certificate of theirs
};

enum class TlsVerification {
    name_and_chain,
    chain_only,   // the name is not looked at
    none,         // for a trial alone: anybody may be at the other end
};

struct TlsClientOptions {
    std::string authorities;          // empty: the machine's own
    std::string certificate;          // shown when the server asks
    std::string key;
    TlsVerification verification = TlsVerification::name_and_chain;
};

class TlsContext {
public:
    // invalid_argument with `certificate`, `key`, … as its place: no PEM, or they do not belong together.
    static base::Result<TlsContext> server(const TlsServerOptions& options);
    static base::Result<TlsContext> client(const TlsClientOptions& options);

    ssl_ctx_st* native() const { return context_.get(); }  // for the HTTP client of this library

private:
    friend class TlsStream;
    explicit TlsContext(std::shared_ptr<ssl_ctx_st> context) : context_(std::move(context)) {}

    std::shared_ptr<ssl_ctx_st> context_;
    TlsVerification verification_ = TlsVerification::name_and_chain;
};

enum class TlsProgress {
    done,
    wants_read,   // again when the descriptor is readable
    wants_write,  // … or writable
    closed,       // the other side ended it in order
    failed,       // error() says why; nothing more can be done with the stream
};

class TlsStream {
public:
    static TlsStream accept(const TlsContext& context, int fd);
    // `name` of the server, for SNI and for what is verified; a host name or an address.
    static TlsStream connect(const TlsContext& context, int fd, const std::string& name);
    ~TlsStream();
    TlsStream(TlsStream&&) noexcept;
    TlsStream& operator=(TlsStream&&) noexcept;

    TlsProgress handshake();  // until done; read and write do it too where it is not
    TlsProgress read(std::span<char> into, size_t& got);
    TlsProgress write(std::string_view bytes, size_t& written);  // the same bytes again after wants_…
    void shut_down();         // says goodbye once, without waiting for an answer

    std::string error() const { return error_; }
    std::string peer_name() const;  // common name of the certificate the other side has shown; empty: none
    size_t pending() const;         // bytes decrypted and not read: they do not make the descriptor readable

private:
    explicit TlsStream(ssl_st* stream) : stream_(stream) {}
    TlsProgress progress(int outcome);

    ssl_st* stream_ = nullptr;
    std::string error_;
};

}  // namespace shuwei::net
