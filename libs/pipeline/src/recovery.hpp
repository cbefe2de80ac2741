// What the event store holds beyond the checkpoint: events that a replay must not insert again, and findings that are
// stored but counted by no alert yet. Read at start, used up by the sequencer as the replay passes. One owner.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/detect/rule_set.hpp"
#include "shuwei/eventstore/event_store.hpp"
#include "shuwei/pipeline/desk.hpp"

namespace shuwei::pipeline {

class Recovery {
public:
    // Tells the desk of the findings, so that it knows their alerts before it assigns new ones.
    static base::Result<Recovery> read(eventstore::EventStore& store, uint64_t checkpoint, const detect::RuleSet& rules,
                                       Desk& desk);

    bool is_stored(uint32_t tenant, uint64_t seq) const;
    bool is_stored(const detect::Finding& finding) const;
    // The stored findings up to `last_seq`, in seq order; each is given once.
    std::vector<DeskFinding> take_findings(uint64_t last_seq);

private:
    std::map<uint32_t, std::vector<uint64_t>> events_;           // by tenant, rising
    std::multimap<uint64_t, DeskFinding> findings_;              // by seq
    std::set<std::pair<uint64_t, std::string>> finding_keys_;    // (seq, rule id)
};

}  // namespace shuwei::pipeline
