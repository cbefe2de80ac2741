// The inputs that run, kept as the records say: what is new or changed is started, what is paused or gone is stopped, what
// could not start is tried again. apply() and stop() are for one thread; status() for any.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/collect/frame_sink.hpp"
#include "shuwei/collect/input.hpp"
#include "shuwei/intake/input_store.hpp"

namespace shuwei::intake {

class InputRunner {
public:
    // Each input keeps what it must remember in `folder`/<id>/. `content` is the house's (names of MIBs); may be empty.
    // Inputs of people read files of this machine below `readable` alone, whatever links there are.
    InputRunner(collect::FrameSink& sink, std::filesystem::path folder, std::filesystem::path content = {},
                std::vector<std::filesystem::path> readable = {})
        : sink_(sink), folder_(std::move(folder)), content_(std::move(content)), readable_(std::move(readable)) {}
    ~InputRunner() { stop(); }
    InputRunner(const InputRunner&) = delete;
    InputRunner& operator=(const InputRunner&) = delete;

    // Records as InputStore::every() gives them. `settings` opens one with its secrets.
    using OpenSettings = std::function<base::Result<collect::InputSettings>(const InputRecord&)>;
    void apply(std::span<const InputRecord> records, const OpenSettings& settings);

    struct Running {
        bool running = false;          // false: paused, or it could not start (see last_error)
        collect::InputStatus status;
    };
    Running status(int64_t id) const;

    void stop();

    // The label of its counters (of syslog's with a transport behind it): its name, of other tenants than the first with
    // their number before.
    static std::string label_of(const InputRecord& record);

private:
    struct Slot {
        int64_t revision = -1;
        std::unique_ptr<collect::Input> input;
        std::string error;             // why it could not start
        base::Timestamp error_at = 0;
        base::Duration retry_at = 0;   // on the monotonic clock
    };

    collect::FrameSink& sink_;
    std::filesystem::path folder_;
    std::filesystem::path content_;
    collect::ReadableFolders readable_;
    mutable std::mutex mutex_;
    std::map<int64_t, Slot> slots_;
};

}  // namespace shuwei::intake
