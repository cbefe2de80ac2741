// Where a pull has come to in each file of a remote folder, remembered on disk. One owner. Format:
// docs/formats/input-positions.md.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <string>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::collect {

struct RemotePosition {
    uint64_t size = 0;              // as listed when it was last read
    std::string changed;            // likewise
    uint64_t offset = 0;            // of its text (inflated where it is compressed): all before it is in the spool, on disk.
                                    // Of an event log: number of the newest record taken
    uint64_t fingerprint_bytes = 0; // of the text's beginning
    std::string fingerprint;        // their SM3 in hexadecimal; of an event log: of the newest record taken
    std::string end_fingerprint;    // likewise of the last bytes before `offset`, as many as end_bytes()
    bool complete = false;          // nothing of it waits: neither bytes nor an unfinished line
    bool damaged = false;           // could not be read to its end: never removed
    base::Timestamp seen = 0;       // listed last

    uint64_t end_bytes() const;
};

struct RemotePositions {
    std::map<std::string, RemotePosition> files;  // by name
    std::deque<RemotePosition> former;            // of files whose names other files bear now: they may be met again
};

// Nothing there is no positions; data_corrupt when the file cannot be understood.
base::Result<RemotePositions> load_remote_positions(const std::filesystem::path& file);
base::Result<> save_remote_positions(const std::filesystem::path& file, const RemotePositions& positions);

}  // namespace shuwei::collect
