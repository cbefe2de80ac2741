// The end of the pipeline joined to triage and the ledger: findings become alerts and cases in one transaction with
// the source counters, the seals and the checkpoint, and live pages are told.
#pragma once

#include "shuwei/api/live_events.hpp"
#include "shuwei/asset/source_store.hpp"
#include "shuwei/custody/seal_log.hpp"
#include "shuwei/ledger/ledger.hpp"
#include "shuwei/pipeline/desk.hpp"
#include "shuwei/triage/triage.hpp"

namespace shuwei::app {

class AlertDesk final : public pipeline::Desk {
public:
    AlertDesk(ledger::Ledger& ledger, triage::Triage& triage, asset::SourceStore& sources, const custody::SealLog& seals,
              api::LiveEvents& live)
        : ledger_(ledger), triage_(triage), sources_(sources), seals_(seals), live_(live) {}

    base::Result<> assign(std::span<pipeline::DeskFinding> findings) override;
    base::Result<> commit(const pipeline::Commit& commit) override;

    static constexpr std::string_view kCheckpoint = "pipeline";  // its name in the ledger

    // The last frame done, as the ledger has it; 0 at the first start.
    static base::Result<uint64_t> checkpoint(ledger::Ledger& ledger);

private:
    ledger::Ledger& ledger_;
    triage::Triage& triage_;
    asset::SourceStore& sources_;
    const custody::SealLog& seals_;
    api::LiveEvents& live_;
};

}  // namespace shuwei::app
