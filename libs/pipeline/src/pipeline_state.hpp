// What the pipeline's threads share: workers take frames from the spool, parse and scan them (reading.cpp); the sequencer
// takes their batches in order, correlates and fills a flush (sequencing.cpp); the committer makes it durable
// (committing.cpp). Each group of members says which mutex guards it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "recovery.hpp"
#include "shuwei/pipeline/pipeline.hpp"
#include "source_tally.hpp"

namespace shuwei::pipeline {

// A batch on its way from a worker to the sequencer.
struct Batch {
    uint64_t ordinal = 0;
    uint64_t last_seq = 0;  // of the frames, also where the batch holds none
    event::EventBatch events;
    std::vector<custody::Leaf> leaves;  // of the events, in their order
    detect::ScanResult scan;
    std::shared_ptr<const parse::PackSet> packs;
    std::shared_ptr<const SourceBindings> bindings;
    SourceTally sources;
    uint64_t unparsed = 0;

    void clear() {
        events.clear();
        leaves.clear();
        scan.clear();
        sources.clear();
        unparsed = 0;
    }
};

// Everything that is committed together.
struct Flush {
    std::map<uint32_t, eventstore::RowBuffer> rows;                    // by tenant
    std::map<uint32_t, std::vector<eventstore::Finding>> finding_rows;  // by tenant, new ones only
    std::vector<DeskFinding> findings;
    std::vector<asset::SourceDelta> sources;
    ChainLeaves leaves;
    uint64_t last_seq = 0;
    uint64_t events = 0;
};

struct Pipeline::State {
    spool::Spool& spool;
    detect::Engine& engine;
    eventstore::EventStore& store;
    Desk& desk;
    const base::Clock& clock;
    PipelineOptions options;
    std::atomic<std::shared_ptr<const parse::PackSet>> packs;
    std::atomic<std::shared_ptr<const SourceBindings>> bindings;
    LiveCounters live;

    base::Metric& parsed;
    base::Metric& unparsed;
    base::Metric& matched;
    base::Metric& stored;
    base::Metric& recovered;
    base::Metric& commits;
    base::Metric& commit_failures;
    base::Metric& checkpoint_metric;

    // The spool's reader and the order of batches, shared by the workers.
    std::mutex reader_mutex;
    std::unique_ptr<spool::Reader> reader;
    uint64_t next_ordinal = 0;
    base::Timestamp newest_received = 0;
    std::atomic<uint64_t> stop_at_seq{UINT64_MAX};  // frames beyond are left for the next start

    // Batches done out of order wait here; the sequencer takes them in order. Free batches come back through `pool`.
    std::mutex desk_mutex;
    std::condition_variable batch_done;
    std::condition_variable batch_free;
    std::map<uint64_t, std::unique_ptr<Batch>> done;
    std::vector<std::unique_ptr<Batch>> pool;
    unsigned working = 0;  // workers that may still bring batches

    // One flush waits while one is being committed.
    std::mutex flush_mutex;
    std::condition_variable flush_changed;
    std::optional<Flush> waiting;
    bool no_more_flushes = false;
    std::stop_source give_up;  // stop() has lost patience with the store

    std::atomic<uint64_t> checkpoint{0};
    mutable std::mutex trouble_mutex;
    std::string trouble;

    Recovery recovery;

    std::vector<std::jthread> workers;
    std::jthread sequencer;
    std::jthread committer;
    bool running = false;

    State(spool::Spool& spool_, detect::Engine& engine_, eventstore::EventStore& store_, Desk& desk_,
          const base::Clock& clock_, base::Metrics& metrics, PipelineOptions options_)
        : spool(spool_), engine(engine_), store(store_), desk(desk_), clock(clock_), options(options_),
          parsed(metrics.counter("shuwei_parsed_total", "Events that a device pack understood")),
          unparsed(metrics.counter("shuwei_unparsed_total", "Events that no device pack understood")),
          matched(metrics.counter("shuwei_matched_total", "Findings of rules")),
          stored(metrics.counter("shuwei_stored_total", "Events inserted into the event store")),
          recovered(metrics.counter("shuwei_recovered_total", "Replayed events that were already stored")),
          commits(metrics.counter("shuwei_commits_total", "Flushes committed")),
          commit_failures(metrics.counter("shuwei_commit_failures_total", "Tries to commit a flush that failed")),
          checkpoint_metric(metrics.gauge("shuwei_checkpoint_seq", "Last frame that is done")) {}

    // --- workers: reading.cpp
    struct FrameFacts {
        spool::FrameView frame;  // views into the batch's arena
        std::string_view sm3;
        bool clock_repeats = false;  // our clock stepped back, and has not come again to where it was
    };
    // Copies the next frames into the batch's arena. False when there is nothing more to do.
    bool pull(Batch& batch, std::vector<FrameFacts>& facts);
    void work();
    std::unique_ptr<Batch> take_free_batch();
    void parse_frame(Batch& batch, const FrameFacts& fact, parse::Parser& parser);

    // --- sequencer: sequencing.cpp
    struct Building {
        std::map<uint32_t, eventstore::EventEncoder> encoders;
        Flush flush;
        SourceTotals sources;
        base::Duration due = 0;  // monotonic; 0 = nothing waits
    };
    void sequence();
    bool full(const Building& building) const;
    void take(Batch& batch, Building& building);
    void collect_findings(Batch& batch, Building& building);
    void hand_over(Building& building);

    // --- committer: committing.cpp
    void commit_all();
    void commit(Flush& flush);
    base::Result<> try_commit(Flush& flush, eventstore::Delivery delivery);
    void tell_trouble(const base::Error& error);
    bool wait_to_retry(base::Duration pause);  // true when there is no point in trying again
};

}  // namespace shuwei::pipeline
