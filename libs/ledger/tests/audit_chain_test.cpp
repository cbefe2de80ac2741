#include "shuwei/ledger/audit_chain.hpp"

#include <sys/stat.h>

#include "ledger_fixture.hpp"
#include "shuwei/base/file.hpp"

namespace shuwei::ledger {
namespace {

using base::ErrorCode;
using base::Result;

constexpr const char* kWithoutTriggers =
    "DROP TRIGGER audit_entry_stays_as_written; DROP TRIGGER audit_entry_stays; PRAGMA foreign_keys = OFF;";

struct AuditChainTest : LedgerFixture {
    void write(Ledger& ledger, int entries) {
        for (int i = 0; i < entries; ++i) {
            clock.advance(base::kSecond);
            const auto done = ledger.record(
                Actor::person("zhang.wei", "10.0.0.8"),
                {.action = "update_case", .object = "case SW-20261121-0001", .detail = "第 " + std::to_string(i)});
            ASSERT_TRUE(done) << done.error().to_string();
        }
    }

    AuditVerification verify(Ledger& ledger) {
        auto result = ledger.read([&](Reader& r) { return ledger.audit().verify(r); });
        EXPECT_TRUE(result) << result.error().to_string();
        return result ? *result : AuditVerification{};
    }
};

TEST_F(AuditChainTest, AnUntouchedChainHolds) {
    auto ledger = open();
    EXPECT_TRUE(verify(*ledger).ok) << "an empty one too";
    write(*ledger, 5);
    const auto result = verify(*ledger);
    EXPECT_TRUE(result.ok) << result.message;
    EXPECT_EQ(result.entries, 5);
    EXPECT_EQ(result.head.size(), 64U);
    ledger = nullptr;
    ledger = open();
    write(*ledger, 2);
    EXPECT_EQ(verify(*ledger).entries, 7) << "goes on after a restart";
}

TEST_F(AuditChainTest, TheDatabaseItselfRefusesChanges) {
    auto ledger = open();
    write(*ledger, 2);
    for (const char* sql :
         {"UPDATE audit_entry SET detail = 'x' WHERE id = 1", "DELETE FROM audit_entry WHERE id = 2"}) {
        const auto refused = ledger->transaction([&](Transaction& t) { return t.execute(sql); });
        ASSERT_FALSE(refused) << sql;
        EXPECT_EQ(refused.error().code(), ErrorCode::conflict);
    }
    EXPECT_TRUE(verify(*ledger).ok);
}

struct Tampering {
    const char* what;
    const char* sql;
    int64_t first_bad_id;
};

TEST_F(AuditChainTest, NamesTheFirstEntryThatIsNotAsWritten) {
    const Tampering cases[] = {
        {"a detail changed", "UPDATE audit_entry SET detail = 'nothing' WHERE id = 4", 4},
        {"a time changed", "UPDATE audit_entry SET at = at + 1 WHERE id = 1", 1},
        {"an actor changed", "UPDATE audit_entry SET actor = 'li.na' WHERE id = 10", 10},
        {"text moved between fields",
         "UPDATE audit_entry SET action = 'update_casecase', object = ' SW-20261121-0001' WHERE id = 3", 3},
        {"a tenant changed", "UPDATE audit_entry SET tenant = 2 WHERE id = 6", 6},
        {"one removed", "DELETE FROM audit_entry WHERE id = 5", 5},
        {"the first removed", "DELETE FROM audit_entry WHERE id = 1", 1},
        {"the last removed", "DELETE FROM audit_entry WHERE id = 10", 10},
        {"the tail removed", "DELETE FROM audit_entry WHERE id > 7", 8},
        {"all removed", "DELETE FROM audit_entry", 1},
        {"two exchanged",
         "UPDATE audit_entry SET id = 100 WHERE id = 2; UPDATE audit_entry SET id = 2 WHERE id = 3; "
         "UPDATE audit_entry SET id = 3 WHERE id = 100",
         2},
        {"one put in between",
         "UPDATE audit_entry SET id = id + 1 WHERE id = 10; "
         "INSERT INTO audit_entry SELECT 10, at, actor, peer, action, object, detail, tenant, result, mac "
         "FROM audit_entry WHERE id = 9",
         10},
        {"one removed and the rest renumbered",
         "DELETE FROM audit_entry WHERE id = 8; UPDATE audit_entry SET id = 8 WHERE id = 9; "
         "UPDATE audit_entry SET id = 9 WHERE id = 10",
         8},
    };
    for (const auto& [what, sql, first_bad_id] : cases) {
        SCOPED_TRACE(what);
        const TemporaryFolder other;
        std::filesystem::remove_all(folder.path());
        std::filesystem::create_directory(folder.path());
        {
            auto ledger = open();
            write(*ledger, 10);
        }
        edit_file(std::string(kWithoutTriggers) + sql);
        auto ledger = open();
        const auto result = verify(*ledger);
        EXPECT_FALSE(result.ok);
        EXPECT_EQ(result.first_bad_id, first_bad_id) << result.message;
        EXPECT_FALSE(result.message.empty());
    }
}

TEST_F(AuditChainTest, AnExportedHeadShowsACutTailThatTheFileHides) {
    {
        auto ledger = open();
        write(*ledger, 4);
        ASSERT_TRUE(ledger->read([&](Reader& r) { return ledger->audit().export_head(r); }));
        write(*ledger, 4);
        ASSERT_TRUE(ledger->read([&](Reader& r) { return ledger->audit().export_head(r); }));
        EXPECT_TRUE(verify(*ledger).ok);
    }
    // The file is put back to how it was after entry 4.
    edit_file(std::string(kWithoutTriggers) +
              "DELETE FROM audit_entry WHERE id > 4;"
              "UPDATE audit_head SET id = 4, mac = (SELECT mac FROM audit_entry WHERE id = 4);");
    auto ledger = open();
    const auto result = verify(*ledger);
    EXPECT_FALSE(result.ok);
    EXPECT_EQ(result.first_bad_id, 5);
    // Going on from there does not heal it.
    write(*ledger, 6);
    EXPECT_FALSE(verify(*ledger).ok);
}

TEST_F(AuditChainTest, WithoutTheKeyNobodyContinuesTheChain) {
    {
        auto ledger = open();
        write(*ledger, 3);
    }
    std::filesystem::remove(folder.path() / "audit.key");
    const auto missing = Ledger::open(folder.path(), std::vector{kShop}, clock, random);
    ASSERT_FALSE(missing) << "a new key must not be made beside an existing chain";
    EXPECT_EQ(missing.error().code(), ErrorCode::data_corrupt);
    ASSERT_TRUE(base::write_file_durably(folder.path() / "audit.key", std::string(64, 'a') + "\n", 0600));
    auto ledger = open();
    EXPECT_EQ(verify(*ledger).first_bad_id, 1) << "another key";
}

TEST_F(AuditChainTest, RefusesAKeyThatOthersMayRead) {
    open();
    ASSERT_EQ(::chmod((folder.path() / "audit.key").c_str(), 0640), 0);
    const auto refused = Ledger::open(folder.path(), std::vector{kShop}, clock, random);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::permission_denied);
}

TEST_F(AuditChainTest, ARolledBackChangeLeavesNoEntry) {
    auto ledger = open();
    const auto failed = ledger->transaction([&](Transaction& t) -> Result<> {
        TRY(ledger->audit().append(t, Actor::system("test"), {.action = "a"}));
        return base::fail(ErrorCode::conflict, "no");
    });
    EXPECT_FALSE(failed);
    EXPECT_EQ(verify(*ledger).entries, 0);
    EXPECT_TRUE(verify(*ledger).ok);
}

TEST_F(AuditChainTest, ListsByFilterNewestFirst) {
    auto ledger = open();
    const auto start = clock.now();
    ASSERT_TRUE(ledger->record(Actor::person("admin", "::1"), {.action = "login", .result = AuditResult::denied}));
    clock.advance(base::kMinute);
    ASSERT_TRUE(ledger->record(Actor::person("admin", "::1"), {.action = "login", .tenant = 2}));
    ASSERT_TRUE(
        ledger->record(Actor::person("bad\xff name", "::1"), {.action = "create_account", .object = "account x"}));
    const auto list = [&](const AuditFilter& filter) {
        return *ledger->read([&](Reader& r) { return ledger->audit().list(r, filter); });
    };
    EXPECT_EQ(list({}).size(), 3U);
    EXPECT_EQ(list({})[0].record.action, "create_account");
    EXPECT_EQ(list({})[0].actor, "bad\xEF\xBF\xBD name");
    EXPECT_EQ(list({.actor = "admin"}).size(), 2U);
    EXPECT_EQ(list({.actor = "admin"})[0].record.tenant, 2U);
    EXPECT_EQ(list({.action = "LOG"}).size(), 2U);
    EXPECT_EQ(list({.since = start + 1}).size(), 2U);
    EXPECT_EQ(list({.until = start + 1}).size(), 1U);
    EXPECT_EQ(list({.until = start + 1})[0].record.result, AuditResult::denied);
    EXPECT_EQ(list({.before_id = 3, .limit = 1})[0].id, 2);
    EXPECT_TRUE(verify(*ledger).ok) << "what is stored is what was authenticated, odd bytes too";
}

}  // namespace
}  // namespace shuwei::ledger
