// Reads the listing of a folder as FTP and SFTP servers print it: lines of `ls -l` (month names or ISO dates) and of
// Windows (IIS). Only plain files with a usable name and size come out; everything else is passed over. Pure function.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shuwei::collect {

struct RemoteFile {
    std::string name;     // bytes as the server sends them; no '/', no control characters
    uint64_t size = 0;
    std::string changed;  // time as listed, for comparing only: its precision and zone are the server's
};

std::optional<RemoteFile> parse_listing_line(std::string_view line);

}  // namespace shuwei::collect
