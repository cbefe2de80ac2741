#include "shuwei/base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace shuwei::base {

void FileDescriptor::close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<std::string> read_file(const std::filesystem::path& path, size_t limit) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return fail(system_error(errno, "open " + path.string()));
    struct stat status {};
    if (::fstat(file.get(), &status) != 0) return fail(system_error(errno, "stat " + path.string()));
    if (S_ISDIR(status.st_mode)) return fail(ErrorCode::invalid_argument, path.string() + " is a folder, not a file");
    std::string content;
    if (S_ISREG(status.st_mode)) {
        if (static_cast<size_t>(status.st_size) > limit) {
            return fail(ErrorCode::too_large, path.string() + " is larger than " + std::to_string(limit) + " bytes");
        }
        content.reserve(static_cast<size_t>(status.st_size));
    }
    char buffer[65536];
    while (true) {
        const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail(system_error(errno, "read " + path.string()));
        if (got == 0) return content;
        if (content.size() + static_cast<size_t>(got) > limit) {
            return fail(ErrorCode::too_large, path.string() + " is larger than " + std::to_string(limit) + " bytes");
        }
        content.append(buffer, static_cast<size_t>(got));
    }
}

Result<> write_all(int fd, std::string_view data) {
    while (!data.empty()) {
        const ssize_t written = ::write(fd, data.data(), data.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            return fail(system_error(errno, "write"));
        }
        data.remove_prefix(static_cast<size_t>(written));
    }
    return {};
}

Result<> sync_folder(const std::filesystem::path& folder) {
    const FileDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor || ::fsync(descriptor.get()) != 0) return fail(system_error(errno, "sync " + folder.string()));
    return {};
}

Result<> write_file_durably(const std::filesystem::path& path, std::string_view content, unsigned mode) {
    const std::string temporary = path.string() + ".new";
    {
        const FileDescriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
        if (!file) return fail(system_error(errno, "open " + temporary));
        if (auto written = write_all(file.get(), content); !written) {
            ::unlink(temporary.c_str());
            return fail(std::move(written).error().at(temporary));
        }
        if (::fsync(file.get()) != 0) {
            const int number = errno;
            ::unlink(temporary.c_str());
            return fail(system_error(number, "sync " + temporary));
        }
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) return fail(system_error(errno, "rename " + temporary));
    return sync_folder(path.has_parent_path() ? path.parent_path() : ".");
}

std::filesystem::path program_folder() {
    std::error_code error;
    const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
    return error ? std::filesystem::path(".") : path.parent_path();
}

}  // namespace shuwei::base
