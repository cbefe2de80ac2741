// Where a tail has come to in each file, remembered on disk. One owner.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "shuwei/base/result.hpp"

namespace shuwei::collect {

// A file is known by its number and by its beginning: numbers are reused, and copies have the same beginning.
struct TailPosition {
    std::string path;  // as last seen; for people
    uint64_t device = 0;
    uint64_t inode = 0;
    uint64_t offset = 0;             // everything before it is in the spool, on disk
    uint64_t fingerprint_bytes = 0;  // of the file's beginning
    std::string fingerprint;         // their SM3 in hexadecimal
    bool event_log = false;          // then offset is the number of the newest record taken, fingerprint that record's
};

constexpr size_t kFingerprintBytes = 256;

// Nothing there is an empty list; data_corrupt when the file cannot be understood.
base::Result<std::vector<TailPosition>> load_positions(const std::filesystem::path& file);
base::Result<> save_positions(const std::filesystem::path& file, const std::vector<TailPosition>& positions);

// SM3 of `bytes` (at most kFingerprintBytes) bytes at `offset`; empty when the file is shorter.
std::string fingerprint_of(int fd, uint64_t bytes, uint64_t offset = 0);

}  // namespace shuwei::collect
