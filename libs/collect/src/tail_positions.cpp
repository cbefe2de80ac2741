#include "tail_positions.hpp"

#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

#include "shuwei/base/file.hpp"
#include "shuwei/crypto/digest.hpp"

namespace shuwei::collect {

using nlohmann::json;

base::Result<std::vector<TailPosition>> load_positions(const std::filesystem::path& file) {
    auto text = base::read_file(file, 64 << 20);
    if (!text && text.error().code() == base::ErrorCode::not_found) return std::vector<TailPosition>();
    if (!text) return base::fail(std::move(text).error());
    std::vector<TailPosition> positions;
    try {
        const json document = json::parse(*text);
        if (document.at("version") != 1) return base::fail(base::ErrorCode::data_corrupt, file.string() + ": unknown version");
        for (const json& item : document.at("files")) {
            positions.push_back({item.at("path"), item.at("device"), item.at("inode"), item.at("offset"),
                                 item.at("fingerprint_bytes"), item.at("fingerprint"), item.value("event_log", false)});
        }
    } catch (const json::exception& error) {
        return base::fail(base::ErrorCode::data_corrupt, file.string() + ": " + error.what());
    }
    return positions;
}

base::Result<> save_positions(const std::filesystem::path& file, const std::vector<TailPosition>& positions) {
    json files = json::array();
    for (const TailPosition& position : positions) {
        files.push_back({{"path", position.path},
                         {"device", position.device},
                         {"inode", position.inode},
                         {"offset", position.offset},
                         {"fingerprint_bytes", position.fingerprint_bytes},
                         {"fingerprint", position.fingerprint},
                         {"event_log", position.event_log}});
    }
    const json document = {{"version", 1}, {"files", std::move(files)}};
    return base::write_file_durably(file, document.dump(1, ' ', false, json::error_handler_t::replace) + '\n', 0600);
}

std::string fingerprint_of(int fd, uint64_t bytes, uint64_t offset) {
    std::array<char, kFingerprintBytes> beginning;
    if (bytes > beginning.size()) return {};
    size_t have = 0;
    while (have < bytes) {
        const ssize_t got = ::pread(fd, beginning.data() + have, bytes - have, static_cast<off_t>(offset + have));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return {};
        have += static_cast<size_t>(got);
    }
    return crypto::to_hex(crypto::sm3({beginning.data(), have}));
}

}  // namespace shuwei::collect
