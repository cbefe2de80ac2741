// What holds when things go wrong: a worker that dies, limits that are passed, searches beside appends.
#include <linux/landlock.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include "shuwei/base/text.hpp"
#include "shuwei/eventstore/kql.hpp"
#include "store_fixture.hpp"
#include "worker_process.hpp"

namespace shuwei::eventstore {
namespace {

using event::EventBatch;
using event::Predicate;

constexpr base::Duration kGenerous = 120 * base::kSecond;

class Durability : public StoreTest {};

RowBuffer rows_of(uint64_t first, uint64_t count, int days = 2) {
    EventBatch batch;
    for (uint64_t seq = first; seq < first + count; ++seq) {
        const base::Timestamp received = kNoon + static_cast<int64_t>(seq % static_cast<uint64_t>(days)) * base::kDay;
        event::Event& event = add_line(batch, seq, "<38>sshd[42]: Failed password for root from 10.1.2.3 port 50022 ssh2", kNoon, received);
        batch.add(event, event::source_ip, "10.1.2.3");
        batch.add(event, event::user_name, "root");
    }
    return encode(batch);
}

TEST_F(Durability, SurvivesTwentyKillsOfTheWorkerWithoutLossOrDoubles) {
    constexpr uint64_t kRows = 3000;
    std::atomic<bool> stop{false};
    std::atomic<int> kills{0};
    std::thread killer([&] {
        std::mt19937 random(7);
        while (kills < 20 && !stop) {
            if (!store().wait_ready(kGenerous)) break;
            // A moment of its choosing within an append.
            const base::Timestamp moment = base::monotonic_now() + static_cast<int64_t>(random() % 40) * base::kMillisecond;
            while (base::monotonic_now() < moment) std::this_thread::yield();
            const int pid = store().worker_state().pid;
            if (pid <= 0 || ::kill(pid, SIGKILL) != 0) continue;
            ++kills;
            while (store().worker_state().pid == pid) std::this_thread::yield();
        }
    });
    uint64_t next = 1;
    std::vector<uint64_t> acknowledged;
    int in_doubt = 0;
    while (kills < 20) {
        const RowBuffer rows = rows_of(next, kRows);
        Delivery delivery = Delivery::first;
        while (true) {
            const auto done = store().append(tenant(), rows, delivery);
            if (done) break;
            ASSERT_EQ(done.error().code(), base::ErrorCode::unavailable) << done.error().to_string();
            ++in_doubt;
            delivery = Delivery::repeated;
            ASSERT_TRUE(store().wait_ready(kGenerous));
        }
        next += kRows;
    }
    stop = true;
    killer.join();
    ASSERT_TRUE(store().wait_ready(kGenerous));
    EXPECT_GT(in_doubt, 0);
    EXPECT_GE(store().worker_state().restarts, 20u);
    const auto stored = store().present(tenant(), 0);
    ASSERT_OK(stored);
    ASSERT_EQ(stored->size(), next - 1);
    EXPECT_EQ(stored->front(), 1u);
    EXPECT_EQ(stored->back(), next - 1);
    EXPECT_EQ(*store().count(scope()), next - 1);  // none doubled
    EXPECT_EQ(*store().last_seq(), next - 1);
}

TEST_F(Durability, RepeatingAnAppendAddsOnlyWhatIsMissing) {
    ASSERT_OK(store().append(tenant(), rows_of(1, 10)));
    ASSERT_OK(store().append(tenant(), rows_of(5, 10), Delivery::repeated));
    EXPECT_EQ(*store().count(scope()), 14u);
    ASSERT_OK(store().append(tenant(), rows_of(5, 10), Delivery::repeated));
    EXPECT_EQ(*store().count(scope()), 14u);
    const auto seqs = store().present(tenant(), 3, 6);
    ASSERT_OK(seqs);
    EXPECT_EQ(*seqs, (std::vector<uint64_t>{3, 4, 5, 6}));
    const std::vector<Finding> findings = {{7, kNoon, kNoon, "a1", "r1", "h", "high", "{}", "10.1.2.3", "gw", "source.ip", "host.name"}};
    ASSERT_OK(store().append_findings(tenant(), findings));
    ASSERT_OK(store().append_findings(tenant(), findings, Delivery::repeated));
    EXPECT_EQ(store().findings_from(tenant(), 0)->size(), 1u);
}

TEST_F(Durability, KeepsFindingsWithTheirReasons) {
    const std::vector<Finding> findings = {
        {3, kNoon + base::kSecond, kNoon, "17", "rule-a", "h1", "high", R"({"selection":"sel","value":"'\n\n"})", "10.1.2.3", "gw"},
        {4, kNoon + base::kSecond, kNoon + base::kSecond, "17", "rule-a", "h1", "high", "{}", "10.1.2.3", "gw"},
        {4, kNoon + base::kSecond, kNoon + base::kSecond, "18", "rule-b", "h2", "low", "{}", "", "登录"},
    };
    ASSERT_OK(store().append_findings(tenant(), findings));
    const auto all = store().findings_from(tenant(), 0);
    ASSERT_OK(all);
    EXPECT_EQ(*all, findings);
    EXPECT_EQ(store().findings_from(tenant(), 4)->size(), 2u);
    FindingsRequest request;
    request.tenants = {tenant()};
    request.alert_id = "17";
    auto found = store().findings(request);
    ASSERT_OK(found);
    ASSERT_EQ(found->size(), 2u);
    EXPECT_EQ((*found)[0].finding, findings[1]);
    EXPECT_EQ((*found)[0].tenant, tenant());
    request.after = Cursor{findings[1].time, findings[1].seq};
    EXPECT_EQ(store().findings(request)->size(), 1u);
    request = {};
    request.tenants = {tenant()};
    request.seq = 4;
    EXPECT_EQ(store().findings(request)->size(), 2u);
    request.alert_id = "1' OR 1 = 1 --";
    EXPECT_EQ(store().findings(request)->size(), 0u);
}

TEST_F(Durability, SearchesWhileItAppends) {
    std::atomic<bool> stop{false};
    std::atomic<uint64_t> searches{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 6; ++i) {  // more than there are readers
        readers.emplace_back([&] {
            while (!stop) {
                SearchRequest request;
                request.scope = scope(*parse_kql("source.ip:10.1.* and failed"));
                request.limit = 10;
                const auto found = store().search(request);
                EXPECT_TRUE(found) << found.error().to_string();
                ++searches;
            }
        });
    }
    uint64_t next = 1;
    while (next <= 40'000 || searches < 20) {
        ASSERT_OK(store().append(tenant(), rows_of(next, 4000)));
        next += 4000;
    }
    stop = true;
    for (std::thread& reader : readers) reader.join();
    EXPECT_EQ(*store().count(scope(*parse_kql("source.ip:10.1.* and failed"))), next - 1);
}

TEST_F(Durability, EndsQueriesAtTheirLimits) {
    ASSERT_OK(store().append(tenant(), rows_of(1, 60'000, 1)));
    // A condition that takes long on every row.
    std::vector<Predicate> many;
    for (int i = 0; i < 400; ++i) many.push_back(Predicate::compare("event.original", event::Comparison::wildcard, "*x?y" + std::to_string(i) + "*z*"));
    const Scope slow = scope(Predicate::any_of(std::move(many)));

    QueryLimits limits;
    limits.time = 30 * base::kMillisecond;
    const auto late = store().count(slow, limits);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code(), base::ErrorCode::deadline_exceeded) << late.error().to_string();

    std::stop_source stop;
    limits.time = kGenerous;
    limits.stop = stop.get_token();
    std::thread caller([&] {
        const auto stopped = store().count(slow, limits);
        EXPECT_TRUE(stopped || stopped.error().code() == base::ErrorCode::cancelled);
    });
    stop.request_stop();
    caller.join();

    limits = {};
    limits.memory_bytes = 100'000;
    FieldStatsRequest request;
    request.scope = scope();
    request.field = "shuwei.seq";
    request.limits = limits;
    const auto large = store().field_stats(request);
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().code(), base::ErrorCode::resource_exhausted) << large.error().to_string();
    // And the store is none the worse.
    EXPECT_EQ(*store().count(scope()), 60'000u);
}

TEST_F(Durability, StreamsWithoutAnEndAndStopsWhenTold) {
    ASSERT_OK(store().append(tenant(), rows_of(1, 30'000, 1)));
    SearchRequest request;
    request.scope = scope();
    request.limit = 0;
    request.order = Order::oldest_first;
    uint64_t expected = 1;
    const auto all = store().stream(request, [&](StoredEvent&& event) { return event.seq == expected++; });
    ASSERT_OK(all);
    EXPECT_EQ(*all, 30'000u);
    const auto some = store().stream(request, [&](StoredEvent&& event) { return event.seq < 5; });
    ASSERT_OK(some);
    EXPECT_EQ(*some, 5u);
}

TEST_F(Durability, TakesAndGivesLongBinaryLines) {
    std::string line(1024 * 1024, '\0');
    for (size_t i = 0; i < line.size(); ++i) line[i] = static_cast<char>(i * 2654435761u >> 11);
    EventBatch batch;
    for (uint64_t seq = 101; seq <= 124; ++seq) add_line(batch, seq, line);
    ASSERT_OK(store().append(tenant(), encode(batch)));
    SearchRequest request;
    request.scope = scope();
    const auto found = store().search(request);
    ASSERT_OK(found);
    ASSERT_EQ(found->events.size(), 24u);
    for (const StoredEvent& event : found->events) EXPECT_EQ(event.json.size(), found->events[0].json.size());
    EXPECT_NE(found->events[0].json.find(base::base64_encode(line)), std::string::npos);
}

TEST_F(Durability, DropsWholeDaysOfOneClass) {
    EventBatch batch;
    for (uint64_t seq = 1; seq <= 40; ++seq) {
        add_line(batch, seq, "line", kNoon, kNoon + static_cast<int64_t>(seq % 4) * base::kDay);
    }
    ASSERT_OK(store().append(tenant(), encode(batch, 0)));
    EventBatch kept;
    add_line(kept, 41, "kept longer", kNoon, kNoon);
    ASSERT_OK(store().append(tenant(), encode(kept, 3)));

    auto stats = store().stats(tenant());
    ASSERT_OK(stats);
    EXPECT_EQ(stats->events, 41u);
    EXPECT_EQ(stats->partitions.size(), 5u);
    EXPECT_EQ(stats->partitions[0].day, 20261122u);
    EXPECT_EQ(stats->oldest_received, kNoon - 12 * base::kHour);
    EXPECT_GT(stats->bytes_on_disk, 0u);
    EXPECT_GT(stats->raw_bytes, 41u * 4);

    EXPECT_EQ(*store().apply_retention(tenant(), 0, kNoon + 2 * base::kDay), 20u);  // 22nd and 23rd
    EXPECT_EQ(*store().count(scope()), 21u);
    EXPECT_EQ(*store().apply_retention(tenant(), 0, kNoon + 2 * base::kDay), 0u);
    EXPECT_EQ(*store().apply_retention(tenant(), 3, kNoon - base::kDay), 0u);
    EXPECT_EQ(*store().apply_retention(tenant(), 3, kNoon + base::kDay), 1u);
    stats = store().stats(tenant());
    ASSERT_OK(stats);
    EXPECT_EQ(stats->events, 20u);
}

TEST_F(Durability, TakesEventsOfManyDaysInOneBatch) {
    EventBatch batch;
    for (uint64_t seq = 1; seq <= 120; ++seq) {
        add_line(batch, seq, "old", kNoon - static_cast<int64_t>(seq) * base::kDay, kNoon + static_cast<int64_t>(seq) * base::kDay);
    }
    ASSERT_OK(store().append(tenant(), encode(batch)));
    EXPECT_EQ(*store().count(scope()), 120u);
}

TEST_F(Durability, KnowsItsTenants) {
    EXPECT_EQ(store().append(tenant() + 5000, rows_of(1, 1)).error().code(), base::ErrorCode::not_found);
    ASSERT_OK(store().append(tenant(), RowBuffer{}));
}

// What SQL could do if somebody got it in, the worker itself is not allowed to.
TEST(WorkerSandbox, KeepsTheWorkerWithinItsFolder) {
    if (::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < 4) {
        GTEST_SKIP() << "skipped: this kernel has no Landlock for files and TCP";
    }
    TemporaryFolder folder;
    EventStoreOptions options = test_options(folder.path() / "store");
    std::filesystem::create_directories(options.data_folder);
    const char* const named = std::getenv("SHUWEI_LIBCHDB");
    options.library = named != nullptr ? named : std::string(SHUWEI_SOURCE_DIR) + "/build/chdb/libchdb.so";
    ASSERT_OK(base::write_file_durably(folder.path() / "secret", "secret"));
    WorkerProcess worker(options, [] { return base::Result<>{}; });
    ASSERT_OK(worker.wait_started(kGenerous));
    const auto run = [&](std::string sql) { return worker.run(WorkerProcess::Lane::read, {std::move(sql), "TSV", {}, -1, false}, {}); };
    ASSERT_OK(run("SELECT 1"));
    const std::string outside = (folder.path() / "secret").string();
    for (const std::string& sql : {"SELECT * FROM file('" + outside + "', 'RawBLOB')",
                                   std::string("SELECT * FROM file('/etc/passwd', 'LineAsString')"),
                                   "INSERT INTO FUNCTION file('" + outside + ".2', 'LineAsString') SELECT 'x'"}) {
        const auto refused = run(sql);
        ASSERT_FALSE(refused) << sql;
        EXPECT_NE(refused.error().message().find("Permission denied"), std::string::npos) << refused.error().message();
    }
    EXPECT_FALSE(std::filesystem::exists(outside + ".2"));
    const auto fetched = run("SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString') SETTINGS http_max_tries = 1");
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error().message().find("refused"), std::string::npos) << fetched.error().message();  // not even tried
    // ClickHouse aborts when it may not read what it needs to describe an exception.
    EXPECT_EQ(worker.state().restarts, 0u);
}

TEST(EventStoreOpen, KeepsEverythingOverARestart) {
    TemporaryFolder folder;
    {
        auto store = open_store(test_options(folder.path()));
        ASSERT_NE(store, nullptr);
        ASSERT_OK(store->create_tenant(5));
        ASSERT_OK(store->create_tenant(5));
        ASSERT_OK(store->append(5, rows_of(1, 100)));
        // One process a folder: a second store says so.
        auto options = test_options(folder.path());
        options.folder_patience = 0;
        auto second = EventStore::open(std::move(options));
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code(), base::ErrorCode::unavailable);
    }
    auto store = open_store(test_options(folder.path()));
    ASSERT_NE(store, nullptr);
    EXPECT_EQ(*store->tenants(), std::vector<uint32_t>{5});
    EXPECT_EQ(*store->last_seq(), 100u);
}

// Days at a second place are found as before: after a kill in the middle of the move, and when the place is not configured
// any more.
TEST(EventStoreArchive, KeepsMovedDaysSearchableThroughAKill) {
    TemporaryFolder folder;
    auto options = test_options(folder.path() / "data");
    options.archive_folder = folder.path() / "archive";
    constexpr uint64_t kEvents = 20'000;
    const auto events = [](EventStore& store) { return store.count({{1}, {}, {}, {}}); };
    {
        auto store = open_store(options);
        ASSERT_NE(store, nullptr);
        ASSERT_OK(store->create_tenant(1));
        event::EventBatch batch;
        for (uint64_t seq = 1; seq <= kEvents; ++seq) {
            add_line(batch, seq, "line " + base::SystemRandom().hex(64), kNoon - static_cast<base::Duration>(seq % 20) * base::kDay);
        }
        ASSERT_OK(store->append(1, encode(batch)));
        std::jthread mover([&] { (void)store->archive_days(1, kNoon); });
        ::kill(store->worker_state().pid, SIGKILL);
        mover.join();
        ASSERT_TRUE(store->wait_ready(60 * base::kSecond));
        EXPECT_EQ(events(*store), kEvents);
        const auto moved = store->archive_days(1, kNoon);
        ASSERT_OK(moved);
        EXPECT_EQ(events(*store), kEvents);
        EXPECT_EQ(store->archive_days(1, kNoon), 0u) << "nothing is left to move";
    }
    EXPECT_FALSE(std::filesystem::is_empty(options.archive_folder / "store"));
    options.archive_folder.clear();
    auto store = open_store(options);
    ASSERT_NE(store, nullptr);
    EXPECT_EQ(events(*store), kEvents);
    const auto dropped = store->apply_retention(1, 0, kNoon - 10 * base::kDay);
    ASSERT_OK(dropped);
    EXPECT_GT(*dropped, 0u);
}

TEST(EventStoreOpen, GivesOlderTablesTodaysColumns) {
    TemporaryFolder folder;
    auto options = test_options(folder.path());
    Finding finding{.seq = 1, .alert_id = "a1", .entity_source = "10.1.2.3", .entity_source_field = "source.ip"};
    {
        auto store = open_store(options);
        ASSERT_NE(store, nullptr);
        ASSERT_OK(store->create_tenant(5));
        EventBatch batch;
        event::Event& event = add_line(batch, 1, "old");
        batch.add(event, event::user_name, "root");
        ASSERT_OK(store->append(5, encode(batch)));
        ASSERT_OK(store->append_findings(5, {finding}));
    }
    {
        const char* const named = std::getenv("SHUWEI_LIBCHDB");
        options.library = named != nullptr ? named : std::string(SHUWEI_SOURCE_DIR) + "/build/chdb/libchdb.so";
        WorkerProcess worker(options, [] { return base::Result<>{}; });
        ASSERT_OK(worker.wait_started(kGenerous));
        for (const char* const change : {"DROP INDEX raw_grams", "DROP COLUMN source_ip", "DROP COLUMN message_at"}) {
            if (std::string_view(change) == "DROP COLUMN source_ip") {
                ASSERT_OK(worker.run(WorkerProcess::Lane::read, {"ALTER TABLE shuwei.events_5 DROP INDEX source_ip_filter", "TSV", {}, -1, false}, {}));
            }
            ASSERT_OK(worker.run(WorkerProcess::Lane::read, {std::string("ALTER TABLE shuwei.events_5 ") + change, "TSV", {}, -1, false}, {}));
        }
        ASSERT_OK(worker.run(WorkerProcess::Lane::read, {"ALTER TABLE shuwei.findings_5 DROP COLUMN entity_source_field", "TSV", {}, -1, false}, {}));
    }
    auto store = open_store(options);
    ASSERT_NE(store, nullptr);
    Finding later = finding;
    later.seq = 2;
    ASSERT_OK(store->append_findings(5, {later}));
    finding.entity_source_field.clear();  // lost with its column
    EXPECT_EQ(*store->findings_from(5, 1), (std::vector<Finding>{finding, later}));
    ASSERT_OK(store->append(5, rows_of(2, 1)));
    EXPECT_EQ(*store->count({{5}, *parse_kql("source.ip:10.1.2.3"), {}, {}}), 1u);
    EXPECT_EQ(*store->count({{5}, *parse_kql("user.name:root"), {}, {}}), 2u);
}

TEST(EventStoreOpen, SaysWhatIsMissing) {
    TemporaryFolder folder;
    auto options = test_options(folder.path());
    options.library = folder.path() / "libchdb.so";
    const auto no_library = EventStore::open(options);
    ASSERT_FALSE(no_library);
    EXPECT_NE(no_library.error().message().find("libchdb.so is not there"), std::string::npos);
    options = test_options("relative/folder");
    EXPECT_EQ(EventStore::open(options).error().code(), base::ErrorCode::invalid_argument);
    options = test_options(folder.path());
    options.program = "/no/such/program";
    const auto no_program = EventStore::open(options);
    ASSERT_FALSE(no_program);
    EXPECT_NE(no_program.error().message().find("/no/such/program"), std::string::npos) << no_program.error().to_string();
    options = test_options(folder.path());
    options.program = "/bin/false";
    const auto ends = EventStore::open(options);
    ASSERT_FALSE(ends);
    EXPECT_NE(ends.error().message().find("exit code 1"), std::string::npos) << ends.error().to_string();
}

}  // namespace
}  // namespace shuwei::eventstore
