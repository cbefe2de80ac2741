// The figures of this moment for the API, from the running parts. Thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "shuwei/api/live_stats.hpp"
#include "shuwei/base/clock.hpp"
#include "shuwei/eventstore/event_store.hpp"
#include "shuwei/ledger/ledger.hpp"
#include "shuwei/pipeline/pipeline.hpp"
#include "shuwei/spool/spool.hpp"

namespace shuwei::app {

class RunningFigures final : public api::LiveStats {
public:
    RunningFigures(const base::Clock& clock, ledger::Ledger& ledger, eventstore::EventStore& store, spool::Spool& spool,
                   pipeline::Pipeline& pipeline)
        : clock_(clock), ledger_(ledger), store_(store), spool_(spool), pipeline_(pipeline) {}

    void set_listeners(std::vector<api::ListenerState> listeners);
    void set_content_remarks(std::string rules, std::string packs);  // "3120 rules, 4 passed over"
    // Asks the store how much it holds; called by housekeeping, since it is a query.
    void refresh_stored_bytes(const std::vector<uint32_t>& tenants);

    double events_per_second(const ledger::TenantScope& scope) const override;
    std::vector<api::SourceRate> source_rates(const ledger::TenantScope& scope) const override;
    std::vector<api::ListenerState> listeners() const override;
    uint64_t waiting_events() const override;
    uint64_t stored_bytes(const ledger::TenantScope& scope) const override;
    std::map<std::string, uint64_t> pack_events() const override;
    std::vector<api::ReadinessPart> readiness() const override;
    bool room_is_out() const override;

private:
    const base::Clock& clock_;
    ledger::Ledger& ledger_;
    eventstore::EventStore& store_;
    spool::Spool& spool_;
    pipeline::Pipeline& pipeline_;

    mutable std::mutex mutex_;
    std::vector<api::ListenerState> listeners_;
    std::map<uint32_t, uint64_t> stored_bytes_;
    std::string rules_remark_;
    std::string packs_remark_;
};

}  // namespace shuwei::app
