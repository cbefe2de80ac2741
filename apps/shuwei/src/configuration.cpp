#include "configuration.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
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

// A setting is a scalar, or a list of them: its lines. `name_file` stands for the content of a file.
Result<> read_settings(const YAML::Node& node, std::map<std::string, std::string, std::less<>>& settings) {
    if (!node.IsMap()) return wrong(node.Mark(), "'settings': expected keys and values");
    for (const auto& entry : node) {
        auto name = entry.first.as<std::string>("");
        std::string text;
        if (entry.second.IsSequence()) {
            for (const auto& item : entry.second) text.append(text.empty() ? "" : "\n").append(item.as<std::string>());
        } else if (entry.second.IsScalar()) {
            text = entry.second.as<std::string>();
        } else {
            return wrong(entry.second.Mark(), "'" + name + "': expected a value or a list of values");
        }
        if (name.ends_with("_file")) {
            auto content = base::read_file(text, 1 << 20);
            if (!content) return fail(std::move(content).error().at("line " + std::to_string(entry.second.Mark().line + 1)));
            text = std::move(*content);
            while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();  // an editor's, no password's
            name.resize(name.size() - std::string_view("_file").size());
        }
        settings[name] = std::move(text);
    }
    return {};
}

// One list of inputs. `settings` keys stand beside the common ones in the short forms.
Result<> read_inputs(const YAML::Node& list, const std::string& kind, const std::string& setting, const std::string& name,
                     std::vector<ConfiguredInput>& inputs) {
    if (!list.IsSequence()) return wrong(list.Mark(), "expected a list");
    size_t number = 0;
    for (const auto& item : list) {
        ++number;
        ConfiguredInput input;
        input.kind = kind;
        if (!name.empty()) input.name = kind == "syslog" && number == 1 ? name : name + "-" + std::to_string(number);
        Keys keys{{"tenant", into(input.tenant)}, {"zone", into(input.zone)}, {"charset", into(input.charset)}};
        YAML::Node settings;
        if (setting.empty()) {
            keys.insert({{"name", into(input.name)},
                         {"kind", into(input.kind)},
                         {"pack", into(input.pack)},
                         {"settings", [&](const YAML::Node& node) { settings.reset(node); }}});
        } else {
            keys.insert({{kind == "syslog" ? "address" : "path", into(input.settings[setting])}});
        }
        TRY(read_map(item, keys));
        if (settings.IsDefined() && !settings.IsNull()) TRY(read_settings(settings, input.settings));
        if (input.name.empty()) return wrong(item.Mark(), "an input needs a 'name'");
        if (input.kind.empty()) return wrong(item.Mark(), "an input needs a 'kind'");
        inputs.push_back(std::move(input));
    }
    return {};
}

Result<> read_targets(const YAML::Node& list, std::vector<ConfiguredTarget>& targets) {
    if (!list.IsSequence()) return wrong(list.Mark(), "expected a list");
    targets.clear();
    for (const auto& item : list) {
        ConfiguredTarget& target = targets.emplace_back();
        forward::TargetSettings& settings = target.settings;
        std::string kind = "syslog_tcp";
        std::string format = "raw";
        bool verify = true;
        std::string password_file, key_file, ca_file, certificate_file;
        TRY(read_map(item, Keys{{"name", into(settings.name)},
                                {"tenant", into(target.tenant)},
                                {"kind", into(kind)},
                                {"format", into(format)},
                                {"address", into(settings.address)},
                                {"topic", into(settings.topic)},
                                {"filter", into(settings.filter)},
                                {"user", into(settings.user)},
                                {"mechanism", into(settings.mechanism)},
                                {"tls", into(settings.tls)},
                                {"verify", into(verify)},
                                {"password_file", into(password_file)},
                                {"key_file", into(key_file)},
                                {"ca_file", into(ca_file)},
                                {"certificate_file", into(certificate_file)}}));
        const auto known_kind = forward::target_kind_from(kind);
        if (!known_kind) return wrong(item.Mark(), "'kind': syslog_udp, syslog_tcp, syslog_tls, http, kafka or nats");
        const auto known_format = forward::format_from(format);
        if (!known_format) return wrong(item.Mark(), "'format': raw, json or cef");
        settings.kind = *known_kind;
        settings.format = *known_format;
        settings.verification = verify ? forward::Verification::peer : forward::Verification::none;
        for (const auto& [file, text] : {std::pair(&password_file, &target.secrets.password), {&key_file, &target.secrets.key},
                                         {&ca_file, &settings.authorities}, {&certificate_file, &settings.certificate}}) {
            if (file->empty()) continue;
            TRY_ASSIGN(*text, base::read_file(*file, 1 << 20));
        }
        while (target.secrets.password.ends_with('\n')) target.secrets.password.pop_back();
    }
    return {};
}

Result<> read_root(const YAML::Node& root, Configuration& into_configuration) {
    Configuration& c = into_configuration;
    std::string data;
    const auto later = [](const YAML::Node&) {};
    c.input_folders.clear();
    TRY(read_map(root, Keys{{"http", into(c.http)},
                            {"push", into(c.push)},
                            {"syslog", later},
                            {"files", later},
                            {"inputs", later},
                            {"forward", later},
                            {"input_folders", into_paths(c.input_folders)},
                            {"rules", into_paths(c.rules)},
                            {"packs", into_paths(c.packs)},
                            {"trusted_relays", into(c.trusted_relays)},
                            {"workers", into(c.workers)},
                            {"spool_bytes", into(c.spool_bytes)},
                            {"store_memory_bytes", into(c.store_memory_bytes)},
                            {"retention_days", into(c.retention_days)},
                            {"archive", later},
                            {"timestamp_authority", later}}));
    if (root["archive"]) {
        std::string path;
        TRY(read_map(root["archive"], Keys{{"path", into(path)}, {"after_days", into(c.archive_after_days)}}));
        c.archive = path;
        if (!c.archive.is_absolute()) return wrong(root["archive"].Mark(), "'archive': needs an absolute 'path'");
        if (c.archive_after_days == 0) return wrong(root["archive"].Mark(), "'archive': 'after_days' is at least 1");
    }
    if (root["timestamp_authority"]) {
        TRY(read_map(root["timestamp_authority"], Keys{{"url", into(c.time_stamping.authority)}, {"certificates", into(c.time_stamping.certificates)}}));
        if (!c.time_stamping.authority.starts_with("http")) return wrong(root["timestamp_authority"].Mark(), "'timestamp_authority': needs a 'url', http or https");
    }
    if (!root["input_folders"]) c.input_folders = Configuration{}.input_folders;
    if (root["syslog"]) {
        c.inputs.clear();
        TRY(read_inputs(root["syslog"], "syslog", "address", "syslog", c.inputs));
    }
    if (root["files"]) TRY(read_inputs(root["files"], "file", "paths", "file", c.inputs));
    if (root["inputs"]) TRY(read_inputs(root["inputs"], "", "", "", c.inputs));
    if (root["forward"]) TRY(read_targets(root["forward"], c.forward));
    if (c.workers > 64) return wrong(root["workers"].Mark(), "'workers': at most 64");
    if (c.retention_days < 180) {
        return wrong(root["retention_days"].Mark(), "'retention_days': logs are kept 180 days at least");
    }
    return {};
}

}  // namespace

ConfiguredInput syslog_input(std::string name, std::string address) {
    ConfiguredInput input;
    input.name = std::move(name);
    input.kind = "syslog";
    input.settings["address"] = std::move(address);
    return input;
}

void replace_syslog(Configuration& configuration, const std::vector<std::string>& addresses) {
    auto& inputs = configuration.inputs;
    const auto is_syslog = [](const ConfiguredInput& input) { return input.kind == "syslog"; };
    const auto first = std::find_if(inputs.begin(), inputs.end(), is_syslog);
    const ConfiguredInput like = first == inputs.end() ? syslog_input("syslog", "") : *first;
    std::erase_if(inputs, is_syslog);
    for (size_t i = 0; i < addresses.size(); ++i) {
        ConfiguredInput& input = inputs.emplace_back(like);
        if (i > 0) input.name += "-" + std::to_string(i + 1);
        input.settings["address"] = addresses[i];
    }
}

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
