#include "stored_leaves.hpp"

#include <algorithm>

namespace shuwei::custody {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

constexpr size_t kLinesAtOnce = 1024;  // hashed together
constexpr size_t kBytesAtOnce = size_t{4} << 20;

// Lines as they come, hashed many at a time.
class LeafMaker {
public:
    void add(const eventstore::StoredLine& line) {
        waiting_.push_back({line.seq, line.received, line.peer, bytes_.size(), line.raw.size()});
        bytes_ += line.raw;
        if (waiting_.size() >= kLinesAtOnce || bytes_.size() >= kBytesAtOnce) hash();
    }

    std::vector<Leaf> finish() {
        hash();
        std::sort(leaves_.begin(), leaves_.end(), [](const Leaf& a, const Leaf& b) { return a.seq < b.seq; });
        return std::move(leaves_);
    }

private:
    struct Waiting {
        uint64_t seq;
        base::Timestamp received;
        base::IpAddress peer;
        size_t at;
        size_t size;
    };

    void hash() {
        lines_.clear();
        for (const Waiting& line : waiting_) {
            lines_.push_back({line.seq, line.received, line.peer, std::string_view(bytes_).substr(line.at, line.size)});
        }
        append_leaves(lines_, leaves_);
        waiting_.clear();
        bytes_.clear();
    }

    std::string bytes_;
    std::vector<Waiting> waiting_;
    std::vector<SealedLine> lines_;
    std::vector<Leaf> leaves_;
};

}  // namespace

eventstore::QueryLimits reading_limits(const std::stop_token& stop) { return {base::kHour, 0, stop}; }

Result<std::vector<Leaf>> stored_leaves(eventstore::EventStore& store, ChainKey chain, uint64_t first_seq, uint64_t last_seq,
                                        const std::stop_token& stop) {
    LeafMaker leaves;
    if (first_seq > last_seq) return leaves.finish();
    const auto given = store.lines(chain.tenant, chain.retention_class, first_seq, last_seq, reading_limits(stop),
                                   [&](const eventstore::StoredLine& line) {
                                       leaves.add(line);
                                       return true;
                                   });
    if (!given && given.error().code() != ErrorCode::not_found) return fail(given.error());
    return leaves.finish();
}

}  // namespace shuwei::custody
