// The durable queue between receiving and understanding: inputs append frames, the pipeline reads them back from the
// same files (page cache), so that running and recovering are one path. File format: docs/formats/spool.md.
//
// Every frame gets a seq, rising by one, never reused on this node. A Spool owns its folder (a lock file keeps a second
// process out), its files and one thread that syncs every `sync_interval`. All methods are thread-safe. It must
// outlive its readers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/metrics.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/spool/frame.hpp"

namespace shuwei::spool {

struct SpoolOptions {
    uint64_t first_seq_floor = 1;    // the next frame gets at least this: 1 + max(checkpoint, the store's last seq)
    uint64_t max_bytes = uint64_t{8} << 30;       // of all segments; append() is refused beyond
    uint64_t segment_bytes = 64 << 20;            // a new file is begun at this size
    uint64_t min_free_bytes = 0;     // append() is refused when the disk has less; 0 = 5 % of it, at most 10 GiB
    base::Duration sync_interval = 100 * base::kMillisecond;  // 0 = only sync_until() syncs
    base::Metrics* metrics = nullptr;  // shuwei_spool_bytes, shuwei_spool_written_seq, shuwei_spooled_seq, …
};

struct SeqRange {  // both included; empty when last < first
    uint64_t first = 1;
    uint64_t last = 0;
    uint64_t size() const { return last + 1 - first; }
};

// What did not hold together, found on open or while reading.
struct Damage {
    std::filesystem::path segment;
    uint64_t offset = 0;      // of the first bad byte
    uint64_t bytes = 0;       // passed over or cut off
    uint64_t first_missing = 0;  // seqs lost, both included; last < first when none or unknown
    uint64_t last_missing = 0;
};

class Reader;

class Spool {
public:
    // Makes the folder when missing. The last segment is scanned: a torn end (and with it an unfinished append()) is
    // cut off. conflict when another process holds the folder; damage inside is counted and logged, not an error.
    static base::Result<std::unique_ptr<Spool>> open(const std::filesystem::path& folder, SpoolOptions options = {});
    ~Spool();  // syncs
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;

    // Writes the frames in order under consecutive seqs (their own seq is ignored), all or none, also after a crash.
    // They are readable at once and durable after sync_until(). resource_exhausted when the spool or the disk is full
    // (nothing is written; try again later), invalid_argument when a frame breaks the limits of frame.hpp, io once the
    // disk has failed (then every further call fails: what the kernel still holds is unknown).
    base::Result<SeqRange> append(std::span<const FrameView> frames);

    // Returns when all frames up to `seq` are on disk. Callers at the same time share one fdatasync.
    base::Result<> sync_until(uint64_t seq);

    uint64_t written_seq() const;  // last readable; 0 or the floor - 1 when nothing was ever written
    uint64_t durable_seq() const;  // last on disk
    uint64_t first_seq() const;    // oldest still held; written_seq() + 1 when empty
    uint64_t bytes() const;        // of all segments
    uint64_t max_bytes() const;    // as opened with
    uint64_t damage_count() const; // places counted since open

    // Whether append() would be refused for lack of room, as of the last look.
    bool full() const;

    // Frames below `first_needed` are not needed any more: deletes the segments that hold nothing else.
    void trim(uint64_t first_needed);

    // Called after durable_seq() has advanced, from the thread that synced, before sync_until() returns; calls do not
    // overlap. One listener (empty = none); it must not sync. Returns when no call of the former listener is running.
    void on_durable(std::function<void(uint64_t durable_seq)> listener);

    // A reader that starts at `seq`, or at the oldest frame still held when that is later. Several may exist.
    std::unique_ptr<Reader> reader(uint64_t seq);

    struct State;

private:
    explicit Spool(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

// Reads frames in seq order. One owner; not thread-safe, save interrupt().
class Reader {
public:
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    // The next frames, at most `max_frames` and about `max_bytes` of payload; waits up to `timeout` for the first and
    // gives an empty span when none came or after interrupt(). The views live until the next call. Seqs rise; a gap means
    // damage (logged, counted, see take_damage()) or a floor that was raised. Fails only when a file cannot be read.
    base::Result<std::span<const FrameView>> next(size_t max_frames, size_t max_bytes, base::Duration timeout);

    uint64_t next_seq() const;  // frames below it were given or are lost

    // Damage met since the last call.
    std::vector<Damage> take_damage();

    // Makes a waiting next(), and every later one that would wait, return at once. From any thread.
    void interrupt();

    struct State;
    explicit Reader(std::unique_ptr<State> state);

private:
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::spool
