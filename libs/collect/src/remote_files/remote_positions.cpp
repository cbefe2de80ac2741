#include "remote_positions.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "../tail_positions.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::collect {

using nlohmann::json;

namespace {

RemotePosition position_of(const json& item) {
    return {item.at("size"), item.at("changed"), item.at("offset"), item.at("fingerprint_bytes"), item.at("fingerprint"),
            item.at("end_fingerprint"), item.at("complete"), item.at("damaged"), item.at("seen")};
}

json json_of(const RemotePosition& position) {
    return {{"size", position.size},
            {"changed", position.changed},
            {"offset", position.offset},
            {"fingerprint_bytes", position.fingerprint_bytes},
            {"fingerprint", position.fingerprint},
            {"end_fingerprint", position.end_fingerprint},
            {"complete", position.complete},
            {"damaged", position.damaged},
            {"seen", position.seen}};
}

}  // namespace

uint64_t RemotePosition::end_bytes() const { return std::min<uint64_t>(offset, kFingerprintBytes); }

base::Result<RemotePositions> load_remote_positions(const std::filesystem::path& file) {
    auto text = base::read_file(file, 256 << 20);
    if (!text && text.error().code() == base::ErrorCode::not_found) return RemotePositions();
    if (!text) return base::fail(std::move(text).error());
    RemotePositions positions;
    try {
        const json document = json::parse(*text);
        if (document.at("version") != 1) return base::fail(base::ErrorCode::data_corrupt, file.string() + ": unknown version");
        for (const json& item : document.at("files")) {
            std::string name = item.at("name");
            if (item.contains("name_base64")) name = base::base64_decode(item.at("name_base64").get<std::string>()).value_or(name);
            positions.files[name] = position_of(item);
        }
        for (const json& item : document.at("former")) positions.former.push_back(position_of(item));
    } catch (const json::exception& error) {
        return base::fail(base::ErrorCode::data_corrupt, file.string() + ": " + error.what());
    }
    return positions;
}

base::Result<> save_remote_positions(const std::filesystem::path& file, const RemotePositions& positions) {
    json files = json::array();
    for (const auto& [name, position] : positions.files) {
        json item = json_of(position);
        item["name"] = name;
        if (!base::is_valid_utf8(name)) item["name_base64"] = base::base64_encode(name);
        files.push_back(std::move(item));
    }
    json former = json::array();
    for (const RemotePosition& position : positions.former) former.push_back(json_of(position));
    const json document = {{"version", 1}, {"files", std::move(files)}, {"former", std::move(former)}};
    return base::write_file_durably(file, document.dump(1, ' ', false, json::error_handler_t::replace) + '\n', 0600);
}

}  // namespace shuwei::collect
