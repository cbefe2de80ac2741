// What the parts of Triage share.
//
// Lock order: the ledger's writer before the mutex, never the other way round. assign() reserves ids before it takes
// the mutex; apply() and update(), which run inside a transaction, take it for moments.
#pragma once

#include <algorithm>
#include <mutex>
#include <unordered_map>

#include "shuwei/triage/triage.hpp"
#include "window_index.hpp"

namespace shuwei::triage {

constexpr int64_t kIdBlock = 1024;
constexpr size_t kWindowsInMemory = 200'000;
constexpr int64_t kCopies = 10;  // first and last events kept
constexpr size_t kEntityBytes = 1024;
constexpr size_t kTextBytes = size_t{64} << 10;
constexpr size_t kEventBytes = size_t{256} << 10;

// assign() and apply() see findings through the same eyes, whoever made them and when.
void normalise(Entity& entity);
// Devices claim any time; beyond 1970 and 2100 the bound is taken, so that windows are plain arithmetic.
constexpr base::Timestamp sane_time(base::Timestamp at) {
    return std::clamp<base::Timestamp>(at, 0, 4'102'444'800 * base::kSecond);
}

struct Triage::State {
    State(ledger::Ledger& its_ledger, const work::CaseDesk& its_desk, Policy its_policy)
        : ledger(its_ledger), desk(its_desk), policy(std::move(its_policy)) {}

    ledger::Ledger& ledger;
    const work::CaseDesk& desk;
    const Policy policy;

    std::mutex assigning;  // one assign() at a time
    int64_t next_id = 0;   // of the reserved block; under `assigning`
    int64_t last_id = -1;

    std::mutex mutex;  // what follows
    WindowIndex windows{kWindowsInMemory};

    // New alerts of the present hour, by "tenant", "tenant/rule" and "tenant/rule/source".
    int64_t hour = 0;
    std::unordered_map<std::string, int64_t> new_alerts;
    // Alerts that are not closed, by tenant; read from the ledger at first use.
    std::unordered_map<TenantNumber, int64_t> open_alerts;

    // How wide a new alert for `finding` must be to keep the limits.
    Alert::Coalesced width_for(const FindingInput& finding) const;
    void count_new(const FindingInput& finding);

    // The case that `alert` belongs into by the policy, opened or joined; nothing when the policy asks for none.
    struct CaseStep {
        work::Case joined;
        bool opened = false;
    };
    base::Result<std::optional<CaseStep>> place_in_case(ledger::Transaction& transaction, const Alert& alert,
                                                        std::string_view description);
};

}  // namespace shuwei::triage
