// Finds the frames in a stream of bytes as they arrive, in pieces of any size. No I/O; one owner.
//
// syslog: octet counting ("57 <34>…"), line feeds and NULs, told apart at the beginning of each frame. lines: line feeds
// only. A frame longer than `max_frame` keeps its first `max_frame` bytes, its true length and the SM3 of the whole.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "shuwei/crypto/digest.hpp"
#include "shuwei/spool/frame.hpp"

namespace shuwei::collect {

enum class StreamFraming : uint8_t { syslog, lines };

constexpr uint64_t kMaxOctetCount = 100'000'000;  // a larger count is an error, not a frame

class StreamFramer {
public:
    explicit StreamFramer(StreamFraming framing, size_t max_frame = spool::kMaxFramePayload)
        : framing_(framing), max_frame_(max_frame) {}

    // Room for at least `size` bytes to read into; commit() says how many came. Only after release().
    std::span<char> room(size_t size);
    void commit(size_t size) { end_ += size; }

    // The next complete frame, if any: payload, true_length, flags and sm3 are set, and live until release(). Blank
    // frames are passed over. After a frame that was cut, nothing more comes until release().
    std::optional<spool::FrameView> next();
    // The stream has ended: what is left, marked unterminated. After next() has nothing more.
    std::optional<spool::FrameView> finish();

    // Forgets the frames that were given, and memory that is not needed.
    void release();

    size_t memory() const { return capacity_ + kept_.size(); }
    // Bytes that were committed and belong to no frame yet.
    uint64_t pending() const { return end_ - begin_ + (overlong_ ? seen_ + (held_return_ ? 1 : 0) : 0); }
    uint64_t framing_errors() const { return framing_errors_; }

private:
    enum class Kind : uint8_t { undecided, octets, line };

    std::string_view data() const { return {buffer_.get() + begin_, end_ - begin_}; }
    bool decide();
    std::optional<size_t> find_line_end(std::string_view text);
    std::optional<spool::FrameView> take_octets();
    std::optional<spool::FrameView> take_line();
    std::optional<spool::FrameView> take_overlong();
    void begin_overlong(size_t available);
    void absorb(std::string_view text);
    spool::FrameView end_overlong(uint8_t flags);
    void begin_next_frame();

    StreamFraming framing_;
    size_t max_frame_;
    std::unique_ptr<char[]> buffer_;
    size_t capacity_ = 0;
    size_t begin_ = 0;   // of what belongs to no frame yet
    size_t end_ = 0;
    size_t scanned_ = 0; // bytes behind begin_ known to hold no line end

    Kind kind_ = Kind::undecided;
    uint64_t count_ = 0; // octets: of the frame; overlong: still to come
    bool octets_seen_ = false;
    bool nul_seen_ = false;
    bool line_feed_seen_ = false;

    bool overlong_ = false;
    bool holding_ = false;   // a cut frame was given: kept_ and digest_ are in use
    bool held_return_ = false;  // a carriage return that may belong to the line end
    std::string kept_;
    uint64_t seen_ = 0;      // bytes of the overlong frame so far
    std::optional<crypto::Sm3> hash_;
    crypto::Digest digest_{};
    uint64_t framing_errors_ = 0;
};

}  // namespace shuwei::collect
