// What goes over the sockets between the store and its worker: framed messages, of which some carry a descriptor.
// A socket has one reader and one writer at a time. Both ends are the same program, yet every length is checked.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::eventstore {

enum class MessageKind : uint8_t {
    // control socket, store -> worker
    configure = 1,  // WorkerConfiguration
    open_channel,   // number of the channel; carries its socket
    kill,           // channel number, query tag: that query and all before it on the channel
    shut_down,
    // control socket, worker -> store
    ready,
    // channel, store -> worker
    query,          // QueryMessage; carries the rows of an insert as a memfd
    // channel, worker -> store
    chunk,          // bytes of the result
    done,           // nothing: the query is over
    failed,         // error code, message; also on the control socket while starting
};

struct Message {
    MessageKind kind{};
    std::string payload;
    base::FileDescriptor descriptor;
};

constexpr size_t kMaxMessageBytes = 256 * 1024 * 1024;
constexpr std::string_view kArchivePolicy = "tiered";  // the storage policy of tables that may be archived
constexpr base::Timestamp kNever = INT64_MAX;

// unavailable when the other side is gone.
base::Result<> send_message(int socket, MessageKind kind, std::string_view payload, int descriptor = -1);
// Waits until `deadline` (of monotonic_now) for the message to begin and be complete.
base::Result<Message> receive_message(int socket, base::Timestamp deadline = kNever);
// True when something (or the end) can be read before the deadline.
bool wait_readable(int socket, base::Timestamp deadline);

// Numbers and texts packed into a payload.
class PayloadWriter {
public:
    void number(uint64_t value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
    void text(std::string_view text) {
        number(text.size());
        bytes_.append(text);
    }
    const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_;
};

// Reading past the end gives zeros and empty texts and makes ok() false.
class PayloadReader {
public:
    explicit PayloadReader(std::string_view bytes) : bytes_(bytes) {}
    uint64_t number();
    std::string_view text();
    bool ok() const { return ok_; }

private:
    std::string_view bytes_;
    bool ok_ = true;
};

// A comment in front of the query's text, by which system.processes finds it.
std::string query_mark(uint64_t channel, uint64_t tag);

struct WorkerConfiguration {
    std::string archive_folder;  // empty: none
    std::string data_folder;
    std::string library;
    uint64_t memory_bytes = 0;
    uint64_t cache_bytes = 0;
    base::Duration folder_patience = 0;

    std::string pack() const;
    static base::Result<WorkerConfiguration> unpack(std::string_view payload);
};

struct QueryMessage {
    uint64_t tag = 0;         // rising on each channel
    std::string sql;          // "$FD$" stands for the path of the memfd that came along
    std::string format;       // of the result
    std::vector<std::pair<std::string, std::string>> parameters;  // name, value in ClickHouse's escaped text form
    bool streamed = false;    // as chunks; only for SELECT

    std::string pack() const;
    static base::Result<QueryMessage> unpack(std::string_view payload);
};

}  // namespace shuwei::eventstore
