// Finds records of one or several lines in the bytes of a file as they are read: StreamFramer's calls, with lines joined as
// a RecordRule says. A record ends where the next begins, at 1,000 lines or 1 MiB, or when complete() is called because
// nothing came for a while; its lines are parted by '\n', blank ones left out. No I/O; one owner.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "record_rule.hpp"
#include "stream_framer.hpp"

namespace shuwei::collect {

class RecordFramer {
public:
    explicit RecordFramer(RecordRule rule = {}) : rule_(std::move(rule)) {}

    std::span<char> room(size_t size) { return lines_.room(size); }
    void commit(size_t size);

    // As StreamFramer's; the payload lives until release(). After a line that was cut, nothing more comes until release().
    std::optional<spool::FrameView> next();
    // The record whose lines are all there as far as one knows; an unfinished line stays.
    std::optional<spool::FrameView> complete();
    // The bytes have ended: what is left, one record a call until there is none.
    std::optional<spool::FrameView> finish();
    void release();

    // Bytes committed that belong to no record given yet.
    uint64_t pending() const { return committed_ - given_; }
    // Of these, of lines that are whole: complete() would give them.
    bool joining() const { return !record_.empty(); }

private:
    std::optional<spool::FrameView> give();
    std::optional<spool::FrameView> join(const spool::FrameView& line, uint64_t line_begin);

    StreamFramer lines_{StreamFraming::lines};
    RecordRule rule_;
    uint64_t committed_ = 0;
    uint64_t consumed_ = 0;  // bytes of lines that were seen
    uint64_t given_ = 0;     // bytes of records that were given
    std::string record_;     // being joined
    size_t record_lines_ = 0;
    bool unfinished_ = false;  // its last line has no end
    std::deque<std::string> kept_;            // records given since release()
    std::optional<spool::FrameView> waiting_; // a line that was cut, behind a record
};

}  // namespace shuwei::collect
