#include "demo/sender.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

#include "shuwei/base/file.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::demo {

namespace {

using base::ErrorCode;
using base::FileDescriptor;
using base::Result;

// "ADDR:PORT" or "[ADDR]:PORT" as a socket address; numbers only, no names are looked up.
struct Endpoint {
    sockaddr_storage address{};
    socklen_t size = 0;
    bool loopback_v4() const {
        return address.ss_family == AF_INET &&
               ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr) >> 24 == 127;
    }
};

Result<Endpoint> parse_endpoint(const std::string& text) {
    const size_t colon = text.rfind(':');
    if (colon == std::string::npos) return base::fail(ErrorCode::invalid_argument, fmt::format("'{}' is no ADDR:PORT", text));
    std::string host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), text.c_str() + colon + 1, &hints, &found) != 0 || found == nullptr) {
        return base::fail(ErrorCode::invalid_argument, fmt::format("'{}' is no ADDR:PORT", text));
    }
    Endpoint endpoint;
    std::memcpy(&endpoint.address, found->ai_addr, found->ai_addrlen);
    endpoint.size = found->ai_addrlen;
    freeaddrinfo(found);
    return endpoint;
}

// A connected socket, sending from `peer` where that can be (loopback to loopback).
Result<FileDescriptor> connect_from(const Endpoint& to, int type, const std::string& peer) {
    FileDescriptor fd(::socket(to.address.ss_family, type | SOCK_CLOEXEC, 0));
    if (!fd) return base::fail(base::system_error(errno, "socket"));
    if (!peer.empty() && to.loopback_v4()) {
        sockaddr_in from{};
        from.sin_family = AF_INET;
        if (inet_pton(AF_INET, peer.c_str(), &from.sin_addr) != 1) {
            return base::fail(ErrorCode::invalid_argument, fmt::format("peer '{}' is no IPv4 address", peer));
        }
        if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&from), sizeof from) != 0) {
            return base::fail(base::system_error(errno, "bind " + peer));
        }
    }
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to.address), to.size) != 0) {
        return base::fail(base::system_error(errno, "connect"));
    }
    return fd;
}

// Waits until `fd` is ready for `events`; false when told to stop.
bool wait_for(int fd, short events, const std::atomic<bool>& stop) {
    while (!stop.load(std::memory_order_relaxed)) {
        pollfd entry{fd, events, 0};
        if (::poll(&entry, 1, 100) > 0) return true;
    }
    return false;
}

Result<> send_all(int fd, std::string_view data, const std::atomic<bool>& stop) {
    while (!data.empty()) {
        const ssize_t sent = ::send(fd, data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0) {
            data.remove_prefix(static_cast<size_t>(sent));
        } else if (errno == EAGAIN) {
            if (!wait_for(fd, POLLOUT, stop)) return base::fail(ErrorCode::cancelled, "stopped while sending");
        } else if (errno != EINTR) {
            return base::fail(base::system_error(errno, "send"));
        }
    }
    return {};
}

// Lines of one flush by device, with where each begins, so that all of a device's go in few system calls.
struct Outgoing {
    FileDescriptor fd;
    std::string bytes;
    std::vector<uint32_t> ends;
};

class SyslogSender : public Sender {
public:
    SyslogSender(size_t devices, PlayCounts::PerInput& counts) : outgoing_(devices), counts_(counts) {}

    Result<> open(const Scenario& scenario, Input input, const Endpoint& to) {
        for (size_t i = 0; i < scenario.devices.size(); ++i) {
            if (scenario.devices[i].input != input) continue;
            const int type = input == Input::syslog_udp ? SOCK_DGRAM : SOCK_STREAM;
            TRY_ASSIGN(outgoing_[i].fd, connect_from(to, type, scenario.devices[i].peer));
        }
        return {};
    }

protected:
    void count(const Outgoing& outgoing, size_t framing) {
        counts_.lines.fetch_add(outgoing.ends.size(), std::memory_order_relaxed);
        counts_.bytes.fetch_add(outgoing.bytes.size() - framing * outgoing.ends.size(), std::memory_order_relaxed);
    }

    std::vector<Outgoing> outgoing_;
    PlayCounts::PerInput& counts_;
};

class UdpSender final : public SyslogSender {
public:
    using SyslogSender::SyslogSender;

    void add(size_t device, std::string_view line) override {
        Outgoing& outgoing = outgoing_[device];
        outgoing.bytes += line;
        outgoing.ends.push_back(static_cast<uint32_t>(outgoing.bytes.size()));
    }

    Result<> flush(const std::atomic<bool>& stop) override {
        for (Outgoing& outgoing : outgoing_) {
            if (outgoing.ends.empty()) continue;
            const size_t frames = outgoing.ends.size();
            parts_.resize(frames);
            messages_.assign(frames, mmsghdr{});
            uint32_t begin = 0;
            for (size_t i = 0; i < frames; ++i) {
                parts_[i] = {outgoing.bytes.data() + begin, outgoing.ends[i] - begin};
                messages_[i].msg_hdr.msg_iov = &parts_[i];
                messages_[i].msg_hdr.msg_iovlen = 1;
                begin = outgoing.ends[i];
            }
            for (size_t sent = 0; sent < frames && !stop.load(std::memory_order_relaxed);) {
                const int n = ::sendmmsg(outgoing.fd.get(), messages_.data() + sent, static_cast<unsigned>(std::min<size_t>(frames - sent, 1024)), 0);
                if (n > 0) {
                    sent += static_cast<size_t>(n);
                } else if (errno != EINTR && errno != ECONNREFUSED && errno != ENOBUFS) {
                    return base::fail(base::system_error(errno, "sendmmsg"));
                }
            }
            count(outgoing, 0);
            outgoing.bytes.clear();
            outgoing.ends.clear();
        }
        return {};
    }

private:
    std::vector<iovec> parts_;
    std::vector<mmsghdr> messages_;
};

class TcpSender final : public SyslogSender {
public:
    using SyslogSender::SyslogSender;

    void add(size_t device, std::string_view line) override {
        Outgoing& outgoing = outgoing_[device];
        outgoing.bytes += line;
        outgoing.bytes.push_back('\n');
        outgoing.ends.push_back(static_cast<uint32_t>(outgoing.bytes.size()));
    }

    Result<> flush(const std::atomic<bool>& stop) override {
        for (Outgoing& outgoing : outgoing_) {
            if (outgoing.ends.empty()) continue;
            TRY(send_all(outgoing.fd.get(), outgoing.bytes, stop));
            count(outgoing, 1);
            outgoing.bytes.clear();
            outgoing.ends.clear();
        }
        return {};
    }
};

// One kept-alive connection; a request a device and flush. Answers 429 and 503 are obeyed and the request sent again.
class HttpSender final : public Sender {
public:
    HttpSender(const Scenario& scenario, const PlayOptions& options, PlayCounts::PerInput& counts)
        : scenario_(scenario), options_(options), counts_(counts), bodies_(scenario.devices.size()), lines_(scenario.devices.size()) {}

    Result<> open() {
        TRY_ASSIGN(to_, parse_endpoint(options_.http));
        TRY_ASSIGN(fd_, connect_from(to_, SOCK_STREAM, {}));
        return {};
    }

    void add(size_t device, std::string_view line) override {
        bodies_[device] += line;
        bodies_[device].push_back('\n');
        ++lines_[device];
    }

    Result<> flush(const std::atomic<bool>& stop) override {
        for (size_t i = 0; i < bodies_.size(); ++i) {
            if (lines_[i] == 0) continue;
            TRY(post(scenario_.devices[i].source, bodies_[i], stop));
            counts_.lines.fetch_add(lines_[i], std::memory_order_relaxed);
            counts_.bytes.fetch_add(bodies_[i].size() - lines_[i], std::memory_order_relaxed);
            bodies_[i].clear();
            lines_[i] = 0;
        }
        return {};
    }

private:
    struct Answer {
        unsigned status = 0;
        unsigned retry_after = 1;
        bool close = false;
        std::string body;
    };

    Result<> post(const std::string& source, const std::string& body, const std::atomic<bool>& stop) {
        const std::string head = fmt::format(
            "POST /api/v1/ingest?source={} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n"
            "Content-Type: application/x-ndjson\r\nContent-Length: {}\r\n\r\n",
            source, options_.http, options_.token, body.size());
        for (;;) {
            if (!fd_) {
                TRY_ASSIGN(fd_, connect_from(to_, SOCK_STREAM, {}));
            }
            TRY(send_all(fd_.get(), head, stop));
            TRY(send_all(fd_.get(), body, stop));
            TRY_ASSIGN(const Answer answer, read_answer(stop));
            if (answer.close) fd_.close();
            if (answer.status / 100 == 2) return {};
            if (answer.status != 429 && answer.status != 503) {
                return base::fail(ErrorCode::unavailable, fmt::format("ingest answered {}: {}", answer.status, answer.body.substr(0, 300)));
            }
            counts_.retried.fetch_add(1, std::memory_order_relaxed);
            for (unsigned waited = 0; waited < answer.retry_after * 10 && !stop.load(std::memory_order_relaxed); ++waited) {
                std::this_thread::sleep_for(std::chrono::milliseconds(100));
            }
            if (stop.load(std::memory_order_relaxed)) return base::fail(ErrorCode::cancelled, "stopped while waiting");
        }
    }

    Result<Answer> read_answer(const std::atomic<bool>& stop) {
        std::string text;
        size_t head_end = std::string::npos, length = 0;
        Answer answer;
        for (;;) {
            if (head_end == std::string::npos && (head_end = text.find("\r\n\r\n")) != std::string::npos) {
                head_end += 4;
                TRY(read_head(std::string_view(text).substr(0, head_end), answer, length));
            }
            if (head_end != std::string::npos && text.size() >= head_end + length) break;
            if (!wait_for(fd_.get(), POLLIN, stop)) return base::fail(ErrorCode::cancelled, "stopped while waiting for an answer");
            char buffer[4096];
            const ssize_t got = ::recv(fd_.get(), buffer, sizeof buffer, 0);
            if (got == 0) return base::fail(ErrorCode::unavailable, "the server closed the connection");
            if (got < 0 && errno != EINTR) return base::fail(base::system_error(errno, "recv"));
            if (got > 0) text.append(buffer, static_cast<size_t>(got));
            if (text.size() > (size_t{1} << 20)) return base::fail(ErrorCode::too_large, "an answer over 1 MiB");
        }
        answer.body = text.substr(head_end, length);
        return answer;
    }

    static Result<> read_head(std::string_view head, Answer& answer, size_t& length) {
        const size_t space = head.find(' ');
        answer.status = static_cast<unsigned>(base::parse_uint(head.substr(std::min(space, head.size() - 1) + 1, 3)).value_or(0));
        if (answer.status == 0) return base::fail(ErrorCode::data_corrupt, "not an HTTP answer");
        for (size_t at = head.find("\r\n"); at != std::string_view::npos && at + 2 < head.size(); at = head.find("\r\n", at + 2)) {
            const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
            const size_t colon = line.find(':');
            if (colon == std::string_view::npos) continue;
            const std::string_view name = line.substr(0, colon), value = base::trim(line.substr(colon + 1));
            if (base::equals_ignoring_case(name, "content-length")) length = base::parse_uint(value).value_or(0);
            if (base::equals_ignoring_case(name, "retry-after")) answer.retry_after = static_cast<unsigned>(std::clamp<uint64_t>(base::parse_uint(value).value_or(1), 1, 60));
            if (base::equals_ignoring_case(name, "connection")) answer.close = base::equals_ignoring_case(value, "close");
        }
        return {};
    }

    const Scenario& scenario_;
    const PlayOptions& options_;
    PlayCounts::PerInput& counts_;
    Endpoint to_;
    FileDescriptor fd_;
    std::vector<std::string> bodies_;
    std::vector<uint64_t> lines_;
};

}  // namespace

Result<std::unique_ptr<Sender>> open_sender(Input input, const Scenario& scenario, const PlayOptions& options,
                                            PlayCounts::PerInput& counts) {
    if (input == Input::http) {
        auto sender = std::make_unique<HttpSender>(scenario, options, counts);
        TRY(sender->open());
        return sender;
    }
    TRY_ASSIGN(const Endpoint to, parse_endpoint(options.syslog));
    std::unique_ptr<SyslogSender> sender;
    if (input == Input::syslog_udp) {
        sender = std::make_unique<UdpSender>(scenario.devices.size(), counts);
    } else {
        sender = std::make_unique<TcpSender>(scenario.devices.size(), counts);
    }
    TRY(sender->open(scenario, input, to));
    return sender;
}

}  // namespace shuwei::demo
