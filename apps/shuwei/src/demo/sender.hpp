// How lines leave for one input: a batch is added line by line, then flushed. One thread owns a sender.
#pragma once

#include <atomic>
#include <memory>
#include <string_view>

#include "demo/player.hpp"

namespace shuwei::demo {

class Sender {
public:
    virtual ~Sender() = default;
    virtual void add(size_t device, std::string_view line) = 0;
    // Sends what was added and counts it. Waits for a slow receiver until `stop`.
    virtual base::Result<> flush(const std::atomic<bool>& stop) = 0;
};

// Opens a sender for all devices of `input`; the devices are named by their index in the scenario.
base::Result<std::unique_ptr<Sender>> open_sender(Input input, const Scenario& scenario, const PlayOptions& options,
                                                  PlayCounts::PerInput& counts);

}  // namespace shuwei::demo
