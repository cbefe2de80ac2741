// Messages of a queue (Kafka, NATS) on their way into the spool: what was taken and not yet acknowledged. One owner.
// A message is acknowledged to the other side only after its frames are on disk.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "listener_counters.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/collect/input.hpp"
#include "shuwei/crypto/digest.hpp"

namespace shuwei::collect {

enum class MessageFormat : uint8_t {
    automatic,  // a message is one frame: a JSON object or a line
    lines,      // a message holds lines
    syslog,     // a message is one syslog message
};
inline constexpr std::string_view kMessageFormats[] = {"auto", "lines", "syslog"};
MessageFormat message_format_of(std::string_view name);

class MessageBatch {
public:
    MessageBatch(const InputPlace& place, MessageFormat format);

    // The bytes must stay where they are until clear(). `source` is cut to what a frame may carry.
    void add(std::string_view body, std::string_view source);

    // Spools the frames and waits for the disk; the batch stays as it is. resource_exhausted: no room, try again later.
    base::Result<> store();
    void clear();

    bool empty() const { return messages_ == 0; }
    size_t messages() const { return messages_; }
    size_t bytes() const { return bytes_; }

private:
    void add_frame(std::string_view payload, std::string_view source, std::optional<spool::FrameKind> kind);

    FrameSink& sink_;
    Listener listener_;
    std::string pack_;
    MessageFormat format_;
    ListenerCounters& counters_;
    base::Metric& dropped_empty_;
    std::vector<spool::FrameView> frames_;
    std::deque<crypto::Digest> digests_;
    size_t messages_ = 0;
    size_t bytes_ = 0;
};

}  // namespace shuwei::collect
