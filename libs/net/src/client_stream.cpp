#include "shuwei/net/client_stream.hpp"

#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "shuwei/base/text.hpp"

namespace shuwei::net {

using base::ErrorCode;
using base::fail;
using base::FileDescriptor;
using base::Result;

namespace {

constexpr base::Duration kSlice = 50 * base::kMillisecond;  // how soon a stop is noticed

struct AddressesDeleter {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, AddressesDeleter>;

Result<Addresses> resolve(const std::string& host, const std::string& port, int type) {
    addrinfo hints{};
    hints.ai_socktype = type;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found); error != 0) {
        return fail(ErrorCode::unavailable, "resolve " + host + ": " + ::gai_strerror(error));
    }
    return Addresses(found);
}

std::string words(int error) { return std::strerror(error); }

}  // namespace

Result<std::pair<std::string, std::string>> split_host_port(std::string_view text) {
    const auto wrong = [&] { return fail(ErrorCode::invalid_argument, "'" + std::string(text) + "' is not HOST:PORT"); };
    const size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return wrong();
    std::string_view host = text.substr(0, colon);
    const auto port = base::parse_uint(text.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) return wrong();
    const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (brackets) host = host.substr(1, host.size() - 2);
    if (host.empty() || brackets != (host.find(':') != std::string_view::npos)) return wrong();
    const auto odd = [](char c) { return c <= ' ' || c == '/' || c == '@' || static_cast<uint8_t>(c) >= 0x7f; };
    if (std::any_of(host.begin(), host.end(), odd)) return wrong();
    return std::pair(std::string(host), std::to_string(*port));
}

struct ClientStream::Connection {
    std::string name;  // for messages
    ClientStreamOptions options;
    std::stop_token stop;
    FileDescriptor socket;
    std::optional<TlsStream> tls;
    bool closed_in_order = false;

    ~Connection() {
        if (tls) tls->shut_down();
    }

    base::Error problem(const std::string& why) const { return {ErrorCode::unavailable, name + ": " + why}; }

    // Until the socket is ready for `events`.
    Result<> wait(short events, base::Timestamp deadline) const {
        while (true) {
            if (stop.stop_requested()) return fail(ErrorCode::cancelled, name + ": stopped");
            const base::Duration left = deadline - base::monotonic_now();
            if (left <= 0) return fail(ErrorCode::deadline_exceeded, name + ": timed out");
            pollfd ready{socket.get(), events, 0};
            const int count = ::poll(&ready, 1, static_cast<int>(std::min(left, kSlice) / base::kMillisecond) + 1);
            if (count > 0) return {};
            if (count < 0 && errno != EINTR) return fail(base::system_error(errno, "poll"));
        }
    }

    Result<> connect_to(const addrinfo& address, base::Timestamp deadline) {
        socket = FileDescriptor(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (!socket) return fail(base::system_error(errno, "socket"));
        if (::connect(socket.get(), address.ai_addr, address.ai_addrlen) != 0) {
            if (errno != EINPROGRESS) return fail(problem(words(errno)));
            TRY(wait(POLLOUT, deadline));
            int error = 0;
            socklen_t size = sizeof error;
            ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
            if (error != 0) return fail(problem(words(error)));
        }
        const int on = 1;
        ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        return {};
    }

    // One step of TLS until it is done.
    template <typename Step>
    Result<> until_done(base::Timestamp deadline, Step step) {
        while (true) {
            switch (step()) {
                case TlsProgress::done: return {};
                case TlsProgress::wants_read: TRY(wait(POLLIN, deadline)); break;
                case TlsProgress::wants_write: TRY(wait(POLLOUT, deadline)); break;
                case TlsProgress::closed: return fail(problem("the peer closed the connection"));
                case TlsProgress::failed: return fail(problem(tls->error()));
            }
        }
    }

    // Passes over what the peer says; an error when it has closed.
    Result<> listen_in() {
        char bytes[1024];
        while (true) {
            if (tls) {
                size_t read = 0;
                switch (tls->read(bytes, read)) {
                    case TlsProgress::done: continue;
                    case TlsProgress::wants_read:
                    case TlsProgress::wants_write: return {};
                    case TlsProgress::closed: closed_in_order = true; return fail(problem("the peer closed the connection"));
                    case TlsProgress::failed: return fail(problem(tls->error()));
                }
            }
            const ssize_t got = ::recv(socket.get(), bytes, sizeof bytes, 0);
            if (got > 0) continue;
            if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {};
            closed_in_order = got == 0;
            return fail(problem(got == 0 ? "the peer closed the connection" : words(errno)));
        }
    }
};

ClientStream::ClientStream(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
ClientStream::ClientStream(ClientStream&&) noexcept = default;
ClientStream& ClientStream::operator=(ClientStream&&) noexcept = default;
ClientStream::~ClientStream() = default;

Result<ClientStream> ClientStream::connect(std::string_view host_port, const ClientStreamOptions& options, std::stop_token stop) {
    TRY_ASSIGN(const auto place, split_host_port(host_port));
    auto connection = std::make_unique<Connection>();
    connection->name = host_port;
    connection->options = options;
    connection->stop = std::move(stop);
    std::optional<TlsContext> context;
    if (options.tls) {
        TRY_ASSIGN(context, TlsContext::client(*options.tls));
    }
    TRY_ASSIGN(const Addresses addresses, resolve(place.first, place.second, SOCK_STREAM));
    const base::Timestamp deadline = base::monotonic_now() + options.connect_timeout;
    Result<> connected = fail(ErrorCode::unavailable, connection->name + ": no address");
    for (const addrinfo* address = addresses.get(); address != nullptr && !connected; address = address->ai_next) {
        connected = connection->connect_to(*address, deadline);
    }
    if (!connected) return fail(std::move(connected).error());
    if (context) {
        connection->tls = TlsStream::connect(*context, connection->socket.get(), place.first);
        TRY(connection->until_done(deadline, [&] { return connection->tls->handshake(); }));
    }
    return ClientStream(std::move(connection));
}

Result<> ClientStream::write(std::string_view bytes) {
    Connection& c = *connection_;
    while (!bytes.empty()) {
        const base::Timestamp deadline = base::monotonic_now() + c.options.write_timeout;
        if (c.tls) {
            size_t written = 0;
            TRY(c.until_done(deadline, [&] { return c.tls->write(bytes.substr(0, 1 << 20), written); }));
            bytes.remove_prefix(written);
            continue;
        }
        const ssize_t sent = ::send(c.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) bytes.remove_prefix(static_cast<size_t>(sent));
        else if (errno == EAGAIN) TRY(c.wait(POLLOUT, deadline));
        else if (errno != EINTR) return fail(c.problem(words(errno)));
    }
    return {};
}

Result<> ClientStream::drain() {
    Connection& c = *connection_;
    int last = -1;
    base::Timestamp deadline = 0;
    base::Duration pause = 20 * base::kMicrosecond;
    while (true) {
        const auto heard = c.closed_in_order ? Result<>() : c.listen_in();
        int queued = 0;
        if (::ioctl(c.socket.get(), SIOCOUTQ, &queued) != 0) return fail(base::system_error(errno, "SIOCOUTQ"));
        if (queued == 0 && (heard || c.closed_in_order)) return {};
        TRY(heard);
        if (c.closed_in_order) return fail(c.problem("the peer closed the connection"));
        const base::Timestamp now = base::monotonic_now();
        if (queued != last) deadline = now + c.options.write_timeout;
        last = queued;
        if (now > deadline) return fail(ErrorCode::deadline_exceeded, c.name + ": timed out");
        if (c.stop.stop_requested()) return fail(ErrorCode::cancelled, c.name + ": stopped");
        // Nothing tells when the last byte is acknowledged: asked more and more rarely.
        std::this_thread::sleep_for(std::chrono::nanoseconds(pause));
        pause = std::min<base::Duration>(pause * 2, 5 * base::kMillisecond);
    }
}

bool ClientStream::closed_in_order() const { return connection_->closed_in_order; }

Result<FileDescriptor> connect_udp(std::string_view host_port) {
    TRY_ASSIGN(const auto place, split_host_port(host_port));
    TRY_ASSIGN(const Addresses addresses, resolve(place.first, place.second, SOCK_DGRAM));
    FileDescriptor socket(::socket(addresses->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return fail(base::system_error(errno, "socket"));
    if (::connect(socket.get(), addresses->ai_addr, addresses->ai_addrlen) != 0) {
        return fail(ErrorCode::unavailable, std::string(host_port) + ": " + words(errno));
    }
    return socket;
}

}  // namespace shuwei::net
