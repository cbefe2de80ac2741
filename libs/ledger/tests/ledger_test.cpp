#include "shuwei/ledger/ledger.hpp"

#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "ledger_fixture.hpp"
#include "shuwei/ledger/checkpoint_store.hpp"
#include "shuwei/ledger/cursor.hpp"
#include "shuwei/ledger/where.hpp"

namespace shuwei::ledger {
namespace {

using base::ErrorCode;
using base::Result;

struct LedgerTest : LedgerFixture {};

TEST_F(LedgerTest, GivesBackWhatWasBound) {
    auto ledger = open();
    const std::string texts[] = {"",
                                 "plain",
                                 "登录失败",
                                 "a\n\nDROP TABLE good; --",
                                 "it's \"quoted\" ? :x",
                                 std::string("nul\0inside", 10),
                                 std::string(300'000, 'x')};
    int64_t id = 0;
    for (const std::string& text : texts) {
        ++id;
        const auto written = ledger->transaction([&](Transaction& t) {
            return t.execute("INSERT INTO good (id, name, price, count) VALUES (?, ?, ?, ?)",
                             {id, text, 0.25, int64_t{-9'007'199'254'740'993} - id});
        });
        ASSERT_TRUE(written) << written.error().to_string();
        EXPECT_EQ(*written, 1);
        const auto row = ledger->read([&](Reader& r) {
            return r.query_one("SELECT id, name, price, count, shelf FROM good WHERE name = ?", {text});
        });
        ASSERT_TRUE(row && *row) << text.substr(0, 40);
        EXPECT_EQ((**row).integer("id"), id);
        EXPECT_EQ((**row).text("name"), text);
        EXPECT_EQ((**row).real("price"), 0.25);
        EXPECT_EQ((**row).integer("count"), int64_t{-9'007'199'254'740'993} - id);
        EXPECT_TRUE((**row).is_null("shelf"));
        EXPECT_FALSE((**row).is_null("name"));
        EXPECT_EQ((**row).maybe_integer("shelf"), std::nullopt);
    }
}

TEST_F(LedgerTest, BindsNullAndOptionals) {
    auto ledger = open();
    const std::optional<std::string> nothing;
    const std::optional<int64_t> five = 5;
    const auto rows = ledger->transaction([&](Transaction& t) -> Result<std::vector<Row>> {
        TRY(t.execute("INSERT INTO good (name, count) VALUES (?, ?)", {nothing, five}));
        TRY(t.execute("INSERT INTO good (name, count) VALUES (?, ?)", {nullptr, std::nullopt}));
        return t.query("SELECT name, count FROM good ORDER BY id");
    });
    ASSERT_TRUE(rows) << rows.error().to_string();
    ASSERT_EQ(rows->size(), 2U);
    EXPECT_TRUE((*rows)[0].is_null("name"));
    EXPECT_EQ((*rows)[0].integer("count"), 5);
    EXPECT_TRUE((*rows)[1].is_null("count"));
}

TEST_F(LedgerTest, RunsOneStatementManyTimesAndReturning) {
    auto ledger = open();
    const auto sum = ledger->transaction([&](Transaction& t) -> Result<int64_t> {
        for (int i = 1; i <= 1000; ++i) {
            TRY_ASSIGN(const auto row, t.query_one("INSERT INTO good (count) VALUES (?) RETURNING id", {i}));
            EXPECT_EQ(row->integer("id"), i);
        }
        int64_t total = 0;
        TRY(t.for_each("SELECT count FROM good WHERE count > ?", {500}, [&](const Row& row) -> Result<> {
            total += row.integer("count");
            return {};
        }));
        return total;
    });
    ASSERT_TRUE(sum) << sum.error().to_string();
    EXPECT_EQ(*sum, 375'250);
}

TEST_F(LedgerTest, AnErrorOfTheVisitorEndsTheReadingAndTheStatementWorksAgain) {
    auto ledger = open();
    ASSERT_TRUE(ledger->transaction([](Transaction& t) -> Result<> {
        for (int i = 0; i < 3; ++i) TRY(t.execute("INSERT INTO good (count) VALUES (?)", {i}));
        int seen = 0;
        for (int round = 0; round < 2; ++round) {
            const auto stopped = t.for_each("SELECT count FROM good", {}, [&](const Row&) -> Result<> {
                ++seen;
                return base::fail(ErrorCode::cancelled, "enough");
            });
            EXPECT_FALSE(stopped);
        }
        EXPECT_EQ(seen, 2);
        return {};
    }));
}

TEST_F(LedgerTest, RollsBackWhenTheWorkFails) {
    auto ledger = open();
    bool told = false;
    const auto failed = ledger->transaction([&](Transaction& t) -> Result<int> {
        t.on_commit([&] { told = true; });
        TRY(t.execute("INSERT INTO good (name) VALUES (?)", {"lost"}));
        return base::fail(ErrorCode::conflict, "changed my mind");
    });
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message(), "changed my mind");
    EXPECT_FALSE(told);
    EXPECT_EQ(*ledger->read([](Reader& r) { return r.query_integer("SELECT count(*) FROM good"); }), 0);
    ASSERT_TRUE(ledger->transaction([&](Transaction& t) -> Result<> {
        t.on_commit([&] { told = true; });
        return {};
    }));
    EXPECT_TRUE(told);
}

TEST_F(LedgerTest, TellsKindsOfRefusalApart) {
    auto ledger = open();
    const auto code = [&](std::string_view sql, const Values& values) {
        const auto done = ledger->transaction([&](Transaction& t) { return t.execute(sql, values); });
        return done ? std::optional<ErrorCode>() : done.error().code();
    };
    EXPECT_EQ(code("INSERT INTO shelf (name) VALUES (?)", {"a"}), std::nullopt);
    EXPECT_EQ(code("INSERT INTO shelf (name) VALUES (?)", {"a"}), ErrorCode::already_exists);
    EXPECT_EQ(code("INSERT INTO shelf (name) VALUES (?)", {nullptr}), ErrorCode::conflict);
    EXPECT_EQ(code("INSERT INTO good (shelf) VALUES (?)", {99}), ErrorCode::conflict) << "foreign keys hold";
    EXPECT_EQ(code("SELECT nonsense FROM shelf", {}), ErrorCode::internal);
}

TEST_F(LedgerTest, MessagesCarryNoBoundValues) {
    auto ledger = open();
    const auto done = ledger->transaction([&](Transaction& t) -> Result<> {
        TRY(t.execute("INSERT INTO shelf (name) VALUES (?)", {"secret-value"}));
        TRY(t.execute("INSERT INTO shelf (name) VALUES (?)", {"secret-value"}));
        return {};
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().to_string().find("secret-value"), std::string::npos) << done.error().to_string();
}

TEST_F(LedgerTest, ReadersSeeTheLastCommitWhileAWriterWorks) {
    auto ledger = open();
    ASSERT_TRUE(ledger->transaction([&](Transaction& t) -> Result<> {
        TRY(t.execute("INSERT INTO good (name) VALUES (?)", {"new"}));
        std::thread([&] {
            EXPECT_EQ(*ledger->read([](Reader& r) { return r.query_integer("SELECT count(*) FROM good"); }), 0);
        }).join();
        return {};
    }));
    EXPECT_EQ(*ledger->read([](Reader& r) { return r.query_integer("SELECT count(*) FROM good"); }), 1);
}

TEST_F(LedgerTest, ManyThreadsReadAndWriteAtOnce) {
    auto ledger = open();
    ASSERT_TRUE(
        ledger->transaction([](Transaction& t) { return t.execute("INSERT INTO good (id, count) VALUES (1, 0)"); }));
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 20; ++round) {
                const auto done = ledger->transaction([](Transaction& t) -> Result<> {
                    TRY_ASSIGN(const int64_t count, t.query_integer("SELECT count FROM good WHERE id = 1"));
                    TRY(t.execute("UPDATE good SET count = ? WHERE id = 1", {count + 1}));
                    return {};
                });
                EXPECT_TRUE(done);
            }
        });
        threads.emplace_back([&] {
            int64_t last = 0;
            for (int round = 0; round < 100; ++round) {
                const auto count = ledger->read([](Reader& r) { return r.query_integer("SELECT count FROM good"); });
                ASSERT_TRUE(count) << count.error().to_string();
                EXPECT_GE(*count, last);
                last = *count;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(*ledger->read([](Reader& r) { return r.query_integer("SELECT count FROM good"); }), 80);
}

TEST_F(LedgerTest, FileAndKeyAreReadableByTheOwnerAlone) {
    auto ledger = open();
    for (const char* name : {"ledger.sqlite", "audit.key"}) {
        struct stat status {};
        ASSERT_EQ(::stat((folder.path() / name).c_str(), &status), 0) << name;
        EXPECT_EQ(status.st_mode & 0777, 0600U) << name;
    }
}

// ---- migrations

TEST_F(LedgerTest, AppliesEachMigrationOnceAndInOrder) {
    MigrationSet set{"shop", {kShop.migrations[0]}};
    open({set});
    set.migrations.push_back({2, "colours", "ALTER TABLE good ADD COLUMN colour TEXT;"});
    set.migrations.push_back({3, "default colour", "UPDATE good SET colour = 'grey';"});
    auto ledger = open({set});
    ledger = nullptr;
    ledger = open({set});
    const auto rows = ledger->read([](Reader& r) {
        return r.query("SELECT number, name FROM schema_migration WHERE library = 'shop' ORDER BY number");
    });
    ASSERT_TRUE(rows);
    ASSERT_EQ(rows->size(), 3U);
    EXPECT_EQ((*rows)[2].text("name"), "default colour");
}

TEST_F(LedgerTest, RefusesAFileOfANewerProgram) {
    MigrationSet newer{"shop", {kShop.migrations[0], {2, "colours", "ALTER TABLE good ADD COLUMN colour TEXT;"}}};
    open({newer});
    const std::vector<MigrationSet> older{kShop};
    const auto refused = Ledger::open(folder.path(), older, clock, random);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::conflict);
    EXPECT_NE(refused.error().to_string().find("newer version"), std::string::npos);
    EXPECT_NE(refused.error().to_string().find("ledger.sqlite"), std::string::npos) << "the file is named";
}

TEST_F(LedgerTest, RefusesAMigrationThatReadsOtherwiseThanTheOneApplied) {
    open();
    MigrationSet changed{"shop", {{1, "goods", "CREATE TABLE shelf (id INTEGER PRIMARY KEY);"}}};
    const auto refused = Ledger::open(folder.path(), std::vector{changed}, clock, random);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::conflict);
}

TEST_F(LedgerTest, AFailingMigrationLeavesTheFileAsItWas) {
    open();
    MigrationSet broken{
        "shop", {kShop.migrations[0], {2, "half", "CREATE TABLE half (id INTEGER); INSERT INTO nowhere VALUES (1);"}}};
    const auto refused = Ledger::open(folder.path(), std::vector{broken}, clock, random);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().to_string().find("shop 2"), std::string::npos) << refused.error().to_string();
    auto ledger = open();
    EXPECT_EQ(*ledger->read(
                  [](Reader& r) { return r.query_integer("SELECT count(*) FROM sqlite_schema WHERE name = 'half'"); }),
              0);
}

// ---- damaged and unusable files

TEST_F(LedgerTest, RefusesAFileThatIsNoDatabase) {
    std::ofstream(folder.path() / "ledger.sqlite") << std::string(8192, 'x');
    const auto refused = Ledger::open(folder.path(), {}, clock, random);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::data_corrupt);
    EXPECT_NE(refused.error().to_string().find("ledger.sqlite"), std::string::npos);
}

TEST_F(LedgerTest, ReportsADamagedPageInsteadOfCrashing) {
    auto ledger = open();
    ASSERT_TRUE(ledger->transaction([](Transaction& t) -> Result<> {
        for (int i = 0; i < 500; ++i) TRY(t.execute("INSERT INTO good (name) VALUES (?)", {std::string(200, 'a')}));
        return {};
    }));
    ledger = nullptr;
    const auto path = folder.path() / "ledger.sqlite";
    const auto size = std::filesystem::file_size(path);
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(size - 60'000));
    file << std::string(50'000, '\xff');
    file.close();
    auto opened = Ledger::open(folder.path(), std::vector{kShop}, clock, random);
    ASSERT_TRUE(opened) << opened.error().to_string();
    const auto read = (*opened)->read([](Reader& r) { return r.query("SELECT name FROM good"); });
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), ErrorCode::data_corrupt) << read.error().to_string();
}

TEST_F(LedgerTest, RefusesAMissingFolder) {
    const auto refused = Ledger::open(folder.path() / "nowhere", {}, clock, random);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::not_found);
}

TEST_F(LedgerTest, AFullFileFailsTheTransactionAndLeavesWhatWasThere) {
    auto ledger = open();
    const auto limit_pages = [&](int64_t pages) {
        return ledger->transaction(
            [&](Transaction& t) { return t.query("PRAGMA max_page_count = " + std::to_string(pages)); });
    };
    const auto fill = [&] {
        return ledger->transaction([](Transaction& t) -> Result<> {
            for (int i = 0; i < 200; ++i)
                TRY(t.execute("INSERT INTO good (name) VALUES (?)", {std::string(4000, 'a')}));
            return {};
        });
    };
    const auto pages = ledger->read([](Reader& r) { return r.query_integer("PRAGMA page_count"); });
    ASSERT_TRUE(limit_pages(*pages + 20));
    const auto full = fill();
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code(), ErrorCode::resource_exhausted) << full.error().to_string();
    EXPECT_EQ(*ledger->read([](Reader& r) { return r.query_integer("SELECT count(*) FROM good"); }), 0);
    ASSERT_TRUE(limit_pages(100'000));
    EXPECT_TRUE(fill()) << "room again: it works again";
}

// ---- small parts

TEST_F(LedgerTest, CheckpointsRiseAndIdsAreNeverGivenTwice) {
    {
        auto ledger = open();
        ASSERT_TRUE(ledger->transaction([](Transaction& t) { return CheckpointStore::set(t, "pipeline/1", 41); }));
        ASSERT_TRUE(ledger->transaction([](Transaction& t) { return CheckpointStore::set(t, "pipeline/1", 41); }));
        const auto back = ledger->transaction([](Transaction& t) { return CheckpointStore::set(t, "pipeline/1", 40); });
        ASSERT_FALSE(back);
        EXPECT_EQ(back.error().code(), ErrorCode::conflict);
        ASSERT_TRUE(ledger->transaction([](Transaction& t) { return CheckpointStore::set(t, "pipeline/2", 7); }));
        EXPECT_EQ(*ledger->transaction([](Transaction& t) { return CheckpointStore::reserve_ids(t, "alert", 10); }), 1);
    }
    auto ledger = open();
    EXPECT_EQ(**ledger->read([](Reader& r) { return CheckpointStore::get(r, "pipeline/1"); }), 41U);
    EXPECT_EQ(*ledger->read([](Reader& r) { return CheckpointStore::get(r, "pipeline/3"); }), std::nullopt);
    EXPECT_EQ(ledger->read([](Reader& r) { return CheckpointStore::list(r, "pipeline/"); })->size(), 2U);
    EXPECT_EQ(*ledger->transaction([](Transaction& t) { return CheckpointStore::reserve_ids(t, "alert", 5); }), 11);
}

TEST(Where, BeginsWithTheTenantsAndTakesTextLiterally) {
    EXPECT_EQ(Where(TenantScope::every_tenant(), "t").sql(), "");
    EXPECT_EQ(Where(TenantScope::only(std::vector<TenantNumber>{}), "t").sql(), " WHERE (1 = 0)");
    Where where(TenantScope::only({3, 1, 3}), "t");
    where.in("s", {1, 2}).in("empty", {}).contains("title", "50%_\\").contains("title", "").add("x > ?", {9});
    EXPECT_EQ(where.sql(), " WHERE (t IN (?, ?)) AND (s IN (?, ?)) AND (title LIKE ? ESCAPE '\\') AND (x > ?)");
    ASSERT_EQ(where.values().size(), 6U);
    EXPECT_EQ(std::get<std::string>(where.values()[4].get()), "%50\\%\\_\\\\%");
}

TEST(Cursor, ComesBackAndIsRefusedElsewhere) {
    const Cursor cursor{-5, 1'234'567'890'123};
    const auto text = cursor.encode("due");
    EXPECT_EQ(text.find_first_of("+/="), std::string::npos);
    const auto back = Cursor::decode(text, "due");
    ASSERT_TRUE(back);
    EXPECT_EQ(back->value, -5);
    EXPECT_EQ(back->id, 1'234'567'890'123);
    for (const std::string& wrong : {std::string(), std::string("x"), std::string("%%%"), text.substr(0, 8)})
        EXPECT_FALSE(Cursor::decode(wrong, "due")) << wrong;
    EXPECT_FALSE(Cursor::decode(text, "opened")) << "a cursor belongs to its order";
}

}  // namespace
}  // namespace shuwei::ledger
