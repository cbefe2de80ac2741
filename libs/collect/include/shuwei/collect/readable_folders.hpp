// Folders below which an input may read files of this machine: what people set up in the web application is kept to those
// that the configuration opens (`input_folders`), what the configuration file sets up may read anywhere. A value.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace shuwei::collect {

class ReadableFolders {
public:
    static ReadableFolders everywhere() { return ReadableFolders(); }
    explicit ReadableFolders(std::vector<std::filesystem::path> folders) : folders_(std::move(folders)) {}

    // As it is written: what stands before its first wildcard. Links are not looked at.
    bool hold_pattern(const std::string& pattern) const;
    // Where it really is, links followed; of what is not there yet, as far as it is. A relative path lies nowhere.
    bool hold_file(const std::filesystem::path& file) const;
    // Where the open file really is: no link can be put in between any more.
    bool hold_open_file(int fd) const;

private:
    ReadableFolders() = default;

    std::optional<std::vector<std::filesystem::path>> folders_;  // none: everywhere
};

}  // namespace shuwei::collect
