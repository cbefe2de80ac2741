#include "shuwei/collect/readable_folders.hpp"

#include <algorithm>
#include <string_view>

namespace shuwei::collect {

namespace {

bool lies_below(std::string_view file, const std::filesystem::path& folder) {
    return file.starts_with((folder.lexically_normal() / "").string());
}

}  // namespace

bool ReadableFolders::hold_pattern(const std::string& pattern) const {
    if (!folders_) return true;
    const auto fixed = std::string_view(pattern).substr(0, pattern.find_first_of("*?["));
    return std::any_of(folders_->begin(), folders_->end(), [&](const auto& folder) { return lies_below(fixed, folder); });
}

bool ReadableFolders::hold_file(const std::filesystem::path& file) const {
    if (!folders_) return true;
    std::error_code error;
    const auto real = std::filesystem::weakly_canonical(file, error);
    if (error || !file.is_absolute()) return false;
    return std::any_of(folders_->begin(), folders_->end(), [&](const auto& folder) {
        const auto real_folder = std::filesystem::weakly_canonical(folder, error);
        return !error && lies_below(real.string(), real_folder);
    });
}

bool ReadableFolders::hold_open_file(int fd) const {
    if (!folders_) return true;
    std::error_code error;
    const auto real = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd), error);
    return !error && hold_file(real);
}

}  // namespace shuwei::collect
