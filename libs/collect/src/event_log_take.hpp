// Takes the records of a Windows event log that were not taken before. A log is known by its newest record taken: where a
// file holds that very record, it is the same log, grown, copied or renamed, and only what came after it is new. Reads
// the file twice; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "shuwei/base/result.hpp"
#include "shuwei/spool/frame.hpp"

namespace shuwei::collect {

struct EventLogMark {
    uint64_t record = 0;  // its number; 0: none yet
    std::string digest;   // SM3 of it as JSON, in hexadecimal
};

struct EventLogTaken {
    uint64_t records = 0;
    uint64_t broken = 0;  // places that could not be read; the first are in the program's log
    EventLogMark newest;  // of what was given to `spool`, or the mark that was met when nothing is new
};

// `spool` gets the records as frames with payload, true_length, flags and sm3, valid in the call; its error ends it.
// `file` is for messages.
using SpoolRecords = std::function<base::Result<>(std::span<spool::FrameView> frames)>;
base::Result<EventLogTaken> take_event_log(int fd, const std::string& file, std::span<const EventLogMark> known, const SpoolRecords& spool);

}  // namespace shuwei::collect
