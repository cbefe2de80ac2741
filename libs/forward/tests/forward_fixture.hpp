// A ledger with two tenants, a store of targets, and events made up in memory, for the tests of forward.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <functional>
#include <thread>

#include "shuwei/forward/forwarder.hpp"
#include "shuwei/forward/target_store.hpp"
#include "shuwei/ledger/ledger.hpp"

namespace shuwei::forward {

// Stands for the tenants that `access` owns.
inline const ledger::MigrationSet kTenants{
    "access", {{1, "tenants", "CREATE TABLE tenant (number INTEGER PRIMARY KEY); INSERT INTO tenant VALUES (1), (2);"}}};

inline eventstore::StoredEvent made_event(uint64_t seq, std::string raw = {}) {
    eventstore::StoredEvent event;
    event.tenant = 1;
    event.seq = seq;
    event.time = 1'795'348'800 * base::kSecond + static_cast<base::Timestamp>(seq) * base::kMillisecond;
    event.received = event.time + base::kSecond;
    event.peer = *base::IpAddress::parse("10.1.2.3");
    event.raw = raw.empty() ? "<38>line " + std::to_string(seq) : std::move(raw);
    event.json = R"({"shuwei.seq":)" + std::to_string(seq) + R"(,"host.name":"gw"})";
    return event;
}

class ForwardTest : public testing::Test {
protected:
    ForwardTest() {
        std::signal(SIGPIPE, SIG_IGN);
        std::string name = (std::filesystem::temp_directory_path() / "shuwei-forward-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        auto opened = ledger::Ledger::open(folder, std::vector{kTenants, migrations()}, clock, random);
        EXPECT_TRUE(opened) << opened.error().to_string();
        ledger = std::move(*opened);
        box = std::make_unique<crypto::SecretBox>(*crypto::SecretBox::open(folder / "secrets.key", random));
        store = std::make_unique<TargetStore>(*box);
    }
    ~ForwardTest() override {
        ledger = nullptr;
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }

    base::Result<Target> add(TargetSettings settings, TargetSecrets secrets = {}, ledger::TenantNumber tenant = 1) {
        return ledger->transaction([&](ledger::Transaction& t) {
            return store->add(t, {tenant, TargetOrigin::page, std::move(settings), std::move(secrets), 0, clock.now(), false}, actor, ledger->audit());
        });
    }
    base::Result<Target> find(int64_t id, ledger::TenantNumber tenant = 1) {
        return ledger->read([&](ledger::Reader& r) { return store->find(r, ledger::TenantScope::only(tenant), id); });
    }

    // Events 1 … committed of tenant 1, as far as the filter's text, if any, is in the raw line.
    EventLog log() {
        return {[this](const eventstore::ReplayRequest& request, const std::function<bool(eventstore::StoredEvent&&)>& row) -> base::Result<uint64_t> {
                    uint64_t given = 0;
                    for (uint64_t seq = request.after + 1; seq <= request.until && request.tenant == 1; ++seq) {
                        eventstore::StoredEvent event = made_event(seq);
                        if (request.predicate.kind == event::Predicate::Kind::free_text &&
                            event.raw.find(request.predicate.value) == std::string::npos) {
                            continue;
                        }
                        ++given;
                        if (!row(std::move(event))) break;
                    }
                    return given;
                },
                [this] { return committed.load(); }};
    }

    std::unique_ptr<Forwarder> forwarder() {
        ForwarderOptions options;
        options.poll = base::kMillisecond;
        options.keep_every = 0;
        options.retry_first = 2 * base::kMillisecond;
        options.retry_longest = 20 * base::kMillisecond;
        options.range = 500;
        return std::make_unique<Forwarder>(*ledger, *store, log(), [](ledger::TenantNumber n) { return n == 1 ? "alpha" : "beta"; }, clock, random, metrics, options);
    }

    static bool until(const std::function<bool()>& condition) {
        for (int i = 0; i < 3000; ++i) {
            if (condition()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return false;
    }

    std::filesystem::path folder;
    base::ManualClock clock{1'795'349'000 * base::kSecond};
    base::SystemRandom random;
    base::Metrics metrics;
    std::unique_ptr<ledger::Ledger> ledger;
    std::unique_ptr<crypto::SecretBox> box;
    std::unique_ptr<TargetStore> store;
    const ledger::Actor actor = ledger::Actor::person("admin", "127.0.0.1");
    std::atomic<uint64_t> committed = 0;
};

}  // namespace shuwei::forward
