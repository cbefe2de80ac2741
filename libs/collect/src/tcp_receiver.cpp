#include "tcp_receiver.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "patient_append.hpp"
#include "shuwei/base/log.hpp"

namespace shuwei::collect {

namespace {

constexpr size_t kReadBytes = 64 * 1024;
constexpr size_t kFlushFrames = 8192;
constexpr size_t kFlushBytes = 4 << 20;
constexpr int kAcceptsPerTurn = 64;
constexpr int kBoundedLook = 100;  // milliseconds
constexpr base::Duration kDrainTime = 2 * base::kSecond;
constexpr base::Duration kHandshakeTime = 15 * base::kSecond;
constexpr int kHandshakeLook = 1000;  // milliseconds between looks at handshakes that stall

constexpr uint32_t kReadable = EPOLLIN | EPOLLRDHUP;

void watch(int epoll, int fd, int operation = EPOLL_CTL_ADD, uint32_t events = kReadable) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    ::epoll_ctl(epoll, operation, fd, &event);
}

}  // namespace

TcpReceiver::TcpReceiver(base::FileDescriptor socket, Listener listener, TcpLimits limits, StreamReaderMaker make_reader,
                         FrameSink& sink, const StopSignal& stop, std::optional<TcpSecurity> security,
                         std::function<void(const base::Error&)> refused)
    : listener_socket_(std::move(socket)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      listener_(std::move(listener)),
      limits_(limits),
      make_reader_(make_reader),
      sink_(sink),
      counters_(sink.counters(listener_.name)),
      stop_(stop),
      security_(std::move(security)),
      refused_(std::move(refused)) {
    watch(epoll_.get(), listener_socket_.get());
    watch(epoll_.get(), stop_.fd());
}

TcpReceiver::~TcpReceiver() { counters_.connections.add(-static_cast<int64_t>(connections_.size())); }

void TcpReceiver::run() {
    std::array<epoll_event, 256> events;
    while (!stop_.requested()) {
        const int patience = !again_.empty() ? 0 : !bounded_.empty() ? kBoundedLook : shaking_ > 0 ? kHandshakeLook : -1;
        const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), patience);
        now_ = sink_.now();
        filling_ = sink_.filling();
        if (!bounded_.empty()) let_go();
        for (const int fd : std::exchange(again_, {})) {
            if (const auto found = connections_.find(fd); found != connections_.end()) read_from(*found->second);
        }
        for (int i = 0; i < count; ++i) {
            const int fd = events[i].data.fd;
            if (fd == stop_.fd()) break;
            if (fd == listener_socket_.get()) {
                accept_new();
            } else if (const auto found = connections_.find(fd); found != connections_.end()) {
                if (found->second->answers.empty() || go_on_sending(*found->second)) read_from(*found->second);
            }
        }
        if (shaking_ > 0) end_silent_handshakes();
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
        connection->reader = make_reader_();
        connection->fd = std::move(fd);
        const int number = connection->fd.get();
        if (security_) {
            connection->tls = net::TlsStream::accept(security_->context, number);
            connection->handshake_until = base::monotonic_now() + kHandshakeTime;
            ++shaking_;
        }
        watch(epoll_.get(), number);
        connections_[number] = std::move(connection);
        counters_.connections.add(1);
    }
}

bool TcpReceiver::read_from(Connection& connection) {
    if (connection.ended || connection.in_turn || connection.bounded || !connection.answers.empty()) return false;
    if (filling_ && !sink_.admits(listener_.number, connection.peer.ip, 0)) return bound(connection);
    const auto room = connection.reader->room(kReadBytes);
    const Read read = connection.tls ? receive_tls(connection, room) : receive(connection, room);
    connection.reader->commit(read.bytes);
    if (read.bytes == 0 && !read.ended) {
        connection.reader->release();
        return false;
    }
    if (filling_) (void)sink_.admits(listener_.number, connection.peer.ip, read.bytes);  // it has them
    connection.ended = read.ended;  // what came before counts however it ended
    connection.in_turn = true;
    turn_.push_back(&connection);
    gather(connection);
    if (frames_.size() >= kFlushFrames || frame_bytes_ >= kFlushBytes) settle();
    return !read.ended;
}

// Not read for a while: its sender takes more than its share of a spool that fills.
bool TcpReceiver::bound(Connection& connection) {
    connection.bounded = true;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, connection.fd.get(), nullptr);
    bounded_.push_back(connection.fd.get());
    counters_.bounded.add();
    return false;
}

void TcpReceiver::let_go() {
    std::erase_if(bounded_, [&](int fd) {
        const auto found = connections_.find(fd);
        if (found == connections_.end() || !found->second->bounded) return true;  // ended meanwhile
        if (filling_ && !sink_.admits(listener_.number, found->second->peer.ip, 0)) return false;
        found->second->bounded = false;
        watch(epoll_.get(), fd);
        if (found->second->tls) again_.push_back(fd);
        return true;
    });
}

TcpReceiver::Read TcpReceiver::receive(Connection& connection, std::span<char> room) {
    const ssize_t got = ::recv(connection.fd.get(), room.data(), room.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return {};
    return {got > 0 ? static_cast<size_t>(got) : 0, got <= 0};
}

TcpReceiver::Read TcpReceiver::receive_tls(Connection& connection, std::span<char> room) {
    if (connection.handshake_until != 0 && !shake_hands(connection)) return {0, connection.ended};
    Read read;
    while (read.bytes < room.size()) {
        size_t got = 0;
        const auto progress = connection.tls->read(room.subspan(read.bytes), got);
        read.bytes += got;
        if (progress == net::TlsProgress::done) continue;
        if (progress == net::TlsProgress::failed && connection.tls->error() != "") {
            refuse(connection, connection.tls->error());
        }
        read.ended = progress == net::TlsProgress::closed || progress == net::TlsProgress::failed;
        return read;
    }
    again_.push_back(connection.fd.get());
    return read;
}

bool TcpReceiver::shake_hands(Connection& connection) {
    switch (connection.tls->handshake()) {
        case net::TlsProgress::wants_read: return false;
        case net::TlsProgress::wants_write: {
            // Its answer does not fit into the kernel's buffer: nobody of good will sends that fast before it has read.
            refuse(connection, "the handshake is not read");
            return false;
        }
        case net::TlsProgress::done: break;
        default: refuse(connection, connection.tls->error()); return false;
    }
    const auto& names = security_->permitted_names;
    if (!names.empty()) {
        const std::string name = connection.tls->peer_name();
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            refuse(connection, "the certificate's name '" + name + "' is not permitted");
            return false;
        }
    }
    connection.handshake_until = 0;
    --shaking_;
    return true;
}

void TcpReceiver::refuse(Connection& connection, std::string why) {
    if (connection.handshake_until != 0) {
        counters_.connections_refused("tls").add();
        connection.handshake_until = 0;
        --shaking_;
    }
    connection.ended = true;
    if (refused_) refused_(base::Error(base::ErrorCode::permission_denied, std::move(why)).at(connection.peer.to_string()));
}

void TcpReceiver::end_silent_handshakes() {
    const base::Duration now = base::monotonic_now();
    for (const auto& [fd, connection] : connections_) {
        if (connection->handshake_until == 0 || connection->handshake_until > now || connection->in_turn) continue;
        refuse(*connection, "no TLS handshake came");
        connection->in_turn = true;
        turn_.push_back(connection.get());
    }
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
    while (const auto frame = connection.reader->next()) add(connection, *frame);
}

void TcpReceiver::flush() {
    if (!frames_.empty()) {
        const auto range = append_patiently(sink_, counters_, frames_, stop_);
        if (range) last_seq_ = range->last;
        lost_ = lost_ || !range;
    }
    frames_.clear();
    frame_bytes_ = 0;
}

// Whether all frames of the turn are, after a sync.
bool TcpReceiver::on_disk() {
    if (std::exchange(lost_, false)) return false;
    const auto synced = sink_.spool().sync_until(last_seq_);
    if (!synced) base::log::error("nothing is acknowledged", {{"listener", listener_.name}, {"error", synced.error().to_string()}});
    return synced.has_value();
}

TcpReceiver::Sent TcpReceiver::send(Connection& connection) {
    size_t sent = 0;
    Sent outcome = Sent::all;
    while (outcome == Sent::all && sent < connection.answers.size()) {
        const auto left = std::string_view(connection.answers).substr(sent);
        if (connection.tls) {
            size_t written = 0;
            const auto progress = connection.tls->write(left, written);
            sent += written;
            outcome = progress == net::TlsProgress::done          ? Sent::all
                      : progress == net::TlsProgress::wants_read  ? Sent::waits_for_writer
                      : progress == net::TlsProgress::wants_write ? Sent::waits_for_reader
                                                                  : Sent::failed;
        } else {
            const ssize_t written = ::send(connection.fd.get(), left.data(), left.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (written > 0) {
                sent += static_cast<size_t>(written);
            } else if (errno != EINTR) {
                outcome = errno == EAGAIN ? Sent::waits_for_reader : Sent::failed;
            }
        }
    }
    connection.answers.erase(0, sent);
    return outcome;
}

void TcpReceiver::answer(Connection& connection) {
    switch (connection.answers.empty() ? Sent::all : send(connection)) {
        case Sent::all: connection.ended = connection.ended || connection.reader->over(); break;
        case Sent::failed: connection.ended = true; break;
        case Sent::waits_for_reader: watch(epoll_.get(), connection.fd.get(), EPOLL_CTL_MOD, EPOLLOUT); break;
        case Sent::waits_for_writer: watch(epoll_.get(), connection.fd.get(), EPOLL_CTL_MOD, EPOLLIN); break;
    }
}

// True when everything is said and the connection may be read again.
bool TcpReceiver::go_on_sending(Connection& connection) {
    if (connection.in_turn) return false;
    answer(connection);
    if (connection.ended) {
        connection.in_turn = true;
        turn_.push_back(&connection);
        return false;
    }
    if (!connection.answers.empty()) return false;
    watch(epoll_.get(), connection.fd.get(), EPOLL_CTL_MOD);
    if (connection.tls) again_.push_back(connection.fd.get());
    return !connection.tls;
}

// Spools the turn's frames, then gives the buffers back, answers, and ends the connections that are over.
void TcpReceiver::settle() {
    flush();
    for (Connection* const connection : turn_) {
        connection->reader->release();
        while (true) {  // behind a frame that was cut there may be more
            gather(*connection);
            if (frames_.empty()) break;
            flush();
            connection->reader->release();
        }
        if (connection->ended) {
            if (const auto last = connection->reader->finish()) add(*connection, *last);
            flush();
            connection->reader->release();
        }
    }
    std::optional<bool> stored;  // asked once there is something to answer
    for (Connection* const connection : turn_) {
        if (std::string answers = connection->reader->take_answers(); !answers.empty()) {
            if (!stored) stored = on_disk();
            if (*stored) {
                connection->answers += answers;
            } else {
                connection->ended = true;  // its sender repeats what was not acknowledged
            }
        }
        answer(*connection);
        const uint64_t errors = connection->reader->framing_errors();
        counters_.framing_errors.add(static_cast<int64_t>(errors - connection->framing_errors));
        connection->framing_errors = errors;
        buffered_ -= connection->memory;
        connection->memory = connection->reader->memory() + connection->answers.size();
        buffered_ += connection->memory;
        connection->in_turn = false;
        if (connection->ended) {
            if (connection->handshake_until != 0) --shaking_;
            if (connection->tls) connection->tls->shut_down();
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
    filling_ = false;
    let_go();
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
        if (connection->handshake_until == 0) connection->answers += connection->reader->farewell();
        connection->ended = true;
        connection->in_turn = true;
        turn_.push_back(connection.get());
    }
    settle();
}

}  // namespace shuwei::collect
