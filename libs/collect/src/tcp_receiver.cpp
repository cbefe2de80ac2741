#include "tcp_receiver.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "patient_append.hpp"
#include "shuwei/base/log.hpp"

namespace shuwei::collect {

namespace {

constexpr size_t kReadBytes = 64 * 1024;
constexpr size_t kFlushFrames = 8192;
constexpr size_t kFlushBytes = 4 << 20;
constexpr int kAcceptsPerTurn = 64;
constexpr base::Duration kDrainTime = 2 * base::kSecond;

void watch(int epoll, int fd) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.fd = fd;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

}  // namespace

TcpReceiver::TcpReceiver(base::FileDescriptor socket, Listener listener, TcpLimits limits, FrameSink& sink,
                         const StopSignal& stop)
    : listener_socket_(std::move(socket)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      listener_(std::move(listener)),
      limits_(limits),
      sink_(sink),
      counters_(sink.counters(listener_.name)),
      stop_(stop) {
    watch(epoll_.get(), listener_socket_.get());
    watch(epoll_.get(), stop_.fd());
}

TcpReceiver::~TcpReceiver() { counters_.connections.add(-static_cast<int64_t>(connections_.size())); }

void TcpReceiver::run() {
    std::array<epoll_event, 256> events;
    while (!stop_.requested()) {
        const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
        now_ = sink_.now();
        for (int i = 0; i < count; ++i) {
            const int fd = events[i].data.fd;
            if (fd == stop_.fd()) break;
            if (fd == listener_socket_.get()) {
                accept_new();
            } else if (const auto found = connections_.find(fd); found != connections_.end()) {
                read_from(*found->second);
            }
        }
        settle();
    }
    drain();
}

void TcpReceiver::accept_new() {
    for (int i = 0; i < kAcceptsPerTurn; ++i) {
        sockaddr_storage address{};
        socklen_t size = sizeof address;
        base::FileDescriptor fd(::accept4(listener_socket_.get(), reinterpret_cast<sockaddr*>(&address), &size,
                                          SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (!fd) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
                counters_.connections_refused("descriptors").add();
                (void)stop_.wait(10);  // the waiting connection keeps epoll awake: not in circles
            }
            return;
        }
        if (connections_.size() >= limits_.connections) {
            counters_.connections_refused("limit").add();
            continue;
        }
        const int on = 1;
        ::setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);  // a sender that vanished ends some day
        auto connection = std::make_unique<Connection>();
        connection->peer = net::from_sockaddr(address);
        connection->fd = std::move(fd);
        const int number = connection->fd.get();
        watch(epoll_.get(), number);
        connections_[number] = std::move(connection);
        counters_.connections.add(1);
    }
}

bool TcpReceiver::read_from(Connection& connection) {
    if (connection.ended || connection.in_turn) return false;
    const auto room = connection.framer.room(kReadBytes);
    const ssize_t got = ::recv(connection.fd.get(), room.data(), room.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        connection.framer.release();
        return false;
    }
    if (got > 0) connection.framer.commit(static_cast<size_t>(got));
    connection.ended = got <= 0;  // closed or reset: what came before counts either way
    connection.in_turn = true;
    turn_.push_back(&connection);
    gather(connection);
    if (frames_.size() >= kFlushFrames || frame_bytes_ >= kFlushBytes) settle();
    return got > 0;
}

void TcpReceiver::add(const Connection& connection, spool::FrameView frame) {
    frame.received = now_;
    frame.peer = connection.peer.ip;
    frame.peer_port = connection.peer.port;
    frame.listener = listener_.number;
    frame.tenant = listener_.tenant;
    frame.kind = spool::FrameKind::syslog;
    frame_bytes_ += frame.payload.size();
    frames_.push_back(frame);
}

void TcpReceiver::gather(Connection& connection) {
    while (const auto frame = connection.framer.next()) add(connection, *frame);
}

void TcpReceiver::flush() {
    if (!frames_.empty()) (void)append_patiently(sink_, counters_, frames_, stop_);
    frames_.clear();
    frame_bytes_ = 0;
}

// Spools the turn's frames, then gives the buffers back and ends the connections that are over.
void TcpReceiver::settle() {
    flush();
    for (Connection* const connection : turn_) {
        connection->framer.release();
        while (true) {  // behind a frame that was cut there may be more
            gather(*connection);
            if (frames_.empty()) break;
            flush();
            connection->framer.release();
        }
        if (connection->ended) {
            if (const auto last = connection->framer.finish()) add(*connection, *last);
            flush();
            connection->framer.release();
        }
        const uint64_t errors = connection->framer.framing_errors();
        counters_.framing_errors.add(static_cast<int64_t>(errors - connection->framing_errors));
        connection->framing_errors = errors;
        buffered_ -= connection->memory;
        connection->memory = connection->framer.memory();
        buffered_ += connection->memory;
        connection->in_turn = false;
        if (connection->ended) {
            buffered_ -= connection->memory;
            counters_.connections.add(-1);
            connections_.erase(connection->fd.get());
        }
    }
    turn_.clear();
    if (buffered_ > limits_.buffered_bytes) end_greediest();
}

void TcpReceiver::end_greediest() {
    const auto greediest = std::max_element(connections_.begin(), connections_.end(), [](const auto& a, const auto& b) {
        return a.second->memory < b.second->memory;
    });
    if (greediest == connections_.end()) return;
    base::log::warning("a connection was closed: unfinished frames fill the memory set aside for them",
                       {{"listener", listener_.name}, {"peer", greediest->second->peer.to_string()}});
    counters_.connections_refused("memory").add();
    greediest->second->ended = true;
    greediest->second->in_turn = true;
    turn_.push_back(greediest->second.get());
    settle();
}

void TcpReceiver::drain() {
    listener_socket_.close();
    now_ = sink_.now();
    const base::Duration end = base::monotonic_now() + kDrainTime;
    std::vector<int> open;  // by descriptor: settle() may end any of them
    for (const auto& [fd, connection] : connections_) open.push_back(fd);
    while (!open.empty() && base::monotonic_now() < end) {
        std::erase_if(open, [&](int fd) {
            const auto found = connections_.find(fd);
            return found == connections_.end() || !read_from(*found->second);
        });
        settle();
    }
    for (const auto& [fd, connection] : connections_) {
        connection->ended = true;
        connection->in_turn = true;
        turn_.push_back(connection.get());
    }
    settle();
}

}  // namespace shuwei::collect
