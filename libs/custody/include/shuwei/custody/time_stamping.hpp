// TimeStamping: has the last seal of every chain stamped by a third party (RFC 3161), which dates everything before it too.
// Blocks on the network; stamp() is called by one thread at a time, state() by any.
#pragma once

#include <mutex>
#include <string>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/random.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/custody/seal_log.hpp"
#include "shuwei/ledger/ledger.hpp"

namespace shuwei::custody {

struct TimeStampingOptions {
    std::string authority;     // URL; http or https
    std::string certificates;  // PEM file: a stamp that these do not vouch for is not stored; empty: whichever comes
};

struct TimeStampingState {
    std::string authority;     // empty: nobody is asked
    base::Timestamp last = 0;  // when a stamp came; 0: none since the start
    std::string error;         // of the last attempt; empty: it went well
};

class TimeStamping {
public:
    // All must outlive it.
    TimeStamping(ledger::Ledger& ledger, const SealLog& seals, const base::Clock& clock, base::Random& random, TimeStampingOptions options);

    // How many seals were stamped; those that bear a stamp already are passed over. On an error those before it are kept.
    base::Result<size_t> stamp();
    TimeStampingState state() const;

private:
    base::Result<size_t> stamp_each();
    base::Result<std::string> token_for(const crypto::Digest& link);

    ledger::Ledger& ledger_;
    const SealLog& seals_;
    const base::Clock& clock_;
    base::Random& random_;
    TimeStampingOptions options_;
    mutable std::mutex mutex_;
    TimeStampingState state_;
};

}  // namespace shuwei::custody
