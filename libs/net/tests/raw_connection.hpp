// A TCP connection that says exactly what it is told, for what no HTTP client would send.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "shuwei/base/clock.hpp"
#include "shuwei/net/socket.hpp"

namespace shuwei::net {

constexpr base::Duration kPatience = 30 * base::kSecond;

class RawConnection {
public:
    explicit RawConnection(const SocketAddress& address) : fd_(::socket(address.ip.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_storage storage{};
        const socklen_t size = to_sockaddr(address, storage);
        EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&storage), size), 0);
        const timeval patience{kPatience / base::kSecond, 0};
        ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }

    bool send(std::string_view text) {
        while (!text.empty()) {
            const ssize_t sent = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            text.remove_prefix(static_cast<size_t>(sent));
        }
        return true;
    }

    // Reads until the peer closes.
    std::string read_to_end() {
        std::string all;
        while (read_some(all)) {}
        return all;
    }

    // Reads until `mark` has come (or the peer closes).
    std::string read_until(std::string_view mark) {
        std::string all;
        while (all.find(mark) == std::string::npos && read_some(all)) {}
        return all;
    }

    int fd() const { return fd_.get(); }
    void close() { fd_.close(); }

private:
    bool read_some(std::string& all) {
        char buffer[65536];
        const ssize_t got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
        if (got <= 0) return false;
        all.append(buffer, static_cast<size_t>(got));
        return true;
    }

    base::FileDescriptor fd_;
};

inline size_t count_of(std::string_view text, std::string_view part) {
    size_t count = 0;
    for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) ++count;
    return count;
}

}  // namespace shuwei::net
