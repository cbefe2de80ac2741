#include "shuwei/collect/syslog_input.hpp"

#include <mutex>
#include <thread>

#include "shuwei/base/log.hpp"
#include "relp_session.hpp"
#include "stream_framer.hpp"
#include "tcp_receiver.hpp"
#include "udp_receiver.hpp"

namespace shuwei::collect {

namespace {

bool has(SyslogTransports transports, SyslogTransports one) {
    return (static_cast<int>(transports) & static_cast<int>(one)) != 0;
}

struct Sockets {
    base::FileDescriptor udp;
    base::FileDescriptor tcp;
    net::SocketAddress address;
};

bool in_the_clear(const SyslogInputOptions& options, SyslogTransports transport) {
    return !options.tls && has(options.transports, transport);
}

std::unique_ptr<StreamReader> syslog_stream() { return std::make_unique<StreamFramer>(StreamFraming::syslog); }
std::unique_ptr<StreamReader> relp_stream() { return std::make_unique<RelpSession>(); }

base::Result<Sockets> open_sockets(const SyslogInputOptions& options) {
    Sockets sockets;
    sockets.address = options.address;
    if (in_the_clear(options, SyslogTransports::udp)) {
        TRY_ASSIGN(sockets.udp, net::bind_udp(sockets.address, options.receive_buffer));
        sockets.address = net::local_address(sockets.udp.get());
    }
    if (options.tls || has(options.transports, SyslogTransports::tcp) || has(options.transports, SyslogTransports::relp)) {
        TRY_ASSIGN(sockets.tcp, net::listen_tcp(sockets.address));
        sockets.address = net::local_address(sockets.tcp.get());
    }
    return sockets;
}

}  // namespace

struct SyslogInput::State {
    FrameSink& sink;
    net::SocketAddress address;
    StopSignal stop;
    std::unique_ptr<UdpReceiver> udp;
    std::unique_ptr<TcpReceiver> tcp;
    std::thread udp_thread;
    std::thread tcp_thread;
    mutable std::mutex mutex;
    InputStatus status;

    explicit State(FrameSink& owner) : sink(owner) {}

    void note(const base::Error& error) {
        const std::scoped_lock lock(mutex);
        status.last_error = error.to_string();
        status.last_error_at = sink.now();
        ++status.errors;
    }
};

base::Result<std::unique_ptr<SyslogInput>> SyslogInput::start(SyslogInputOptions options, FrameSink& sink) {
    const std::string place = "syslog input '" + options.listener.name + "'";
    std::optional<TcpSecurity> security;
    if (options.tls) {
        TRY_ASSIGN(auto context, net::TlsContext::server(*options.tls));
        security = TcpSecurity{std::move(context), options.permitted_names};
    }
    // A free port of one transport may be taken in the other.
    auto sockets = open_sockets(options);
    for (int attempt = 0; !sockets && options.address.port == 0 && attempt < 50; ++attempt) {
        if (sockets.error().code() != base::ErrorCode::already_exists) break;
        sockets = open_sockets(options);
    }
    if (!sockets) return base::fail(base::Error(sockets.error()).at(place));
    auto state = std::make_unique<State>(sink);
    state->address = sockets->address;
    const Listener base_listener = options.listener;
    if (sockets->udp) {
        const int given = net::receive_buffer_of(sockets->udp.get());
        if (given < options.receive_buffer) {
            base::log::warning("the kernel gives the UDP input a smaller buffer than asked for; see net.core.rmem_max",
                               {{"listener", base_listener.name}, {"bytes", std::to_string(given)}});
        }
        Listener listener = base_listener;
        listener.name += "-udp";
        state->udp = std::make_unique<UdpReceiver>(std::move(sockets->udp), listener, sink, state->stop);
        state->udp_thread = std::thread([receiver = state->udp.get()] { receiver->run(); });
    }
    if (sockets->tcp) {
        Listener listener = base_listener;
        const bool relp = has(options.transports, SyslogTransports::relp);
        listener.name += relp ? "-relp" : security ? "-tls" : "-tcp";
        const TcpLimits limits{options.max_connections, options.max_buffered_bytes};
        state->tcp = std::make_unique<TcpReceiver>(std::move(sockets->tcp), listener, limits, relp ? relp_stream : syslog_stream, sink,
                                                   state->stop, std::move(security),
                                                   [raw = state.get()](const base::Error& error) { raw->note(error); });
        state->tcp_thread = std::thread([receiver = state->tcp.get()] { receiver->run(); });
    }
    return std::unique_ptr<SyslogInput>(new SyslogInput(std::move(state)));
}

SyslogInput::SyslogInput(std::unique_ptr<State> state) : state_(std::move(state)) {}
SyslogInput::~SyslogInput() { stop(); }

net::SocketAddress SyslogInput::address() const { return state_->address; }

InputStatus SyslogInput::status() const {
    const std::scoped_lock lock(state_->mutex);
    InputStatus status = state_->status;
    status.address = state_->address.to_string();
    return status;
}

void SyslogInput::stop() {
    if (state_->stop.requested()) return;
    state_->stop.request();
    if (state_->udp_thread.joinable()) state_->udp_thread.join();
    if (state_->tcp_thread.joinable()) state_->tcp_thread.join();
    state_->udp.reset();
    state_->tcp.reset();
    if (auto synced = state_->sink.spool().sync_until(state_->sink.spool().written_seq()); !synced) {
        base::log::error("the spool could not be synced", {{"error", synced.error().to_string()}});
    }
}

}  // namespace shuwei::collect
