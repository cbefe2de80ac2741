// Finds the frames in a stream of bytes as they arrive, in pieces of any size. No I/O; one owner.
//
// syslog: octet counting ("57 <34>…"), line feeds and NULs, told apart at the beginning of each frame. lines: line feeds
// only. A frame longer than `max_frame` keeps its first `max_frame` bytes, its true length and the SM3 of the whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "cut_frame.hpp"
#include "stream_reader.hpp"

namespace shuwei::collect {

enum class StreamFraming : uint8_t { syslog, lines };

constexpr uint64_t kMaxOctetCount = 100'000'000;  // a larger count is an error, not a frame

class StreamFramer final : public StreamReader {
public:
    explicit StreamFramer(StreamFraming framing, size_t max_frame = spool::kMaxFramePayload)
        : framing_(framing), max_frame_(max_frame) {}

    std::optional<spool::FrameView> next() override;
    std::optional<spool::FrameView> finish() override;
    void release() override;

    size_t memory() const override { return buffer_.memory() + cut_.memory(); }
    // Bytes that were committed and belong to no frame yet.
    uint64_t pending() const { return buffer_.size() + (overlong_ ? cut_.seen() + (held_return_ ? 1 : 0) : 0); }
    uint64_t framing_errors() const override { return framing_errors_; }

private:
    enum class Kind : uint8_t { undecided, octets, line };

    bool decide();
    std::optional<size_t> find_line_end(std::string_view text);
    std::optional<spool::FrameView> take_octets();
    std::optional<spool::FrameView> take_line();
    std::optional<spool::FrameView> take_overlong();
    void begin_overlong(size_t available);
    spool::FrameView end_overlong(uint8_t flags);
    void begin_next_frame();

    StreamFraming framing_;
    size_t max_frame_;
    size_t scanned_ = 0; // bytes of the buffer known to hold no line end

    Kind kind_ = Kind::undecided;
    uint64_t count_ = 0; // octets: of the frame; overlong: still to come
    bool octets_seen_ = false;
    bool nul_seen_ = false;
    bool line_feed_seen_ = false;

    bool overlong_ = false;
    bool holding_ = false;   // a cut frame was given: cut_ is in use
    bool held_return_ = false;  // a carriage return that may belong to the line end
    CutFrame cut_;
    uint64_t framing_errors_ = 0;
};

}  // namespace shuwei::collect
