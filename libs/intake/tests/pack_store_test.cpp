#include "shuwei/intake/pack_store.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "shuwei/base/log.hpp"
#include "shuwei/intake/input_store.hpp"
#include "shuwei/intake/pack_shelf.hpp"
#include "shuwei/parse/parser.hpp"

namespace shuwei::intake {
namespace {

using base::ErrorCode;
using ledger::Reader;
using ledger::Transaction;

// Stands for the tenants that `access` owns.
const ledger::MigrationSet kTenants{
    "access",
    {{1, "tenants", "CREATE TABLE tenant (number INTEGER PRIMARY KEY); INSERT INTO tenant VALUES (1), (2);"}}};

std::string text_of(const std::string& name, const std::string& capture) {
    return "pack: " + name + "\ntitle: {zh: 测试, en: Test}\nvendor: Own\nproduct: Gate\ndevice_type: firewall\nprovenance: observed\n"
           "recognise: [{contains: 'GATE '}]\nextract: [{dissect: 'GATE %{" + capture + "}'}]\n";
}

struct PackStoreTest : testing::Test {
    PackStoreTest() {
        base::log::set_level(base::log::Level::off);
        std::string name = (std::filesystem::temp_directory_path() / "shuwei-packs-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        auto opened = ledger::Ledger::open(folder, std::vector{kTenants, migrations()}, clock, random);
        EXPECT_TRUE(opened) << opened.error().to_string();
        ledger = std::move(*opened);
    }
    ~PackStoreTest() override {
        ledger = nullptr;
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }

    base::Result<PackRecord> add(TenantNumber tenant, const std::string& name, const std::string& text) {
        return ledger->transaction([&](Transaction& t) { return store.add(t, tenant, name, text, actor, ledger->audit()); });
    }
    base::Result<PackRecord> save(int64_t id, int64_t seen, const std::string& text) {
        return ledger->transaction([&](Transaction& t) { return store.save(t, all, id, seen, text, actor, ledger->audit()); });
    }
    base::Result<PackRecord> activate(int64_t id, int64_t version, PackReach reach = PackReach::tenant) {
        return ledger->transaction([&](Transaction& t) { return store.activate(t, all, id, version, reach, actor, ledger->audit()); });
    }
    base::Result<PackRecord> deactivate(int64_t id) {
        return ledger->transaction([&](Transaction& t) { return store.deactivate(t, all, id, actor, ledger->audit()); });
    }
    base::Result<> remove(int64_t id, const TenantScope& scope) {
        return ledger->transaction([&](Transaction& t) { return store.remove(t, scope, id, actor, ledger->audit()); });
    }
    std::vector<LivePack> live() {
        return *ledger->read([&](Reader& r) { return store.live(r); });
    }
    int64_t revision() {
        return *ledger->read([&](Reader& r) { return store.revision(r); });
    }

    std::filesystem::path folder;
    base::ManualClock clock{1'763'700'000 * base::kSecond};
    base::SystemRandom random;
    std::unique_ptr<ledger::Ledger> ledger;
    PackStore store{clock};
    const ledger::Actor actor = ledger::Actor::person("wang", "10.0.0.1");
    const TenantScope all = TenantScope::every_tenant();
};

TEST_F(PackStoreTest, KeepsEveryVersionAndWhatIsLiveStaysLive) {
    const auto made = add(1, "gate", "a wrong draft");
    ASSERT_TRUE(made) << made.error().to_string();
    EXPECT_EQ(made->version, 1);
    EXPECT_EQ(made->live_version, 0);
    EXPECT_TRUE(live().empty());
    const int64_t before = revision();
    ASSERT_TRUE(activate(made->id, 1));
    EXPECT_GT(revision(), before);
    const auto saved = save(made->id, 1, "better");
    ASSERT_TRUE(saved);
    EXPECT_EQ(saved->version, 2);
    EXPECT_EQ(saved->live_version, 1);
    ASSERT_EQ(live().size(), 1u);
    EXPECT_EQ(live()[0].text, "a wrong draft");
    EXPECT_EQ(save(made->id, 1, "older page").error().code(), ErrorCode::conflict);
    EXPECT_EQ(*ledger->read([&](Reader& r) { return store.text(r, made->id, 1); }), "a wrong draft");
    EXPECT_EQ(ledger->read([&](Reader& r) { return store.text(r, made->id, 3); }).error().code(), ErrorCode::not_found);
    ASSERT_TRUE(deactivate(made->id));
    EXPECT_TRUE(live().empty());
    for (int64_t version = 2; version < 60; ++version) ASSERT_TRUE(save(made->id, version, "again"));
    EXPECT_EQ(ledger->read([&](Reader& r) { return store.versions(r, made->id); })->size(), static_cast<size_t>(PackStore::kVersionsKept));
}

TEST_F(PackStoreTest, RefusesWhatIsTooMuchOrTwice) {
    EXPECT_EQ(add(1, "Gate", "x").error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(add(1, "gate", "").error().code(), ErrorCode::invalid_argument);
    EXPECT_EQ(add(1, "gate", std::string(PackStore::kTextBytes + 1, 'x')).error().code(), ErrorCode::invalid_argument);
    ASSERT_TRUE(add(1, "gate", "x"));
    EXPECT_EQ(add(1, "gate", "x").error().code(), ErrorCode::already_exists);
    EXPECT_TRUE(add(2, "gate", "x")) << "each client has its own names";
    for (int64_t n = 1; n < PackStore::kPacksPerTenant; ++n) ASSERT_TRUE(add(1, "p" + std::to_string(n), "x"));
    EXPECT_EQ(add(1, "more", "x").error().code(), ErrorCode::resource_exhausted);
}

TEST_F(PackStoreTest, AnotherClientsPackIsNotThere) {
    const auto made = add(1, "gate", "x");
    const auto scope = TenantScope::only(2);
    EXPECT_EQ(ledger->read([&](Reader& r) { return store.find(r, scope, made->id); }).error().code(), ErrorCode::not_found);
    EXPECT_TRUE(ledger->read([&](Reader& r) { return store.list(r, scope); })->empty());
    EXPECT_EQ(remove(made->id, scope).error().code(), ErrorCode::not_found);
    EXPECT_TRUE(remove(made->id, all));
}

TEST_F(PackStoreTest, OneNameLivesOnceForEverybody) {
    const auto one = add(1, "gate", "x");
    const auto two = add(2, "gate", "y");
    ASSERT_TRUE(activate(one->id, 1, PackReach::everyone));
    EXPECT_EQ(activate(two->id, 1, PackReach::everyone).error().code(), ErrorCode::conflict);
    EXPECT_TRUE(activate(two->id, 1));
}

std::string pack_of(const std::shared_ptr<const parse::PackSet>& set, TenantNumber tenant, std::string_view line) {
    parse::Parser parser(set);
    event::EventBatch batch;
    event::Event& event = batch.add_event();
    event.raw = batch.store(line);
    event.received = 1'763'700'000 * base::kSecond;
    event.tenant = tenant;
    parser.parse(batch, event);
    return std::string(set->name(event.pack));
}

TEST(PackShelf, EachTenantHasItsOwnAndWhatIsForEverybody) {
    PackShelf shelf;
    const auto base = parse::PackSet::empty();
    const TenantNumber tenants[] = {1, 2, 3};
    std::vector<LivePack> packs{{1, 1, 1, PackReach::tenant, "own", text_of("own", "a")}, {2, 3, 1, PackReach::everyone, "all", text_of("all", "b")}};
    auto set = shelf.compile(base, packs, tenants);
    EXPECT_EQ(pack_of(set, 2, "GATE x"), "all");
    EXPECT_EQ(pack_of(set, 3, "GATE x"), "all");
    EXPECT_NE(set->find("own", 1), 0);
    EXPECT_EQ(set->find("own", 2), 0);
    packs.erase(packs.begin() + 1);
    set = shelf.compile(base, packs, tenants);
    EXPECT_EQ(pack_of(set, 1, "GATE x"), "own");
    EXPECT_EQ(pack_of(set, 2, "GATE x"), "");
}

TEST(PackShelf, CompilesAnewOnlyWhereSomethingChanged) {
    PackShelf shelf;
    const auto base = parse::PackSet::empty();
    const TenantNumber tenants[] = {1, 2};
    std::vector<LivePack> packs{{1, 1, 1, PackReach::tenant, "one", text_of("one", "a")}, {2, 2, 1, PackReach::tenant, "two", text_of("two", "b")}};
    const auto before = shelf.compile(base, packs, tenants);
    packs[1].version = 2;
    const auto after = shelf.compile(base, packs, tenants);
    EXPECT_EQ(before->overlays()[0], after->overlays()[0]);
    EXPECT_NE(before->overlays()[1], after->overlays()[1]);
}

TEST(PackShelf, PassesOverWhatDoesNotCompileAndTellsWhy) {
    base::log::set_level(base::log::Level::off);
    PackShelf shelf;
    const TenantNumber tenants[] = {1};
    const std::vector<LivePack> packs{{7, 1, 1, PackReach::tenant, "bad", "pack: ["}, {8, 1, 1, PackReach::tenant, "good", text_of("good", "a")}};
    const auto set = shelf.compile(parse::PackSet::empty(), packs, tenants);
    EXPECT_EQ(pack_of(set, 1, "GATE x"), "good");
    EXPECT_NE(shelf.problem(7), "");
    EXPECT_EQ(shelf.problem(8), "");
    shelf.compile(parse::PackSet::empty(), {}, tenants);
    EXPECT_EQ(shelf.problem(7), "");
}

}  // namespace
}  // namespace shuwei::intake
