// Syslog over UDP and TCP on one port, over TLS (RFC 5425), or over RELP. UDP: a frame per datagram. TCP: octet counting (RFC 6587
// 3.4.1), line feeds or NULs, told apart frame by frame; the same inside TLS. RELP acknowledges what is on disk, and unfinished
// frames are not kept. What is read goes into the spool before more is read: when the spool refuses, senders are made to wait,
// datagrams are dropped and counted. Owns its sockets and threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/collect/frame_sink.hpp"
#include "shuwei/collect/input.hpp"
#include "shuwei/net/socket.hpp"
#include "shuwei/net/tls.hpp"

namespace shuwei::collect {

enum class SyslogTransports : uint8_t { udp = 1, tcp = 2, udp_and_tcp = 3, relp = 4 };

struct SyslogInputOptions {
    Listener listener;  // metrics get the labels "<name>-udp" and "<name>-tcp", or "<name>-tls", or "<name>-relp"
    net::SocketAddress address;  // port 0: one free port for both transports
    SyslogTransports transports = SyslogTransports::udp_and_tcp;
    std::optional<net::TlsServerOptions> tls;    // given: TLS alone, with RELP inside where `transports` says so
    std::vector<std::string> permitted_names;    // of client certificates; empty: all that verify
    int receive_buffer = 16 << 20;        // of the UDP socket; forced where the process may
    size_t max_connections = 10'000;      // further ones are closed on accept and counted
    size_t max_buffered_bytes = 256 << 20;  // unfinished frames of all connections; the greediest is closed beyond
};

class SyslogInput final : public Input {
public:
    // Binds, then receives on threads of its own. Errors of binding carry the address. `sink` must outlive the input.
    static base::Result<std::unique_ptr<SyslogInput>> start(SyslogInputOptions options, FrameSink& sink);
    ~SyslogInput() override;  // stop()
    SyslogInput(const SyslogInput&) = delete;
    SyslogInput& operator=(const SyslogInput&) = delete;

    net::SocketAddress address() const;  // with the port really bound

    // Stops accepting, spools what has been received (unfinished frames included), syncs, closes. Idempotent.
    void stop() override;
    InputStatus status() const override;

private:
    struct State;
    explicit SyslogInput(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::collect
