#include "shuwei/intake/input_store.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "shuwei/base/file.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/base/metrics.hpp"
#include "shuwei/intake/input_runner.hpp"

namespace shuwei::intake {
namespace {

using base::ErrorCode;
using ledger::Reader;
using ledger::Transaction;

// Stands for the tenants that `access` owns.
const ledger::MigrationSet kTenants{
    "access",
    {{1, "tenants", "CREATE TABLE tenant (number INTEGER PRIMARY KEY); INSERT INTO tenant VALUES (1), (2);"}}};

struct InputStoreTest : testing::Test {
    InputStoreTest() {
        base::log::set_level(base::log::Level::off);
        std::string name = (std::filesystem::temp_directory_path() / "shuwei-intake-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        auto opened = ledger::Ledger::open(folder, std::vector{kTenants, migrations()}, clock, random);
        EXPECT_TRUE(opened) << opened.error().to_string();
        ledger = std::move(*opened);
        store.emplace(*crypto::SecretBox::open(folder / "secrets.key", random), std::vector<std::filesystem::path>{folder / "logs"}, clock);
    }
    ~InputStoreTest() override {
        ledger = nullptr;
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }

    base::Result<InputRecord> add(const InputDraft& draft) {
        return ledger->transaction([&](Transaction& t) { return store->add(t, draft, actor, ledger->audit()); });
    }
    base::Result<InputRecord> change(int64_t id, const InputChange& change, TenantScope scope = TenantScope::every_tenant()) {
        return ledger->transaction([&](Transaction& t) { return store->change(t, scope, id, change, actor, ledger->audit()); });
    }
    base::Result<> remove(int64_t id) {
        return ledger->transaction([&](Transaction& t) { return store->remove(t, TenantScope::every_tenant(), id, actor, ledger->audit()); });
    }
    base::Result<> adopt(const std::vector<InputDraft>& drafts) {
        return ledger->transaction([&](Transaction& t) { return store->adopt(t, drafts); });
    }
    std::vector<InputRecord> list(const TenantScope& scope = TenantScope::every_tenant()) {
        return *ledger->read([&](Reader& r) { return store->list(r, scope); });
    }
    base::Result<collect::InputSettings> settings(const InputRecord& record) {
        return ledger->read([&](Reader& r) { return store->settings(r, record); });
    }

    std::filesystem::path folder;
    base::ManualClock clock;
    base::SystemRandom random;
    std::unique_ptr<ledger::Ledger> ledger;
    std::optional<InputStore> store;
    const ledger::Actor actor = ledger::Actor::person("admin", "127.0.0.1");
};

InputDraft syslog(TenantNumber tenant, std::string name, std::string address = "127.0.0.1:0") {
    return {.tenant = tenant, .name = std::move(name), .kind = "syslog", .values = {{"address", std::move(address)}}};
}

InputDraft tls(std::string name) {
    return {.tenant = 1,
            .name = std::move(name),
            .kind = "syslog_tls",
            .values = {{"address", "127.0.0.1:0"}, {"certificate", "PEM"}, {"key", "the private key"}}};
}

InputDraft database(std::string connection, std::string name = "x") {
    return {.tenant = 1, .name = std::move(name), .kind = "odbc",
            .values = {{"connection", std::move(connection)}, {"query", "SELECT id FROM t WHERE id > ? ORDER BY id"}, {"cursor", "id"}}};
}

TEST_F(InputStoreTest, ASecretIsKeptSealedAndGivenOnlyToWhatRuns) {
    const auto record = add(tls("branch"));
    ASSERT_TRUE(record) << record.error().to_string();
    EXPECT_FALSE(record->values.contains("key"));
    EXPECT_EQ(std::set<std::string>{"key"}, record->secrets);
    EXPECT_EQ("the private key", settings(*record)->text("key"));
    for (const char* file : {"ledger.sqlite", "ledger.sqlite-wal"}) {
        if (const auto bytes = base::read_file(folder / file)) {
            EXPECT_EQ(std::string::npos, bytes->find("the private key")) << file;
        }
    }
    // What is changed beside it leaves it as it is; given anew it is another.
    const auto moved = change(record->id, {.values = collect::InputValues{{"address", "127.0.0.1:1"}, {"certificate", "PEM"}}});
    ASSERT_TRUE(moved) << moved.error().to_string();
    EXPECT_EQ("the private key", settings(*moved)->text("key"));
    const auto anew = change(record->id, {.values = collect::InputValues{{"address", "127.0.0.1:1"}, {"certificate", "PEM"}, {"key", "another"}}});
    EXPECT_EQ("another", settings(*anew)->text("key"));
    EXPECT_EQ(record->revision + 2, anew->revision);
}

TEST_F(InputStoreTest, WhatIsWrongIsNamed) {
    ASSERT_TRUE(add(syslog(1, "taken")));
    std::filesystem::create_directories(folder / "logs");
    std::filesystem::create_symlink(folder / "ledger.sqlite", folder / "logs/out");
    const struct {
        InputDraft draft;
        ErrorCode code;
        std::string_view says;
    } cases[] = {
        {syslog(1, "taken"), ErrorCode::already_exists, "name: there is an input 'taken' already"},
        {syslog(1, "Big Name"), ErrorCode::invalid_argument, "name: small letters"},
        {{.tenant = 1, .name = "x", .kind = "telepathy"}, ErrorCode::invalid_argument, "kind: 'telepathy'"},
        {{.tenant = 1, .name = "x", .kind = "syslog"}, ErrorCode::invalid_argument, "settings: address: is missing"},
        {{.tenant = 1, .name = "x", .kind = "syslog", .charset = "latin1", .values = {{"address", ":0"}}}, ErrorCode::invalid_argument, "charset: one of"},
        {{.tenant = 1, .name = "x", .kind = "file", .values = {{"paths", "/etc/shadow"}}}, ErrorCode::invalid_argument, "lies below none of the folders"},
        {{.tenant = 1, .name = "x", .kind = "file", .values = {{"paths", folder / "logs*/x"}}}, ErrorCode::invalid_argument, "lies below none of the folders"},
        {database("Driver=SQLite3;Database=" + (folder / "ledger.sqlite").string()), ErrorCode::invalid_argument, "lies below none of the folders"},
        {database("Driver=SQLite3;Database=" + (folder / "logs/out").string()), ErrorCode::invalid_argument, "lies below none of the folders"},
        {database("Driver={SQLite3};Database=ledger.sqlite"), ErrorCode::invalid_argument, "'ledger.sqlite' lies below none"},
        {database("DSN=local;Database=file:///etc/x"), ErrorCode::invalid_argument, "lies below none of the folders"},
    };
    for (const auto& [draft, code, says] : cases) {
        const auto record = add(draft);
        ASSERT_FALSE(record) << says;
        EXPECT_EQ(code, record.error().code()) << says;
        EXPECT_NE(std::string::npos, record.error().to_string().find(says)) << record.error().to_string();
    }
    EXPECT_TRUE(add({.tenant = 1, .name = "x", .kind = "file", .values = {{"paths", folder / "logs/*.log"}}}));
    EXPECT_TRUE(add(database("Driver=SQLite3;Database=" + (folder / "logs/audit.db").string(), "y")));
    EXPECT_TRUE(add(database("Driver=MariaDB;Server=10.0.0.5;Database=audit", "z")));
}

TEST_F(InputStoreTest, ATenantSeesItsOwn) {
    const auto first = add(syslog(1, "same"));
    const auto second = add(syslog(2, "same"));
    ASSERT_TRUE(first && second) << "names are each tenant's own";
    ASSERT_EQ(1u, list(TenantScope::only(2)).size());
    EXPECT_EQ(second->id, list(TenantScope::only(2)).front().id);
    EXPECT_EQ(ErrorCode::not_found, change(first->id, {.paused = true}, TenantScope::only(2)).error().code());
    EXPECT_NE(first->listener(), second->listener());
}

TEST_F(InputStoreTest, TheConfigurationIsFollowedAndItsNumbersStay) {
    ASSERT_TRUE(adopt({syslog(1, "syslog", "127.0.0.1:1"), syslog(1, "branch", "127.0.0.1:2")}));
    const auto before = list();
    ASSERT_EQ(2u, before.size());
    ASSERT_TRUE(adopt({syslog(1, "syslog", "127.0.0.1:3")}));
    const auto after = list();
    ASSERT_EQ(1u, after.size());
    EXPECT_EQ(before[1].id, after[0].id);
    EXPECT_EQ("127.0.0.1:3", after[0].values.at("address"));
    EXPECT_EQ(ErrorCode::conflict, change(after[0].id, {.zone = "UTC"}).error().code()) << "it is changed in the file";
    EXPECT_TRUE(change(after[0].id, {.paused = true}));
    EXPECT_EQ(ErrorCode::conflict, remove(after[0].id).error().code());
    const auto every = *ledger->read([&](Reader& r) { return store->every(r); });
    EXPECT_EQ(2u, every.size()) << "the removed one keeps its number";
}

TEST_F(InputStoreTest, TheRunnerFollowsTheRecords) {
    base::Metrics metrics;
    auto spool = spool::Spool::open(folder / "spool").value();
    collect::FrameSink sink(*spool, metrics, clock);
    InputRunner runner(sink, folder / "inputs");
    const auto apply = [&] {
        runner.apply(*ledger->read([&](Reader& r) { return store->every(r); }), [&](const InputRecord& record) { return settings(record); });
    };
    const auto good = add(syslog(1, "good"));
    const auto bad = add(tls("bad"));  // no certificate at all
    apply();
    EXPECT_TRUE(runner.status(good->id).running);
    const std::string address = runner.status(good->id).status.address;
    EXPECT_FALSE(runner.status(bad->id).running);
    EXPECT_NE(std::string::npos, runner.status(bad->id).status.last_error.find("certificate"));
    apply();
    EXPECT_EQ(address, runner.status(good->id).status.address) << "what has not changed runs on";
    ASSERT_TRUE(change(good->id, {.paused = true}));
    apply();
    EXPECT_FALSE(runner.status(good->id).running);
    EXPECT_TRUE(runner.status(good->id).status.last_error.empty());
    ASSERT_TRUE(change(good->id, {.paused = false}));
    apply();
    EXPECT_TRUE(runner.status(good->id).running);
    ASSERT_TRUE(remove(good->id));
    apply();
    EXPECT_FALSE(runner.status(good->id).running);
}

}  // namespace
}  // namespace shuwei::intake
