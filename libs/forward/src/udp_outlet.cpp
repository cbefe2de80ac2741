// Syslog over UDP (RFC 5426): one message a datagram. Nothing is acknowledged.
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "outlet.hpp"
#include "shuwei/net/client_stream.hpp"

namespace shuwei::forward {
namespace {

constexpr size_t kMostBytes = 65'000;  // of a datagram; the rest of a longer message is cut off
// Datagrams a receiver cannot take in time are lost unseen, so a backlog is not thrown at it at full speed.
constexpr size_t kBurst = 100;
constexpr base::Duration kBurstTime = 10 * base::kMillisecond;

class UdpOutlet final : public Outlet {
public:
    explicit UdpOutlet(const TargetSettings& settings) : address_(settings.address) {}

    size_t slice() const override { return kBurst; }
    size_t resend_bytes() const override { return 256 * 1024; }

    Delivered deliver(std::span<const Message> messages, std::stop_token) override {
        Delivered done;
        if (!socket_) {
            auto socket = net::connect_udp(address_);
            if (!socket) {
                done.error = std::move(socket).error();
                return done;
            }
            socket_ = std::move(*socket);
        }
        const base::Timestamp began = base::monotonic_now();
        for (const Message& message : messages) {
            const std::string_view bytes = std::string_view(message.bytes).substr(0, kMostBytes);
            while (::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
                if (errno == EINTR) continue;
                // ECONNREFUSED tells of an earlier datagram: nobody listens.
                done.error = base::Error(base::ErrorCode::unavailable, address_ + ": " + std::strerror(errno));
                done.in_doubt = true;
                socket_.close();
                return done;
            }
            ++done.count;
        }
        const base::Duration spent = base::monotonic_now() - began;
        if (messages.size() >= kBurst && spent < kBurstTime) std::this_thread::sleep_for(std::chrono::nanoseconds(kBurstTime - spent));
        return done;
    }

private:
    std::string address_;
    base::FileDescriptor socket_;
};

}  // namespace

base::Result<std::unique_ptr<Outlet>> make_udp_outlet(const TargetSettings& settings) { return std::make_unique<UdpOutlet>(settings); }

}  // namespace shuwei::forward
