#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <span>

#include "line.hpp"
#include "listener_counters.hpp"
#include "patient_append.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/collect/file_input.hpp"
#include "stream_framer.hpp"

namespace shuwei::collect {

using base::ErrorCode;
using base::Result;

namespace {

constexpr size_t kReadBytes = 1 << 20;

// A file as it lies there, or inflated.
class Source {
public:
    static Result<Source> open(const std::filesystem::path& path) {
        base::FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!fd) return base::fail(base::system_error(errno, "open " + path.string()));
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

}  // namespace

Result<FileImportReceipt> import_file(const FileImportOptions& options, FrameSink& sink, base::Duration patience) {
    TRY_ASSIGN(Source source, Source::open(options.file));
    ListenerCounters& counters = sink.counters(options.listener.name);
    const StopSignal never;
    const std::string name = (options.source.empty() ? options.file.string() : options.source).substr(0, spool::kMaxFrameSource);
    if (options.pack.size() > spool::kMaxFramePack) return base::fail(ErrorCode::invalid_argument, "the pack's name is too long");
    StreamFramer framer(StreamFraming::lines);
    FileImportReceipt receipt;
    std::vector<spool::FrameView> frames;
    const auto add = [&](spool::FrameView frame) {
        if (base::trim(frame.payload).empty()) return;
        frame.received = sink.now();
        frame.listener = options.listener.number;
        frame.tenant = options.listener.tenant;
        frame.kind = kind_of_line(frame.payload);
        frame.source = name;
        frame.pack = options.pack;
        frames.push_back(frame);
    };
    const auto flush = [&]() -> Result<> {
        if (!frames.empty()) {
            auto range = append_patiently(sink, counters, frames, never, patience);
            if (!range) {
                return base::fail(base::Error(range.error()).at("after line " + std::to_string(receipt.lines)).at(options.file.string()));
            }
            if (receipt.lines == 0) receipt.seqs.first = range->first;
            receipt.seqs.last = range->last;
            receipt.lines += range->size();
        }
        frames.clear();
        framer.release();
        return {};
    };
    while (true) {
        TRY_ASSIGN(const size_t got, source.read(framer.room(kReadBytes)));
        framer.commit(got);
        do {  // behind a line that was cut there may be more
            while (const auto frame = framer.next()) add(*frame);
            if (frames.empty()) break;
            TRY(flush());
        } while (true);
        framer.release();
        if (got > 0) continue;
        if (const auto last = framer.finish()) {
            spool::FrameView whole = *last;
            whole.flags &= static_cast<uint8_t>(~spool::kFrameUnterminated);  // the end of a file ends its last line
            add(whole);
        }
        TRY(flush());
        break;
    }
    TRY(sink.spool().sync_until(receipt.seqs.last));
    return receipt;
}

}  // namespace shuwei::collect
