// Shared by the spool and its readers.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "segment.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/spool/spool.hpp"

namespace shuwei::spool {

struct SegmentEntry {
    std::filesystem::path path;
    uint64_t first_seq = 0;
    uint64_t bytes = 0;  // readable: ends with a complete append()
};

struct Spool::State {
    std::filesystem::path folder;
    SpoolOptions options;
    base::FileDescriptor lock_file;
    uint64_t salt = 0;
    base::Metric* bytes_gauge = nullptr;
    base::Metric* written_gauge = nullptr;
    base::Metric* durable_gauge = nullptr;
    base::Metric* damage_counter = nullptr;
    base::Metric* refused_counter = nullptr;

    // One append at a time; taken before `mutex`.
    std::mutex append_mutex;
    std::unique_ptr<char[]> encode_buffer;         // append_mutex
    std::shared_ptr<base::FileDescriptor> active;  // append_mutex to change, mutex as well
    uint64_t next_seq = 1;                         // append_mutex
    uint64_t unchecked_bytes = 0;                  // append_mutex: written since the free space was looked at
    std::atomic<bool> disk_low = false;
    std::atomic<uint64_t> needed_from = 0;         // as the last trim() said
    std::atomic<bool> refused = false;             // the last append() found no room

    mutable std::mutex mutex;
    std::condition_variable written_changed;
    std::condition_variable sync_ended;
    std::condition_variable stop_changed;
    std::deque<SegmentEntry> segments;             // never empty after open
    uint64_t written_seq = 0;
    uint64_t durable_seq = 0;
    uint64_t total_bytes = 0;
    uint64_t trimmed_below = 0;
    int waiting_readers = 0;
    bool syncing = false;
    bool folder_changed = false;
    std::vector<std::shared_ptr<base::FileDescriptor>> rolled;  // closed for writing, not yet synced
    std::optional<base::Error> failed;             // the disk failed: final
    std::function<void(uint64_t)> durable_listener;
    bool stopping = false;
    std::thread sync_thread;
    std::atomic<uint64_t> damage_places = 0;

    base::Result<> recover();
    base::Result<> begin_segment(uint64_t first_seq, uint64_t previous_seq);
    base::Result<> check_room(uint64_t bytes);
    void look_at_disk();
    base::Result<> write_frames(std::span<const FrameView> frames, uint64_t bytes);
    base::Result<> sync_to(uint64_t seq);
    bool give_up_needless_segment();  // with append_mutex held
    void delete_below(uint64_t first_needed);
    void run_sync_thread();
    void report(const Damage& damage);
    void fail_for_good(base::Error error);
};

}  // namespace shuwei::spool
