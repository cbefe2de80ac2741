// What is done with whole days of stored events while the server runs: days beyond their tenant's retention are recorded
// as retired and dropped, older ones move to the archive, finished ones get their indexes. Takes long; one thread calls it.
#pragma once

#include <optional>
#include <stop_token>

#include "shuwei/base/clock.hpp"
#include "shuwei/custody/retention.hpp"
#include "shuwei/custody/seal_log.hpp"
#include "shuwei/eventstore/event_store.hpp"
#include "shuwei/ledger/ledger.hpp"

namespace shuwei::custody {

class DayCare {
public:
    // `archive_after_days` without a value: nothing is moved. All must outlive it.
    DayCare(ledger::Ledger& ledger, const SealLog& seals, const Retention& retention, eventstore::EventStore& store,
            std::optional<unsigned> archive_after_days)
        : ledger_(ledger), seals_(seals), retention_(retention), store_(store), archive_after_days_(archive_after_days) {}

    void care(uint32_t tenant, base::Timestamp now, const std::stop_token& stop);

private:
    base::Result<> retire(uint32_t tenant, base::Timestamp now);

    ledger::Ledger& ledger_;
    const SealLog& seals_;
    const Retention& retention_;
    eventstore::EventStore& store_;
    std::optional<unsigned> archive_after_days_;
};

}  // namespace shuwei::custody
