// Files and descriptors: RAII ownership, whole-file reads with a limit, durable writes. Free functions are
// thread-safe; a FileDescriptor has one owner.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "shuwei/base/result.hpp"

namespace shuwei::base {

class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int fd) : fd_(fd) {}
    FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        if (this != &other) {
            close();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    ~FileDescriptor() { close(); }

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    int release() { return std::exchange(fd_, -1); }
    void close();

private:
    int fd_ = -1;
};

// The whole file, refused with too_large beyond `limit` bytes.
Result<std::string> read_file(const std::filesystem::path& path, size_t limit = size_t{1} << 30);

// Writes a temporary file beside `path`, fsyncs it, renames it over `path` and fsyncs the folder: after a crash the
// file is either the old one or the new one. `mode` is the permission of the new file.
Result<> write_file_durably(const std::filesystem::path& path, std::string_view content, unsigned mode = 0644);

// Writes all of `data`, going on after short writes and EINTR.
Result<> write_all(int fd, std::string_view data);

Result<> sync_folder(const std::filesystem::path& folder);

// The folder of the running program, from /proc/self/exe.
std::filesystem::path program_folder();

}  // namespace shuwei::base
