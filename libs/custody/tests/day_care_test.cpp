// Days retired and moved with a clock of the test's own, on a real event store, and verified afterwards.
#include "shuwei/custody/day_care.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "shuwei/base/file.hpp"
#include "shuwei/base/random.hpp"
#include "shuwei/custody/verification_job.hpp"
#include "shuwei/eventstore/row_buffer.hpp"
#include "shuwei/ledger/checkpoint_store.hpp"

namespace shuwei::custody {
namespace {

constexpr base::Timestamp kNoon = 1'795'348'800 * base::kSecond;  // 2026-11-22T12:00:00Z
constexpr ChainKey kChain{1, 0};

template <typename T>
T must(base::Result<T> result) {
    if (!result) throw std::runtime_error(result.error().to_string());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class DayCareTest : public testing::Test {
protected:
    DayCareTest() {
        std::filesystem::create_directories(folder);
        open_store(folder / "archive");
        must(store->create_tenant(1));
        must(ledger->transaction([&](ledger::Transaction& t) { return log.begin(t, 0); }));
    }
    ~DayCareTest() override {
        store.reset();
        std::filesystem::remove_all(folder);
    }

    void open_store(const std::filesystem::path& archive) {
        store.reset();
        store = must(eventstore::EventStore::open(options(archive)));
        verifier.emplace(*ledger, log, *store, "pipeline");
    }
    eventstore::EventStoreOptions options(const std::filesystem::path& archive) const {
        eventstore::EventStoreOptions store_options;
        store_options.data_folder = folder / "events";
        store_options.program = base::program_folder() / "eventstore_test_worker";
        store_options.worker_arguments = {};
        store_options.archive_folder = archive;
        return store_options;
    }
    // Ten events of a day, stored and sealed as the pipeline does it.
    void receive(base::Timestamp at, ChainKey chain = kChain) {
        event::EventBatch batch;
        std::vector<Leaf> leaves;
        eventstore::EventEncoder encoder;
        for (int i = 0; i < 10; ++i) {
            event::Event& event = batch.add_event();
            event.seq = ++seq;
            event.tenant = 1;
            event.time = event.received = at;
            event.raw = batch.store("line " + std::to_string(seq));
            leaves.push_back({seq, at, leaf_digest({seq, at, event.peer, event.raw})});
        }
        for (const event::Event& event : batch) encoder.add(batch, event, {}, chain.retention_class);
        must(store->append(1, must(encoder.finish())));
        must(ledger->transaction([&](ledger::Transaction& t) -> base::Result<> {
            TRY(log.append(t, chain, leaves));
            TRY(log.close(t, std::nullopt));
            return ledger::CheckpointStore::set(t, "pipeline", seq);
        }));
    }
    Verification verify() { return must(verifier->verify({})); }
    uint64_t stored() { return must(store->count({{1}, {}, {}, {}})); }

    std::filesystem::path folder = std::filesystem::temp_directory_path() / ("shuwei-care-" + base::SystemRandom().hex(8));
    base::ManualClock clock{kNoon};
    base::SystemRandom random;
    std::unique_ptr<ledger::Ledger> ledger = [this] {
        std::filesystem::create_directories(folder);
        const std::array sets{migrations()};
        return must(ledger::Ledger::open(folder, sets, clock, random));
    }();
    SealLog log{folder, ledger->audit()};
    Retention retention{200};
    std::unique_ptr<eventstore::EventStore> store;
    std::optional<Verifier> verifier;
    uint64_t seq = 0;
};

TEST_F(DayCareTest, ADayBeyondRetentionGoesAndIsRecordedSo) {
    receive(kNoon);
    receive(kNoon + base::kDay);
    DayCare care(*ledger, log, retention, *store, std::nullopt);
    care.care(1, kNoon + 200 * base::kDay, {});
    EXPECT_EQ(stored(), 20u) << "the first day is kept until it is wholly older";
    care.care(1, kNoon + 201 * base::kDay, {});
    EXPECT_EQ(stored(), 10u);
    const Verification after = verify();
    ASSERT_EQ(after.chains.size(), 1u);
    EXPECT_TRUE(after.ok()) << after.first_flaw()->message;
    EXPECT_EQ(after.chains[0].retired_events, 10u);
    EXPECT_EQ(after.chains[0].events, 10u);
    EXPECT_FALSE(std::filesystem::exists(folder / "seals/1-0/20261122.tags"));
    const auto audited = must(ledger->read([&](ledger::Reader& r) { return ledger->audit().list(r, {.action = "retire_events"}); }));
    ASSERT_EQ(audited.size(), 1u);
    // The same removed by hand is no retirement.
    (void)must(store->apply_retention(1, 0, kNoon + 2 * base::kDay));
    const Verification broken = verify();
    ASSERT_NE(broken.first_flaw(), nullptr);
    EXPECT_EQ(broken.first_flaw()->kind, FlawKind::missing);
    EXPECT_EQ(broken.first_flaw()->seq, 11u);
}

TEST_F(DayCareTest, OlderDaysMoveAndAreFoundVerifiedAndRetiredAsBefore) {
    receive(kNoon);
    receive(kNoon + 40 * base::kDay);
    DayCare care(*ledger, log, retention, *store, 30);
    care.care(1, kNoon + 41 * base::kDay, {});
    EXPECT_EQ(stored(), 20u);
    EXPECT_TRUE(verify().ok());
    EXPECT_EQ(must(store->archive_days(1, kNoon + base::kDay)), 0u) << "it has been moved";
    care.care(1, kNoon + 201 * base::kDay, {});
    EXPECT_EQ(stored(), 10u);
    EXPECT_TRUE(verify().ok());
    EXPECT_EQ(verify().chains.at(0).retired_events, 10u);
}

TEST_F(DayCareTest, AnArchiveThatIsNotThereIsSaidSo) {
    receive(kNoon);
    (void)must(store->archive_days(1, kNoon + base::kDay));
    store.reset();
    std::filesystem::rename(folder / "archive", folder / "unmounted");
    std::filesystem::create_directories(folder / "archive");
    for (const auto& configured : {folder / "archive", std::filesystem::path()}) {
        const auto opened = eventstore::EventStore::open(options(configured));
        ASSERT_FALSE(opened);
        EXPECT_NE(opened.error().to_string().find("mounted"), std::string::npos) << opened.error().to_string();
    }
    std::filesystem::remove(folder / "archive");
    std::filesystem::rename(folder / "unmounted", folder / "archive");
    open_store({});
    EXPECT_EQ(stored(), 10u);
}

TEST_F(DayCareTest, AFlawIsKeptAudited) {
    receive(kNoon);
    Verification broken = verify();
    broken.chains.at(0).flaws.push_back({FlawKind::missing, kChain, 1, 5, "event 5 is missing"});
    {
        VerificationJob job([&](const VerifyRequest&) { return broken; }, *ledger, clock);
        EXPECT_FALSE(job.found_flaws(ledger::TenantScope::every_tenant()));
        (void)must(job.start(ledger::TenantScope::every_tenant(), {}, ledger::Actor::person("wang", "")));
        job.stop();
    }
    const VerificationJob later([&](const VerifyRequest&) { return broken; }, *ledger, clock);
    EXPECT_TRUE(later.found_flaws(ledger::TenantScope::only(1)));
    EXPECT_FALSE(later.found_flaws(ledger::TenantScope::only(2)));
    ASSERT_TRUE(later.state().outcome);
    EXPECT_EQ(later.state().outcome->first_flaw()->seq, 5u);
    EXPECT_EQ(later.state().by, "wang");
    const auto audited = must(ledger->read([&](ledger::Reader& r) { return ledger->audit().list(r, {.action = "verification_flaw"}); }));
    ASSERT_EQ(audited.size(), 1u);
    EXPECT_EQ(audited[0].record.tenant, 1u);
}

}  // namespace
}  // namespace shuwei::custody
