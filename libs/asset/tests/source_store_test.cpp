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
    first.packs = {{"linux-sshd", 9}};
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
    EXPECT_EQ(sources[0].learning.clock.drift(), -3 * base::kSecond);
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
    recognised.packs = {{"linux-sshd", 10}};
    record({recognised});
    EXPECT_EQ(list(TenantScope::only(1))[0].pack, "huawei-usg") << "what a person bound stays";
    const auto cleared = update(TenantScope::only(1), {.name = "", .pack = "", .charset = ""});
    EXPECT_EQ(cleared->name, "10.0.0.5");
    EXPECT_EQ(cleared->pack, "linux-sshd");
    EXPECT_FALSE(cleared->pack_bound);
    EXPECT_FALSE(update(TenantScope::only(2), {.name = "x"}));
    for (const SourceChange& wrong : {SourceChange{.charset = "latin1"}, SourceChange{.zone = "Mars/Olympus"},
                                      SourceChange{.silence_rule = SilenceRule::own}, SourceChange{.own_silence = 0},
                                      SourceChange{.own_silence = 31 * base::kDay}, SourceChange{.name = std::string(600, 'x')}}) {
        EXPECT_EQ(update(TenantScope::only(1), wrong).error().code(), ErrorCode::invalid_argument);
    }
    EXPECT_EQ(update(TenantScope::only(1), {.asset = 7}).error().code(), ErrorCode::not_found);
    EXPECT_EQ(ledger->read([&](Reader& r) { return ledger->audit().list(r, {.action = "update_source"}); })->size(),
              2U);
}

TEST_F(SourceStoreTest, APersonsZoneBeginsTheClockAnew) {
    for (int i = 0; i < 6; ++i) {
        SourceDelta away = delta(1, "10.0.0.5");
        away.drift = -8 * base::kHour + i * base::kSecond;
        away.zone_offset = 8 * base::kHour;
        record({away});
    }
    const Source before = list(TenantScope::only(1))[0];
    EXPECT_EQ(judge_clock(before.learning.clock).verdict, ClockVerdict::zone);
    EXPECT_EQ(conditions_of(before), (std::vector{SourceCondition::proposed, SourceCondition::zone, SourceCondition::unrecognised}));
    const auto set = ledger->transaction([&](Transaction& t) {
        return store.update(t, TenantScope::only(1), before.id, {.zone = "UTC"}, ledger::Actor::person("li.na", "::1"), ledger->audit());
    });
    ASSERT_TRUE(set) << set.error().to_string();
    EXPECT_EQ(judge_clock(set->learning.clock).verdict, ClockVerdict::unknown);
    for (int i = 0; i < 6; ++i) {
        SourceDelta right = delta(1, "10.0.0.5");
        right.drift = base::kSecond;
        right.zone_offset = 0;
        record({right});
    }
    EXPECT_EQ(judge_clock(list(TenantScope::only(1))[0].learning.clock).verdict, ClockVerdict::right);
}

TEST_F(SourceStoreTest, ConfirmingBindsToTheAssetOfTheAddress) {
    record({delta(1, "10.0.0.5"), delta(2, "10.0.0.5")});
    SourceDelta tcp = delta(1, "10.0.0.5");
    tcp.key.listener = "syslog-tcp";
    record({tcp, delta(1, "10.0.0.6")});
    const auto confirm = [&](const TenantScope& scope, const std::vector<SourceConfirmation>& wanted) {
        return ledger->transaction([&](Transaction& t) {
            return store.confirm(t, scope, wanted, 9000, ledger::Actor::person("li.na", "::1"), ledger->audit());
        });
    };
    auto sources = list(TenantScope::only(1));  // 10.0.0.5 twice, 10.0.0.6
    ASSERT_EQ(sources.size(), 3U);
    EXPECT_FALSE(sources[0].confirmed);
    EXPECT_EQ(confirm(TenantScope::only(2), {{.id = sources[0].id}}).error().code(), ErrorCode::not_found);
    const auto first = confirm(TenantScope::only(1), {{.id = sources[0].id, .name = "边界防火墙", .pack = "huawei-usg",
                                                       .kind = "firewall", .vendor = "Huawei", .product = "USG"}});
    ASSERT_TRUE(first) << first.error().to_string();
    EXPECT_TRUE((*first)[0].confirmed);
    EXPECT_EQ((*first)[0].name, "边界防火墙");
    EXPECT_TRUE((*first)[0].pack_bound);
    EXPECT_EQ((*first)[0].asset_name, "边界防火墙");
    EXPECT_EQ(confirm(TenantScope::only(1), {{.id = sources[0].id}}).error().code(), ErrorCode::conflict);

    const auto same = ledger->read([&](Reader& r) { return store.find(r, TenantScope::only(1), sources[1].id); });
    EXPECT_EQ(same->asset_at_address, (*first)[0].asset) << "proposed for the second source of the address";
    const auto others = confirm(TenantScope::only(1), {{.id = sources[1].id}, {.id = sources[2].id}});
    ASSERT_TRUE(others) << others.error().to_string();
    EXPECT_EQ((*others)[0].asset, (*first)[0].asset);
    EXPECT_NE((*others)[1].asset, (*first)[0].asset);

    AssetStore assets;
    const auto known = ledger->read([&](Reader& r) { return assets.list(r, TenantScope::every_tenant()); });
    ASSERT_EQ(known->size(), 2U) << "the other client's address made none";
    EXPECT_FALSE(ledger->read([&](Reader& r) { return assets.find(r, TenantScope::only(2), (*first)[0].asset); }));

    // The third source is the same device by its second address: its stub goes, the address stays known.
    const auto moved = ledger->transaction([&](Transaction& t) {
        return store.update(t, TenantScope::only(1), sources[2].id, {.asset = (*first)[0].asset},
                            ledger::Actor::person("li.na", "::1"), ledger->audit());
    });
    ASSERT_TRUE(moved) << moved.error().to_string();
    const auto merged = ledger->read([&](Reader& r) { return assets.list(r, TenantScope::every_tenant()); });
    ASSERT_EQ(merged->size(), 1U);
    EXPECT_EQ(merged->front().addresses, (std::vector<std::string>{"10.0.0.5", "10.0.0.6"}));
    EXPECT_EQ(merged->front().sources.size(), 3U);
    EXPECT_EQ(merged->front().vendor, "Huawei");
    EXPECT_EQ(ledger->read([&](Reader& r) { return ledger->audit().list(r, {.action = "confirm_source"}); })->size(), 3U);
    const auto counts = ledger->read([&](Reader& r) { return store.count(r, TenantScope::every_tenant()); });
    EXPECT_EQ(counts->total, 4);
    EXPECT_EQ(counts->proposed, 1);
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
