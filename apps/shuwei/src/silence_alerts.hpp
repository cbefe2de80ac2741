// Sources that fall silent become alerts of the product's own rule `shuwei-source-silent`, one a silence, which end when
// the source speaks again. What counts as silence is asset::SilenceWatch's business; here is what the running program
// knows: up to when everything received is recorded, and which inputs run. For one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "shuwei/api/live_events.hpp"
#include "shuwei/asset/silence_watch.hpp"
#include "shuwei/base/metrics.hpp"
#include "shuwei/ledger/ledger.hpp"
#include "shuwei/parse/pack_set.hpp"
#include "shuwei/triage/triage.hpp"

namespace shuwei::app {

class SilenceAlerts {
public:
    SilenceAlerts(ledger::Ledger& ledger, triage::Triage& triage, api::LiveEvents& live, base::Metrics& metrics);

    // Once, before the pipeline of this run counts its first line.
    base::Result<> begin(base::Timestamp now);
    // `written`: last frame of the spool, `done`: last frame whose source is recorded.
    base::Result<> look(base::Timestamp now, uint64_t written, uint64_t done, const std::vector<asset::Listener>& deaf,
                        const parse::PackSet& packs);

private:
    base::Timestamp horizon(base::Timestamp now, uint64_t written, uint64_t done);
    base::Result<triage::Alert> raise(ledger::Transaction& transaction, const asset::SilenceChange& change, base::Timestamp now);
    base::Result<std::vector<triage::Alert>> end(ledger::Transaction& transaction, const asset::SilenceChange& change);

    ledger::Ledger& ledger_;
    triage::Triage& triage_;
    api::LiveEvents& live_;
    base::Metric& silent_;
    base::Metric& raised_;
    asset::SourceStore sources_;
    asset::SilenceWatch watch_;
    struct Mark {
        base::Timestamp at;
        uint64_t written;
    };
    std::deque<Mark> marks_;  // what was written when, as far as it is not done
    base::Timestamp horizon_ = 0;
};

}  // namespace shuwei::app
