#include "record_framer.hpp"

#include <utility>

namespace shuwei::collect {

namespace {
constexpr size_t kMaxLines = 1000;
}

void RecordFramer::commit(size_t size) {
    lines_.commit(size);
    committed_ += size;
}

std::optional<spool::FrameView> RecordFramer::give() {
    if (record_.empty()) return std::nullopt;
    spool::FrameView frame;
    frame.payload = kept_.emplace_back(std::exchange(record_, {}));
    frame.true_length = frame.payload.size();
    if (std::exchange(unfinished_, false)) frame.flags |= spool::kFrameUnterminated;
    record_lines_ = 0;
    return frame;
}

// The record that this line ends by not belonging to it, if any; the line is the next one's beginning or goes on.
std::optional<spool::FrameView> RecordFramer::join(const spool::FrameView& line, uint64_t line_begin) {
    std::optional<spool::FrameView> ended;
    const bool over = record_lines_ >= kMaxLines || record_.size() + 1 + line.payload.size() > spool::kMaxFramePayload;
    if (line.truncated() || over || rule_.begins(line.payload)) {
        ended = give();
        if (ended) given_ = line_begin;
    }
    if (line.truncated()) {  // too long to be joined with anything
        waiting_ = line;
        return ended;
    }
    if (!record_.empty()) record_ += '\n';
    record_ += line.payload;
    unfinished_ = line.unterminated();
    ++record_lines_;
    return ended;
}

std::optional<spool::FrameView> RecordFramer::next() {
    if (waiting_) {
        given_ = consumed_;
        return std::exchange(waiting_, {});
    }
    while (true) {
        const auto line = lines_.next();
        const uint64_t begin = std::exchange(consumed_, committed_ - lines_.pending());
        if (rule_.single() || !line) {
            if (rule_.single() || record_.empty()) given_ = consumed_;
            return line;
        }
        if (auto ended = join(*line, begin)) return ended;
        if (waiting_) {
            given_ = consumed_;
            return std::exchange(waiting_, {});
        }
    }
}

std::optional<spool::FrameView> RecordFramer::complete() {
    auto record = give();
    if (record) given_ = consumed_;
    return record;
}

std::optional<spool::FrameView> RecordFramer::finish() {
    const auto line = lines_.finish();
    if (line) {
        const uint64_t begin = std::exchange(consumed_, committed_);
        if (rule_.single()) {
            given_ = consumed_;
            return line;
        }
        if (auto ended = join(*line, begin)) return ended;
    }
    if (waiting_) {
        given_ = committed_;
        return std::exchange(waiting_, {});
    }
    auto rest = give();
    given_ = committed_;
    return rest;
}

void RecordFramer::release() {
    lines_.release();
    kept_.clear();
}

}  // namespace shuwei::collect
