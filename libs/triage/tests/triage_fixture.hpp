// A ledger with cases and alerts in it, for tests.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "shuwei/ledger/checkpoint_store.hpp"
#include "shuwei/triage/triage.hpp"

namespace shuwei::triage {

using base::kDay;
using base::kHour;
using base::kMinute;
using base::kSecond;
using ledger::Actor;
using ledger::Reader;
using ledger::Transaction;

// Stands for the tenants that `access` owns.
inline const ledger::MigrationSet kTenants{
    "access",
    {{1, "tenants", "CREATE TABLE tenant (number INTEGER PRIMARY KEY); INSERT INTO tenant VALUES (1), (2), (3);"}}};
inline const Actor kAnalyst = Actor::person("li.na", "10.0.0.7");
inline const TenantScope kAll = TenantScope::every_tenant();

inline std::filesystem::path content(const char* path) {
    return std::filesystem::path(SHUWEI_SOURCE_DIR) / "content" / path;
}

struct TriageFixture : testing::Test {
    TriageFixture() {
        std::string name = (std::filesystem::temp_directory_path() / "shuwei-triage-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        policy = *Policy::load(content("triage/policy.yaml"));
        start();
    }
    ~TriageFixture() override {
        stop();
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }

    void start() {
        auto opened =
            ledger::Ledger::open(folder, std::vector{kTenants, work::migrations(), migrations()}, clock, random);
        ASSERT_TRUE(opened) << opened.error().to_string();
        ledger = std::move(*opened);
        auto schemes = work::SlaSchemes::load(content("sla"));
        ASSERT_TRUE(schemes) << schemes.error().to_string();
        desk = std::move(*work::CaseDesk::create(std::move(*schemes), "managed-security", ledger->audit(), clock));
        triage = std::make_unique<Triage>(*ledger, *desk, policy);
    }
    void stop() {
        triage = nullptr;
        desk = nullptr;
        ledger = nullptr;
    }
    void restart() {
        stop();
        start();
    }

    FindingInput finding(std::string rule, std::string source, std::string target, base::Timestamp at,
                         Severity level = Severity::medium, TenantNumber tenant = 1) {
        FindingInput f;
        f.tenant = tenant;
        f.seq = ++seq;
        f.event_time = at;
        f.received = clock.now();
        f.rule_id = std::move(rule);
        f.rule_title = "Title of " + f.rule_id;
        f.rule_title_zh = "规则 " + f.rule_id;
        f.level = level;
        f.tags = {"attack.credential_access", "attack.t1110"};
        f.description = "说明";
        f.advice = {"先看来源", "再看目标"};
        f.reason_json = R"({"matches":[]})";
        if (!source.empty()) f.source = {"ip", std::move(source), "source.ip", ""};
        if (!target.empty()) f.target = {"host", std::move(target), "host.name", ""};
        return f;
    }

    void assign(std::vector<FindingInput>& findings) {
        const auto assigned = triage->assign(findings);
        ASSERT_TRUE(assigned) << assigned.error().to_string();
        for (FindingInput& f : findings) {
            EXPECT_GT(f.alert_id, 0);
            if (f.keep_event) f.event_json = R"({"shuwei.seq":)" + std::to_string(f.seq) + "}";
        }
    }
    std::vector<AlertChange> apply(const std::vector<FindingInput>& findings) {
        auto changes = ledger->transaction([&](Transaction& t) -> base::Result<std::vector<AlertChange>> {
            TRY_ASSIGN(auto done, triage->apply(t, findings));
            TRY(ledger::CheckpointStore::set(t, "pipeline", findings.back().seq));
            return done;
        });
        EXPECT_TRUE(changes) << changes.error().to_string();
        return changes ? std::move(*changes) : std::vector<AlertChange>{};
    }
    std::vector<AlertChange> flush(std::vector<FindingInput> findings) {
        assign(findings);
        return apply(findings);
    }
    AlertPage list(const AlertFilter& filter = {}, const TenantScope& scope = kAll) {
        auto page = ledger->read([&](Reader& r) { return triage->list(r, scope, filter); });
        EXPECT_TRUE(page) << page.error().to_string();
        return page ? std::move(*page) : AlertPage{};
    }
    Alert find(int64_t id) {
        return *ledger->read([&](Reader& r) { return triage->find(r, kAll, id); });
    }
    AlertDetail detail(int64_t id) {
        return *ledger->read([&](Reader& r) { return triage->detail(r, kAll, id); });
    }
    Alert update(int64_t id, const AlertUpdate& change) {
        auto updated =
            ledger->transaction([&](Transaction& t) { return triage->update(t, kAll, id, change, kAnalyst); });
        EXPECT_TRUE(updated) << updated.error().to_string();
        return updated ? *updated : Alert{};
    }
    std::vector<work::Case> cases() {
        return ledger->read([&](Reader& r) { return desk->list(r, kAll, {.order = work::CaseOrder::opened}); })->items;
    }
    int64_t total_count() {
        return *ledger->read([](Reader& r) { return r.query_integer("SELECT coalesce(sum(count), 0) FROM alert"); });
    }

    std::filesystem::path folder;
    base::ManualClock clock{1'795'230'000 * kSecond};  // 2026-11-21T03:00:00Z
    base::SystemRandom random;
    Policy policy;
    std::unique_ptr<ledger::Ledger> ledger;
    std::unique_ptr<work::CaseDesk> desk;
    std::unique_ptr<Triage> triage;
    uint64_t seq = 0;
};

}  // namespace shuwei::triage
