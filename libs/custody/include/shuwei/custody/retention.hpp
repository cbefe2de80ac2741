// How long a tenant's events are kept: at least 180 days, unless an exception is recorded with who, why and until when.
// In the ledger, every change in the audit chain. Stateless apart from the default; thread-safe.
#pragma once

#include <string>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/custody/seal.hpp"
#include "shuwei/ledger/actor.hpp"
#include "shuwei/ledger/audit_chain.hpp"
#include "shuwei/ledger/transaction.hpp"

namespace shuwei::custody {

constexpr unsigned kLegalDays = 180;           // Cybersecurity Law of the People's Republic of China: not less than six months
constexpr unsigned kLongestDays = 36'500;
constexpr base::Duration kLongestException = 366 * base::kDay;

struct RetentionRule {
    ChainKey chain;
    unsigned days = kLegalDays;
    bool set_by_hand = false;             // else the configuration's
    std::string exception_by;             // all three are empty without an exception
    std::string exception_reason;
    base::Timestamp exception_until = 0;

    // The days that count now: fewer than 180 only while the exception lasts.
    unsigned days_at(base::Timestamp now) const { return days < kLegalDays && now >= exception_until ? kLegalDays : days; }
};

struct RetentionChange {
    unsigned days = kLegalDays;
    std::string reason;              // only, and needed, below 180 days
    base::Timestamp until = 0;       // as well; at most a year ahead
};

class Retention {
public:
    explicit Retention(unsigned default_days) : default_days_(default_days) {}

    base::Result<RetentionRule> rule(ledger::Reader& reader, ChainKey chain) const;
    // invalid_argument when the days are not allowed; audited as set_retention.
    base::Result<RetentionRule> set(ledger::Transaction& transaction, ChainKey chain, const RetentionChange& change,
                                    const ledger::Actor& actor, const ledger::AuditChain& audit, base::Timestamp now) const;

private:
    unsigned default_days_;
};

}  // namespace shuwei::custody
