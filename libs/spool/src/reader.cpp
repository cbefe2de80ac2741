#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "shuwei/base/log.hpp"
#include "spool_state.hpp"

namespace shuwei::spool {

namespace {
constexpr size_t kChunkBytes = 1 << 20;
static_assert(kMaxRecordBytes < 2 * kChunkBytes);
}  // namespace

struct Reader::State {
    Spool::State& spool;
    uint64_t next_seq;                     // frames below were given, are lost, or were not asked for
    bool interrupted = false;              // spool.mutex

    base::FileDescriptor file;             // the current segment; closed before the first
    std::filesystem::path path;
    uint64_t first_seq = 0;                // of the current segment
    uint64_t salt = 0;
    uint64_t offset = 0;                   // in the file, of the end of what the buffer holds
    std::unique_ptr<char[]> buffer;
    size_t capacity = 0;
    size_t begin = 0;                      // buffer[begin, end) is not decoded yet
    size_t end = 0;
    std::vector<FrameView> frames;
    std::vector<Damage> damage;

    State(Spool::State& owner, uint64_t seq) : spool(owner), next_seq(seq) {}

    struct Extent {
        uint64_t readable = 0;             // bytes of the current segment
        std::optional<SegmentEntry> next;  // the segment behind it
    };
    Extent extent() const;                 // with spool.mutex held
    base::Result<> enter(const SegmentEntry& segment);
    base::Result<> fill(uint64_t readable, size_t wanted);
    void decode(size_t max_frames, size_t max_bytes, size_t& needs, bool& bad);
    base::Result<> skip_damage(uint64_t readable);
    void note(uint64_t at, uint64_t bytes, uint64_t first_missing, uint64_t last_missing);
};

std::unique_ptr<Reader> Spool::reader(uint64_t seq) {
    return std::make_unique<Reader>(std::make_unique<Reader::State>(*state_, std::max<uint64_t>(seq, 1)));
}

Reader::Reader(std::unique_ptr<State> state) : state_(std::move(state)) {}
Reader::~Reader() = default;

Reader::State::Extent Reader::State::extent() const {
    Extent result;
    const auto& segments = spool.segments;
    if (!file) {  // the last segment that can hold next_seq, else the oldest
        for (const auto& segment : segments) {
            if (!result.next || segment.first_seq <= next_seq) result.next = segment;
        }
        return result;
    }
    const auto behind = std::upper_bound(segments.begin(), segments.end(), first_seq,
                                         [](uint64_t seq, const SegmentEntry& entry) { return seq < entry.first_seq; });
    if (behind != segments.begin() && std::prev(behind)->first_seq == first_seq) {
        result.readable = std::prev(behind)->bytes;
    } else {  // trimmed away meanwhile: our descriptor still reads it, but nobody needs it
        result.readable = offset;
    }
    if (behind != segments.end()) result.next = *behind;
    return result;
}

base::Result<> Reader::State::enter(const SegmentEntry& segment) {
    file = base::FileDescriptor(::open(segment.path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file && errno != ENOENT) return base::fail(base::system_error(errno, "open " + segment.path.string()));
    path = segment.path;
    first_seq = segment.first_seq;
    salt = spool.salt;
    offset = begin = end = 0;
    if (!file) {  // somebody deleted it: an empty file in its place keeps us going
        file = base::FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        note(0, segment.bytes, 1, 0);
        offset = segment.bytes;
        return {};
    }
    TRY(fill(segment.bytes, kHeaderBytes));
    const auto header = decode_header({buffer.get(), end});
    if (!header) return skip_damage(segment.bytes);
    salt = header->salt;
    begin = kHeaderBytes;
    uint64_t trimmed_below = 0;
    {
        const std::scoped_lock lock(spool.mutex);
        trimmed_below = spool.trimmed_below;
    }
    const uint64_t expected = std::max(next_seq, trimmed_below);
    if (expected < first_seq && header->previous_seq >= expected && next_seq > 1) {
        note(0, 0, expected, std::min(header->previous_seq, first_seq - 1));
    }
    next_seq = std::max(next_seq, first_seq);
    return {};
}

// Reads on, so that the buffer holds at least `wanted` undecoded bytes where the segment has them.
base::Result<> Reader::State::fill(uint64_t readable, size_t wanted) {
    if (begin > 0) {
        std::memmove(buffer.get(), buffer.get() + begin, end - begin);
        end -= begin;
        begin = 0;
    }
    const size_t room = std::max(wanted, kChunkBytes);
    if (capacity < room) {
        auto larger = std::make_unique_for_overwrite<char[]>(room);
        if (end > 0) std::memcpy(larger.get(), buffer.get(), end);
        buffer = std::move(larger);
        capacity = room;
    }
    while (end < capacity && offset < readable) {
        const size_t size = std::min<uint64_t>(capacity - end, readable - offset);
        const ssize_t got = ::pread(file.get(), buffer.get() + end, size, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return base::fail(base::system_error(errno, "read " + path.string()));
        if (got == 0) break;  // shorter than it was
        end += static_cast<size_t>(got);
        offset += static_cast<uint64_t>(got);
    }
    return {};
}

void Reader::State::decode(size_t max_frames, size_t max_bytes, size_t& needs, bool& bad) {
    size_t payload = 0;
    while (frames.size() < max_frames && payload < max_bytes && begin < end) {
        FrameView& frame = frames.emplace_back();
        const Decoded decoded = decode_record({buffer.get() + begin, end - begin}, salt, frame);
        if (decoded.status != DecodeStatus::ok) {
            frames.pop_back();
            bad = decoded.status == DecodeStatus::bad;
            needs = decoded.bytes;
            return;
        }
        begin += decoded.bytes;
        if (frame.seq < next_seq) {
            frames.pop_back();
            continue;
        }
        next_seq = frame.seq + 1;
        payload += frame.payload.size();
    }
}

// Called at bytes that are no record: reads the rest of the segment and goes on at the next sound record in it.
base::Result<> Reader::State::skip_damage(uint64_t readable) {
    const uint64_t bad_at = offset - (end - begin);
    TRY(fill(readable, end - begin + (readable > offset ? readable - offset : 0)));
    const std::string_view rest{buffer.get() + begin, end - begin};
    const uint64_t last_possible = first_seq + readable / (kRecordPrefixBytes + kFixedBodyBytes);
    const auto next = find_record(rest, salt, bad_at == 0 ? 0 : 1, std::max(next_seq, first_seq), last_possible);
    const size_t skipped = next.value_or(rest.size());
    begin += skipped;
    uint64_t first_missing = 1;
    uint64_t last_missing = 0;
    if (next) {
        FrameView frame;
        (void)decode_record(rest.substr(skipped), salt, frame);
        first_missing = std::max(next_seq, first_seq);
        last_missing = frame.seq - 1;
    }  // else the next segment's header tells
    note(bad_at, skipped, first_missing, last_missing);
    return {};
}

void Reader::State::note(uint64_t at, uint64_t bytes, uint64_t first_missing, uint64_t last_missing) {
    damage.push_back({path, at, bytes, first_missing, last_missing});
    spool.report(damage.back());
}

base::Result<std::span<const FrameView>> Reader::next(size_t max_frames, size_t max_bytes, base::Duration timeout) {
    State& state = *state_;
    state.frames.clear();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::nanoseconds(std::min(timeout, base::kDay));
    while (true) {
        size_t needs = 1;
        bool bad = false;
        state.decode(max_frames, max_bytes, needs, bad);
        if (!state.frames.empty()) return std::span<const FrameView>(state.frames);

        std::unique_lock lock(state.spool.mutex);
        State::Extent extent = state.extent();
        if (bad) {
            lock.unlock();
            TRY(state.skip_damage(extent.readable));
            continue;
        }
        if (state.file && state.offset < extent.readable) {
            lock.unlock();
            const uint64_t before = state.offset;
            TRY(state.fill(extent.readable, needs));
            if (state.offset != before) continue;
            extent.readable = before;  // the file is shorter than it was: treat what is left as torn
            lock.lock();
            if (!extent.next) extent = state.extent();
            if (!extent.next) return base::fail(base::ErrorCode::data_corrupt, state.path.string() + " has become shorter");
        }
        if (extent.next) {
            lock.unlock();
            if (state.begin < state.end) TRY(state.skip_damage(extent.readable));
            TRY(state.enter(*extent.next));
            continue;
        }
        if (state.file && state.begin < state.end) {  // the active segment ends in the middle of a record: damage
            lock.unlock();
            TRY(state.skip_damage(extent.readable));
            continue;
        }
        ++state.spool.waiting_readers;
        const bool timely = state.spool.written_changed.wait_until(lock, deadline, [&] {
            const State::Extent now = state.extent();
            return state.interrupted || now.next.has_value() || (state.file && now.readable > state.offset);
        });
        --state.spool.waiting_readers;
        if (!timely || state.interrupted) return std::span<const FrameView>();
    }
}

uint64_t Reader::next_seq() const { return state_->next_seq; }

std::vector<Damage> Reader::take_damage() { return std::exchange(state_->damage, {}); }

void Reader::interrupt() {
    const std::scoped_lock lock(state_->spool.mutex);
    state_->interrupted = true;
    state_->spool.written_changed.notify_all();
}

}  // namespace shuwei::spool
