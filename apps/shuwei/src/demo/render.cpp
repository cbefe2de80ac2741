#include "demo/render.hpp"

#include <algorithm>

namespace shuwei::demo {

namespace {

// Renders `text` at the end of `out` when `keep`, and lets the generator run on either way.
void append_line(const TextTemplate& text, RenderState& state, bool keep, std::string& out) {
    ++state.count;
    const size_t before = out.size();
    text.render(out, state);
    if (keep) {
        out.push_back('\n');
    } else {
        out.resize(before);
    }
}

}  // namespace

void render_lines(const Scenario& scenario, const RenderOptions& options, base::Timestamp time, std::string& out) {
    RenderState state;
    state.dice = Dice(options.seed);
    state.time = time;
    std::vector<uint64_t> up_to;
    std::vector<const Device*> devices;
    for (const Device& device : scenario.devices) {
        if (!options.device.empty() && device.name != options.device) continue;
        up_to.push_back((up_to.empty() ? 0 : up_to.back()) + device.weight);
        devices.push_back(&device);
    }
    for (uint64_t i = 0; i < options.lines && !devices.empty(); ++i) {
        const uint64_t drawn = state.dice.below(up_to.back());
        const Device& device = *devices[static_cast<size_t>(std::upper_bound(up_to.begin(), up_to.end(), drawn) - up_to.begin())];
        const uint64_t which = state.dice.below(device.lines.back().up_to);
        const auto line = std::upper_bound(device.lines.begin(), device.lines.end(), which,
                                           [](uint64_t value, const WeightedLine& candidate) { return value < candidate.up_to; });
        state.slots.resize(std::max(state.slots.size(), device.slots));
        append_line(line->text, state, true, out);
    }
    if (!options.stories) return;
    for (const Story& story : scenario.stories) {
        state.slots.assign(story.slots, {});
        for (const auto& [slot, text] : story.bindings) {
            std::string value;
            text.render(value, state);
            state.slots[slot] = std::move(value);
        }
        for (const StoryStep& step : story.steps) {
            const bool keep = options.device.empty() || scenario.devices[step.device].name == options.device;
            for (uint64_t i = 0; i < step.repeat; ++i) append_line(step.lines[i % step.lines.size()], state, keep, out);
        }
    }
}

}  // namespace shuwei::demo
