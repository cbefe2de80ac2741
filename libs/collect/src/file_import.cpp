#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <span>

#include "event_log_take.hpp"
#include "line.hpp"
#include "listener_counters.hpp"
#include "patient_append.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/collect/file_input.hpp"
#include "shuwei/evtx/evtx_file.hpp"
#include "stream_framer.hpp"

namespace shuwei::collect {

using base::ErrorCode;
using base::Result;

namespace {

constexpr size_t kReadBytes = 1 << 20;

// A file as it lies there, or inflated.
class Source {
public:
    static Result<Source> open(const std::filesystem::path& path, base::FileDescriptor fd) {
        Source source;
        source.path_ = path;
        if (path.extension() == ".gz") {
            source.inflated_.reset(::gzdopen(fd.get(), "rb"));
            if (!source.inflated_) return base::fail(ErrorCode::io, "open " + path.string());
            fd.release();
            ::gzbuffer(source.inflated_.get(), 1 << 18);
        }
        source.fd_ = std::move(fd);
        return source;
    }

    // 0 at the end.
    Result<size_t> read(std::span<char> out) {
        if (inflated_) {
            const int got = ::gzread(inflated_.get(), out.data(), static_cast<unsigned>(std::min<size_t>(out.size(), 1 << 30)));
            int status = Z_OK;
            const char* const text = ::gzerror(inflated_.get(), &status);
            if (got < 0 || (got == 0 && status != Z_OK && status != Z_STREAM_END)) {
                return base::fail(ErrorCode::data_corrupt, path_.string() + ": " + text);
            }
            return static_cast<size_t>(got);
        }
        while (true) {
            const ssize_t got = ::read(fd_.get(), out.data(), out.size());
            if (got >= 0) return static_cast<size_t>(got);
            if (errno != EINTR) return base::fail(base::system_error(errno, "read " + path_.string()));
        }
    }

private:
    struct CloseInflated {
        void operator()(gzFile file) const { ::gzclose(file); }
    };
    std::filesystem::path path_;
    base::FileDescriptor fd_;
    std::unique_ptr<gzFile_s, CloseInflated> inflated_;
};

// The frames of one file on their way to the spool.
class Import {
public:
    Import(const FileImportOptions& options, FrameSink& sink, base::Duration patience)
        : options_(options), sink_(sink), patience_(patience), counters_(sink.counters(options.listener.name)),
          name_((options.source.empty() ? options.file.string() : options.source).substr(0, spool::kMaxFrameSource)) {}

    // The payload must stay where it is until flush().
    void add(spool::FrameView frame) {
        if (base::trim(frame.payload).empty()) return;
        frame.received = sink_.now();
        frame.listener = options_.listener.number;
        frame.tenant = options_.listener.tenant;
        frame.kind = kind_of_line(frame.payload);
        frame.source = name_;
        frame.pack = options_.pack;
        frames_.push_back(frame);
    }

    bool empty() const { return frames_.empty(); }

    Result<> flush() {
        if (frames_.empty()) return {};
        auto range = append_patiently(sink_, counters_, frames_, never_, patience_);
        if (!range) {
            return base::fail(base::Error(range.error()).at("after line " + std::to_string(receipt.lines)).at(options_.file.string()));
        }
        if (receipt.lines == 0) receipt.seqs.first = range->first;
        receipt.seqs.last = range->last;
        receipt.lines += range->size();
        frames_.clear();
        return {};
    }

    FileImportReceipt receipt;

private:
    const FileImportOptions& options_;
    FrameSink& sink_;
    base::Duration patience_;
    ListenerCounters& counters_;
    StopSignal never_;
    std::string name_;
    std::vector<spool::FrameView> frames_;
};

Result<> import_lines(Source& source, Import& import) {
    StreamFramer framer(StreamFraming::lines);
    const auto flush = [&]() -> Result<> {
        TRY(import.flush());
        framer.release();
        return {};
    };
    while (true) {
        TRY_ASSIGN(const size_t got, source.read(framer.room(kReadBytes)));
        framer.commit(got);
        do {  // behind a line that was cut there may be more
            while (const auto frame = framer.next()) import.add(*frame);
            if (import.empty()) break;
            TRY(flush());
        } while (true);
        framer.release();
        if (got > 0) continue;
        if (const auto last = framer.finish()) {
            spool::FrameView whole = *last;
            whole.flags &= static_cast<uint8_t>(~spool::kFrameUnterminated);  // the end of a file ends its last line
            import.add(whole);
        }
        return flush();
    }
}

Result<> import_event_log(int fd, const FileImportOptions& options, Import& import) {
    const auto spool = [&](std::span<spool::FrameView> frames) {
        for (const spool::FrameView& frame : frames) import.add(frame);
        return import.flush();
    };
    TRY_ASSIGN(const EventLogTaken taken, take_event_log(fd, options.file.string(), {}, spool));
    import.receipt.broken = taken.broken;
    return {};
}

}  // namespace

Result<FileImportReceipt> import_file(const FileImportOptions& options, FrameSink& sink, base::Duration patience) {
    if (options.pack.size() > spool::kMaxFramePack) return base::fail(ErrorCode::invalid_argument, "the pack's name is too long");
    base::FileDescriptor fd(::open(options.file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return base::fail(base::system_error(errno, "open " + options.file.string()));
    Import import(options, sink, patience);
    if (evtx::is_evtx(fd.get())) {
        TRY(import_event_log(fd.get(), options, import));
    } else {
        TRY_ASSIGN(Source source, Source::open(options.file, std::move(fd)));
        TRY(import_lines(source, import));
    }
    TRY(sink.spool().sync_until(import.receipt.seqs.last));
    return import.receipt;
}

}  // namespace shuwei::collect
