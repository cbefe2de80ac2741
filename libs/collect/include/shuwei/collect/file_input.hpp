// Files as inputs: import once, or follow as they grow. A frame a line, without its line end.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/collect/frame_sink.hpp"
#include "shuwei/collect/readable_folders.hpp"

namespace shuwei::collect {

struct FileImportOptions {
    Listener listener;
    std::filesystem::path file;  // a ".gz" is inflated; a Windows event log (EVTX) is known by its content
    std::string source;          // name the frames carry; empty = the file's path
    std::string pack;
};

struct FileImportReceipt {
    uint64_t lines = 0;   // blank ones are passed over; of an event log its records, each as JSON in one line
    uint64_t broken = 0;  // places of an event log that could not be read; the first are in the program's log
    spool::SeqRange seqs;
};

// Spools a whole file and returns once it is on disk. Waits while the spool is full, up to `patience` without progress,
// then resource_exhausted; what was spooled until then stays (the receipt's place is in the message).
base::Result<FileImportReceipt> import_file(const FileImportOptions& options, FrameSink& sink,
                                            base::Duration patience = 60 * base::kSecond);

// How lines of a file become records.
enum class RecordLines : uint8_t {
    single,     // a line is a record
    indented,   // lines that begin with white space go on with the record before
    beginning,  // a record begins at a line in which an expression is found; what comes before the next goes with it
};

struct FileTailOptions {
    Listener listener;
    ReadableFolders readable = ReadableFolders::everywhere();  // files elsewhere are passed over, whatever links say
    std::vector<std::string> patterns;     // absolute globs: "/var/log/nginx/*.log"; * and ? and [] in any part
    std::filesystem::path positions_file;  // remembers inode, offset and a fingerprint of each file over restarts
    std::string source;                    // name the frames carry; empty = the file's path
    std::string pack;
    RecordLines records = RecordLines::single;
    std::string record_beginning;          // the expression (PCRE2)
    base::Duration record_wait = 2 * base::kSecond;  // a record is over when its file has not grown for so long
    bool from_start = true;                // where to begin in files seen for the first time at the first start ever
    base::Duration poll_interval = 250 * base::kMillisecond;
    base::Duration unterminated_after = 5 * base::kSecond;  // a last line without its end is taken when the file was
                                                            // rotated away, or has not grown for so long at stop()
};

// Windows event logs (".evtx") are taken once they have not changed for a moment, and then what is new in them.
// Follows files over rename-and-create and copy-and-truncate rotation. A position is remembered only after the lines
// before it are on disk: after a crash lines may come twice (those of the last moments), never be missing. Owns its
// thread; stop() is idempotent.
class FileTail {
public:
    // Reads the positions file; one that is damaged is reported and treated as missing. invalid_argument: a pattern that is
    // no absolute path, an expression that is not sound.
    static base::Result<std::unique_ptr<FileTail>> start(FileTailOptions options, FrameSink& sink);
    ~FileTail();
    FileTail(const FileTail&) = delete;
    FileTail& operator=(const FileTail&) = delete;
    void stop();

    size_t files() const;  // followed now

private:
    struct State;
    explicit FileTail(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::collect
