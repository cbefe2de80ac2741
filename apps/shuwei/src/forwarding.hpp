// Forwarding in the running program: targets of the configuration brought into the ledger, and the Forwarder that serves
// all. One owner.
#pragma once

#include <memory>

#include "configuration.hpp"
#include "local_records.hpp"
#include "shuwei/eventstore/event_store.hpp"
#include "shuwei/forward/forwarder.hpp"
#include "shuwei/pipeline/pipeline.hpp"

namespace shuwei::app {

class Forwarding {
public:
    // invalid_argument with the target's name for what the configuration says wrongly.
    static base::Result<std::unique_ptr<Forwarding>> start(const Configuration& configuration, LocalRecords& records,
                                                           eventstore::EventStore& store, const pipeline::Pipeline& pipeline,
                                                           base::Metrics& metrics);

    const forward::TargetStore& targets() const { return *targets_; }
    forward::Forwarder& forwarder() { return *forwarder_; }

    // The place behind which a new target begins: now, or at the first event received at `since`.
    base::Result<uint64_t> place_for(ledger::TenantNumber tenant, std::optional<base::Timestamp> since) const;

private:
    Forwarding(LocalRecords& records, eventstore::EventStore& store, const pipeline::Pipeline& pipeline)
        : records_(records), store_(store), pipeline_(pipeline) {}
    base::Result<> adopt(const std::vector<ConfiguredTarget>& configured);

    LocalRecords& records_;
    eventstore::EventStore& store_;
    const pipeline::Pipeline& pipeline_;
    std::unique_ptr<crypto::SecretBox> box_;
    std::unique_ptr<forward::TargetStore> targets_;
    std::unique_ptr<forward::Forwarder> forwarder_;
};

}  // namespace shuwei::app
