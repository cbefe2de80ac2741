// A frame that is longer than is kept: its first bytes, its true length, and the SM3 of the whole as it goes by. One owner.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "shuwei/crypto/digest.hpp"
#include "shuwei/spool/frame.hpp"

namespace shuwei::collect {

class CutFrame {
public:
    void begin(std::string_view kept) {
        kept_.assign(kept);
        seen_ = 0;
        hash_.emplace();
        absorb(kept);
    }
    void absorb(std::string_view text) {
        hash_->update(text);
        seen_ += text.size();
    }
    bool begun() const { return hash_.has_value(); }
    uint64_t seen() const { return seen_; }

    // The frame, which lives until forget().
    spool::FrameView end(uint8_t flags) {
        digest_ = hash_->finish();
        hash_.reset();
        spool::FrameView frame;
        frame.payload = kept_;
        frame.true_length = seen_;
        frame.flags = flags;
        if (seen_ > kept_.size()) {
            frame.flags |= spool::kFrameTruncated;
            frame.sm3 = {reinterpret_cast<const char*>(digest_.data()), digest_.size()};
        }
        return frame;
    }
    void forget() {
        if (!begun() && !kept_.empty()) std::string().swap(kept_);
    }
    size_t memory() const { return kept_.size(); }

private:
    std::string kept_;
    uint64_t seen_ = 0;
    std::optional<crypto::Sm3> hash_;
    crypto::Digest digest_{};
};

}  // namespace shuwei::collect
