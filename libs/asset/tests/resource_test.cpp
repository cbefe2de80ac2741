#include <gtest/gtest.h>

#include <filesystem>

#include "shuwei/asset/resource_store.hpp"

namespace shuwei::asset {
namespace {

using base::ErrorCode;
using ledger::Reader;
using ledger::TenantScope;
using ledger::Transaction;

std::string text_of(const std::vector<base::IpNetwork>& networks) {
    std::string out;
    for (const auto& network : networks) {
        const bool v4 = network.address.is_v4();
        out += (out.empty() ? "" : " ") + network.address.to_string() + "/" + std::to_string(v4 ? network.prefix - 96 : network.prefix);
    }
    return out;
}

TEST(Resource, ARangeIsTheFewestNetworks) {
    const auto networks = [](const char* value) {
        const auto range = address_range(value);
        return range ? text_of(networks_of(range->first, range->second)) : "none";
    };
    EXPECT_EQ(networks("10.0.0.1-10.0.0.9"), "10.0.0.1/32 10.0.0.2/31 10.0.0.4/30 10.0.0.8/31");
    EXPECT_EQ(networks("10.0.0.0-10.0.255.255"), "10.0.0.0/16");
    EXPECT_EQ(networks("10.1.2.3/16"), "10.1.0.0/16");
    EXPECT_EQ(networks("192.0.2.7"), "192.0.2.7/32");
    EXPECT_EQ(networks("0.0.0.0-255.255.255.255"), "0.0.0.0/0");
    EXPECT_EQ(networks("2001:db8::-2001:db8::2"), "2001:db8::/127 2001:db8::2/128");
    EXPECT_EQ(networks("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), "::/0");
    EXPECT_EQ(networks("10.0.0.9-10.0.0.1"), "none");
}

TEST(Resource, TextAsPeopleWriteIt) {
    const auto entries = parse_resource_text(ResourceKind::addresses,
                                             "\xEF\xBB\xBFvalue,remark\r\n# 办公网\r\n10.0.0.5/8 # 总部\r\n\r\n192.0.2.1,\"机房, 三楼\"\r\n"
                                             "10.0.0.9 - 10.0.0.9\r\n192.0.2.1\r\n2001:DB8::1,x\r\n");
    ASSERT_TRUE(entries) << entries.error().to_string();
    const std::vector<ResourceEntry> expected{{"10.0.0.0/8", "总部"}, {"192.0.2.1", "机房, 三楼"}, {"10.0.0.9", ""}, {"2001:db8::1", "x"}};
    EXPECT_EQ(*entries, expected);
    EXPECT_EQ(*parse_resource_text(ResourceKind::addresses, resource_text(*entries)), *entries);

    const auto values = parse_resource_text(ResourceKind::values, "root\nRoot # once\n\"a,b\"\nC:\\Temp\\\\*\n");
    ASSERT_TRUE(values);
    EXPECT_EQ(values->size(), 3u);
    EXPECT_EQ(values->at(0), (ResourceEntry{"root", "once"}));
    EXPECT_EQ(*parse_resource_text(ResourceKind::values, resource_text(*values)), *values);
}

TEST(Resource, WhatIsWrongIsNamedWithItsLine) {
    const auto told = [](ResourceKind kind, std::string_view text) {
        const auto entries = parse_resource_text(kind, text);
        return entries ? std::string("fine") : entries.error().to_string();
    };
    EXPECT_NE(told(ResourceKind::addresses, "10.0.0.1\n10.0.0.300\n").find("line 2"), std::string::npos);
    EXPECT_NE(told(ResourceKind::addresses, "10.0.0.9-10.0.0.1").find("before its beginning"), std::string::npos);
    EXPECT_NE(told(ResourceKind::addresses, "10.0.0.1-::1").find("both"), std::string::npos);
    EXPECT_NE(told(ResourceKind::values, "a,b,c").find("quotes"), std::string::npos);
    EXPECT_NE(told(ResourceKind::values, "\"a").find("missing"), std::string::npos);
    EXPECT_NE(told(ResourceKind::values, "**").find("everything"), std::string::npos);
    std::string many;
    for (int i = 0; i < 501; ++i) many += "a" + std::to_string(i) + "*\n";
    EXPECT_NE(told(ResourceKind::values, many).find("line 501"), std::string::npos);
}

TEST(Resource, WildcardsAndEscapes) {
    const auto shown = [](std::string_view entry) {
        const ResourceValue value = resource_value(entry);
        return (value.wildcard ? "~" : "=") + value.text;
    };
    EXPECT_EQ(shown("root"), "=root");
    EXPECT_EQ(shown("adm*"), "~adm*");
    EXPECT_EQ(shown("C:\\Windows\\cmd.exe"), "=C:\\Windows\\cmd.exe");
    EXPECT_EQ(shown("a\\*b"), "=a*b");
    EXPECT_EQ(shown("C:\\Temp\\\\*"), "~C:\\\\Temp\\\\*");
}

// Stands for the tenants that `access` owns.
const ledger::MigrationSet kTenants{
    "access", {{1, "tenants", "CREATE TABLE tenant (number INTEGER PRIMARY KEY); INSERT INTO tenant VALUES (1), (2);"}}};

struct ResourceStoreTest : testing::Test {
    ResourceStoreTest() {
        std::string name = (std::filesystem::temp_directory_path() / "shuwei-resource-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        auto opened = ledger::Ledger::open(folder, std::vector{kTenants, resource_migrations()}, clock, random);
        EXPECT_TRUE(opened) << opened.error().to_string();
        ledger = std::move(*opened);
        auto loaded = ResourceStore::load(std::filesystem::path(SHUWEI_SOURCE_DIR) / "content/resources");
        EXPECT_TRUE(loaded) << loaded.error().to_string();
        store = std::move(*loaded);
    }
    ~ResourceStoreTest() override {
        ledger = nullptr;
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }
    base::Result<Resource> create(ledger::TenantNumber tenant, std::string name, ResourceKind kind, std::vector<ResourceEntry> entries) {
        return ledger->transaction([&](Transaction& t) {
            return store.create(t, {.tenant = tenant, .name = std::move(name), .kind = kind}, std::move(entries), 5, actor, ledger->audit());
        });
    }
    std::optional<ResourceContent> named(ledger::TenantNumber tenant, std::string_view name) {
        return *ledger->read([&](Reader& r) { return store.named(r, tenant, name); });
    }

    std::filesystem::path folder;
    base::ManualClock clock;
    base::SystemRandom random;
    std::unique_ptr<ledger::Ledger> ledger;
    ResourceStore store;
    const ledger::Actor actor = ledger::Actor::person("alice", "");
};

TEST_F(ResourceStoreTest, ATenantsOwnStandsBeforeTheShippedAndIsInvisibleToOthers) {
    const auto made = create(1, "privileged-accounts", ResourceKind::values, {{"ops*", "运维"}});
    ASSERT_TRUE(made) << made.error().to_string();
    ASSERT_TRUE(create(1, "office", ResourceKind::addresses, {{"10.0.0.0/8", ""}}));
    EXPECT_EQ(named(1, "privileged-accounts")->entries.size(), 1u);
    EXPECT_GT(named(2, "privileged-accounts")->entries.size(), 5u);
    EXPECT_TRUE(named(1, "office").has_value());
    EXPECT_FALSE(named(2, "office").has_value());

    const auto seen = *ledger->read([&](Reader& r) { return store.list(r, TenantScope::only(2)); });
    for (const Resource& resource : seen) EXPECT_EQ(resource.tenant, 0u) << resource.name;
    const auto stolen = ledger->read([&](Reader& r) { return store.find(r, TenantScope::only(2), made->id); });
    EXPECT_EQ(stolen.error().code(), ErrorCode::not_found);
    const auto broken = ledger->transaction([&](Transaction& t) {
        return store.change_entries(t, TenantScope::only(2), made->id, EntryChange::add, {{"x", ""}}, 6, actor, ledger->audit());
    });
    EXPECT_EQ(broken.error().code(), ErrorCode::not_found);
}

TEST_F(ResourceStoreTest, EntriesAreReplacedAddedAndRemovedWithAHistory) {
    const auto made = create(1, "office", ResourceKind::addresses, {{"10.0.0.1", "a"}, {"10.0.0.2", ""}});
    ASSERT_TRUE(made);
    const auto change = [&](EntryChange how, std::vector<ResourceEntry> entries) {
        return ledger->transaction([&](Transaction& t) {
            return store.change_entries(t, TenantScope::only(1), made->id, how, std::move(entries), 7, actor, ledger->audit());
        });
    };
    EXPECT_EQ(change(EntryChange::add, {{"10.0.0.3", "c"}, {"10.0.0.1", "first"}})->entries, 3u);
    EXPECT_EQ(named(1, "office")->entries.at(0), (ResourceEntry{"10.0.0.1", "first"}));
    EXPECT_EQ(change(EntryChange::remove, {{"10.0.0.2", ""}})->entries, 2u);
    EXPECT_EQ(change(EntryChange::replace, {{"10.9.0.0/16", ""}})->entries, 1u);
    EXPECT_EQ(change(EntryChange::add, {{"nonsense", ""}}).error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(named(1, "office")->entries.size(), 1u);
    const auto trail = *ledger->read([&](Reader& r) { return ledger->audit().list(r, {}); });
    ASSERT_GE(trail.size(), 3u);
    EXPECT_EQ(trail[0].record.detail, "added 10.9.0.0/16; removed 10.0.0.1, 10.0.0.3");
    EXPECT_EQ(trail[0].actor, "alice");
}

TEST_F(ResourceStoreTest, RefusesWhatIsNoNameAndWhatIsShipped) {
    for (const char* name : {"", "Office", "1a", "a b", "@a"}) EXPECT_FALSE(create(1, name, ResourceKind::values, {})) << name;
    ASSERT_TRUE(create(1, "office", ResourceKind::values, {}));
    EXPECT_EQ(create(1, "office", ResourceKind::values, {}).error().code(), ErrorCode::already_exists);
    EXPECT_TRUE(create(2, "office", ResourceKind::values, {}));
    const auto shipped = ledger->transaction([&](Transaction& t) { return store.remove(t, TenantScope::every_tenant(), -1, actor, ledger->audit()); });
    EXPECT_EQ(shipped.error().code(), ErrorCode::invalid_argument);
}

TEST_F(ResourceStoreTest, FiftyThousandEntries) {
    std::vector<ResourceEntry> entries;
    for (int i = 0; i < 50'000; ++i) entries.push_back({base::IpAddress::from_v4(0x0A000000u + static_cast<uint32_t>(2 * i)).to_string(), ""});
    EXPECT_EQ(create(1, "many", ResourceKind::addresses, entries)->entries, 50'000u);
    EXPECT_EQ(named(1, "many")->entries.size(), 50'000u);
    entries.push_back({"192.0.2.1", ""});
    EXPECT_EQ(create(1, "more", ResourceKind::addresses, entries).error().code(), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace shuwei::asset
