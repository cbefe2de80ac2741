// A connection out, TCP or TLS, for protocols that mostly write: connect, write, know what the other machine has taken.
// Every wait ends with its timeout (deadline_exceeded) or the stop token (cancelled). One owner; not thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/net/tls.hpp"

namespace shuwei::net {

// "host:514", "10.1.2.3:514", "[2001:db8::1]:514" taken apart; invalid_argument without a port.
base::Result<std::pair<std::string, std::string>> split_host_port(std::string_view text);

struct ClientStreamOptions {
    base::Duration connect_timeout = 10 * base::kSecond;  // TCP and TLS together
    base::Duration write_timeout = 30 * base::kSecond;    // without a byte taken
    std::optional<TlsClientOptions> tls;
};

class ClientStream {
public:
    // Names are resolved (which `stop` does not cut short); the addresses found are tried in their order. unavailable with
    // the reason; invalid_argument for an address or TLS options that cannot be.
    static base::Result<ClientStream> connect(std::string_view host_port, const ClientStreamOptions& options,
                                              std::stop_token stop = {});
    ClientStream(ClientStream&&) noexcept;
    ClientStream& operator=(ClientStream&&) noexcept;
    ~ClientStream();

    base::Result<> write(std::string_view bytes);
    // Waits until the other machine has acknowledged every byte written. That is its kernel: its program may not have read
    // them yet. What the peer sends is passed over; unavailable when it has reset the connection, refused (a TLS alert), or
    // closed it before it had everything.
    base::Result<> drain();
    // The peer has said that it ends. A kernel says so only when its program had read everything that came before (else it
    // resets the connection), so whatever drain() had answered for by then has been read.
    bool closed_in_order() const;

private:
    struct Connection;
    explicit ClientStream(std::unique_ptr<Connection> connection);
    std::unique_ptr<Connection> connection_;
};

// A UDP socket that sends to `host_port`, blocking.
base::Result<base::FileDescriptor> connect_udp(std::string_view host_port);

}  // namespace shuwei::net
