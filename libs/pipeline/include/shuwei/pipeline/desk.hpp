// The desk at the end of the pipeline: gives findings their alerts and commits a flush. Implemented by the program on
// triage and ledger. assign() is called by the sequencer thread, commit() by the committer thread, both in seq order;
// assign() of later findings may come before commit() of earlier ones.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "shuwei/asset/source_store.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/custody/leaf.hpp"
#include "shuwei/custody/seal.hpp"
#include "shuwei/detect/finding.hpp"

namespace shuwei::pipeline {

struct DeskFinding {
    detect::Finding finding;
    std::string alert_id;         // given by assign(), or already stored before a crash
    bool keep_event = false;      // set by assign(): the alert keeps a copy of the event, so event_json is wanted
    std::string event_json;       // the event as one flat ECS object; only where keep_event
};

// What is sealed of the events done, by rising seq; of replayed ones too.
using ChainLeaves = std::map<custody::ChainKey, std::vector<custody::Leaf>>;

struct Commit {
    std::span<const DeskFinding> findings;
    std::span<const asset::SourceDelta> sources;
    const ChainLeaves& leaves;
    uint64_t checkpoint = 0;  // every frame up to here is done
};

class Desk {
public:
    virtual ~Desk() = default;

    // Sets alert_id where it is empty, and keep_event; findings of one call are in seq order. After a crash the first
    // call has the findings that are stored but not counted yet, alert_id filled; each comes again in a commit. On an
    // error nothing was assigned and it is called again.
    virtual base::Result<> assign(std::span<DeskFinding> findings) = 0;

    // One transaction: alert counts, cases, source counters, seals, checkpoint. On an error nothing has happened and it is
    // called again with the same content.
    virtual base::Result<> commit(const Commit& commit) = 0;
};

}  // namespace shuwei::pipeline
