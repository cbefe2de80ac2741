#include "trap_receiver.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "shuwei/base/log.hpp"

namespace shuwei::collect {

namespace {

constexpr size_t kBatch = 128;
constexpr size_t kDatagramBytes = 65'536;  // more than any datagram holds
constexpr base::Duration kDrainTime = 2 * base::kSecond;
constexpr std::string_view kPack = "snmp-trap";

}  // namespace

struct TrapReceiver::Batch {
    struct Taken {
        std::string record;
        std::string answer;
        net::SocketAddress peer;
    };
    std::vector<Taken> taken;
    base::Timestamp now = 0;
};

TrapReceiver::TrapReceiver(base::FileDescriptor socket, const InputPlace& place, TrapReader reader, const std::vector<std::string>& mib_remarks)
    : socket_(std::move(socket)),
      listener_(place.listener),
      pack_(place.pack.empty() ? std::string(kPack) : place.pack),
      sink_(place.sink),
      counters_(place.sink.counters(place.listener.name)),
      reader_(std::move(reader)),
      datagram_(kDatagramBytes, '\0') {
    const int on = 1;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    status_.address = net::local_address(socket_.get()).to_string();
    for (const auto& remark : mib_remarks) {
        base::log::warning("MIB names", {{"listener", listener_.name}, {"remark", remark}});
        note("MIB: " + remark);
    }
    thread_ = std::thread([this] { run(); });
}

void TrapReceiver::stop() {
    if (!thread_.joinable()) return;
    stopping_.request();
    thread_.join();
    if (auto synced = sink_.spool().sync_until(sink_.spool().written_seq()); !synced) {
        base::log::error("the spool could not be synced", {{"error", synced.error().to_string()}});
    }
}

InputStatus TrapReceiver::status() const {
    const std::scoped_lock lock(mutex_);
    return status_;
}

void TrapReceiver::note(const std::string& remark) {
    const std::scoped_lock lock(mutex_);
    status_.last_error = remark;
    status_.last_error_at = sink_.now();
    ++status_.errors;
}

void TrapReceiver::run() {
    pollfd waiting[] = {{socket_.get(), POLLIN, 0}, {stopping_.fd(), POLLIN, 0}};
    while (!stopping_.requested()) {
        if (receive() > 0) continue;
        ::poll(waiting, 2, -1);
    }
    const base::Duration end = base::monotonic_now() + kDrainTime;
    while (receive() > 0 && base::monotonic_now() < end) {}
}

bool TrapReceiver::receive_one(Batch& batch) {
    sockaddr_storage from{};
    iovec part{datagram_.data(), datagram_.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(uint32_t))];
    msghdr message{};
    message.msg_name = &from;
    message.msg_namelen = sizeof from;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t size = ::recvmsg(socket_.get(), &message, MSG_DONTWAIT);
    if (size < 0) {
        if (errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED) {
            base::log::error("receive datagrams", {{"listener", listener_.name}, {"error", std::strerror(errno)}});
            (void)stopping_.wait(100);  // not in circles
        }
        return false;
    }
    for (const cmsghdr* at = CMSG_FIRSTHDR(&message); at != nullptr; at = CMSG_NXTHDR(&message, const_cast<cmsghdr*>(at))) {
        if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SO_RXQ_OVFL) continue;
        uint32_t drops = 0;
        std::memcpy(&drops, CMSG_DATA(at), sizeof drops);
        counters_.dropped("kernel").add(static_cast<uint32_t>(drops - kernel_drops_));
        kernel_drops_ = drops;
    }
    const net::SocketAddress peer = net::from_sockaddr(from);
    TrapOutcome outcome = reader_.take({datagram_.data(), static_cast<size_t>(size)}, peer.ip, base::monotonic_now());
    if (outcome.refusal) {
        counters_.received.add();
        counters_.received_bytes.add(size);
        counters_.dropped("snmp_" + std::string(to_string(*outcome.refusal))).add();
        note(outcome.remark);
    }
    if (!outcome.record.empty() && !sink_.admits(listener_.number, peer.ip, outcome.record.size())) {
        counters_.received.add();
        counters_.received_bytes.add(size);
        counters_.dropped("fair_share").add();  // an inform is not answered: its sender repeats it
    } else if (!outcome.record.empty()) {
        batch.taken.push_back({std::move(outcome.record), std::move(outcome.answer), peer});
    } else if (!outcome.answer.empty()) {
        send(outcome.answer, peer);
    }
    return true;
}

size_t TrapReceiver::receive() {
    Batch batch;
    batch.now = sink_.now();
    size_t count = 0;
    while (count < kBatch && receive_one(batch)) ++count;
    if (batch.taken.empty()) return count;

    std::vector<spool::FrameView> frames;
    bool awaited = false;
    for (const auto& taken : batch.taken) {
        spool::FrameView frame;
        frame.payload = taken.record;
        frame.true_length = taken.record.size();
        frame.received = batch.now;
        frame.peer = taken.peer.ip;
        frame.peer_port = taken.peer.port;
        frame.listener = listener_.number;
        frame.tenant = listener_.tenant;
        frame.kind = spool::FrameKind::json;
        frame.pack = pack_;
        frames.push_back(frame);
        awaited |= !taken.answer.empty();
    }
    const auto range = sink_.append(counters_, frames);
    if (!range) {
        counters_.received.add(static_cast<int64_t>(frames.size()));
        counters_.dropped("spool_full").add(static_cast<int64_t>(frames.size()));
        note(range.error().to_string());
        return count;
    }
    if (!awaited) return count;
    if (auto synced = sink_.spool().sync_until(range->last); !synced) {
        note(synced.error().to_string());
        return count;
    }
    for (const auto& taken : batch.taken) {
        if (!taken.answer.empty()) send(taken.answer, taken.peer);
    }
    return count;
}

void TrapReceiver::send(std::string_view answer, const net::SocketAddress& peer) const {
    net::SocketAddress target = peer;
    sockaddr_storage address{};
    socklen_t size = net::to_sockaddr(target, address);
    if (peer.ip.is_v4() && !net::local_address(socket_.get()).ip.is_v4()) {
        // The socket listens on both families, and then speaks IPv6 only.
        sockaddr_in6 mapped{};
        mapped.sin6_family = AF_INET6;
        mapped.sin6_port = htons(peer.port);
        std::memcpy(&mapped.sin6_addr, peer.ip.bytes.data(), peer.ip.bytes.size());
        std::memcpy(&address, &mapped, sizeof mapped);
        size = sizeof mapped;
    }
    // An answer that is lost is asked for again.
    (void)::sendto(socket_.get(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace shuwei::collect
