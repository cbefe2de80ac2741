#include "remote_text.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "../tail_positions.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/crypto/digest.hpp"

namespace shuwei::collect {

namespace {

constexpr size_t kPieceBytes = 256 * 1024;
constexpr uint64_t kWorthSkipping = 4 << 20;  // read over rather than asked for anew

std::string digest_of(std::string_view bytes) { return crypto::to_hex(crypto::sm3(bytes)); }

}  // namespace

RemoteText::RemoteText(RemotePosition position, uint64_t stream_begin, Spool spool, Recognise recognise)
    : position_(std::move(position)), spool_(std::move(spool)), recognise_(std::move(recognise)), stream_at_(stream_begin),
      from_beginning_(stream_begin == 0), verified_(position_.offset == 0) {}

bool RemoteText::feed(std::string_view bytes) {
    if (outcome_ != Outcome::read) return false;
    head_ += bytes;
    if (head_.size() < (recognise_ ? kFingerprintBytes : kPieceBytes)) return true;
    if (recognise_ && !identify()) return false;
    const std::string piece = std::exchange(head_, {});
    return take(piece);
}

void RemoteText::finish(Rest rest) {
    if (outcome_ != Outcome::read) return;
    if (recognise_ && !identify()) return;
    const std::string piece = std::exchange(head_, {});
    if (!take(piece)) return;
    if (!verified_) {  // shorter than what was read of it
        outcome_ = Outcome::differs;
        return;
    }
    if (rest == Rest::waits) return;
    if (const auto last = framer_.finish()) {
        spool::FrameView whole = *last;
        whole.flags &= static_cast<uint8_t>(~spool::kFrameUnterminated);
        std::vector<spool::FrameView> frames;
        if (!base::trim(whole.payload).empty()) frames.push_back(whole);
        if (!frames.empty() && !spool_(frames)) {
            outcome_ = Outcome::failed;
            return;
        }
        framer_.release();
    }
    set_offset();
}

bool RemoteText::identify() {
    const auto known = std::exchange(recognise_, {})(std::string_view(head_).substr(0, kFingerprintBytes));
    if (!known) return true;
    position_ = *known;
    verified_ = position_.offset == 0;
    if (position_.offset <= kWorthSkipping) return true;
    outcome_ = Outcome::elsewhere;
    return false;
}

bool RemoteText::take(std::string_view bytes) {
    if (from_beginning_ && beginning_.size() < kFingerprintBytes) {
        beginning_ += bytes.substr(0, kFingerprintBytes - beginning_.size());
        if (beginning_.size() > position_.fingerprint_bytes) {
            position_.fingerprint_bytes = beginning_.size();
            position_.fingerprint = digest_of(beginning_);
        }
    }
    if (!verified_ && !skip(bytes)) return outcome_ == Outcome::read;
    while (!bytes.empty()) {
        const std::string_view piece = bytes.substr(0, kPieceBytes);
        bytes.remove_prefix(piece.size());
        if (recent_.size() > kFingerprintBytes) recent_.erase(0, recent_.size() - kFingerprintBytes);
        recent_ += piece;
        stream_at_ += piece.size();
        std::memcpy(framer_.room(piece.size()).data(), piece.data(), piece.size());
        framer_.commit(piece.size());
        if (!take_frames()) return false;
    }
    return true;
}

// Passes over what was taken before and looks whether it is the same; true once that is done and some bytes are left over.
bool RemoteText::skip(std::string_view& bytes) {
    const std::string_view old = bytes.substr(0, std::min<uint64_t>(position_.offset - stream_at_, bytes.size()));
    stream_at_ += old.size();
    bytes.remove_prefix(old.size());
    recent_ += old.substr(old.size() - std::min(old.size(), kFingerprintBytes));
    if (recent_.size() > kFingerprintBytes) recent_.erase(0, recent_.size() - kFingerprintBytes);
    if (stream_at_ < position_.offset) return false;
    if (digest_of(recent_) != position_.end_fingerprint) {
        outcome_ = Outcome::differs;
        return false;
    }
    verified_ = true;
    return true;
}

bool RemoteText::take_frames() {
    std::vector<spool::FrameView> frames;
    while (true) {  // behind a line that was cut there may be more
        bool any = false;
        while (const auto frame = framer_.next()) {
            any = true;
            if (!base::trim(frame->payload).empty()) frames.push_back(*frame);
        }
        if (!frames.empty() && !spool_(frames)) {
            outcome_ = Outcome::failed;
            return false;
        }
        frames.clear();
        framer_.release();
        set_offset();
        if (!any) return true;
    }
}

void RemoteText::set_offset() {
    const uint64_t pending = framer_.pending();
    const uint64_t offset = stream_at_ - pending;
    if (offset == position_.offset || pending > recent_.size()) return;
    position_.offset = offset;
    const std::string_view before = std::string_view(recent_).substr(0, recent_.size() - pending);
    position_.end_fingerprint = digest_of(before.substr(before.size() - std::min<size_t>(before.size(), position_.end_bytes())));
}

}  // namespace shuwei::collect
