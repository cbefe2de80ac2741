#include "stream_framer.hpp"

#include <algorithm>
#include <cstring>

#include "shuwei/base/assert.hpp"

namespace shuwei::collect {

using spool::FrameView;

namespace {

constexpr size_t kMaxCountDigits = 9;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

FrameView frame_of(std::string_view payload, uint8_t flags = 0) {
    FrameView frame;
    frame.payload = payload;
    frame.true_length = payload.size();
    frame.flags = flags;
    return frame;
}

}  // namespace

void StreamFramer::release() {
    holding_ = false;
    if (!overlong_) cut_.forget();
    buffer_.release();
}

std::optional<FrameView> StreamFramer::next() {
    while (!holding_) {
        if (overlong_) return take_overlong();
        if (kind_ == Kind::undecided && !decide()) return std::nullopt;
        auto frame = kind_ == Kind::octets ? take_octets() : take_line();
        if (!frame) {
            if (!overlong_) return std::nullopt;
            continue;
        }
        if (!frame->payload.empty()) return frame;  // blank: between two frames, or nothing at all
    }
    return std::nullopt;
}

// Looks at the beginning of a frame. False when more bytes are needed to tell.
bool StreamFramer::decide() {
    const std::string_view text = buffer_.data();
    if (text.empty()) return false;
    kind_ = Kind::line;
    if (framing_ == StreamFraming::lines) return true;
    const char first = text[0];
    if (!is_digit(first) || first == '0') {
        // Behind an octet-counted frame there should be another, or a line feed that somebody added.
        if (octets_seen_ && first != '<' && first != '\n' && first != '\r' && first != '\0' && first != ' ') ++framing_errors_;
        return true;
    }
    size_t digits = 1;
    uint64_t count = static_cast<uint64_t>(first - '0');
    while (digits < text.size() && is_digit(text[digits])) {
        if (digits < 19) count = count * 10 + static_cast<uint64_t>(text[digits] - '0');
        if (++digits > 64) return true;
    }
    if (digits == text.size()) {
        kind_ = Kind::undecided;
        return false;
    }
    if (text[digits] != ' ') return true;
    // "2026 Nov 21 …" is a line: a counted message begins with its priority, unless this sender is known to count.
    if (digits + 1 == text.size() && !octets_seen_) {
        kind_ = Kind::undecided;
        return false;
    }
    if (!octets_seen_ && text[digits + 1] != '<') return true;
    if (digits > kMaxCountDigits || count > kMaxOctetCount) {
        ++framing_errors_;
        return true;
    }
    kind_ = Kind::octets;
    octets_seen_ = true;
    count_ = count;
    buffer_.consume(digits + 1);
    return true;
}

void StreamFramer::begin_next_frame() {
    kind_ = Kind::undecided;
    scanned_ = 0;
}

std::optional<FrameView> StreamFramer::take_octets() {
    const std::string_view text = buffer_.data();
    if (count_ > max_frame_) {
        if (text.size() < max_frame_) return std::nullopt;
        begin_overlong(max_frame_);
        count_ -= max_frame_;
        return std::nullopt;
    }
    if (text.size() < count_) return std::nullopt;
    std::string_view payload = text.substr(0, count_);
    buffer_.consume(count_);
    begin_next_frame();
    if (payload.ends_with('\n')) payload.remove_suffix(1);  // many senders count the line feed in
    if (payload.ends_with('\r')) payload.remove_suffix(1);
    return frame_of(payload);
}

// Offset of the line feed or NUL that ends the line. A NUL inside a line that ends with a line feed is part of it: it
// ends a frame only for senders that separate with NULs.
std::optional<size_t> StreamFramer::find_line_end(std::string_view text) {
    const char* const from = text.data() + scanned_;
    const auto* const line_feed = static_cast<const char*>(std::memchr(from, '\n', text.size() - scanned_));
    const size_t limit = line_feed != nullptr ? static_cast<size_t>(line_feed - text.data()) : text.size();
    if (framing_ == StreamFraming::syslog && (nul_seen_ || (!line_feed_seen_ && !octets_seen_ && text[0] == '<'))) {
        size_t at = scanned_;
        while (at < limit) {
            const auto* const nul = static_cast<const char*>(std::memchr(text.data() + at, '\0', limit - at));
            if (nul == nullptr) break;
            at = static_cast<size_t>(nul - text.data());
            if (nul_seen_ || at + 1 == text.size() || text[at + 1] == '<') {
                nul_seen_ = true;
                return at;
            }
            ++at;
        }
    }
    if (line_feed == nullptr) return std::nullopt;
    line_feed_seen_ = true;
    return limit;
}

std::optional<FrameView> StreamFramer::take_line() {
    const std::string_view text = buffer_.data();
    if (text.empty()) return std::nullopt;
    const auto end = find_line_end(text);
    if (!end) {
        scanned_ = text.size();
        if (text.size() > max_frame_ + 1) begin_overlong(max_frame_);  // one more for a carriage return
        return std::nullopt;
    }
    std::string_view payload = text.substr(0, *end);
    if (payload.ends_with('\r')) payload.remove_suffix(1);
    if (payload.size() > max_frame_) {
        begin_overlong(max_frame_);
        return std::nullopt;
    }
    buffer_.consume(*end + 1);
    begin_next_frame();
    return frame_of(payload);
}

// The first `available` bytes are kept; take_overlong() goes on with the rest.
void StreamFramer::begin_overlong(size_t available) {
    overlong_ = true;
    held_return_ = false;
    cut_.begin(buffer_.data().substr(0, available));
    buffer_.consume(available);
    scanned_ = 0;
}

std::optional<FrameView> StreamFramer::take_overlong() {
    std::string_view text = buffer_.data();
    if (text.empty()) return std::nullopt;
    if (kind_ == Kind::octets) {
        text = text.substr(0, count_);
        cut_.absorb(text);
        buffer_.consume(text.size());
        count_ -= text.size();
        if (count_ > 0) return std::nullopt;
        return end_overlong(0);
    }
    const auto* const line_feed = static_cast<const char*>(std::memchr(text.data(), '\n', text.size()));
    const auto* const nul = nul_seen_ ? static_cast<const char*>(std::memchr(text.data(), '\0', text.size())) : nullptr;
    size_t end = text.size();
    if (line_feed != nullptr) end = static_cast<size_t>(line_feed - text.data());
    if (nul != nullptr) end = std::min(end, static_cast<size_t>(nul - text.data()));
    const bool ends = end < text.size();
    std::string_view part = text.substr(0, end);
    if (held_return_ && !part.empty()) cut_.absorb("\r");
    if (!part.empty() || !ends) held_return_ = part.ends_with('\r');
    if (part.ends_with('\r')) part.remove_suffix(1);
    cut_.absorb(part);
    buffer_.consume(end + (ends ? 1 : 0));
    if (!ends) return std::nullopt;
    held_return_ = false;
    return end_overlong(0);
}

FrameView StreamFramer::end_overlong(uint8_t flags) {
    if (held_return_) cut_.absorb("\r");
    held_return_ = false;
    overlong_ = false;
    holding_ = true;
    begin_next_frame();
    return cut_.end(flags);
}

std::optional<FrameView> StreamFramer::finish() {
    SHUWEI_ASSERT(!holding_);
    if (overlong_) return end_overlong(spool::kFrameUnterminated);
    std::string_view text = buffer_.data();
    if (kind_ != Kind::octets && text.ends_with('\r')) text.remove_suffix(1);
    buffer_.consume(buffer_.size());
    begin_next_frame();
    if (text.empty()) return std::nullopt;
    if (text.size() > max_frame_) {  // by the one byte that might have been half a line end
        cut_.begin(text.substr(0, max_frame_));
        cut_.absorb(text.substr(max_frame_));
        return end_overlong(spool::kFrameUnterminated);
    }
    return frame_of(text, spool::kFrameUnterminated);
}

}  // namespace shuwei::collect
