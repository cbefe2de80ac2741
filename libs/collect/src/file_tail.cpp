#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "event_log_take.hpp"
#include "line.hpp"
#include "listener_counters.hpp"
#include "patient_append.hpp"
#include "record_framer.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/collect/file_input.hpp"
#include "tail_positions.hpp"

namespace shuwei::collect {

namespace {

constexpr size_t kReadBytes = 256 * 1024;
constexpr size_t kTurnBytes = 8 << 20;  // of one file before the others get theirs
constexpr size_t kMaxPositions = 10'000;
constexpr int kQuietPollsBeforeLeaving = 2;
constexpr base::Duration kEventLogSettled = 1 * base::kSecond;  // unchanged for so long it is not being copied any more

using FileId = std::pair<uint64_t, uint64_t>;  // device, inode

struct Followed {
    std::string path;
    base::FileDescriptor fd;
    RecordFramer framer;
    uint64_t read_to = 0;      // offset in the file
    uint64_t taken_to = 0;     // everything before it is in the spool
    uint64_t fingerprint_bytes = 0;
    std::string fingerprint;
    // A file that begins like one we follow is taken for its copy, as copy-and-truncate rotation makes them: it is left
    // alone until the original is rewritten or gone, and then read from where the original had been read to.
    std::optional<FileId> copy_of;
    bool copy_checked = false;  // looked at once, when it had something to look at
    bool matched = true;       // a pattern still finds it
    int64_t changed = 0;       // the file's own time of its last change
    std::optional<EventLogMark> event_log;  // a Windows event log: the newest record taken, if any
    bool event_log_due = false;             // it has changed since it was read
    int quiet_polls = 0;       // polls without news since it is not matched any more
    base::Duration last_growth = 0;
};

bool is_event_log(std::string_view path) {
    return path.size() > 5 && base::equals_ignoring_case(path.substr(path.size() - 5), ".evtx");
}

}  // namespace

struct FileTail::State {
    FileTailOptions options;
    RecordRule rule;
    FrameSink& sink;
    ListenerCounters& counters;
    StopSignal stop;
    std::thread thread;
    std::map<FileId, Followed> files;
    std::map<FileId, TailPosition> remembered;  // of files that are not there now; they may come back
    std::set<std::string> complained;           // paths that could not be opened
    bool first_start_ever = false;
    bool positions_changed = false;
    uint64_t last_seq = 0;
    std::atomic<size_t> file_count = 0;

    State(FileTailOptions given, FrameSink& owner)
        : options(std::move(given)), sink(owner), counters(owner.counters(options.listener.name)) {}

    void run();
    enum class Look { known_files, at_start, again };
    void discover(Look look);
    void open_file(const std::string& path, Look look);
    bool read_file(FileId id, Followed& file);
    bool take_lines(Followed& file);
    void take_rest(Followed& file);
    void take_record(Followed& file);
    bool read_event_log(Followed& file, bool changed);
    enum class Records { spooled, passed_over };
    void take_event_records(Followed& file, Records records);
    bool spool(std::vector<spool::FrameView>& frames);
    std::optional<FileId> original_of(int fd, uint64_t size) const;
    void free_copies(FileId original, uint64_t taken_to);
    void leave_rotated();
    spool::FrameView complete(const Followed& file, spool::FrameView frame) const;
    bool was_rewritten(Followed& file, uint64_t size) const;
    void restart(FileId id, Followed& file);
    void update_fingerprint(Followed& file);
    void remember();
};

base::Result<std::unique_ptr<FileTail>> FileTail::start(FileTailOptions options, FrameSink& sink) {
    if (options.pack.size() > spool::kMaxFramePack) {
        return base::fail(base::ErrorCode::invalid_argument, "the pack's name is too long");
    }
    for (const auto& pattern : options.patterns) {
        if (!pattern.starts_with('/')) {
            return base::fail(base::ErrorCode::invalid_argument, "pattern '" + pattern + "' is not an absolute path");
        }
    }
    TRY_ASSIGN(RecordRule rule, RecordRule::make(options.records, options.record_beginning));
    auto state = std::make_unique<State>(std::move(options), sink);
    state->rule = std::move(rule);
    std::error_code ignored;
    state->first_start_ever = !std::filesystem::exists(state->options.positions_file, ignored);
    if (auto positions = load_positions(state->options.positions_file)) {
        for (TailPosition& position : *positions) {
            const FileId id{position.device, position.inode};
            state->remembered[id] = std::move(position);
        }
    } else if (positions.error().code() == base::ErrorCode::data_corrupt) {
        base::log::error("tail positions are lost, files are read from their beginning",
                         {{"error", positions.error().to_string()}});
    } else {
        return base::fail(std::move(positions).error());
    }
    state->thread = std::thread([raw = state.get()] { raw->run(); });
    return std::unique_ptr<FileTail>(new FileTail(std::move(state)));
}

FileTail::FileTail(std::unique_ptr<State> state) : state_(std::move(state)) {}
FileTail::~FileTail() { stop(); }

size_t FileTail::files() const { return state_->file_count; }

void FileTail::stop() {
    state_->stop.request();
    if (state_->thread.joinable()) state_->thread.join();
}

void FileTail::State::run() {
    discover(Look::known_files);  // so that copies made since are known as such
    Look look = Look::at_start;
    while (!stop.requested()) {
        discover(look);
        look = Look::again;
        bool more = true;
        while (more && !stop.requested()) {  // files by turns until nobody has news
            more = false;
            for (auto& [id, file] : files) more = read_file(id, file) || more;
            remember();
        }
        leave_rotated();
        remember();
        file_count = files.size();
        (void)stop.wait(static_cast<int>(options.poll_interval / base::kMillisecond));
    }
    for (auto& [id, file] : files) {
        if (file.event_log) continue;
        const bool finished = base::monotonic_now() - file.last_growth > options.unterminated_after;
        if (finished && file.taken_to + file.framer.pending() == file.read_to) take_rest(file);
    }
    remember();
}

void FileTail::State::discover(Look look) {
    for (auto& [id, file] : files) file.matched = false;
    for (const std::string& pattern : options.patterns) {
        glob_t found{};
        if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
            for (size_t i = 0; i < found.gl_pathc; ++i) open_file(found.gl_pathv[i], look);
        }
        ::globfree(&found);
    }
}

// Ends with files that no pattern finds any more, once nothing came to them for a while.
void FileTail::State::leave_rotated() {
    for (auto at = files.begin(); at != files.end();) {
        Followed& file = at->second;
        if (file.matched || ++file.quiet_polls < kQuietPollsBeforeLeaving) {
            ++at;
            continue;
        }
        if (file.event_log) {
            if (file.event_log_due) take_event_records(file, Records::spooled);
            const EventLogMark& mark = *file.event_log;
            if (mark.record > 0) remembered[at->first] = {file.path, at->first.first, at->first.second, mark.record, 0, mark.digest, true};
        } else {
            if (!file.copy_of) take_rest(file);
            free_copies(at->first, file.taken_to);
        }
        at = files.erase(at);
        positions_changed = true;
    }
}

// The followed file that this one was copied from: it begins in the same way, and is the same before the place up to
// which we have read. Logs that merely share a heading differ there. Short files prove nothing.
std::optional<FileId> FileTail::State::original_of(int fd, uint64_t size) const {
    if (size < kFingerprintBytes) return std::nullopt;
    const std::string beginning = fingerprint_of(fd, kFingerprintBytes);
    for (const auto& [id, file] : files) {
        const uint64_t shared = std::min(size, file.taken_to);
        if (file.event_log || file.copy_of || shared < kFingerprintBytes || file.fingerprint != beginning) continue;
        if (fingerprint_of(file.fd.get(), kFingerprintBytes) != beginning) {  // cut already: only its copy can tell
            if (size >= file.taken_to) return id;
            continue;
        }
        const uint64_t at = shared - kFingerprintBytes;
        if (fingerprint_of(fd, kFingerprintBytes, at) == fingerprint_of(file.fd.get(), kFingerprintBytes, at)) return id;
    }
    return std::nullopt;
}

void FileTail::State::free_copies(FileId original, uint64_t taken_to) {
    for (auto& [id, file] : files) {
        if (file.copy_of != original) continue;
        file.copy_of.reset();
        file.copy_checked = true;
        file.read_to = file.taken_to = taken_to;
        positions_changed = true;
    }
}

void FileTail::State::open_file(const std::string& path, Look look) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
    const FileId id{status.st_dev, status.st_ino};
    if (const auto known = files.find(id); known != files.end()) {
        known->second.path = path;
        known->second.matched = true;
        known->second.quiet_polls = 0;
        return;
    }
    if (look == Look::known_files && !remembered.contains(id)) return;
    Followed file;
    file.path = path;
    file.fd = base::FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat opened {};
    if (!file.fd || ::fstat(file.fd.get(), &opened) != 0) {
        if (errno != ENOENT && complained.insert(path).second) {
            base::log::warning("cannot follow a file", {{"error", base::system_error(errno, "open " + path).to_string()}});
        }
        return;
    }
    if (FileId{opened.st_dev, opened.st_ino} != id) return;  // rotated this moment: the next poll sees it
    if (!options.readable.hold_open_file(file.fd.get())) {
        if (complained.insert(path).second) {
            base::log::warning("a file is not followed: a link leads out of the folders that may be read", {{"file", path}});
        }
        return;
    }
    const auto size = static_cast<uint64_t>(opened.st_size);
    file.framer = RecordFramer(rule);
    file.last_growth = base::monotonic_now();
    if (is_event_log(path)) {
        file.event_log.emplace();
        if (const auto before = remembered.find(id); before != remembered.end() && before->second.event_log) {
            *file.event_log = {before->second.offset, before->second.fingerprint};
            remembered.erase(before);
        } else if (look == Look::at_start && first_start_ever && !options.from_start) {
            take_event_records(file, Records::passed_over);
        }
        files.emplace(id, std::move(file));
        positions_changed = true;
        return;
    }
    if (const auto before = remembered.find(id); before != remembered.end()) {
        const TailPosition& position = before->second;
        if (!position.event_log && position.offset <= size && fingerprint_of(file.fd.get(), position.fingerprint_bytes) == position.fingerprint) {
            file.read_to = position.offset;
            file.fingerprint = position.fingerprint;
            file.fingerprint_bytes = position.fingerprint_bytes;
        }
        remembered.erase(before);
    } else if (look == Look::at_start && first_start_ever && !options.from_start) {
        file.read_to = size;
    }
    file.taken_to = file.read_to;
    update_fingerprint(file);
    files.emplace(id, std::move(file));
    positions_changed = true;
}

bool FileTail::State::was_rewritten(Followed& file, uint64_t size) const {
    return size < file.read_to || fingerprint_of(file.fd.get(), file.fingerprint_bytes) != file.fingerprint;
}

// The file was cut and begins anew. What was not read before is in the copy, where there is one.
void FileTail::State::restart(FileId id, Followed& file) {
    discover(Look::again);  // the copy was there before the cut
    for (auto& [other_id, other] : files) {
        struct stat status {};
        if (other_id == id || other.event_log || other.copy_checked || other.read_to > 0 || ::fstat(other.fd.get(), &status) != 0) continue;
        if (file.fingerprint_bytes == kFingerprintBytes && static_cast<uint64_t>(status.st_size) >= file.taken_to &&
            fingerprint_of(other.fd.get(), kFingerprintBytes) == file.fingerprint) {
            other.copy_of = id;
        }
    }
    const bool copied = std::any_of(files.begin(), files.end(), [&](const auto& entry) { return entry.second.copy_of == id; });
    if (copied) {
        free_copies(id, file.taken_to);
    } else {
        take_rest(file);
    }
    file.framer = RecordFramer(rule);
    file.copy_checked = true;
    file.read_to = file.taken_to = 0;
    file.fingerprint_bytes = 0;
    file.fingerprint = fingerprint_of(file.fd.get(), 0);
    positions_changed = true;
}

// One turn; true when there may be more.
bool FileTail::State::read_file(FileId id, Followed& file) {
    struct stat status {};
    if (file.copy_of) {
        if (files.contains(*file.copy_of)) return false;
        file.copy_of.reset();
    }
    if (::fstat(file.fd.get(), &status) != 0) return false;
    const auto size = static_cast<uint64_t>(status.st_size);
    const int64_t changed = status.st_mtim.tv_sec * base::kSecond + status.st_mtim.tv_nsec;
    const bool same_time = std::exchange(file.changed, changed) == changed;
    if (file.event_log) return read_event_log(file, !same_time);
    if (size == file.read_to && (same_time || !was_rewritten(file, size))) {
        if (file.framer.joining() && base::monotonic_now() - file.last_growth >= options.record_wait) take_record(file);
        return false;
    }
    if (!std::exchange(file.copy_checked, true) && file.read_to == 0) {
        file.copy_of = original_of(file.fd.get(), size);
        if (file.copy_of) return false;
    }
    if (was_rewritten(file, size)) restart(id, file);
    uint64_t taken = 0;
    while (taken < kTurnBytes && !stop.requested()) {
        const auto room = file.framer.room(kReadBytes);
        const ssize_t got = ::pread(file.fd.get(), room.data(), room.size(), static_cast<off_t>(file.read_to));
        if (got <= 0) {
            file.framer.release();
            break;
        }
        file.framer.commit(static_cast<size_t>(got));
        file.read_to += static_cast<uint64_t>(got);
        taken += static_cast<uint64_t>(got);
        if (!take_lines(file)) return false;
    }
    if (taken == 0) return false;
    file.quiet_polls = 0;
    file.last_growth = base::monotonic_now();
    update_fingerprint(file);
    positions_changed = true;
    return taken >= kTurnBytes;
}

spool::FrameView FileTail::State::complete(const Followed& file, spool::FrameView frame) const {
    frame.received = sink.now();
    frame.listener = options.listener.number;
    frame.tenant = options.listener.tenant;
    frame.kind = kind_of_line(frame.payload);
    frame.source = std::string_view(options.source.empty() ? file.path : options.source).substr(0, spool::kMaxFrameSource);
    frame.pack = options.pack;
    return frame;
}

// False when we are told to stop before the spool took them: the position stays before them.
bool FileTail::State::take_lines(Followed& file) {
    std::vector<spool::FrameView> frames;
    while (true) {  // behind a line that was cut there may be more
        bool any = false;
        while (const auto frame = file.framer.next()) {
            any = true;
            if (!base::trim(frame->payload).empty()) frames.push_back(complete(file, *frame));
        }
        if (!spool(frames)) return false;
        file.framer.release();
        file.taken_to = file.read_to - file.framer.pending();
        if (!any) return true;
    }
}

// The unfinished last line, when nothing will finish it any more.
void FileTail::State::take_rest(Followed& file) {
    std::vector<spool::FrameView> frames;
    while (const auto frame = file.framer.finish()) frames.push_back(complete(file, *frame));
    if (frames.empty()) return;
    if (spool(frames)) file.taken_to = file.read_to;
    file.framer.release();
    positions_changed = true;
}

// The record of several lines that nothing goes on with.
void FileTail::State::take_record(Followed& file) {
    std::vector<spool::FrameView> frames;
    if (const auto frame = file.framer.complete()) frames.push_back(complete(file, *frame));
    if (spool(frames)) file.taken_to = file.read_to - file.framer.pending();
    file.framer.release();
    positions_changed = true;
}

bool FileTail::State::read_event_log(Followed& file, bool changed) {
    if (changed) {
        file.event_log_due = true;
        file.last_growth = base::monotonic_now();
    }
    if (!file.event_log_due || base::monotonic_now() - file.last_growth < kEventLogSettled) return false;
    take_event_records(file, Records::spooled);
    return false;
}

void FileTail::State::take_event_records(Followed& file, Records records) {
    std::vector<EventLogMark> known;
    const auto add = [&](uint64_t record, const std::string& digest) {
        if (record > 0) known.push_back({record, digest});
    };
    add(file.event_log->record, file.event_log->digest);
    for (const auto& [id, other] : files) {
        if (other.event_log) add(other.event_log->record, other.event_log->digest);
    }
    for (const auto& [id, position] : remembered) {
        if (position.event_log) add(position.offset, position.fingerprint);
    }
    const auto take = [&](std::span<spool::FrameView> taken) -> base::Result<> {
        if (records == Records::passed_over) return {};
        std::vector<spool::FrameView> frames;
        for (const spool::FrameView& frame : taken) frames.push_back(complete(file, frame));
        return spool(frames) ? base::Result<>{} : base::fail(base::ErrorCode::cancelled, "stopped");
    };
    const auto done = take_event_log(file.fd.get(), file.path, known, take);
    if (!done && done.error().code() == base::ErrorCode::cancelled) return;
    file.event_log_due = false;
    if (!done) {
        base::log::warning("an event log cannot be read", {{"file", file.path}, {"error", done.error().to_string()}});
        return;
    }
    if (done->newest.record > 0) *file.event_log = done->newest;
    positions_changed = true;
}

bool FileTail::State::spool(std::vector<spool::FrameView>& frames) {
    if (frames.empty()) return true;
    const auto range = append_fairly(sink, options.listener, counters, frames, stop);
    if (range) last_seq = range->last;
    frames.clear();
    return range.has_value();
}

void FileTail::State::update_fingerprint(Followed& file) {
    if (file.fingerprint_bytes == kFingerprintBytes) return;
    struct stat status {};
    if (::fstat(file.fd.get(), &status) != 0) return;
    file.fingerprint_bytes = std::min<uint64_t>(static_cast<uint64_t>(status.st_size), kFingerprintBytes);
    file.fingerprint = fingerprint_of(file.fd.get(), file.fingerprint_bytes);
}

// Positions follow what is on disk, never the other way round.
void FileTail::State::remember() {
    if (!positions_changed) return;
    if (auto synced = sink.spool().sync_until(last_seq); !synced) {
        base::log::error("tail positions are not remembered", {{"error", synced.error().to_string()}});
        return;
    }
    std::vector<TailPosition> positions;
    for (const auto& [id, file] : files) {
        if (file.copy_of) continue;
        if (file.event_log) {
            positions.push_back({file.path, id.first, id.second, file.event_log->record, 0, file.event_log->digest, true});
            continue;
        }
        positions.push_back({file.path, id.first, id.second, file.taken_to, file.fingerprint_bytes, file.fingerprint, false});
    }
    for (const auto& [id, position] : remembered) {
        if (positions.size() < kMaxPositions) positions.push_back(position);
    }
    if (auto saved = save_positions(options.positions_file, positions); !saved) {
        base::log::error("tail positions are not remembered", {{"error", saved.error().to_string()}});
        return;
    }
    positions_changed = false;
}

}  // namespace shuwei::collect
