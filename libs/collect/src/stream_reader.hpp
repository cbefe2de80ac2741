// What a stream connection speaks: bytes become frames, and, where the protocol acknowledges, frames become answers. No I/O;
// one owner.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "read_buffer.hpp"
#include "shuwei/spool/frame.hpp"

namespace shuwei::collect {

class StreamReader {
public:
    virtual ~StreamReader() = default;

    // Room for at least `size` bytes to read into; commit() says how many came. Only after release().
    std::span<char> room(size_t size) { return buffer_.room(size); }
    void commit(size_t size) { buffer_.commit(size); }

    // The next complete frame, if any: payload, true_length, flags and sm3 are set, and live until release(). Blank
    // frames are passed over. After a frame that was cut, nothing more comes until release().
    virtual std::optional<spool::FrameView> next() = 0;
    // The stream has ended: what is left and is to be kept, marked unterminated. After next() has nothing more.
    virtual std::optional<spool::FrameView> finish() = 0;
    // Forgets the frames that were given, and memory that is not needed.
    virtual void release() = 0;

    virtual size_t memory() const = 0;
    virtual uint64_t framing_errors() const = 0;

    // What to answer to the frames given so far, to be sent once they are on disk; taken out.
    virtual std::string take_answers() { return {}; }
    // Whether nothing more is wanted of the other side: the connection ends once the answers are sent.
    virtual bool over() const { return false; }
    // Said to a peer whose connection we end.
    virtual std::string_view farewell() const { return {}; }

protected:
    StreamReader() = default;
    StreamReader(StreamReader&&) = default;
    StreamReader& operator=(StreamReader&&) = default;

    ReadBuffer buffer_;
};

}  // namespace shuwei::collect
