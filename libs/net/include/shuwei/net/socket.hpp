// Addresses with ports, and bound sockets. Free functions, thread-safe; the descriptors belong to the caller.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "shuwei/base/file.hpp"
#include "shuwei/base/ip_address.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::net {

struct SocketAddress {
    base::IpAddress ip;  // unspecified = every address of the machine
    uint16_t port = 0;

    // "127.0.0.1:5514", "[::1]:5514", "localhost:80", "*:5514" and ":5514" (every address, both families).
    // invalid_argument otherwise: names are not resolved.
    static base::Result<SocketAddress> parse(std::string_view text);
    std::string to_string() const;  // "127.0.0.1:5514", "[::1]:5514"
    auto operator<=>(const SocketAddress&) const = default;
};

// The kernel's form of an address. IPv4 is given as sockaddr_in.
socklen_t to_sockaddr(const SocketAddress& address, sockaddr_storage& out);
// Back again; IPv4-mapped addresses become IPv4. Anything but AF_INET and AF_INET6 gives the unspecified address.
SocketAddress from_sockaddr(const sockaddr_storage& address);
SocketAddress local_address(int fd);

// A non-blocking listening socket, SO_REUSEADDR set. "::" listens on IPv4 as well. already_exists when the port is
// taken, permission_denied when it needs more rights.
base::Result<base::FileDescriptor> listen_tcp(const SocketAddress& address, int backlog = 1024);
// A non-blocking datagram socket without SO_REUSEADDR, so that a second server fails instead of stealing lines.
// The kernel buffer is forced to `receive_buffer` bytes where the process may, else set as large as allowed.
base::Result<base::FileDescriptor> bind_udp(const SocketAddress& address, int receive_buffer = 0);
// What the kernel really gave, in bytes.
int receive_buffer_of(int fd);

}  // namespace shuwei::net
