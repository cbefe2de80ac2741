#include "shuwei/custody/verification_job.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "shuwei/base/log.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::custody {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

// "*", or numbers with commas.
std::string scope_text(const ledger::TenantScope& scope) {
    if (scope.sees_every_tenant()) return "*";
    return fmt::format("{}", fmt::join(scope.tenants(), ","));
}

ledger::TenantScope scope_of(std::string_view text) {
    if (text == "*") return ledger::TenantScope::every_tenant();
    std::vector<ledger::TenantNumber> tenants;
    while (!text.empty()) {
        const size_t end = std::min(text.find(','), text.size());
        if (const auto number = base::parse_uint(text.substr(0, end))) tenants.push_back(static_cast<ledger::TenantNumber>(*number));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return ledger::TenantScope::only(std::move(tenants));
}

}  // namespace

Result<> record_verification(ledger::Ledger& ledger, const VerificationState& state, const ledger::Actor& actor) {
    const std::string outcome = state.outcome ? state.outcome->to_json([](ledger::TenantNumber tenant) { return std::to_string(tenant); }) : "";
    return ledger.transaction([&](ledger::Transaction& t) -> Result<> {
        TRY(t.execute("INSERT OR REPLACE INTO verification (id, actor, tenants, started, finished, events, outcome, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                      {state.id, state.by, scope_text(state.scope), state.started, state.finished, state.progress.events_done, outcome, state.error}));
        uint64_t events = 0;
        if (state.outcome) {
            for (const ChainReport& chain : state.outcome->chains) {
                events += chain.events;
                if (chain.flaws.empty()) continue;
                TRY(ledger.audit().append(t, actor, {"verification_flaw", fmt::format("events, retention class {}", chain.chain.retention_class),
                                                     fmt::format("{}; flaws: {}", chain.flaws.front().message, chain.flaws.size()), chain.chain.tenant,
                                                     ledger::AuditResult::failed}));
            }
        }
        const bool fine = state.outcome && state.outcome->ok();
        TRY(ledger.audit().append(t, actor, {"finish_verification", "events",
                                                fmt::format("verification {}: {}", state.id,
                                                            state.outcome ? fmt::format("{} events compared, {}", events, fine ? "all as sealed" : "not all as sealed")
                                                                          : state.error),
                                                0, fine ? ledger::AuditResult::ok : ledger::AuditResult::failed}));
        return {};
    });
}

Result<VerificationState> last_verification(ledger::Reader& reader) {
    VerificationState state;
    TRY_ASSIGN(const auto row, reader.query_one("SELECT * FROM verification ORDER BY finished DESC LIMIT 1"));
    if (!row) return state;
    state.id = row->text("id");
    state.by = row->text("actor");
    state.scope = scope_of(row->text("tenants"));
    state.started = row->integer("started");
    state.finished = row->integer("finished");
    state.progress.events_done = state.progress.events_total = static_cast<uint64_t>(row->integer("events"));
    state.error = row->text("error");
    if (state.error.empty()) {
        TRY_ASSIGN(state.outcome, Verification::parse(row->text("outcome")));
    }
    return state;
}

VerificationJob::VerificationJob(Verify verify, ledger::Ledger& ledger, const base::Clock& clock)
    : verify_(std::move(verify)), ledger_(ledger), clock_(clock) {
    auto last = ledger_.read([](ledger::Reader& reader) { return last_verification(reader); });
    if (last) state_ = std::move(*last);
    else base::log::warning("the last verification cannot be read", {{"error", last.error().to_string()}});
}

Result<VerificationState> VerificationJob::start(ledger::TenantScope scope, SealFilter filter, ledger::Actor actor) {
    const std::scoped_lock lock(mutex_);
    if (state_.running) return fail(ErrorCode::conflict, "a verification is running already");
    state_ = {};
    state_.id = std::to_string(clock_.now() / base::kMillisecond) + "-" + std::to_string(++count_);
    state_.running = true;
    state_.started = clock_.now();
    state_.by = actor.name;
    state_.scope = scope;
    // The thread before has nothing left to do but end: it has cleared `running`.
    thread_ = std::jthread([this, scope = std::move(scope), filter, actor = std::move(actor)](const std::stop_token& stop) {
        VerifyRequest request;
        request.scope = scope;
        request.filter = filter;
        request.stop = stop;
        request.progress = [this](const VerifyProgress& progress) {
            const std::scoped_lock held(mutex_);
            state_.progress = progress;
        };
        auto outcome = verify_(request);
        VerificationState after = state();
        after.running = false;
        after.finished = clock_.now();
        if (outcome) after.outcome = std::move(*outcome);
        else after.error = outcome.error().to_string();
        if (after.outcome && !after.outcome->ok()) {
            base::log::error("stored events are not what was sealed", {{"first", after.outcome->first_flaw()->message}, {"verification", after.id}});
        }
        if (auto kept = record_verification(ledger_, after, actor); !kept) {
            base::log::error("a verification was not recorded", {{"error", kept.error().to_string()}});
        }
        const std::scoped_lock held(mutex_);
        state_ = std::move(after);
    });
    return state_;
}

VerificationState VerificationJob::state() const {
    const std::scoped_lock lock(mutex_);
    return state_;
}

bool VerificationJob::found_flaws(const ledger::TenantScope& scope) const {
    const std::scoped_lock lock(mutex_);
    if (!state_.outcome) return false;
    return std::any_of(state_.outcome->chains.begin(), state_.outcome->chains.end(),
                       [&](const ChainReport& chain) { return !chain.flaws.empty() && scope.contains(chain.chain.tenant); });
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
