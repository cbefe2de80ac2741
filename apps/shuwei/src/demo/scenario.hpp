// A scenario: devices that write lines, and attack stories told across them. Read from the YAML files of a folder
// (content/demo; format in its README). Immutable after loading; any thread may read it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "demo/text_template.hpp"

namespace shuwei::demo {

enum class Input : uint8_t { syslog_udp, syslog_tcp, http };
constexpr size_t kInputs = 3;
std::string_view to_string(Input input);

struct WeightedLine {
    TextTemplate text;
    uint64_t up_to = 0;  // running sum of the weights
};

// One sender. Syslog devices send from an address of their own (127.0.0.x), so that they are told apart.
struct Device {
    std::string name;
    Input input = Input::syslog_udp;
    std::string peer;         // source address to bind, for syslog
    std::string source;       // HTTP: the name of the sending source
    std::string pack;         // the device pack that is to recognise its lines
    uint64_t weight = 1;      // its share of the ordinary lines
    std::vector<WeightedLine> lines;
    size_t slots = 0;         // bound names in its lines
};

// `repeat` lines of one device, `gap` apart.
struct StoryStep {
    size_t device = 0;  // index into Scenario::devices
    base::Duration after = 0;
    uint64_t repeat = 1;
    base::Duration gap = 0;
    std::vector<TextTemplate> lines;  // taken in turn
};

struct Story {
    std::string name;
    std::string title_zh;
    std::string title_en;
    base::Duration start = 0;  // after the beginning of play
    base::Duration every = 0;  // 0: told once
    std::vector<std::pair<uint32_t, TextTemplate>> bindings;  // chosen anew each time the story is told
    std::vector<StoryStep> steps;
    size_t slots = 0;
    uint64_t line_count() const;
};

struct Scenario {
    std::vector<Device> devices;
    std::vector<Story> stories;
    bool uses(Input input) const;
};

// All *.yaml files of `folder` as one scenario. Errors name file and line.
base::Result<Scenario> load_scenario(const std::filesystem::path& folder);

}  // namespace shuwei::demo
