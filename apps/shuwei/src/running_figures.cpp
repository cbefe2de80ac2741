#include "running_figures.hpp"

namespace shuwei::app {

void RunningFigures::set_listeners(std::vector<api::ListenerState> listeners) {
    const std::scoped_lock lock(mutex_);
    listeners_ = std::move(listeners);
}

void RunningFigures::set_content_remarks(std::string rules, std::string packs) {
    const std::scoped_lock lock(mutex_);
    rules_remark_ = std::move(rules);
    packs_remark_ = std::move(packs);
}

void RunningFigures::refresh_stored_bytes(const std::vector<uint32_t>& tenants) {
    std::map<uint32_t, uint64_t> bytes;
    for (const uint32_t tenant : tenants) {
        const auto stats = store_.stats(tenant);
        if (stats) bytes[tenant] = stats->bytes_on_disk;
    }
    const std::scoped_lock lock(mutex_);
    stored_bytes_ = std::move(bytes);
}

double RunningFigures::events_per_second(const ledger::TenantScope& scope) const {
    return pipeline_.live().per_second(scope, clock_.now());
}

std::vector<api::SourceRate> RunningFigures::source_rates(const ledger::TenantScope& scope) const {
    std::vector<api::SourceRate> rates;
    for (auto& rate : pipeline_.live().source_rates(scope, clock_.now())) {
        rates.push_back({std::move(rate.key), rate.per_second, {rate.series.begin(), rate.series.end()}});
    }
    return rates;
}

std::vector<api::ListenerState> RunningFigures::listeners() const {
    const std::scoped_lock lock(mutex_);
    return listeners_;
}

uint64_t RunningFigures::waiting_events() const {
    const uint64_t written = spool_.written_seq();
    const uint64_t done = pipeline_.checkpoint();
    return written > done ? written - done : 0;
}

uint64_t RunningFigures::stored_bytes(const ledger::TenantScope& scope) const {
    const std::scoped_lock lock(mutex_);
    uint64_t sum = 0;
    for (const auto& [tenant, bytes] : stored_bytes_) {
        if (scope.contains(tenant)) sum += bytes;
    }
    return sum;
}

std::map<std::string, uint64_t> RunningFigures::pack_events() const { return pipeline_.live().pack_events(); }

std::vector<api::ReadinessPart> RunningFigures::readiness() const {
    const auto ledger = ledger_.check();
    const auto worker = store_.worker_state();
    const std::string trouble = pipeline_.trouble();
    const std::scoped_lock lock(mutex_);
    return {{"ledger", ledger.has_value(), ledger ? "" : ledger.error().to_string()},
            {"event_store", worker.ready, worker.ready ? "" : worker.last_error},
            {"spool", !spool_.full(), spool_.full() ? "full: inputs are refused until there is room" : ""},
            {"pipeline", trouble.empty(), trouble},
            {"rules", true, rules_remark_},
            {"packs", true, packs_remark_}};
}

bool RunningFigures::room_is_out() const { return spool_.full(); }

}  // namespace shuwei::app
