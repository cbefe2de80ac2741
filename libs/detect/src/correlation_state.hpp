// The windows of all correlations: groups of events by correlation, tenant and group-by values. Bounded: the group that
// was touched longest ago goes first. One caller at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "correlation_plan.hpp"
#include "shuwei/detect/engine.hpp"

namespace shuwei::detect {

// One thing that happened for one input of a correlation.
struct CorrelatedEvent {
    base::Timestamp time = 0;
    base::Timestamp received = 0;
    uint64_t seq = 0;
    uint32_t tenant = 0;
    uint32_t event_index = 0;
    uint32_t input = 0;
    std::vector<std::string> group;              // values of the group-by fields
    std::vector<std::string_view> group_fields;  // where they were found
    bool grouped = false;            // at least one of them is there (or there is no group-by)
    std::string value;               // of the condition's fields
    bool has_value = false;
};

// A correlation came true.
struct Firing {
    uint32_t correlation = 0;
    base::Timestamp time = 0;
    base::Timestamp received = 0;
    uint64_t seq = 0;
    uint32_t tenant = 0;
    uint32_t event_index = 0;
    CorrelationInfo info;
};

class CorrelationState {
public:
    explicit CorrelationState(const EngineOptions& options) : options_(options) {}

    // Before the first event of a rule set: numbers by correlation; state of correlations that are gone is dropped.
    void use(const RuleSet& rules);
    // Counts the event; appends to `firings` when the correlation comes true.
    void add(const CorrelationPlan& plan, uint32_t correlation, const CorrelatedEvent& event, std::vector<Firing>& firings);
    // Judges windows that have closed by now: those of correlations with upper bounds only.
    void close(const RuleSet& rules, std::vector<Firing>& firings);

    Engine::CorrelationStats stats() const { return {groups_.size(), bytes_, evicted_, late_}; }

private:
    struct Entry {
        base::Timestamp time = 0;
        uint64_t seq = 0;
        double number = 0;
    };
    struct Distinct {
        uint64_t value = 0;
        base::Timestamp time = 0;
        uint64_t seq = 0;
    };
    struct Step {  // of a temporal correlation: the latest event of one input
        base::Timestamp time = 0;
        uint64_t seq = 0;
        base::Timestamp chain_start = 0;  // ordered: when the chain that ends here began
        bool seen = false;
        bool chained = false;
    };
    struct Group {
        std::list<const std::string*>::iterator used;  // place in used_
        base::Timestamp newest = 0;
        base::Timestamp received = 0;
        uint64_t last_seq = 0;
        uint32_t last_index = 0;
        uint32_t tenant = 0;
        uint32_t correlation_key = 0;
        std::vector<std::string> values;
        std::vector<std::string_view> fields;          // where the values were found
        std::deque<Entry> entries;                     // by time: event_count, value_sum, value_avg
        double sum = 0;
        std::list<Distinct> distinct;                  // by time: value_count
        std::unordered_map<uint64_t, std::list<Distinct>::iterator> distinct_index;
        std::vector<Step> steps;                       // temporal types
        bool is_true = false;
        bool fired = false;
        base::Timestamp fired_at = 0;
        base::Timestamp closes_at = 0;
        size_t bytes = 0;
    };
    using Groups = std::unordered_map<std::string, Group>;

    Group& group_of(uint32_t key, const CorrelatedEvent& event);
    void count(const CorrelationPlan& plan, Group& group, const CorrelatedEvent& event);
    double measure(const CorrelationPlan& plan, const Group& group) const;
    bool holds(const CorrelationPlan& plan, const Group& group, double measured) const;
    Firing fire(const CorrelationPlan& plan, uint32_t correlation, const Group& group, double measured) const;
    void update_bytes(Group& group);
    void evict();
    void erase(Groups::iterator at);

    EngineOptions options_;
    std::map<std::string, uint32_t> keys_;      // CorrelationPlan::key -> number that outlives reloads
    uint32_t next_key_ = 1;
    std::vector<uint32_t> key_of_correlation_;  // of the rule set in use
    const RuleSet* rules_ = nullptr;
    Groups groups_;
    std::list<const std::string*> used_;        // keys of groups_, longest untouched first
    std::multimap<base::Timestamp, std::string> closing_;
    base::Timestamp watermark_ = 0;
    size_t bytes_ = 0;
    uint64_t evicted_ = 0;
    uint64_t late_ = 0;
};

}  // namespace shuwei::detect
