// What a flush costs the ledger: 1,000 findings into one alert, fifty alerts, a thousand new alerts.
#include <benchmark/benchmark.h>

#include <filesystem>

#include "shuwei/ledger/checkpoint_store.hpp"
#include "shuwei/triage/triage.hpp"

namespace shuwei::triage {
namespace {

void apply(benchmark::State& state) {
    const auto alerts = static_cast<uint64_t>(state.range(0));
    const bool fresh_pairs = state.range(1) != 0;
    std::string folder = (std::filesystem::current_path() / "triage-bench-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return state.SkipWithError("no folder");
    base::SystemClock clock;
    base::SystemRandom random;
    const ledger::MigrationSet tenants{
        "access", {{1, "tenants", "CREATE TABLE tenant (number INTEGER PRIMARY KEY); INSERT INTO tenant VALUES (1);"}}};
    auto ledger = ledger::Ledger::open(folder, std::vector{tenants, work::migrations(), migrations()}, clock, random);
    auto schemes = work::SlaSchemes::load(std::filesystem::path(SHUWEI_SOURCE_DIR) / "content" / "sla");
    if (!ledger || !schemes) return state.SkipWithError("no ledger");
    auto desk = work::CaseDesk::create(std::move(*schemes), "managed-security", (*ledger)->audit(), clock);
    Policy policy;
    policy.new_per_hour_rule = policy.new_per_hour_tenant = policy.open_per_tenant = 1'000'000'000;
    Triage triage(**ledger, **desk, policy);
    uint64_t seq = 0;
    int64_t round = 0;
    for (auto _ : state) {
        ++round;
        std::vector<FindingInput> findings(1000);
        for (FindingInput& f : findings) {
            f.tenant = 1;
            f.seq = ++seq;
            f.event_time = f.received = clock.now();
            f.rule_id = "0f06a3a5-6a09-413f-8743-e6cf35561297";
            f.rule_title = "Possible password guessing over SSH";
            f.tags = {"attack.credential_access", "attack.t1110"};
            f.reason_json = std::string(400, ' ');
            f.source = {"ip", std::to_string(seq % alerts) + (fresh_pairs ? "-" + std::to_string(round) : ""),
                        "source.ip", ""};
            f.target = {"host", "web-01", "host.name", ""};
        }
        if (!triage.assign(findings)) return state.SkipWithError("assign");
        for (FindingInput& f : findings)
            if (f.keep_event) f.event_json = std::string(1500, 'x');
        const auto done = (*ledger)->transaction([&](ledger::Transaction& t) -> base::Result<> {
            TRY(triage.apply(t, findings));
            return ledger::CheckpointStore::set(t, "pipeline", seq);
        });
        if (!done) return state.SkipWithError(done.error().to_string().c_str());
    }
    state.SetItemsProcessed(state.iterations() * 1000);
    std::filesystem::remove_all(folder);
}

BENCHMARK(apply)
    ->ArgNames({"alerts", "new"})
    ->Args({1, 0})
    ->Args({50, 0})
    ->Args({1000, 0})
    ->Args({1000, 1})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace shuwei::triage
