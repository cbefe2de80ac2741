// A folder of its own for each test, and frames with recognisable content.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "shuwei/base/file.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/spool/spool.hpp"

namespace shuwei::spool {

constexpr base::Duration kPatience = 30 * base::kSecond;  // no test waits so long unless it fails

class TemporaryFolder {
public:
    TemporaryFolder() {
        base::log::set_level(base::log::Level::off);  // damage is expected here by the hundred
        std::string pattern = (std::filesystem::temp_directory_path() / "shuwei-spool-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

inline FrameView frame_of(std::string_view payload) {
    FrameView frame;
    frame.received = 1'763'700'000 * base::kSecond;
    frame.true_length = payload.size();
    frame.peer = base::IpAddress::from_v4(0x0a000001);
    frame.peer_port = 50514;
    frame.listener = 1;
    frame.tenant = 1;
    frame.payload = payload;
    return frame;
}

// The line that carries number `number`, `size` bytes long.
inline std::string line_of(uint64_t number, size_t size = 120) {
    std::string line = "<38>Nov 21 10:00:00 fw sshd[1]: line " + std::to_string(number) + ' ';
    line.resize(std::max(size, line.size()), static_cast<char>('a' + number % 26));
    return line;
}

inline base::Result<SeqRange> append_lines(Spool& spool, uint64_t first_number, size_t count, size_t size = 120) {
    std::vector<std::string> lines;
    for (size_t i = 0; i < count; ++i) lines.push_back(line_of(first_number + i, size));
    std::vector<FrameView> frames;
    for (const auto& line : lines) frames.push_back(frame_of(line));
    return spool.append(frames);
}

struct ReadFrame {
    uint64_t seq;
    std::string payload;
};

// All frames that are there now.
inline std::vector<ReadFrame> read_all(Reader& reader) {
    std::vector<ReadFrame> all;
    while (true) {
        const auto frames = reader.next(1000, 1 << 20, 0);
        EXPECT_TRUE(frames) << frames.error().to_string();
        if (!frames || frames->empty()) return all;
        for (const auto& frame : *frames) all.push_back({frame.seq, std::string(frame.payload)});
    }
}

inline std::vector<std::filesystem::path> segments_of(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".spool") paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

inline std::string content_of(const std::filesystem::path& path) { return base::read_file(path).value(); }

inline void overwrite(const std::filesystem::path& path, std::string_view content) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << content;
    ASSERT_TRUE(file.good());
}

}  // namespace shuwei::spool
