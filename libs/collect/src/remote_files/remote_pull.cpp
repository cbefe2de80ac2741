#include "remote_pull.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fnmatch.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <span>

#include "../event_log_take.hpp"
#include "../line.hpp"
#include "../listener_counters.hpp"
#include "../patient_append.hpp"
#include "../tail_positions.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/crypto/digest.hpp"

namespace shuwei::collect {

using base::ErrorCode;
using base::Result;

namespace {

constexpr size_t kMaxFiles = 50'000;
constexpr size_t kMaxPositions = 60'000;
constexpr size_t kMaxFormer = 1'000;
constexpr uint64_t kTurnBytes = 64 << 20;              // of one file before the others get theirs
constexpr uint64_t kSaveBytes = 16 << 20;              // read between two savings of the positions
constexpr uint64_t kMaxWhole = uint64_t{2} << 30;      // of a file that must be there as a whole
constexpr uint64_t kMaxInflated = uint64_t{16} << 30;
constexpr base::Duration kUnfinishedFor = 10 * base::kMinute;  // then an unfinished last line is taken as it is

bool has_ending(std::string_view name, std::string_view ending) {
    return name.size() > ending.size() && base::equals_ignoring_case(name.substr(name.size() - ending.size()), ending);
}

bool is_event_log(std::string_view name) { return has_ending(name, ".evtx"); }
bool is_gzip(std::string_view name) { return has_ending(name, ".gz"); }

// A file is read from where its name says it stands; is it another file than that, from where a file that begins like it
// stood; else anew.
enum class Try : uint8_t { name, beginning, anew };

// The connection is of no use; another file would fare no better.
bool ends_turn(const base::Error& error) {
    switch (error.code()) {
        case ErrorCode::unavailable:
        case ErrorCode::deadline_exceeded:
        case ErrorCode::permission_denied:
        case ErrorCode::cancelled:
        case ErrorCode::resource_exhausted:
        case ErrorCode::io: return true;
        default: return false;
    }
}

}  // namespace

RemotePull::RemotePull(RemotePullOptions options, const InputPlace& place)
    : PollingInput(options.site.url(), place.sink), options_(std::move(options)), place_(place), source_(options_.site.url().substr(0, spool::kMaxFrameSource)),
      counters_(place.sink.counters(place.listener.name)) {}

RemotePull::~RemotePull() { finish(); }

Result<std::unique_ptr<Input>> RemotePull::start(RemotePullOptions options, const InputPlace& place) {
    std::unique_ptr<RemotePull> pull(new RemotePull(std::move(options), place));
    TRY_ASSIGN(pull->folder_, RemoteFolder::open(pull->options_.site, pull->stopping()));
    auto positions = load_remote_positions(place.folder / "positions.json");
    if (positions) {
        pull->positions_ = std::move(*positions);
    } else if (positions.error().code() == ErrorCode::data_corrupt) {
        base::log::error("positions of a pull are lost, files are read from their beginning", {{"error", positions.error().to_string()}});
    } else {
        return base::fail(std::move(positions).error());
    }
    pull->PollingInput::start();
    return pull;
}

bool RemotePull::wanted(const RemoteFile& file) const {
    if (options_.after == AfterReading::rename && file.name.ends_with(options_.renamed_suffix)) return false;
    return ::fnmatch(options_.pattern.c_str(), file.name.c_str(), FNM_PERIOD) == 0;
}

Result<base::Duration> RemotePull::turn() {
    TRY_ASSIGN(RemoteFolder::Listing listing, folder_->list());
    std::erase_if(listing.files, [&](const RemoteFile& file) { return !wanted(file); });
    if (listing.cut) report(base::Error(ErrorCode::too_large, "the listing of the folder is over 8 MiB: files are left out"));
    if (listing.files.size() > kMaxFiles) {
        report(base::Error(ErrorCode::too_large, fmt::format("{} files match, {} are read", listing.files.size(), kMaxFiles)));
        listing.files.resize(kMaxFiles);
    }
    listed_.clear();
    for (const RemoteFile& file : listing.files) listed_[file.name] = file.size;
    const Before before = positions_.files;  // a file that was renamed is known by where its former name was
    more_ = false;
    for (const RemoteFile& file : listing.files) {
        if (stopping().requested()) break;
        auto pulled = pull(file, before);
        if (pulled && unsaved_bytes_ >= kSaveBytes) pulled = remember();
        if (pulled) continue;
        if (ends_turn(pulled.error())) {
            TRY(remember());
            return base::fail(std::move(pulled).error());
        }
        report(pulled.error().at(file.name));
    }
    forget_gone();
    TRY(remember());
    return more_ ? 0 : options_.interval;
}

Result<> RemotePull::pull(const RemoteFile& file, const Before& before) {
    const auto known = positions_.files.find(file.name);
    const bool same = known != positions_.files.end() && known->second.size == file.size && known->second.changed == file.changed;
    if (known != positions_.files.end()) known->second.seen = sink().now();
    if (!same) waiting_since_.erase(file.name);
    if (is_event_log(file.name) || is_gzip(file.name)) {
        if (same && known->second.complete) return put_away(file);
        return pull_whole(file, before);
    }
    if (!same) return pull_text(file, before, RemoteText::Rest::waits);
    if (known->second.complete) return put_away(file);
    const base::Timestamp since = waiting_since_.try_emplace(file.name, sink().now()).first->second;
    const bool over = options_.after != AfterReading::leave || sink().now() - since >= kUnfinishedFor;
    return over ? pull_text(file, before, RemoteText::Rest::is_taken) : Result<>{};
}

// The place of this file under the name it had before: it begins in the same way. Short files prove little: then the
// former name must be gone or hold less now. What stands before the place is compared when reading goes on there.
std::optional<RemotePosition> RemotePull::recognise(const RemoteFile& file, const Before& before, std::string_view beginning) const {
    std::map<uint64_t, std::string> digests;  // by length: most are the longest
    const RemotePosition* best = nullptr;
    const auto consider = [&](const RemotePosition& position) {
        const uint64_t bytes = position.fingerprint_bytes;
        if (bytes == 0 || bytes > beginning.size() || position.offset == 0 || (best != nullptr && best->offset >= position.offset)) return;
        if (!is_gzip(file.name) && position.offset > file.size) return;
        std::string& digest = digests[bytes];
        if (digest.empty()) digest = crypto::to_hex(crypto::sm3(beginning.substr(0, bytes)));
        if (digest == position.fingerprint) best = &position;
    };
    for (const auto& [name, position] : before) {
        if (name == file.name || is_event_log(name)) continue;
        if (position.fingerprint_bytes < kFingerprintBytes) {
            const auto there = listed_.find(name);
            if (there != listed_.end() && there->second >= position.offset) continue;
        }
        consider(position);
    }
    for (const RemotePosition& position : positions_.former) consider(position);
    return best == nullptr ? std::nullopt : std::optional(*best);
}

// Another file bears the name now.
void RemotePull::displace(const std::string& name) {
    const auto known = positions_.files.find(name);
    if (known == positions_.files.end() || known->second.offset == 0) return;
    positions_.former.push_back(known->second);
    if (positions_.former.size() > kMaxFormer) positions_.former.pop_front();
}

Result<> RemotePull::read_text(const RemoteFile& file, RemoteText& text, uint64_t begin) {
    // Never more than was listed: what came since is for the next turn, and a server may lie.
    const uint64_t wanted = std::min<uint64_t>(kTurnBytes, file.size - std::min(begin, file.size));
    uint64_t fed = 0;
    const auto take = [&](std::string_view bytes) {
        const std::string_view some = bytes.substr(0, wanted - fed);
        fed += some.size();
        return text.feed(some) && some.size() == bytes.size();
    };
    auto read = folder_->read(file.name, begin, take);
    unsaved_bytes_ += fed;
    return read;
}

Result<> RemotePull::pull_text(const RemoteFile& file, const Before& before, RemoteText::Rest rest) {
    const auto spool_frames = [this](std::vector<spool::FrameView>& frames) { return spool(frames); };
    Try attempt = Try::beginning;
    RemotePosition from;
    if (const auto known = positions_.files.find(file.name); known != positions_.files.end()) {
        if (known->second.offset > file.size) {
            displace(file.name);
        } else if (known->second.offset > 0) {
            from = known->second;
            attempt = Try::name;
        }
    }
    while (true) {
        const uint64_t begin = from.offset - from.end_bytes();
        RemoteText::Recognise recognised;
        if (attempt == Try::beginning) recognised = [&](std::string_view beginning) { return recognise(file, before, beginning); };
        RemoteText text(from, begin, spool_frames, std::move(recognised));
        auto read = read_text(file, text, begin);
        if (!read && read.error().code() == ErrorCode::too_large && from.offset > 0) {  // cut since it was listed
            if (attempt == Try::name) displace(file.name);
            from = {};
            attempt = Try::anew;
            continue;
        }
        const uint64_t reach = text.seen_to();
        const bool cut = reach < file.size && reach >= begin + kTurnBytes / 2;
        if (text.outcome() == RemoteText::Outcome::read) {
            // What came before the connection broke is kept. A line that fills a whole turn is taken as far as it goes.
            const bool endless = cut && text.position().offset == from.offset;
            if (read || text.seen_to() > begin) text.finish(read && (rest == RemoteText::Rest::is_taken || endless) ? RemoteText::Rest::is_taken : RemoteText::Rest::waits);
        }
        switch (text.outcome()) {
            case RemoteText::Outcome::elsewhere:
                from = text.position();
                attempt = Try::anew;
                continue;
            case RemoteText::Outcome::differs:
                if (!read) return read;
                if (attempt == Try::name) displace(file.name);
                from = {};
                attempt = attempt == Try::name ? Try::beginning : Try::anew;
                continue;
            case RemoteText::Outcome::failed: return base::fail(ErrorCode::cancelled, "stopped before the spool took the lines");
            case RemoteText::Outcome::read: break;
        }
        RemotePosition& position = positions_.files[file.name];
        const RemotePosition former = std::exchange(position, text.position());
        position.seen = sink().now();
        changed_ = true;
        if (!read) {  // looked at again although its size will be the same
            position.size = former.size;
            position.changed.clear();
            return read;
        }
        position.size = file.size;
        position.changed = file.changed;
        position.complete = position.offset >= file.size;
        if (text.seen_to() < file.size && cut) {
            position.changed.clear();
            more_ = true;
        }
        return {};
    }
}

// Compressed files and event logs are read when two listings agree that nobody writes to them any more.
Result<> RemotePull::pull_whole(const RemoteFile& file, const Before& before) {
    RemotePosition& position = positions_.files[file.name];
    const bool settled = position.size == file.size && position.changed == file.changed && position.seen != 0;
    position.seen = sink().now();
    if (!settled) {
        position.size = file.size;
        position.changed = file.changed;
        position.complete = false;
        changed_ = true;
        return {};
    }
    if (file.size > kMaxWhole) {
        position.complete = position.damaged = true;
        changed_ = true;
        return base::fail(ErrorCode::too_large, "over 2 GiB: is not read");
    }
    const std::filesystem::path path = place_.folder / "incoming";
    base::FileDescriptor fd(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd) return base::fail(base::system_error(errno, "open " + path.string()));
    ::unlink(path.c_str());
    Result<> written;
    uint64_t bytes = 0;
    const auto take = [&](std::string_view piece) {
        bytes += piece.size();
        written = base::write_all(fd.get(), piece);
        return written && bytes <= file.size;
    };
    TRY(folder_->read(file.name, 0, take));
    TRY(written);
    if (bytes != file.size) {  // it changes after all: the next turn sees how
        position.changed.clear();
        return base::fail(ErrorCode::data_corrupt, fmt::format("{} bytes where {} were listed", bytes, file.size));
    }
    unsaved_bytes_ += bytes;
    ::lseek(fd.get(), 0, SEEK_SET);
    auto imported = is_event_log(file.name) ? import_event_log(fd.get(), file, before) : import_gzip(fd.get(), file, before);
    if (!imported && imported.error().code() == ErrorCode::cancelled) return imported;
    RemotePosition& now = positions_.files[file.name];
    now.size = file.size;
    now.changed = file.changed;
    now.seen = sink().now();
    now.complete = true;  // also when it is damaged: until it changes, trying again would not help
    now.damaged = !imported;
    changed_ = true;
    return imported;
}

Result<> RemotePull::import_gzip(int fd, const RemoteFile& file, const Before& before) {
    const auto spool_frames = [this](std::vector<spool::FrameView>& frames) { return spool(frames); };
    RemotePosition from = positions_.files[file.name];
    Try attempt = from.offset > 0 ? Try::name : Try::beginning;
    while (true) {
        RemoteText::Recognise recognised;
        if (attempt == Try::beginning) recognised = [&](std::string_view beginning) { return recognise(file, before, beginning); };
        RemoteText text(from, 0, spool_frames, std::move(recognised));
        const std::unique_ptr<gzFile_s, decltype([](gzFile opened) { ::gzclose(opened); })> inflated(::gzdopen(::dup(fd), "rb"));
        if (!inflated) return base::fail(ErrorCode::io, "inflate");
        ::gzrewind(inflated.get());
        std::vector<char> buffer(256 * 1024);
        Result<> read;
        uint64_t bytes = 0;
        while (true) {
            const int got = ::gzread(inflated.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
            int status = Z_OK;
            const char* const message = ::gzerror(inflated.get(), &status);
            if (got < 0 || (got == 0 && status != Z_OK && status != Z_STREAM_END)) {
                read = base::fail(ErrorCode::data_corrupt, message);
                break;
            }
            if (got == 0) break;
            bytes += static_cast<uint64_t>(got);
            if (bytes > kMaxInflated) {
                read = base::fail(ErrorCode::too_large, "over 16 GiB when inflated: the rest is not read");
                break;
            }
            if (!text.feed({buffer.data(), static_cast<size_t>(got)})) break;
        }
        if (text.outcome() == RemoteText::Outcome::read) text.finish(read ? RemoteText::Rest::is_taken : RemoteText::Rest::waits);
        if (text.outcome() == RemoteText::Outcome::failed) return base::fail(ErrorCode::cancelled, "stopped before the spool took the lines");
        if (text.outcome() == RemoteText::Outcome::elsewhere) {
            from = text.position();
            attempt = Try::anew;
            continue;
        }
        if (text.outcome() == RemoteText::Outcome::differs) {
            if (attempt == Try::name) displace(file.name);
            from = {};
            attempt = attempt == Try::name ? Try::beginning : Try::anew;
            continue;
        }
        positions_.files[file.name] = text.position();
        return read;
    }
}

Result<> RemotePull::import_event_log(int fd, const RemoteFile& file, const Before& before) {
    std::vector<EventLogMark> known;
    for (const auto& [name, position] : before) {
        if (is_event_log(name) && position.offset > 0) known.push_back({position.offset, position.fingerprint});
    }
    for (const RemotePosition& position : positions_.former) {
        if (position.fingerprint_bytes == 0) known.push_back({position.offset, position.fingerprint});
    }
    const auto spool_records = [&](std::span<spool::FrameView> records) -> Result<> {
        std::vector<spool::FrameView> frames(records.begin(), records.end());
        if (!spool(frames)) return base::fail(ErrorCode::cancelled, "stopped before the spool took the records");
        return {};
    };
    TRY_ASSIGN(const EventLogTaken taken, take_event_log(fd, file.name, known, spool_records));
    RemotePosition& position = positions_.files[file.name];
    if (taken.records > 0 && taken.newest.record < position.offset) displace(file.name);
    position.offset = taken.newest.record;
    position.fingerprint = taken.newest.digest;
    return {};
}

// A file that was read to its end, and is unchanged since in a listing that is newer than the reading.
Result<> RemotePull::put_away(const RemoteFile& file) {
    if (options_.after == AfterReading::leave || positions_.files[file.name].damaged) return {};
    TRY(remember());
    if (options_.after == AfterReading::remove) {
        TRY(folder_->remove(file.name));
    } else {
        TRY(folder_->rename(file.name, file.name + options_.renamed_suffix));
    }
    positions_.files.erase(file.name);
    changed_ = true;
    return {};
}

bool RemotePull::spool(std::vector<spool::FrameView>& frames) {
    for (spool::FrameView& frame : frames) {
        frame.received = sink().now();
        frame.listener = place_.listener.number;
        frame.tenant = place_.listener.tenant;
        frame.kind = kind_of_line(frame.payload);
        frame.source = source_;
        frame.pack = place_.pack;
    }
    const auto range = append_fairly(sink(), place_.listener, counters_, frames, stopping());
    if (range) last_seq_ = range->last;
    return range.has_value();
}

// Files that are gone are remembered for a while: they may come back, or be met under another name.
void RemotePull::forget_gone() {
    if (positions_.files.size() <= kMaxPositions) return;
    std::vector<std::pair<base::Timestamp, std::string>> gone;
    for (const auto& [name, position] : positions_.files) {
        if (!listed_.contains(name)) gone.emplace_back(position.seen, name);
    }
    std::sort(gone.begin(), gone.end());
    for (const auto& [seen, name] : gone) {
        if (positions_.files.size() <= kMaxPositions) break;
        positions_.files.erase(name);
        changed_ = true;
    }
    std::erase_if(waiting_since_, [&](const auto& entry) { return !listed_.contains(entry.first); });
}

// Positions follow what is on disk, never the other way round.
Result<> RemotePull::remember() {
    if (!changed_) return {};
    TRY(sink().spool().sync_until(last_seq_));
    TRY(save_remote_positions(place_.folder / "positions.json", positions_));
    changed_ = false;
    unsaved_bytes_ = 0;
    return {};
}

}  // namespace shuwei::collect
