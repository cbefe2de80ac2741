// VerificationJob: the one verification that runs at a time in a server, and the outcome of the last. Thread-safe; the
// destructor stops what runs.
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

class VerificationJob {
public:
    using Verify = std::function<base::Result<Verification>(const VerifyRequest&)>;
    VerificationJob(Verify verify, const base::Clock& clock) : verify_(std::move(verify)), clock_(clock) {}

    // conflict while one runs.
    base::Result<VerificationState> start(ledger::TenantScope scope, SealFilter filter, std::string by);
    VerificationState state() const;
    void stop();

private:
    Verify verify_;
    const base::Clock& clock_;
    mutable std::mutex mutex_;
    VerificationState state_;
    uint64_t count_ = 0;
    std::jthread thread_;
};

}  // namespace shuwei::custody
