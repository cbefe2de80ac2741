#include "shuwei/pipeline/pipeline.hpp"

#include "pipeline_state.hpp"
#include "shuwei/base/assert.hpp"

namespace shuwei::pipeline {

using base::Result;

Pipeline::Pipeline(spool::Spool& spool, detect::Engine& engine, eventstore::EventStore& store, Desk& desk,
                   std::shared_ptr<const parse::PackSet> packs, std::shared_ptr<const SourceBindings> bindings,
                   const base::Clock& clock, base::Metrics& metrics, PipelineOptions options)
    : state_(std::make_unique<State>(spool, engine, store, desk, clock, metrics, options)) {
    SHUWEI_ASSERT(packs && bindings && options.workers > 0);
    state_->packs.store(std::move(packs));
    state_->bindings.store(std::move(bindings));
}

Pipeline::~Pipeline() { stop(); }

Result<> Pipeline::start(uint64_t checkpoint) {
    State& state = *state_;
    SHUWEI_ASSERT(!state.running);
    TRY_ASSIGN(state.recovery, Recovery::read(state.store, checkpoint, *state.engine.rules(), state.desk));
    state.checkpoint = checkpoint;
    state.checkpoint_metric.set(static_cast<int64_t>(checkpoint));
    state.reader = state.spool.reader(checkpoint + 1);
    for (unsigned i = 0; i < 3 * state.options.workers + 2; ++i) state.pool.push_back(std::make_unique<Batch>());
    state.working = state.options.workers;
    state.running = true;
    for (unsigned i = 0; i < state.options.workers; ++i) state.workers.emplace_back([&state] { state.work(); });
    state.sequencer = std::jthread([&state] { state.sequence(); });
    state.committer = std::jthread([&state] { state.commit_all(); });
    return {};
}

void Pipeline::stop() {
    State& state = *state_;
    if (!state.running) return;
    state.running = false;
    // The workers end by themselves once the reader has given all that was written until now.
    state.stop_at_seq = state.spool.written_seq();
    state.reader->interrupt();
    // A store that does not answer must not keep the program from ending: what is not committed stays in the spool.
    std::mutex mutex;
    std::condition_variable_any ended;
    std::jthread patience([&](const std::stop_token& all_done) {
        std::unique_lock lock(mutex);
        ended.wait_for(lock, all_done, std::chrono::nanoseconds(state.options.stop_patience), [] { return false; });
        if (!all_done.stop_requested()) state.give_up.request_stop();
    });
    state.workers.clear();
    state.sequencer.join();
    state.committer.join();
    patience.request_stop();
}

void Pipeline::set_packs(std::shared_ptr<const parse::PackSet> packs) { state_->packs.store(std::move(packs)); }
std::shared_ptr<const parse::PackSet> Pipeline::packs() const { return state_->packs.load(); }

void Pipeline::set_bindings(std::shared_ptr<const SourceBindings> bindings) {
    state_->bindings.store(std::move(bindings));
}

uint64_t Pipeline::checkpoint() const { return state_->checkpoint.load(); }

std::string Pipeline::trouble() const {
    const std::scoped_lock lock(state_->trouble_mutex);
    return state_->trouble;
}

LiveCounters& Pipeline::live() { return state_->live; }

}  // namespace shuwei::pipeline
