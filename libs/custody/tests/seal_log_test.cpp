#include "shuwei/custody/seal_log.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "shuwei/base/file.hpp"
#include "shuwei/base/random.hpp"
#include "shuwei/custody/retention.hpp"
#include "shuwei/ledger/checkpoint_store.hpp"
#include "shuwei/ledger/ledger.hpp"

namespace shuwei::custody {
namespace {

constexpr base::Timestamp kTen = 1'795'341'600 * base::kSecond;  // 2026-11-22T10:00:00Z
constexpr ChainKey kChain{1, 0};

template <typename T>
T must(base::Result<T> result) {
    if (!result) throw std::runtime_error(result.error().to_string());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class SealLogTest : public testing::Test {
protected:
    SealLogTest() { open(); must(ledger->transaction([&](ledger::Transaction& t) { return log->begin(t, 0); })); }
    ~SealLogTest() override { std::filesystem::remove_all(folder); }

    void open() {
        std::filesystem::create_directories(folder);
        const std::array sets{migrations()};
        ledger = must(ledger::Ledger::open(folder, sets, clock, random));
        log.emplace(folder, ledger->audit());
    }
    void append(uint64_t first, uint64_t count, base::Timestamp received = kTen) {
        std::vector<Leaf> leaves;
        for (uint64_t seq = first; seq < first + count; ++seq) leaves.push_back({seq, received, leaf_digest({seq, received, {}, "line"})});
        must(ledger->transaction([&](ledger::Transaction& t) -> base::Result<> {
            TRY(log->append(t, kChain, leaves));
            return ledger::CheckpointStore::set(t, "pipeline", first + count - 1);
        }));
    }
    Chain chain() { return must(ledger->read([&](ledger::Reader& r) { return log->read(r, kChain, "pipeline"); })); }
    void forge(std::string_view sql) { must(ledger->transaction([&](ledger::Transaction& t) -> base::Result<> { TRY(t.execute(sql)); return {}; })); }

    std::filesystem::path folder = std::filesystem::temp_directory_path() / ("shuwei-custody-" + base::SystemRandom().hex(8));
    base::ManualClock clock{kTen};
    base::SystemRandom random;
    std::unique_ptr<ledger::Ledger> ledger;
    std::optional<SealLog> log;
};

TEST_F(SealLogTest, ClosesSegmentsByNumberAndByHour) {
    append(1, kSegmentEvents - 1);
    append(kSegmentEvents, 3);
    append(kSegmentEvents + 3, 2, kTen + base::kHour);
    const Chain after = chain();
    EXPECT_FALSE(after.first_bad_seal) << after.problem;
    ASSERT_EQ(after.seals.size(), 2u);
    EXPECT_EQ(after.seals[0].events, kSegmentEvents);
    EXPECT_EQ(after.seals[1].events, 2u);
    EXPECT_EQ(after.seals[1].previous, after.seals[0].link);
    ASSERT_TRUE(after.open);
    EXPECT_EQ(after.open->events, 2u);
    EXPECT_EQ(log->tags(after.seals[0])->size(), kSegmentEvents);
    EXPECT_EQ(log->tags(*after.open).front().seq, kSegmentEvents + 3);
}

// However the events came in pieces, and after a replay: the same seals.
TEST_F(SealLogTest, SealsDoNotDependOnTheFlushes) {
    append(1, 70);
    append(71, 30);
    must(ledger->transaction([&](ledger::Transaction& t) { return log->close(t, std::nullopt); }));
    const auto in_two = chain().seals.at(0).root;
    std::filesystem::remove_all(folder);
    open();
    must(ledger->transaction([&](ledger::Transaction& t) { return log->begin(t, 0); }));
    append(1, 100);
    append(50, 51);  // a replay of what is sealed
    must(ledger->transaction([&](ledger::Transaction& t) { return log->close(t, std::nullopt); }));
    EXPECT_EQ(chain().seals.at(0).root, in_two);
    EXPECT_EQ(chain().seals.at(0).events, 100u);
}

TEST_F(SealLogTest, ATransactionThatFailsLeavesNothing) {
    append(1, 5);
    const std::vector<Leaf> leaves{{6, kTen, {}}};
    EXPECT_FALSE(ledger->transaction([&](ledger::Transaction& t) -> base::Result<> {
        TRY(log->append(t, kChain, leaves));
        return base::fail(base::ErrorCode::io, "later in the commit");
    }));
    append(6, 1);
    EXPECT_EQ(chain().open->events, 6u);
    EXPECT_EQ(log->tags(*chain().open).size(), 6u);
}

TEST_F(SealLogTest, FindsEveryForgeryInTheLedger) {
    for (int hour = 0; hour < 4; ++hour) append(1 + 10 * hour, 10, kTen + hour * base::kHour);
    must(ledger->read([&](ledger::Reader& r) { return log->export_heads(r); }));
    const std::pair<const char*, int64_t> forgeries[] = {
        {"UPDATE seal SET events = 9 WHERE number = 2", 2},
        {"UPDATE seal SET root = tags WHERE number = 1", 1},
        {"UPDATE seal SET mac = link WHERE number = 3", 3},
        {"DELETE FROM seal WHERE number = 2", 2},
        {"DELETE FROM seal WHERE number = 3", 3},
        {"UPDATE seal_open SET last_seq = 50", 4},
        {"DELETE FROM seal_open", 4},
        {"UPDATE seal_origin SET sealed_after = 100", 1},
    };
    for (const auto& [sql, number] : forgeries) {
        EXPECT_FALSE(chain().first_bad_seal) << "before " << sql;
        std::optional<Chain> seen;
        (void)ledger->transaction([&](ledger::Transaction& t) -> base::Result<> {
            TRY(t.execute(sql));
            TRY_ASSIGN(seen, log->read(t, kChain, "pipeline"));
            return base::fail(base::ErrorCode::cancelled, "undone");
        });
        ASSERT_TRUE(seen) << sql;
        EXPECT_EQ(seen->first_bad_seal, number) << sql << ": " << seen->problem;
    }
}

TEST_F(SealLogTest, ARetirementNeedsTheKey) {
    append(1, 10);
    append(11, 1, kTen + base::kDay);
    const uint32_t day = day_of(kTen);
    EXPECT_EQ(day, 20261122u);
    must(ledger->transaction([&](ledger::Transaction& t) -> base::Result<> {
        TRY_ASSIGN(const auto retired, log->retire(t, kChain, day, 10, kTen));
        EXPECT_EQ(retired.events, 10u);
        EXPECT_EQ(retired.through_number, 1);
        return {};
    }));
    EXPECT_EQ(chain().retired.count(day), 1u);
    forge("UPDATE seal_retirement SET day = 20261123");
    EXPECT_TRUE(chain().retired.empty());
}

TEST_F(SealLogTest, TagsThatWereChangedAreNotBelieved) {
    append(1, 10);
    must(ledger->transaction([&](ledger::Transaction& t) { return log->close(t, std::nullopt); }));
    const auto file = folder / "seals/1-0/20261122.tags";
    auto bytes = must(base::read_file(file));
    bytes[7] = static_cast<char>(bytes[7] ^ 1);
    must(base::write_file_durably(file, bytes, 0600));
    EXPECT_FALSE(log->tags(chain().seals.at(0)));
}

TEST_F(SealLogTest, RetentionIsNeverUnder180DaysWithoutAnException) {
    const Retention retention(200);
    const auto set = [&](RetentionChange change) {
        return ledger->transaction([&](ledger::Transaction& t) {
            return retention.set(t, kChain, change, ledger::Actor::person("wang", ""), ledger->audit(), clock.now());
        });
    };
    const auto rule = [&] { return must(ledger->read([&](ledger::Reader& r) { return retention.rule(r, kChain); })); };
    EXPECT_EQ(rule().days, 200u);
    EXPECT_FALSE(set({179, "", 0}));
    EXPECT_FALSE(set({179, "disk", 0}));
    EXPECT_FALSE(set({179, "disk", kTen - 1}));
    EXPECT_FALSE(set({179, "disk", kTen + 400 * base::kDay}));
    EXPECT_FALSE(set({365, "not needed", 0}));
    EXPECT_FALSE(set({0, "", 0}));
    ASSERT_TRUE(set({30, "test system", kTen + base::kDay}));
    EXPECT_EQ(rule().days_at(kTen), 30u);
    EXPECT_EQ(rule().exception_by, "wang");
    EXPECT_EQ(rule().days_at(kTen + base::kDay), kLegalDays) << "the exception is over";
    ASSERT_TRUE(set({365, "", 0}));
    EXPECT_EQ(rule().days_at(kTen), 365u);
    const auto audited = must(ledger->read([&](ledger::Reader& r) { return ledger->audit().list(r, {.action = "set_retention"}); }));
    EXPECT_EQ(audited.size(), 2u);
}

}  // namespace
}  // namespace shuwei::custody
