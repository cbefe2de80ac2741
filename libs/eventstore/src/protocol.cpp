#include "protocol.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace shuwei::eventstore {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

struct Header {
    uint32_t size;
    uint8_t kind;
    uint8_t descriptors;
    uint16_t magic;
};
static_assert(sizeof(Header) == 8);
constexpr uint16_t kMagic = 0x5357;

tl::unexpected<base::Error> gone() { return fail(ErrorCode::unavailable, "the event store worker is not there"); }

// Receives exactly `size` bytes; a descriptor that arrives with them goes to `descriptor`.
Result<> receive_exactly(int socket, char* to, size_t size, base::Timestamp deadline, base::FileDescriptor* descriptor) {
    while (size > 0) {
        if (!wait_readable(socket, deadline)) return fail(ErrorCode::deadline_exceeded, "no answer of the event store worker");
        iovec piece{to, size};
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
        msghdr message{};
        message.msg_iov = &piece;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        const ssize_t got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got <= 0) return gone();
        for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
            if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
            int received = -1;
            std::memcpy(&received, CMSG_DATA(part), sizeof received);
            base::FileDescriptor owned(received);
            if (descriptor != nullptr) *descriptor = std::move(owned);
        }
        to += got;
        size -= static_cast<size_t>(got);
    }
    return {};
}

}  // namespace

bool wait_readable(int socket, base::Timestamp deadline) {
    while (true) {
        int wait = -1;
        if (deadline != kNever) {
            const base::Duration left = std::max<base::Duration>(0, deadline - base::monotonic_now());
            wait = static_cast<int>(std::min<base::Duration>((left + base::kMillisecond - 1) / base::kMillisecond, 3'600'000));
        }
        pollfd wanted{socket, POLLIN, 0};
        const int ready = ::poll(&wanted, 1, wait);
        if (ready > 0) return true;
        if (ready < 0 && errno != EINTR) return true;  // the read will tell
        if (deadline != kNever && base::monotonic_now() >= deadline) return false;
    }
}

Result<> send_message(int socket, MessageKind kind, std::string_view payload, int descriptor) {
    if (payload.size() > kMaxMessageBytes) return fail(ErrorCode::too_large, "a message to the event store worker is too large");
    const Header header{static_cast<uint32_t>(payload.size()), static_cast<uint8_t>(kind),
                        static_cast<uint8_t>(descriptor >= 0 ? 1 : 0), kMagic};
    iovec pieces[2] = {{const_cast<Header*>(&header), sizeof header},
                       {const_cast<char*>(payload.data()), payload.size()}};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = 2;
    if (descriptor >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        cmsghdr* part = CMSG_FIRSTHDR(&message);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(part), &descriptor, sizeof descriptor);
    }
    size_t left = sizeof header + payload.size();
    while (left > 0) {
        const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return gone();
        message.msg_control = nullptr;  // the descriptor went with the first byte
        message.msg_controllen = 0;
        left -= static_cast<size_t>(sent);
        size_t used = static_cast<size_t>(sent);
        for (iovec& piece : pieces) {
            const size_t step = std::min(used, piece.iov_len);
            piece.iov_base = static_cast<char*>(piece.iov_base) + step;
            piece.iov_len -= step;
            used -= step;
        }
    }
    return {};
}

Result<Message> receive_message(int socket, base::Timestamp deadline) {
    Header header{};
    Message message;
    TRY(receive_exactly(socket, reinterpret_cast<char*>(&header), sizeof header, deadline, &message.descriptor));
    if (header.magic != kMagic || header.size > kMaxMessageBytes) {
        return fail(ErrorCode::data_corrupt, "the event store worker and its store do not understand each other");
    }
    message.kind = static_cast<MessageKind>(header.kind);
    message.payload.resize(header.size);
    TRY(receive_exactly(socket, message.payload.data(), header.size, deadline, &message.descriptor));
    if (header.descriptors > 0 && !message.descriptor) return fail(ErrorCode::io, "a descriptor got lost on its way");
    return message;
}

uint64_t PayloadReader::number() {
    uint64_t value = 0;
    if (bytes_.size() < sizeof value) {
        ok_ = false;
        bytes_ = {};
        return 0;
    }
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return value;
}

std::string_view PayloadReader::text() {
    const uint64_t size = number();
    if (size > bytes_.size()) {
        ok_ = false;
        bytes_ = {};
        return {};
    }
    const std::string_view text = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return text;
}

std::string query_mark(uint64_t channel, uint64_t tag) {
    return "/* shuwei " + std::to_string(channel) + "." + std::to_string(tag) + " */ ";
}

std::string WorkerConfiguration::pack() const {
    PayloadWriter to;
    to.text(data_folder);
    to.text(archive_folder);
    to.text(library);
    to.number(memory_bytes);
    to.number(cache_bytes);
    to.number(static_cast<uint64_t>(folder_patience));
    return to.bytes();
}

Result<WorkerConfiguration> WorkerConfiguration::unpack(std::string_view payload) {
    PayloadReader from(payload);
    WorkerConfiguration configuration;
    configuration.data_folder = from.text();
    configuration.archive_folder = from.text();
    configuration.library = from.text();
    configuration.memory_bytes = from.number();
    configuration.cache_bytes = from.number();
    configuration.folder_patience = static_cast<base::Duration>(from.number());
    if (!from.ok()) return fail(ErrorCode::data_corrupt, "malformed configuration message");
    return configuration;
}

std::string QueryMessage::pack() const {
    PayloadWriter to;
    to.number(tag);
    to.text(sql);
    to.text(format);
    to.number(streamed ? 1 : 0);
    to.number(parameters.size());
    for (const auto& [name, value] : parameters) {
        to.text(name);
        to.text(value);
    }
    return to.bytes();
}

Result<QueryMessage> QueryMessage::unpack(std::string_view payload) {
    PayloadReader from(payload);
    QueryMessage query;
    query.tag = from.number();
    query.sql = from.text();
    query.format = from.text();
    query.streamed = from.number() != 0;
    const uint64_t count = from.number();
    for (uint64_t i = 0; i < count && from.ok(); ++i) {
        const std::string_view name = from.text();
        query.parameters.emplace_back(name, from.text());
    }
    if (!from.ok()) return fail(ErrorCode::data_corrupt, "malformed query message");
    return query;
}

}  // namespace shuwei::eventstore
