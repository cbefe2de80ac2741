#include "shuwei/net/socket.hpp"

#include <netinet/tcp.h>

#include <cerrno>
#include <cstring>

#include "shuwei/base/text.hpp"

namespace shuwei::net {

using base::ErrorCode;
using base::FileDescriptor;
using base::Result;

Result<SocketAddress> SocketAddress::parse(std::string_view text) {
    const auto wrong = [&] {
        return base::fail(ErrorCode::invalid_argument, "'" + std::string(text) + "' is not ADDRESS:PORT");
    };
    const size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return wrong();
    std::string_view host = text.substr(0, colon);
    const auto port = base::parse_uint(text.substr(colon + 1));
    if (!port || *port > 65535) return wrong();
    SocketAddress address;
    address.port = static_cast<uint16_t>(*port);
    if (host.empty() || host == "*") return address;
    const bool brackets = host.starts_with('[') && host.ends_with(']');
    if (brackets) host = host.substr(1, host.size() - 2);
    if (!brackets && host == "localhost") host = "127.0.0.1";
    const auto ip = base::IpAddress::parse(host);
    if (!ip || brackets != (host.find(':') != std::string_view::npos)) return wrong();
    address.ip = *ip;
    return address;
}

std::string SocketAddress::to_string() const {
    const std::string host = ip.to_string();
    return (host.find(':') == std::string::npos ? host : '[' + host + ']') + ':' + std::to_string(port);
}

socklen_t to_sockaddr(const SocketAddress& address, sockaddr_storage& out) {
    out = {};
    if (address.ip.is_v4()) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(address.port);
        v4.sin_addr.s_addr = htonl(address.ip.v4());
        std::memcpy(&out, &v4, sizeof v4);
        return sizeof v4;
    }
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    std::memcpy(&v6.sin6_addr, address.ip.bytes.data(), 16);
    std::memcpy(&out, &v6, sizeof v6);
    return sizeof v6;
}

SocketAddress from_sockaddr(const sockaddr_storage& address) {
    SocketAddress result;
    if (address.ss_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        result.ip = base::IpAddress::from_v4(ntohl(v4.sin_addr.s_addr));
        result.port = ntohs(v4.sin_port);
    } else if (address.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &address, sizeof v6);
        std::memcpy(result.ip.bytes.data(), &v6.sin6_addr, 16);  // a mapped IPv4 address is IPv4 in this form already
        result.port = ntohs(v6.sin6_port);
    }
    return result;
}

SocketAddress local_address(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
    return from_sockaddr(address);
}

namespace {

enum class Reuse { no, yes };

Result<FileDescriptor> bound_socket(const SocketAddress& address, int type, Reuse reuse) {
    sockaddr_storage storage{};
    const socklen_t size = to_sockaddr(address, storage);
    int family = storage.ss_family;
    FileDescriptor fd(::socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd && family == AF_INET6 && address.ip.is_unspecified()) {  // a kernel without IPv6
        SocketAddress v4 = address;
        v4.ip = base::IpAddress::from_v4(0);
        return bound_socket(v4, type, reuse);
    }
    if (!fd) return base::fail(base::system_error(errno, "open a socket for " + address.to_string()));
    const int on = 1;
    const int off = 0;
    if (family == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (reuse == Reuse::yes) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&storage), size) != 0) {
        const int number = errno;
        base::Error error = base::system_error(number, "bind " + address.to_string());
        if (number == EADDRINUSE) return base::fail(ErrorCode::already_exists, error.message());
        return base::fail(std::move(error));
    }
    return fd;
}

}  // namespace

Result<FileDescriptor> listen_tcp(const SocketAddress& address, int backlog) {
    TRY_ASSIGN(FileDescriptor fd, bound_socket(address, SOCK_STREAM, Reuse::yes));
    if (::listen(fd.get(), backlog) != 0) {
        const int number = errno;
        base::Error error = base::system_error(number, "listen on " + address.to_string());
        if (number == EADDRINUSE) return base::fail(ErrorCode::already_exists, error.message());
        return base::fail(std::move(error));
    }
    return fd;
}

Result<FileDescriptor> bind_udp(const SocketAddress& address, int receive_buffer) {
    TRY_ASSIGN(FileDescriptor fd, bound_socket(address, SOCK_DGRAM, Reuse::no));
    if (receive_buffer > 0 &&
        ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer, sizeof receive_buffer) != 0) {
        ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    return fd;
}

int receive_buffer_of(int fd) {
    int bytes = 0;
    socklen_t size = sizeof bytes;
    ::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &size);
    return bytes / 2;  // the kernel doubles what was asked for, for its own book-keeping
}

}  // namespace shuwei::net
