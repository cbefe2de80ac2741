#include "shuwei/spool/spool.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "shuwei/base/log.hpp"
#include "shuwei/base/random.hpp"
#include "shuwei/base/text.hpp"
#include "spool_state.hpp"

namespace shuwei::spool {

namespace {

constexpr size_t kEncodeBytes = 4 << 20;         // written to the file at once
constexpr uint64_t kDiskLookEvery = 1 << 20;     // bytes written between looks at the free space
constexpr uint64_t kMaxReserve = uint64_t{10} << 30;
static_assert(kEncodeBytes > kMaxRecordBytes);

base::Result<> pwrite_all(int fd, const char* data, size_t size, uint64_t offset) {
    while (size > 0) {
        const ssize_t written = ::pwrite(fd, data, size, static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return base::fail(base::system_error(errno, "write spool segment"));
        if (written == 0) return base::fail(base::system_error(ENOSPC, "write spool segment"));
        data += written;
        size -= static_cast<size_t>(written);
        offset += static_cast<uint64_t>(written);
    }
    return {};
}

// The random number in every checksum: kept in a file of its own, so that it outlives damaged headers.
base::Result<uint64_t> load_salt(const std::filesystem::path& folder) {
    const auto path = folder / "salt";
    if (const auto text = base::read_file(path, 64)) {
        if (const auto salt = base::parse_uint(base::trim(*text))) return *salt;
        base::log::warning("spool salt file is damaged, making a new one", {{"file", path.string()}});
    }
    const uint64_t salt = base::SystemRandom().next_u64();
    TRY(base::write_file_durably(path, std::to_string(salt) + '\n', 0600));
    return salt;
}

bool keeps_limits(const FrameView& frame) {
    return frame.payload.size() <= kMaxFramePayload && frame.source.size() <= kMaxFrameSource &&
           frame.pack.size() <= kMaxFramePack && (frame.flags & kRecordContinues) == 0 &&
           frame.sm3.size() == (frame.truncated() ? 32U : 0U);
}

}  // namespace

base::Result<std::unique_ptr<Spool>> Spool::open(const std::filesystem::path& folder, SpoolOptions options) {
    auto state = std::make_unique<State>();
    state->folder = folder;
    state->options = std::move(options);
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return base::fail(base::system_error(error.value(), "make folder " + folder.string()));

    const auto lock_path = folder / "lock";
    state->lock_file = base::FileDescriptor(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!state->lock_file) return base::fail(base::system_error(errno, "open " + lock_path.string()));
    if (::flock(state->lock_file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return base::fail(base::system_error(errno, "lock " + lock_path.string()));
        return base::fail(base::ErrorCode::conflict, "another process uses the spool " + folder.string());
    }
    if (base::Metrics* const metrics = state->options.metrics) {
        state->bytes_gauge = &metrics->gauge("shuwei_spool_bytes", "Bytes of all spool segments");
        state->written_gauge = &metrics->gauge("shuwei_spool_written_seq", "Last seq written to the spool");
        state->durable_gauge = &metrics->gauge("shuwei_spooled_seq", "Last seq that is on disk");
        state->damage_counter = &metrics->counter("shuwei_spool_damage_total", "Damaged places met in the spool");
        state->refused_counter = &metrics->counter("shuwei_spool_refused_total", "Appends refused for lack of room");
    }
    TRY_ASSIGN(state->salt, load_salt(folder));
    TRY(state->recover());
    state->look_at_disk();
    if (state->bytes_gauge != nullptr) {
        state->bytes_gauge->set(static_cast<int64_t>(state->total_bytes));
        state->written_gauge->set(static_cast<int64_t>(state->written_seq));
        state->durable_gauge->set(static_cast<int64_t>(state->durable_seq));
    }
    if (state->options.sync_interval > 0) {
        state->sync_thread = std::thread([raw = state.get()] { raw->run_sync_thread(); });
    }
    return std::unique_ptr<Spool>(new Spool(std::move(state)));
}

Spool::Spool(std::unique_ptr<State> state) : state_(std::move(state)) {}

Spool::~Spool() {
    {
        const std::scoped_lock lock(state_->mutex);
        state_->stopping = true;
        state_->stop_changed.notify_all();
    }
    if (state_->sync_thread.joinable()) state_->sync_thread.join();
    if (auto synced = sync_until(written_seq()); !synced) {
        base::log::error("spool could not be synced at its end", {{"error", synced.error().to_string()}});
    }
}

// Lists the segments, scans the last one, cuts its torn end, and leaves a segment open for appending.
base::Result<> Spool::State::recover() {
    std::error_code error;
    for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
        const auto first_seq = parse_segment_name(file.path().filename().string());
        if (!first_seq) continue;
        std::error_code ignored;
        segments.push_back({file.path(), *first_seq, file.file_size(ignored)});
    }
    if (error) return base::fail(base::system_error(error.value(), "list " + folder.string()));
    std::sort(segments.begin(), segments.end(), [](const auto& a, const auto& b) { return a.first_seq < b.first_seq; });

    const uint64_t floor = std::max<uint64_t>(options.first_seq_floor, 1);
    uint64_t last_seq = 0;
    bool reuse = false;
    if (!segments.empty()) {
        SegmentEntry& segment = segments.back();
        TRY_ASSIGN(const std::string content, base::read_file(segment.path, size_t{1} << 40));
        const auto header = decode_header(content);
        if (!header && header.error().code() == base::ErrorCode::invalid_argument) {
            return base::fail(base::Error(header.error()).at(segment.path.string()));
        }
        const SegmentScan scan = scan_segment(content, segment.first_seq, salt);
        for (Damage damage : scan.damage) {
            damage.segment = segment.path;
            report(damage);
        }
        last_seq = scan.last_seq;
        const uint64_t sound = std::max<uint64_t>(scan.sound_bytes, header ? kHeaderBytes : 0);
        if (content.size() > sound) {
            base::log::warning("cut the torn end of a spool segment",
                               {{"file", segment.path.string()}, {"bytes", std::to_string(content.size() - sound)}});
            if (::truncate(segment.path.c_str(), static_cast<off_t>(sound)) != 0) {
                return base::fail(base::system_error(errno, "truncate " + segment.path.string()));
            }
        }
        segment.bytes = sound;
        reuse = header && sound < options.segment_bytes && last_seq + 1 >= floor && header->salt == salt;
        if (sound == 0) {  // nothing came into it before the crash
            ::unlink(segment.path.c_str());
            segments.pop_back();
        }
    }
    for (const auto& segment : segments) total_bytes += segment.bytes;
    next_seq = std::max(last_seq + 1, floor);
    written_seq = next_seq - 1;
    durable_seq = written_seq;
    if (reuse) {
        active = std::make_shared<base::FileDescriptor>(::open(segments.back().path.c_str(), O_RDWR | O_CLOEXEC));
        if (!*active) return base::fail(base::system_error(errno, "open " + segments.back().path.string()));
        if (::fdatasync(active->get()) != 0) return base::fail(base::system_error(errno, "sync spool segment"));
    } else {
        if (!segments.empty() && segments.back().first_seq == next_seq) {  // holds a header alone, or nothing sound
            total_bytes -= segments.back().bytes;
            ::unlink(segments.back().path.c_str());
            segments.pop_back();
        }
        // A full disk must not keep the server from starting and draining what is there: the segment may follow later.
        if (auto begun = begin_segment(next_seq, last_seq); !begun) {
            if (begun.error().code() != base::ErrorCode::resource_exhausted) return begun;
            disk_low = true;
        }
    }
    return base::sync_folder(folder);
}

base::Result<> Spool::State::begin_segment(uint64_t first_seq, uint64_t previous_seq) {
    const auto path = folder / segment_name(first_seq);
    auto file = std::make_shared<base::FileDescriptor>(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!*file) return base::fail(base::system_error(errno, "make " + path.string()));
    const std::string header = encode_header({first_seq, previous_seq, salt});
    if (auto written = pwrite_all(file->get(), header.data(), header.size(), 0); !written) {
        ::unlink(path.c_str());
        return written;
    }
    const std::scoped_lock lock(mutex);
    if (active) rolled.push_back(active);
    active = std::move(file);
    segments.push_back({path, first_seq, kHeaderBytes});
    total_bytes += kHeaderBytes;
    folder_changed = true;
    written_changed.notify_all();  // readers at the end of the segment before
    return {};
}

void Spool::State::look_at_disk() {
    struct statvfs disk {};
    if (::statvfs(folder.c_str(), &disk) != 0) return;
    const uint64_t block = disk.f_frsize;
    uint64_t reserve = options.min_free_bytes;
    if (reserve == 0) reserve = std::min(disk.f_blocks * block / 20, kMaxReserve);
    disk_low = disk.f_bavail * block < reserve;
}

base::Result<> Spool::State::check_room(uint64_t bytes) {
    unchecked_bytes += bytes;
    if (unchecked_bytes >= kDiskLookEvery || disk_low) {
        look_at_disk();
        unchecked_bytes = 0;
    }
    uint64_t held = 0;
    {
        const std::scoped_lock lock(mutex);
        if (failed) return base::fail(*failed);
        held = total_bytes;
    }
    if (!disk_low && held + bytes <= options.max_bytes) return {};
    return base::fail(base::ErrorCode::resource_exhausted,
                      disk_low ? "the disk of the spool is nearly full" : "the spool is full");
}

base::Result<SeqRange> Spool::append(std::span<const FrameView> frames) {
    if (frames.empty()) return SeqRange{};
    uint64_t bytes = 0;
    for (const FrameView& frame : frames) {
        if (!keeps_limits(frame)) return base::fail(base::ErrorCode::invalid_argument, "frame beyond the spool's limits");
        bytes += record_bytes(frame);
    }
    State& state = *state_;
    const std::scoped_lock append_lock(state.append_mutex);
    auto written = state.check_room(bytes);
    if (!written && state.give_up_needless_segment()) written = state.check_room(bytes);
    if (written) written = state.write_frames(frames, bytes);
    const bool refused = !written && written.error().code() == base::ErrorCode::resource_exhausted;
    state.refused = refused;
    if (refused && state.refused_counter != nullptr) state.refused_counter->add();
    if (!written) return base::fail(std::move(written).error());

    const SeqRange range{state.next_seq, state.next_seq + frames.size() - 1};
    state.next_seq = range.last + 1;
    const std::scoped_lock lock(state.mutex);
    state.segments.back().bytes += bytes;
    state.total_bytes += bytes;
    state.written_seq = range.last;
    if (state.written_gauge != nullptr) {
        state.written_gauge->set(static_cast<int64_t>(range.last));
        state.bytes_gauge->set(static_cast<int64_t>(state.total_bytes));
    }
    if (state.waiting_readers > 0) state.written_changed.notify_all();
    return range;
}

// Puts the records behind the active segment's end; on an error the file ends again where it did.
base::Result<> Spool::State::write_frames(std::span<const FrameView> frames, uint64_t bytes) {
    uint64_t start = 0;
    {
        const std::scoped_lock lock(mutex);
        start = active ? segments.back().bytes : 0;
    }
    if (!active || (start > kHeaderBytes && start + bytes > options.segment_bytes)) {
        TRY(begin_segment(next_seq, next_seq - 1));
        start = kHeaderBytes;
    }
    if (!encode_buffer) encode_buffer = std::make_unique_for_overwrite<char[]>(kEncodeBytes);
    uint64_t offset = start;
    size_t used = 0;
    const auto flush = [&]() -> base::Result<> {
        TRY(pwrite_all(active->get(), encode_buffer.get(), used, offset));
        offset += used;
        used = 0;
        return {};
    };
    base::Result<> result;
    for (size_t index = 0; index < frames.size() && result; ++index) {
        const size_t size = record_bytes(frames[index]);
        if (used + size > kEncodeBytes) result = flush();
        if (!result) break;
        encode_record(encode_buffer.get() + used, salt, frames[index], next_seq + index, index + 1 < frames.size());
        used += size;
    }
    if (result) result = flush();
    if (!result) {
        if (::ftruncate(active->get(), static_cast<off_t>(start)) != 0) {
            base::Error error = base::system_error(errno, "cut back a spool segment after a failed write");
            fail_for_good(error);
            return base::fail(std::move(error));
        }
        if (result.error().code() == base::ErrorCode::resource_exhausted) disk_low = true;
    }
    return result;
}

void Spool::State::fail_for_good(base::Error error) {
    base::log::error("the spool's disk has failed", {{"error", error.to_string()}});
    const std::scoped_lock lock(mutex);
    if (!failed) failed = std::move(error);
}

base::Result<> Spool::sync_until(uint64_t seq) { return state_->sync_to(seq); }

// The first caller syncs for all who came until then; those who come meanwhile wait and find the next one's work done.
base::Result<> Spool::State::sync_to(uint64_t seq) {
    std::unique_lock lock(mutex);
    seq = std::min(seq, written_seq);
    while (durable_seq < seq) {
        if (failed) return base::fail(*failed);
        if (syncing) {
            sync_ended.wait(lock);
            continue;
        }
        syncing = true;
        const uint64_t target = written_seq;
        auto files = std::exchange(rolled, {});
        files.push_back(active);
        const bool with_folder = std::exchange(folder_changed, false);
        lock.unlock();
        base::Result<> result;
        for (const auto& file : files) {
            if (result && ::fdatasync(file->get()) != 0) result = base::fail(base::system_error(errno, "sync spool segment"));
        }
        if (result && with_folder) result = base::sync_folder(folder);
        if (!result) fail_for_good(result.error());  // after a failed sync nobody knows what the kernel dropped
        lock.lock();
        if (result) {
            durable_seq = target;
            if (durable_gauge != nullptr) durable_gauge->set(static_cast<int64_t>(target));
            if (durable_listener) {
                const auto listener = durable_listener;
                lock.unlock();
                listener(target);
                lock.lock();
            }
        }
        syncing = false;
        sync_ended.notify_all();
    }
    return {};
}

void Spool::State::run_sync_thread() {
    std::unique_lock lock(mutex);
    while (!stopping) {
        stop_changed.wait_for(lock, std::chrono::nanoseconds(options.sync_interval), [&] { return stopping; });
        if (failed) continue;
        const uint64_t target = written_seq;
        const bool needed = target > durable_seq;
        lock.unlock();
        look_at_disk();
        if (needed) (void)sync_to(target);
        lock.lock();
    }
}

void Spool::State::report(const Damage& damage) {
    ++damage_places;
    if (damage_counter != nullptr) damage_counter->add();
    base::log::error("damage in the spool", {{"file", damage.segment.string()},
                                             {"offset", std::to_string(damage.offset)},
                                             {"bytes", std::to_string(damage.bytes)},
                                             {"first_missing_seq", std::to_string(damage.first_missing)},
                                             {"last_missing_seq", std::to_string(damage.last_missing)}});
}

uint64_t Spool::written_seq() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->written_seq;
}

uint64_t Spool::durable_seq() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->durable_seq;
}

uint64_t Spool::first_seq() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->segments.empty() ? state_->written_seq + 1
                                    : std::min(state_->segments.front().first_seq, state_->written_seq + 1);
}

uint64_t Spool::max_bytes() const { return state_->options.max_bytes; }

uint64_t Spool::bytes() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->total_bytes;
}

uint64_t Spool::damage_count() const { return state_->damage_places; }

bool Spool::full() const { return state_->disk_low || state_->refused; }

void Spool::trim(uint64_t first_needed) {
    uint64_t highest = state_->needed_from;
    while (highest < first_needed && !state_->needed_from.compare_exchange_weak(highest, first_needed)) {}
    state_->delete_below(first_needed);
    if (!state_->refused) return;
    const std::scoped_lock append_lock(state_->append_mutex);  // senders wait for room
    state_->give_up_needless_segment();
}

// Where the segment in use is all that is left and nobody needs it, it gives way to an empty one.
bool Spool::State::give_up_needless_segment() {
    {
        const std::scoped_lock lock(mutex);
        if (!active || needed_from < next_seq || segments.back().bytes <= kHeaderBytes) return false;
    }
    if (!begin_segment(next_seq, next_seq - 1)) return false;
    delete_below(next_seq);
    return true;
}

void Spool::State::delete_below(uint64_t first_needed) {
    std::vector<std::filesystem::path> needless;
    {
        const std::scoped_lock lock(mutex);
        while (segments.size() > 1 && segments[1].first_seq <= first_needed) {
            needless.push_back(segments.front().path);
            total_bytes -= segments.front().bytes;
            trimmed_below = segments[1].first_seq;
            segments.pop_front();
        }
        if (bytes_gauge != nullptr) bytes_gauge->set(static_cast<int64_t>(total_bytes));
    }
    for (const auto& path : needless) {
        if (::unlink(path.c_str()) != 0) {
            base::log::error("could not delete a spool segment",
                             {{"error", base::system_error(errno, "delete " + path.string()).to_string()}});
        }
    }
    if (!needless.empty()) refused = false;
}

void Spool::on_durable(std::function<void(uint64_t)> listener) {
    std::unique_lock lock(state_->mutex);
    state_->sync_ended.wait(lock, [&] { return !state_->syncing; });
    state_->durable_listener = std::move(listener);
}

}  // namespace shuwei::spool
