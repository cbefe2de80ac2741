#include "shuwei/custody/verification_job.hpp"

namespace shuwei::custody {

using base::ErrorCode;
using base::fail;
using base::Result;

Result<VerificationState> VerificationJob::start(ledger::TenantScope scope, SealFilter filter, std::string by) {
    const std::scoped_lock lock(mutex_);
    if (state_.running) return fail(ErrorCode::conflict, "a verification is running already");
    state_ = {};
    state_.id = std::to_string(clock_.now() / base::kMillisecond) + "-" + std::to_string(++count_);
    state_.running = true;
    state_.started = clock_.now();
    state_.by = std::move(by);
    state_.scope = scope;
    // The thread before has nothing left to do but end: it has cleared `running`.
    thread_ = std::jthread([this, scope = std::move(scope), filter](const std::stop_token& stop) {
        VerifyRequest request;
        request.scope = scope;
        request.filter = filter;
        request.stop = stop;
        request.progress = [this](const VerifyProgress& progress) {
            const std::scoped_lock held(mutex_);
            state_.progress = progress;
        };
        auto outcome = verify_(request);
        const std::scoped_lock held(mutex_);
        state_.running = false;
        state_.finished = clock_.now();
        if (outcome) state_.outcome = std::move(*outcome);
        else state_.error = outcome.error().to_string();
    });
    return state_;
}

VerificationState VerificationJob::state() const {
    const std::scoped_lock lock(mutex_);
    return state_;
}

void VerificationJob::stop() {
    std::jthread thread;
    {
        const std::scoped_lock lock(mutex_);
        thread = std::move(thread_);
    }
    // Joined here, outside of the lock that its thread needs to end.
}

}  // namespace shuwei::custody
