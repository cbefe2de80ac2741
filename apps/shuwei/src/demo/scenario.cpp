#include "demo/scenario.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "shuwei/base/file.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::demo {

namespace {

using base::ErrorCode;
using base::Result;

std::string line_of(const YAML::Node& node) { return fmt::format("line {}", node.Mark().line + 1); }

tl::unexpected<base::Error> wrong(const YAML::Node& node, std::string message) {
    return base::fail(base::Error(ErrorCode::invalid_argument, std::move(message)).at(line_of(node)));
}

// The text of a scalar member, or `fallback` when it is absent.
std::string text_of(const YAML::Node& node, const char* key, std::string fallback = {}) {
    const YAML::Node member = node[key];
    return member && member.IsScalar() ? member.Scalar() : std::move(fallback);
}

// "500ms", "3s", "10m", "1h".
Result<base::Duration> duration_of(const YAML::Node& node, const char* key) {
    const std::string text = text_of(node, key, "0s");
    const size_t unit_at = text.find_first_not_of("0123456789");
    const auto number = base::parse_uint(std::string_view(text).substr(0, unit_at));
    const std::string unit = unit_at == std::string::npos ? "" : text.substr(unit_at);
    if (!number || *number > 1'000'000) return wrong(node, fmt::format("'{}' is no duration such as 500ms, 3s, 10m", text));
    const base::Duration n = static_cast<base::Duration>(*number);
    if (unit == "ms") return n * base::kMillisecond;
    if (unit == "s") return n * base::kSecond;
    if (unit == "m") return n * base::kMinute;
    if (unit == "h") return n * base::kHour;
    return wrong(node, fmt::format("'{}' is no duration such as 500ms, 3s, 10m", text));
}

Result<uint64_t> number_of(const YAML::Node& node, const char* key, uint64_t fallback) {
    if (!node[key]) return fallback;
    const auto number = base::parse_uint(text_of(node, key));
    if (!number || *number == 0 || *number > 1'000'000) return wrong(node[key], fmt::format("'{}' is no number from 1 to 1000000", key));
    return *number;
}

Result<TextTemplate> template_of(const YAML::Node& node, std::string_view text, TemplateScope& scope) {
    auto compiled = TextTemplate::compile(text, scope);
    if (!compiled) return base::fail(std::move(compiled.error()).at(line_of(node)));
    return compiled;
}

Result<Input> input_of(const YAML::Node& node) {
    const std::string text = text_of(node, "input");
    for (const Input input : {Input::syslog_udp, Input::syslog_tcp, Input::http}) {
        if (text == to_string(input)) return input;
    }
    return wrong(node, "'input' is none of syslog_udp, syslog_tcp, http");
}

// An entry is a text, or a map of `text` and `weight`.
struct Weighted {
    std::string text;
    uint64_t weight = 1;
};
Result<Weighted> weighted_of(const YAML::Node& node) {
    Weighted entry;
    if (node.IsScalar()) {
        entry.text = node.Scalar();
    } else if (node.IsMap() && node["text"]) {
        entry.text = text_of(node, "text");
        TRY_ASSIGN(entry.weight, number_of(node, "weight", 1));
    } else {
        return wrong(node, "expected a text, or a map with 'text' and 'weight'");
    }
    return entry;
}

class Loader {
public:
    Loader() { scope_.time_formats = &time_formats_; }

    Result<> load_pools(const YAML::Node& root) {
        if (const auto zone = root["zone_offset_hours"]; zone) {
            scope_.zone_offset_seconds = zone.as<int>() * 3600;
        }
        for (const auto& member : root["pools"]) TRY(load_pool(member.first.Scalar(), member.second));
        return {};
    }

    Result<> load_devices(const YAML::Node& root) {
        for (const auto& node : root["devices"]) TRY(load_device(node));
        return {};
    }

    Result<> load_stories(const YAML::Node& root) {
        for (const auto& node : root["stories"]) TRY(load_story(node));
        return {};
    }

    Scenario take() { return std::move(scenario_); }

private:
    Result<> load_pool(const std::string& name, const YAML::Node& node) {
        auto pool = std::make_shared<Pool>();
        if (!node.IsSequence() || node.size() == 0) return wrong(node, fmt::format("pool '{}' is no list", name));
        uint64_t sum = 0;
        bool equal = true;
        for (const auto& entry : node) {
            TRY_ASSIGN(Weighted weighted, weighted_of(entry));
            TRY_ASSIGN(auto text, template_of(entry, weighted.text, scope_));
            pool->entries.push_back(std::move(text));
            pool->up_to.push_back(sum += weighted.weight);
            equal = equal && weighted.weight == 1;
        }
        if (equal) pool->up_to.clear();
        scope_.pools[name] = std::move(pool);
        return {};
    }

    Result<> load_device(const YAML::Node& node) {
        Device device;
        device.name = text_of(node, "name");
        device.pack = text_of(node, "pack");
        device.peer = text_of(node, "peer");
        device.source = text_of(node, "source", device.name);
        if (device.name.empty()) return wrong(node, "a device without 'name'");
        TRY_ASSIGN(device.input, input_of(node));
        TRY_ASSIGN(device.weight, number_of(node, "weight", 1));
        TemplateScope scope = scope_;
        const std::string header = text_of(node, "header");
        uint64_t sum = 0;
        for (const auto& entry : node["lines"]) {
            TRY_ASSIGN(Weighted weighted, weighted_of(entry));
            TRY_ASSIGN(auto text, template_of(entry, header + weighted.text, scope));
            device.lines.push_back({std::move(text), sum += weighted.weight});
        }
        if (device.lines.empty()) return wrong(node, fmt::format("device '{}' has no lines", device.name));
        device.slots = scope.slots.size();
        headers_.push_back(header);
        scenario_.devices.push_back(std::move(device));
        return {};
    }

    Result<> load_story(const YAML::Node& node) {
        Story story;
        story.name = text_of(node, "name");
        story.title_zh = text_of(node, "title_zh");
        story.title_en = text_of(node, "title_en");
        TRY_ASSIGN(story.start, duration_of(node, "start"));
        TRY_ASSIGN(story.every, duration_of(node, "every"));
        TemplateScope scope = scope_;
        for (const auto& member : node["bind"]) {
            TRY_ASSIGN(auto text, template_of(member.second, member.second.Scalar(), scope));
            const uint32_t slot = scope.slots.emplace(member.first.Scalar(), static_cast<uint32_t>(scope.slots.size())).first->second;
            story.bindings.emplace_back(slot, std::move(text));
        }
        for (const auto& entry : node["steps"]) {
            StoryStep step;
            const std::string name = text_of(entry, "device");
            const auto device = std::find_if(scenario_.devices.begin(), scenario_.devices.end(),
                                             [&](const Device& candidate) { return candidate.name == name; });
            if (device == scenario_.devices.end()) return wrong(entry, fmt::format("unknown device '{}'", name));
            step.device = static_cast<size_t>(device - scenario_.devices.begin());
            TRY_ASSIGN(step.after, duration_of(entry, "after"));
            TRY_ASSIGN(step.gap, duration_of(entry, "gap"));
            TRY_ASSIGN(step.repeat, number_of(entry, "repeat", 1));
            for (const auto& line : entry["lines"]) {
                TRY_ASSIGN(auto text, template_of(line, headers_[step.device] + line.Scalar(), scope));
                step.lines.push_back(std::move(text));
            }
            if (step.lines.empty()) return wrong(entry, "a step without 'lines'");
            story.steps.push_back(std::move(step));
        }
        if (story.name.empty() || story.steps.empty()) return wrong(node, "a story needs 'name' and 'steps'");
        story.slots = scope.slots.size();
        scenario_.stories.push_back(std::move(story));
        return {};
    }

    std::map<std::string, uint32_t, std::less<>> time_formats_;
    TemplateScope scope_;
    std::vector<std::string> headers_;  // of each device, also put before story lines
    Scenario scenario_;
};

}  // namespace

std::string_view to_string(Input input) {
    switch (input) {
        case Input::syslog_udp: return "syslog_udp";
        case Input::syslog_tcp: return "syslog_tcp";
        case Input::http: return "http";
    }
    return "";
}

uint64_t Story::line_count() const {
    uint64_t count = 0;
    for (const StoryStep& step : steps) count += step.repeat;
    return count;
}

bool Scenario::uses(Input input) const {
    return std::any_of(devices.begin(), devices.end(), [&](const Device& device) { return device.input == input; });
}

Result<Scenario> load_scenario(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    }
    if (error) return base::fail(base::system_error(error.value(), "read " + folder.string()));
    if (files.empty()) return base::fail(ErrorCode::not_found, fmt::format("{} holds no scenario (*.yaml)", folder.string()));
    std::sort(files.begin(), files.end());

    // Three passes over all files, so that a story may name a device of another file.
    std::vector<YAML::Node> roots;
    Loader loader;
    using Pass = Result<> (Loader::*)(const YAML::Node&);
    for (size_t i = 0; i < files.size(); ++i) {
        TRY_ASSIGN(const std::string text, base::read_file(files[i], size_t{16} << 20));
        try {
            roots.push_back(YAML::Load(text));
        } catch (const YAML::Exception& exception) {
            return base::fail(base::Error(ErrorCode::invalid_argument, exception.what()).at(files[i].string()));
        }
    }
    for (const Pass pass : {&Loader::load_pools, &Loader::load_devices, &Loader::load_stories}) {
        for (size_t i = 0; i < files.size(); ++i) {
            try {
                if (auto done = (loader.*pass)(roots[i]); !done) return base::fail(std::move(done.error()).at(files[i].string()));
            } catch (const YAML::Exception& exception) {
                return base::fail(base::Error(ErrorCode::invalid_argument, exception.what()).at(files[i].string()));
            }
        }
    }
    return loader.take();
}

}  // namespace shuwei::demo
