#include "udp_receiver.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "shuwei/base/log.hpp"
#include "shuwei/net/socket.hpp"

namespace shuwei::collect {

namespace {

constexpr size_t kBatch = 256;
constexpr size_t kDatagramBytes = 65'536;  // more than any datagram holds
constexpr size_t kTalkers = 1024;
constexpr base::Duration kTellEvery = 10 * base::kSecond;
constexpr base::Duration kDrainTime = 2 * base::kSecond;

std::string_view without_line_end(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == '\0')) text.remove_suffix(1);
    return text;
}

}  // namespace

struct UdpReceiver::Batch {
    struct Slot {
        sockaddr_storage peer;
        iovec part;
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(uint32_t))];
    };
    std::unique_ptr<char[]> bytes = std::make_unique_for_overwrite<char[]>(kBatch * kDatagramBytes);
    std::array<Slot, kBatch> slots{};
    std::array<mmsghdr, kBatch> messages{};
    std::vector<spool::FrameView> frames;

    Batch() {
        for (size_t i = 0; i < kBatch; ++i) {
            slots[i].part = {bytes.get() + i * kDatagramBytes, kDatagramBytes};
            messages[i].msg_hdr.msg_iov = &slots[i].part;
            messages[i].msg_hdr.msg_iovlen = 1;
            messages[i].msg_hdr.msg_name = &slots[i].peer;
            messages[i].msg_hdr.msg_control = slots[i].control;
        }
        frames.reserve(kBatch);
    }
};

UdpReceiver::UdpReceiver(base::FileDescriptor socket, Listener listener, FrameSink& sink, const StopSignal& stop)
    : socket_(std::move(socket)),
      listener_(std::move(listener)),
      sink_(sink),
      counters_(sink.counters(listener_.name)),
      dropped_by_kernel_(counters_.dropped("kernel")),
      dropped_for_room_(counters_.dropped("spool_full")),
      dropped_for_share_(counters_.dropped("fair_share")),
      dropped_empty_(counters_.dropped("empty")),
      stop_(stop),
      batch_(std::make_unique<Batch>()) {
    const int on = 1;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
}

UdpReceiver::~UdpReceiver() = default;

void UdpReceiver::run() {
    pollfd waiting[] = {{socket_.get(), POLLIN, 0}, {stop_.fd(), POLLIN, 0}};
    while (!stop_.requested()) {
        if (receive() > 0) continue;
        ::poll(waiting, 2, -1);
    }
    const base::Duration end = base::monotonic_now() + kDrainTime;
    while (receive() > 0 && base::monotonic_now() < end) {}
}

size_t UdpReceiver::receive() {
    Batch& batch = *batch_;
    for (auto& message : batch.messages) {
        message.msg_hdr.msg_namelen = sizeof(sockaddr_storage);
        message.msg_hdr.msg_controllen = sizeof Batch::Slot::control;
    }
    const int count = ::recvmmsg(socket_.get(), batch.messages.data(), kBatch, MSG_DONTWAIT, nullptr);
    if (count < 0) {
        if (errno != EAGAIN && errno != EINTR && errno != ECONNREFUSED) {
            base::log::error("receive datagrams", {{"listener", listener_.name}, {"error", std::strerror(errno)}});
            (void)stop_.wait(100);  // not in circles
        }
        return 0;
    }
    const base::Timestamp now = sink_.now();
    const bool filling = sink_.filling();
    batch.frames.clear();
    for (int i = 0; i < count; ++i) {
        const std::string_view datagram{static_cast<char*>(batch.slots[i].part.iov_base), batch.messages[i].msg_len};
        spool::FrameView frame;
        frame.payload = without_line_end(datagram);
        if (frame.payload.empty()) {
            dropped_empty_.add();
            continue;
        }
        const net::SocketAddress peer = net::from_sockaddr(batch.slots[i].peer);
        if (filling && !sink_.admits(listener_.number, peer.ip, datagram.size())) {
            counters_.received.add();
            dropped_for_share_.add();
            continue;
        }
        frame.true_length = frame.payload.size();
        frame.received = now;
        frame.peer = peer.ip;
        frame.peer_port = peer.port;
        frame.listener = listener_.number;
        frame.tenant = listener_.tenant;
        frame.kind = spool::FrameKind::syslog;
        batch.frames.push_back(frame);
    }
    if (count > 0) {
        msghdr& last = batch.messages[static_cast<size_t>(count) - 1].msg_hdr;
        for (const cmsghdr* control = CMSG_FIRSTHDR(&last); control != nullptr;
             control = CMSG_NXTHDR(&last, const_cast<cmsghdr*>(control))) {
            if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SO_RXQ_OVFL) continue;
            uint32_t drops = 0;
            std::memcpy(&drops, CMSG_DATA(control), sizeof drops);
            if (drops != kernel_drops_) count_kernel_drops(drops - kernel_drops_);
            kernel_drops_ = drops;
        }
    }
    if (!batch.frames.empty() && !sink_.append(counters_, batch.frames)) {
        counters_.received.add(static_cast<int64_t>(batch.frames.size()));
        dropped_for_room_.add(static_cast<int64_t>(batch.frames.size()));
    }
    return static_cast<size_t>(count);
}

// Who fills the kernel's buffer is likely who we just read from.
void UdpReceiver::count_kernel_drops(uint32_t drops) {
    dropped_by_kernel_.add(drops);
    lost_ += drops;
    for (const auto& frame : batch_->frames) {
        if (talkers_.size() < kTalkers || talkers_.contains(frame.peer)) ++talkers_[frame.peer];
        ++talked_;
    }
    const base::Duration now = base::monotonic_now();
    if (talked_ == 0 || (told_ != 0 && now - told_ < kTellEvery)) return;
    told_ = now;
    const auto loudest = std::max_element(talkers_.begin(), talkers_.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    base::log::warning("datagrams were lost in the kernel: more came than could be read",
                       {{"listener", listener_.name}, {"lost", std::to_string(lost_)}, {"loudest", loudest->first.to_string()},
                        {"percent_of_what_was_read", std::to_string(100 * loudest->second / talked_)}});
    talkers_.clear();
    talked_ = lost_ = 0;
}

}  // namespace shuwei::collect
