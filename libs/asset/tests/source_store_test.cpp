#include "shuwei/asset/source_store.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace shuwei::asset {
namespace {

using base::ErrorCode;
using ledger::Reader;
using ledger::Transaction;

// Stands for the tenants that `access` owns.
const ledger::MigrationSet kTenants{
    "access",
    {{1, "tenants", "CREATE TABLE tenant (number INTEGER PRIMARY KEY); INSERT INTO tenant VALUES (1), (2);"}}};

struct SourceStoreTest : testing::Test {
    SourceStoreTest() {
        std::string name = (std::filesystem::temp_directory_path() / "shuwei-asset-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        auto opened = ledger::Ledger::open(folder, std::vector{kTenants, migrations()}, clock, random);
        EXPECT_TRUE(opened) << opened.error().to_string();
        ledger = std::move(*opened);
    }
    ~SourceStoreTest() override {
        ledger = nullptr;
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }
    void record(const std::vector<SourceDelta>& deltas) {
        const auto done = ledger->transaction([&](Transaction& t) { return store.record(t, deltas); });
        ASSERT_TRUE(done) << done.error().to_string();
    }
    std::vector<Source> list(const TenantScope& scope) {
        return *ledger->read([&](Reader& r) { return store.list(r, scope); });
    }

    std::filesystem::path folder;
    base::ManualClock clock;
    base::SystemRandom random;
    std::unique_ptr<ledger::Ledger> ledger;
    SourceStore store;
};

SourceDelta delta(TenantNumber tenant, std::string peer, std::string host = {}) {
    return {.key = {tenant, "syslog-udp", std::move(peer), std::move(host)},
            .lines = 10,
            .unparsed = 1,
            .bytes = 500,
            .first = 1000,
            .last = 2000};
}

TEST_F(SourceStoreTest, CountsAddUpOverBatches) {
    SourceDelta first = delta(1, "10.0.0.5");
    first.recognised_pack = "linux-sshd";
    SourceDelta second = delta(1, "10.0.0.5");
    second.first = 500;
    second.last = 9000;
    second.drift = -3 * base::kSecond;
    record({first, delta(1, "10.0.0.6")});
    record({second});
    const auto sources = list(TenantScope::only(1));
    ASSERT_EQ(sources.size(), 2U);
    EXPECT_EQ(sources[0].name, "10.0.0.5");
    EXPECT_EQ(sources[0].lines, 20);
    EXPECT_EQ(sources[0].unparsed, 2);
    EXPECT_EQ(sources[0].bytes, 1000);
    EXPECT_EQ(sources[0].first_seen, 500);
    EXPECT_EQ(sources[0].last_seen, 9000);
    EXPECT_EQ(sources[0].pack, "linux-sshd") << "a batch that recognised nothing does not clear it";
    EXPECT_EQ(sources[0].drift, -3 * base::kSecond);
}

TEST_F(SourceStoreTest, OneAddressOfTwoClientsIsTwoSourcesAndNeitherSeesTheOther) {
    record({delta(1, "10.0.0.5"), delta(2, "10.0.0.5"), delta(2, "10.0.0.9", "fw-1"), delta(2, "10.0.0.9", "fw-2")});
    EXPECT_EQ(list(TenantScope::only(1)).size(), 1U);
    const auto two = list(TenantScope::only(2));
    ASSERT_EQ(two.size(), 3U);
    EXPECT_EQ(two[1].name, "fw-1");
    EXPECT_EQ(list(TenantScope::every_tenant()).size(), 4U);
    const auto other = ledger->read([&](Reader& r) { return store.find(r, TenantScope::only(1), two[0].id); });
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code(), ErrorCode::not_found);
}

TEST_F(SourceStoreTest, PeopleNameAndBind) {
    record({delta(1, "10.0.0.5")});
    const int64_t id = list(TenantScope::only(1))[0].id;
    const auto update = [&](const TenantScope& scope, const SourceChange& change) {
        return ledger->transaction([&](Transaction& t) {
            return store.update(t, scope, id, change, ledger::Actor::person("li.na", "::1"), ledger->audit());
        });
    };
    const auto named = update(TenantScope::only(1), {.name = "边界防火墙", .pack = "huawei-usg", .charset = "gb18030"});
    ASSERT_TRUE(named) << named.error().to_string();
    EXPECT_EQ(named->name, "边界防火墙");
    EXPECT_TRUE(named->pack_bound);
    EXPECT_EQ(ledger->read([&](Reader& r) { return store.bound(r); })->size(), 1U);
    SourceDelta recognised = delta(1, "10.0.0.5");
    recognised.recognised_pack = "linux-sshd";
    record({recognised});
    EXPECT_EQ(list(TenantScope::only(1))[0].pack, "huawei-usg") << "what a person bound stays";
    const auto cleared = update(TenantScope::only(1), {.name = "", .pack = "", .charset = ""});
    EXPECT_EQ(cleared->name, "10.0.0.5");
    EXPECT_EQ(cleared->pack, "linux-sshd");
    EXPECT_FALSE(cleared->pack_bound);
    EXPECT_FALSE(update(TenantScope::only(2), {.name = "x"}));
    EXPECT_EQ(update(TenantScope::only(1), {.charset = "latin1"}).error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(ledger->read([&](Reader& r) { return ledger->audit().list(r, {.action = "update_source"}); })->size(),
              2U);
}

TEST_F(SourceStoreTest, AFloodOfForgedSourcesIsGathered) {
    std::vector<SourceDelta> flood;
    for (int64_t i = 0; i < SourceStore::kSourcesPerTenant + 25; ++i)
        flood.push_back(delta(1, "10." + std::to_string(i / 65536) + "." + std::to_string(i / 256 % 256) + "." +
                                     std::to_string(i % 256)));
    record(flood);
    const auto sources = list(TenantScope::only(1));
    EXPECT_EQ(static_cast<int64_t>(sources.size()), SourceStore::kSourcesPerTenant + 1);
    EXPECT_EQ(sources.back().name, "overflow");
    EXPECT_EQ(sources.back().lines, 250) << "nothing goes uncounted";
    record({flood.front()});
    EXPECT_EQ(list(TenantScope::only(1)).front().lines, 20) << "known ones are still counted apart";
}

}  // namespace
}  // namespace shuwei::asset
