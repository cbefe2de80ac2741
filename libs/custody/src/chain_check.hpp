// ChainCheck: one chain of seals against what the store holds of it. One owner, one use.
#pragma once

#include <functional>

#include "shuwei/custody/verifier.hpp"

namespace shuwei::custody {

class ChainCheck {
public:
    // What it reads from; `fresh` reads the chain anew, as retention goes on beside.
    struct Sources {
        const SealLog& seals;
        eventstore::EventStore& store;
        std::function<base::Result<Chain>(ChainKey)> fresh;
    };
    using Done = std::function<void(uint64_t events)>;  // compared since it was called last

    ChainCheck(const Sources& sources, const Chain& chain, const VerifyRequest& request, Done done)
        : sources_(sources), chain_(chain), request_(request), done_(std::move(done)) {}

    base::Result<ChainReport> run();

    // Whether the request asks for the segment.
    static bool wanted(const VerifyRequest& request, const Segment& segment);
    static bool is_retired(const Chain& chain, const Seal& seal);

private:
    // What a segment claims of the store.
    struct Claim {
        int64_t number = 0;
        uint64_t first_seq = 0;
        uint64_t last_seq = 0;
        uint64_t events = 0;
        crypto::Digest root{};
        const Seal* seal = nullptr;  // null: the open segment
    };

    void check_time_stamps();
    base::Result<> compare_segments();
    base::Result<> compare_gathered();
    base::Result<> forget_when_retired(const Claim& claim, size_t flaws_before);
    void compare(const Claim& claim, std::span<const Leaf> stored);
    void name_events(const Claim& claim, std::span<const Leaf> stored);
    base::Result<> look_outside_of_segments();
    base::Result<> look_for_swaps();

    std::optional<std::vector<SealLog::Tag>> tags_of(int64_t number) const;
    bool flaw(FlawKind kind, int64_t segment, uint64_t seq, std::string message);  // whether there is room for more
    bool added(int64_t segment, uint64_t seq);

    const Sources& sources_;
    const Chain& chain_;
    const VerifyRequest& request_;
    Done done_;
    ChainReport report_;
    std::vector<Claim> gathered_;   // to be compared in one read
    uint64_t covered_ = 0;          // events up to here are older, compared, or not asked for
    std::vector<uint64_t> changed_; // events whose leaf is not the sealed one
};

}  // namespace shuwei::custody
