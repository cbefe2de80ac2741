// Pipeline: the threads that turn frames of the spool into stored events, findings and alerts, in order and once only
// (README.md says how). Owns its threads and batches, nothing else; what it is given must outlive it. start() and
// stop() are for one thread; the set_… and status calls are for any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/metrics.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/detect/engine.hpp"
#include "shuwei/eventstore/event_store.hpp"
#include "shuwei/parse/pack_set.hpp"
#include "shuwei/pipeline/desk.hpp"
#include "shuwei/pipeline/live_counters.hpp"
#include "shuwei/pipeline/source_bindings.hpp"
#include "shuwei/spool/spool.hpp"

namespace shuwei::pipeline {

struct PipelineOptions {
    unsigned workers = 2;
    size_t batch_frames = 2048;
    size_t batch_bytes = size_t{4} << 20;
    size_t flush_events = 65'536;
    size_t flush_bytes = size_t{32} << 20;
    base::Duration flush_shortest = 500 * base::kMillisecond;    // after the first event of a flush, with one tenant
    base::Duration flush_longest = base::kSecond;
    base::Duration flush_per_tenant = 50 * base::kMillisecond;
    base::Duration stop_patience = 20 * base::kSecond;  // how long stop() waits for a store that does not answer
};

class Pipeline {
public:
    Pipeline(spool::Spool& spool, detect::Engine& engine, eventstore::EventStore& store, Desk& desk,
             std::shared_ptr<const parse::PackSet> packs, std::shared_ptr<const SourceBindings> bindings,
             const base::Clock& clock, base::Metrics& metrics, PipelineOptions options = {});
    ~Pipeline();
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;

    // Reads what the store holds beyond `checkpoint` (0: nothing was ever done) and begins with the frame behind it.
    base::Result<> start(uint64_t checkpoint);

    // Works off what the spool holds, commits, ends. What cannot be committed in time stays in the spool.
    void stop();

    void set_packs(std::shared_ptr<const parse::PackSet> packs);
    std::shared_ptr<const parse::PackSet> packs() const;
    void set_bindings(std::shared_ptr<const SourceBindings> bindings);

    uint64_t checkpoint() const;         // last frame done
    std::string trouble() const;         // why commits fail at the moment; empty when they do not
    LiveCounters& live();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::pipeline
