#include "configuration.hpp"

#include <yaml-cpp/yaml.h>

#include <functional>
#include <map>

#include "shuwei/base/file.hpp"

namespace shuwei::app {
namespace {

using base::ErrorCode;
using base::fail;
using base::Result;
using Keys = std::map<std::string, std::function<void(const YAML::Node&)>, std::less<>>;

Result<> wrong(const YAML::Mark& mark, const std::string& what) {
    base::Error error(ErrorCode::invalid_argument, what);
    return fail(mark.is_null() ? std::move(error) : std::move(error).at("line " + std::to_string(mark.line + 1)));
}

// Every key of the map must be known; a reader's conversion failure becomes an error at its line.
Result<> read_map(const YAML::Node& node, const Keys& keys) {
    if (!node.IsMap()) return wrong(node.Mark(), "expected keys and values");
    for (const auto& entry : node) {
        const auto name = entry.first.as<std::string>("");
        const auto reader = keys.find(name);
        if (reader == keys.end()) return wrong(entry.first.Mark(), "unknown key '" + name + "'");
        try {
            reader->second(entry.second);
        } catch (const YAML::Exception& exception) {
            return wrong(exception.mark.is_null() ? entry.second.Mark() : exception.mark,
                         "'" + name + "': " + exception.msg);
        }
    }
    return {};
}

template <typename T>
std::function<void(const YAML::Node&)> into(T& target) {
    return [&target](const YAML::Node& node) { target = node.as<T>(); };
}

std::function<void(const YAML::Node&)> into_paths(std::vector<std::filesystem::path>& target) {
    return [&target](const YAML::Node& node) {
        for (const auto& path : node.as<std::vector<std::string>>()) target.emplace_back(path);
    };
}

template <typename Input, typename MakeKeys>
Result<> read_inputs(const YAML::Node& list, std::vector<Input>& inputs, MakeKeys make_keys) {
    if (!list) return {};
    if (!list.IsSequence()) return wrong(list.Mark(), "expected a list");
    inputs.clear();
    for (const auto& item : list) {
        Input& input = inputs.emplace_back();
        TRY(read_map(item, make_keys(input)));
    }
    return {};
}

Result<> read_root(const YAML::Node& root, Configuration& into_configuration) {
    Configuration& c = into_configuration;
    std::string data;
    const auto later = [](const YAML::Node&) {};
    TRY(read_map(root, Keys{{"http", into(c.http)},
                            {"push", into(c.push)},
                            {"syslog", later},
                            {"files", later},
                            {"rules", into_paths(c.rules)},
                            {"packs", into_paths(c.packs)},
                            {"trusted_relays", into(c.trusted_relays)},
                            {"workers", into(c.workers)},
                            {"spool_bytes", into(c.spool_bytes)},
                            {"store_memory_bytes", into(c.store_memory_bytes)},
                            {"retention_days", into(c.retention_days)}}));
    TRY(read_inputs(root["syslog"], c.syslog, [](SyslogInput& input) {
        return Keys{{"address", into(input.address)}, {"tenant", into(input.tenant)},
                    {"zone", into(input.zone)}, {"charset", into(input.charset)}};
    }));
    TRY(read_inputs(root["files"], c.files, [](FileInput& input) {
        return Keys{{"path", into(input.path)}, {"tenant", into(input.tenant)},
                    {"zone", into(input.zone)}, {"charset", into(input.charset)}};
    }));
    if (c.workers > 64) return wrong(root["workers"].Mark(), "'workers': at most 64");
    if (c.retention_days < 180) {
        return wrong(root["retention_days"].Mark(), "'retention_days': logs are kept 180 days at least");
    }
    return {};
}

}  // namespace

Result<> read_configuration(const std::filesystem::path& file, Configuration& configuration) {
    TRY_ASSIGN(const std::string text, base::read_file(file, 1 << 20));
    try {
        const YAML::Node root = YAML::Load(text);
        if (root.IsNull()) return {};
        if (auto read = read_root(root, configuration); !read) return fail(std::move(read).error().at(file.string()));
        return {};
    } catch (const YAML::Exception& exception) {
        return fail(base::Error(ErrorCode::invalid_argument, exception.msg)
                        .at("line " + std::to_string(exception.mark.line + 1))
                        .at(file.string()));
    }
}

}  // namespace shuwei::app
