// VerificationJob: the one verification that runs at a time in a server, and the outcome of the last, which outlives the
// server. Thread-safe; the destructor stops what runs.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/custody/verifier.hpp"

namespace shuwei::custody {

struct VerificationState {
    std::string id;  // empty: none was ever begun
    bool running = false;
    base::Timestamp started = 0;
    base::Timestamp finished = 0;
    std::string by;
    ledger::TenantScope scope = ledger::TenantScope::every_tenant();
    VerifyProgress progress;
    std::optional<Verification> outcome;
    std::string error;  // why there is no outcome
};

// Keeps what came out of a verification, with an audit entry for each chain that is not as it was sealed and one for the whole.
base::Result<> record_verification(ledger::Ledger& ledger, const VerificationState& state, const ledger::Actor& actor);
// The last that was recorded.
base::Result<VerificationState> last_verification(ledger::Reader& reader);

class VerificationJob {
public:
    using Verify = std::function<base::Result<Verification>(const VerifyRequest&)>;
    // The ledger must outlive the job.
    VerificationJob(Verify verify, ledger::Ledger& ledger, const base::Clock& clock);

    // conflict while one runs.
    base::Result<VerificationState> start(ledger::TenantScope scope, SealFilter filter, ledger::Actor actor);
    VerificationState state() const;
    // Whether the last verification of any of these tenants found a flaw.
    bool found_flaws(const ledger::TenantScope& scope) const;
    void stop();

private:
    Verify verify_;
    ledger::Ledger& ledger_;
    const base::Clock& clock_;
    mutable std::mutex mutex_;
    VerificationState state_;
    uint64_t count_ = 0;
    std::jthread thread_;
};

}  // namespace shuwei::custody
