// Engine: streaming detection. scan() is the parallel half, stateless, one Scanner a worker thread; correlate() is the
// sequential half, called for the batches in sequence order. swap() may be called from any thread at any time.
//
//   worker:     engine.scan(batch, scanner, result);        // rules over each event; fills result.findings
//   sequencer:  engine.correlate(batch, result);            // appends findings of correlations to result.findings
//
// A ScanResult holds the RuleSet it was made with, so a swap between the two halves loses nothing. Correlation state
// is keyed by rule id and content hash: a reload keeps the windows of rules that did not change.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "shuwei/base/metrics.hpp"
#include "shuwei/detect/finding.hpp"
#include "shuwei/detect/rule_set.hpp"
#include "shuwei/event/batch.hpp"
#include "shuwei/sigma/value_groups.hpp"

namespace shuwei::detect {

struct EngineOptions {
    // Bounds of correlation state, over all rules and tenants. Beyond them the least recently touched group goes,
    // counted in shuwei_correlation_evicted_total.
    size_t max_correlation_groups = 1'000'000;
    size_t max_correlation_bytes = size_t{256} << 20;
    size_t max_entries_per_group = 100'000;  // distinct values or events remembered in one window
    // How much later than the newest event time seen an event may come and still be counted in its own window.
    base::Duration lateness = base::kMinute * 5;
};

// What one detection rule did on one event.
struct Match {
    uint32_t event = 0;  // index in the batch
    uint32_t rule = 0;   // rule number in the set
};

struct ScanResult {
    std::shared_ptr<const RuleSet> rules;  // the set it was made with
    std::vector<Match> matches;            // all matches, in event order: also those that only feed correlations
    std::vector<Finding> findings;         // of detection rules; correlate() appends those of correlations
    void clear();                          // keeps the memory
};

// Working memory of one worker thread: adapts itself to whichever rule set is current.
class Scanner {
public:
    Scanner();
    ~Scanner();
    Scanner(Scanner&&) noexcept;
    Scanner& operator=(Scanner&&) noexcept;

    // Names of the device packs by Event::pack, for log sources named by pack; number 0 is unrecognised.
    void set_pack_names(std::vector<std::string> names);

private:
    friend class Engine;
    struct State;
    std::unique_ptr<State> state_;
};

class Engine {
public:
    explicit Engine(std::shared_ptr<const RuleSet> rules, EngineOptions options = {}, base::Metrics* metrics = nullptr);
    ~Engine();

    std::shared_ptr<const RuleSet> rules() const;
    // The next scan() uses `rules`.
    void swap(std::shared_ptr<const RuleSet> rules);
    // The next scan() takes placeholders of rules to stand for what `groups` says.
    void set_groups(std::shared_ptr<const sigma::ValueGroups> groups);

    // Thread-safe with a Scanner and a result of one's own. `out` is cleared first.
    void scan(const event::EventBatch& batch, Scanner& scanner, ScanResult& out) const;

    // One caller at a time, batches in sequence order, with the batch the result was made from.
    void correlate(const event::EventBatch& batch, ScanResult& result);

    struct CorrelationStats {
        size_t groups = 0;
        size_t bytes = 0;
        uint64_t evicted = 0;       // groups pushed out by the bounds
        uint64_t late = 0;          // events older than the window and the lateness allow: not counted
    };
    CorrelationStats correlation_stats() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::detect
