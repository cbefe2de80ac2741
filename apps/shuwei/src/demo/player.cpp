#include "demo/player.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "demo/sender.hpp"

namespace shuwei::demo {

namespace {

using base::Duration;
using base::Result;

constexpr double kNominalRate = 20'000;  // of the story clock when lines go as fast as they can
constexpr size_t kBatch = 2'048;         // lines a flush at most
constexpr Duration kQuantum = 20 * base::kMillisecond;  // a flush every so often at a given rate

uint64_t mixed(uint64_t seed, uint64_t a, uint64_t b) {
    Dice dice(seed ^ (a * 0x100000001b3) ^ (b * 0xcbf29ce484222325));
    return dice.next();
}

// Walks through one story's lines, telling after telling. All lanes walk through all lines and agree on times and
// bound values; each renders those of its own devices.
class StoryCursor {
public:
    StoryCursor(const Story& story, uint64_t seed, uint64_t number) : story_(story), seed_(seed), number_(number) { begin_telling(); }

    bool done() const { return done_; }
    Duration due() const { return due_; }
    const StoryStep& step() const { return story_.steps[step_]; }
    bool first_line() const { return step_ == 0 && line_ == 0; }

    void render(std::string& out, base::Timestamp time) {
        state_.time = time;
        ++state_.count;
        step().lines[line_ % step().lines.size()].render(out, state_);
    }

    void advance() {
        ++line_;
        due_ += step().gap;
        if (line_ < step().repeat) return;
        line_ = 0;
        if (++step_ < story_.steps.size()) {
            due_ += step().after;
            return;
        }
        if (story_.every == 0) {
            done_ = true;
            return;
        }
        ++telling_;
        begin_telling();
    }

private:
    void begin_telling() {
        step_ = 0;
        line_ = 0;
        due_ = story_.start + static_cast<Duration>(telling_) * story_.every + story_.steps[0].after;
        state_ = RenderState{};
        state_.dice = Dice(mixed(seed_, number_ + 1, telling_ + 1));
        state_.slots.assign(story_.slots, {});
        for (const auto& [slot, text] : story_.bindings) {
            std::string value;
            text.render(value, state_);
            state_.slots[slot] = std::move(value);
        }
    }

    const Story& story_;
    uint64_t seed_, number_;
    uint64_t telling_ = 0;
    size_t step_ = 0;
    uint64_t line_ = 0;
    Duration due_ = 0;
    bool done_ = false;
    RenderState state_;
};

// What one input plays.
class Lane {
public:
    Lane(Input input, const Scenario& scenario, const PlayOptions& options, const base::Clock& clock, PlayCounts& counts,
         const std::atomic<bool>& stop, const std::atomic<bool>& other_failed)
        : input_(input), scenario_(scenario), options_(options), clock_(clock), counts_(counts), stop_(stop), other_failed_(other_failed),
          choice_(mixed(options.seed, static_cast<uint64_t>(input), 0)) {
        uint64_t all_weights = 0, own_weights = 0;
        for (size_t i = 0; i < scenario.devices.size(); ++i) {
            const Device& device = scenario.devices[i];
            if (device.input == Input::http ? options.http.empty() : options.syslog.empty()) continue;
            all_weights += device.weight;
            if (device.input != input) continue;
            devices_.push_back({i, own_weights += device.weight, {}});
            devices_.back().state.dice = Dice(mixed(options.seed, i + 1, 1));
            devices_.back().state.slots.assign(device.slots, {});
        }
        if (devices_.empty()) return;
        const double share = static_cast<double>(own_weights) / static_cast<double>(all_weights);
        rate_ = (options.lines_per_second > 0 ? options.lines_per_second : kNominalRate) * share;
        bound_ = options.lines == 0 ? UINT64_MAX : std::max<uint64_t>(1, static_cast<uint64_t>(static_cast<double>(options.lines) * share + 0.5));
        if (options.stories) {
            for (size_t i = 0; i < scenario.stories.size(); ++i) stories_.emplace_back(scenario.stories[i], options.seed, i);
        }
    }

    bool empty() const { return devices_.empty(); }

    Result<> run() {
        TRY_ASSIGN(sender_, open_sender(input_, scenario_, options_, counts_[input_]));
        if (options_.prepared_lines > 0) prepare();
        const bool paced = options_.lines_per_second > 0;
        const Duration began = base::monotonic_now();
        while (!stop_.load(std::memory_order_relaxed) && !other_failed_.load(std::memory_order_relaxed) && sent_ < bound_) {
            const Duration elapsed = base::monotonic_now() - began;
            if (options_.duration > 0 && elapsed >= options_.duration) break;
            now_ = clock_.now();
            const size_t added = add_due(paced ? elapsed : INT64_MAX);
            if (auto flushed = sender_->flush(stop_); !flushed) {
                if (flushed.error().code() == base::ErrorCode::cancelled) return {};
                return flushed;
            }
            if (paced && added < kBatch) std::this_thread::sleep_for(std::chrono::nanoseconds(kQuantum));
        }
        return {};
    }

private:
    struct OwnDevice {
        size_t index;
        uint64_t up_to;
        RenderState state;
    };
    struct PreparedLine {
        size_t device;
        size_t end;
    };

    bool own(const StoryCursor& story) const { return scenario_.devices[story.step().device].input == input_; }

    // The story line of this lane's devices that is due first, up to `horizon`. Lines of other lanes are passed over.
    StoryCursor* next_story(Duration horizon) {
        StoryCursor* next = nullptr;
        for (StoryCursor& story : stories_) {
            while (!story.done() && story.due() <= horizon && !own(story)) {
                scratch_.clear();
                story.render(scratch_, now_);  // keeps the generator in step with the other lanes
                story.advance();
            }
            if (story.done() || story.due() > horizon) continue;
            if (next == nullptr || story.due() < next->due()) next = &story;
        }
        return next;
    }

    // Adds what is due up to `until` on the stream's clock, at most a batch. Returns how many lines.
    size_t add_due(Duration until) {
        size_t added = 0;
        while (added < kBatch && sent_ < bound_) {
            const Duration ordinary = static_cast<Duration>(static_cast<double>(sent_) / rate_ * 1e9);
            if (StoryCursor* story = next_story(std::min(ordinary, until)); story != nullptr) {
                scratch_.clear();
                if (story->first_line()) counts_.stories_told.fetch_add(1, std::memory_order_relaxed);
                const size_t device = story->step().device;
                story->render(scratch_, now_);
                story->advance();
                sender_->add(device, scratch_);
                counts_.story_lines.fetch_add(1, std::memory_order_relaxed);
            } else {
                if (ordinary > until) break;
                add_ordinary();
                ++sent_;
            }
            ++added;
        }
        return added;
    }

    void add_ordinary() {
        if (!prepared_.empty()) {
            const size_t i = sent_ % prepared_.size();
            const size_t begin = i == 0 ? 0 : prepared_[i - 1].end;
            sender_->add(prepared_[i].device, std::string_view(prepared_bytes_).substr(begin, prepared_[i].end - begin));
            return;
        }
        scratch_.clear();
        const size_t device = render_ordinary(scratch_);
        sender_->add(device, scratch_);
    }

    // Renders the next ordinary line; returns its device.
    size_t render_ordinary(std::string& out) {
        const uint64_t drawn = choice_.below(devices_.back().up_to);
        OwnDevice& own = *std::upper_bound(devices_.begin(), devices_.end(), drawn,
                                           [](uint64_t value, const OwnDevice& device) { return value < device.up_to; });
        const auto& lines = scenario_.devices[own.index].lines;
        const uint64_t which = own.state.dice.below(lines.back().up_to);
        const auto line = std::upper_bound(lines.begin(), lines.end(), which,
                                           [](uint64_t value, const WeightedLine& candidate) { return value < candidate.up_to; });
        own.state.time = now_;
        ++own.state.count;
        line->text.render(out, own.state);
        return own.index;
    }

    void prepare() {
        now_ = clock_.now();
        const uint64_t count = std::min(options_.prepared_lines, bound_);
        for (uint64_t i = 0; i < count; ++i) {
            const size_t device = render_ordinary(prepared_bytes_);
            prepared_.push_back({device, prepared_bytes_.size()});
        }
    }

    Input input_;
    const Scenario& scenario_;
    const PlayOptions& options_;
    const base::Clock& clock_;
    PlayCounts& counts_;
    const std::atomic<bool>& stop_;
    const std::atomic<bool>& other_failed_;
    Dice choice_;
    std::vector<OwnDevice> devices_;
    std::vector<StoryCursor> stories_;
    double rate_ = 0;
    uint64_t bound_ = 0, sent_ = 0;
    base::Timestamp now_ = 0;
    std::string scratch_;
    std::string prepared_bytes_;
    std::vector<PreparedLine> prepared_;
    std::unique_ptr<Sender> sender_;
};

}  // namespace

uint64_t PlayCounts::lines() const {
    uint64_t sum = 0;
    for (const PerInput& input : inputs) sum += input.lines.load(std::memory_order_relaxed);
    return sum;
}

uint64_t PlayCounts::bytes() const {
    uint64_t sum = 0;
    for (const PerInput& input : inputs) sum += input.bytes.load(std::memory_order_relaxed);
    return sum;
}

Result<> play(const Scenario& scenario, const PlayOptions& options, const base::Clock& clock, PlayCounts& counts,
              const std::atomic<bool>& stop) {
    std::vector<std::thread> threads;
    std::mutex failed_mutex;
    std::optional<base::Error> failed;
    std::atomic<bool> any_failed{false};
    std::vector<std::unique_ptr<Lane>> lanes;
    for (const Input input : {Input::syslog_udp, Input::syslog_tcp, Input::http}) {
        if (input == Input::http ? options.http.empty() : options.syslog.empty()) continue;
        auto lane = std::make_unique<Lane>(input, scenario, options, clock, counts, stop, any_failed);
        if (lane->empty()) continue;
        threads.emplace_back([&, running = lane.get(), input] {
            if (auto done = running->run(); !done) {
                const std::lock_guard lock(failed_mutex);
                any_failed = true;
                if (!failed) failed = std::move(done.error()).at(std::string(to_string(input)));
            }
        });
        lanes.push_back(std::move(lane));
    }
    for (std::thread& thread : threads) thread.join();
    if (failed) return base::fail(std::move(*failed));
    return {};
}

}  // namespace shuwei::demo
