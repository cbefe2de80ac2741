#include "shuwei/work/case_desk.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <thread>

namespace shuwei::work {
namespace {

using base::ErrorCode;
using base::kDay;
using base::kHour;
using base::kMinute;
using base::kSecond;
using base::Result;
using ledger::Actor;
using ledger::Reader;
using ledger::Transaction;

// Stands for the tenants that `access` owns.
const ledger::MigrationSet kTenants{
    "access",
    {{1, "tenants", "CREATE TABLE tenant (number INTEGER PRIMARY KEY); INSERT INTO tenant VALUES (1), (2);"}}};
const Actor kAnalyst = Actor::person("li.na", "10.0.0.7");
const TenantScope kAll = TenantScope::every_tenant();

struct CaseDeskTest : testing::Test {
    CaseDeskTest() {
        std::string name = (std::filesystem::temp_directory_path() / "shuwei-work-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        auto opened = ledger::Ledger::open(folder, std::vector{kTenants, migrations()}, clock, random);
        EXPECT_TRUE(opened) << opened.error().to_string();
        ledger = std::move(*opened);
        auto schemes = SlaSchemes::load(std::filesystem::path(SHUWEI_SOURCE_DIR) / "content" / "sla");
        EXPECT_TRUE(schemes) << schemes.error().to_string();
        desk = std::move(*CaseDesk::create(std::move(*schemes), "managed-security", ledger->audit(), clock));
    }
    ~CaseDeskTest() override {
        ledger = nullptr;
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }

    Case open(ProblemLevel level = ProblemLevel::general, TenantNumber tenant = 1, std::string title = "口令猜测成功") {
        auto made = ledger->transaction([&](Transaction& t) {
            return desk->open(t, {.tenant = tenant, .title = title, .level = level}, kAnalyst);
        });
        EXPECT_TRUE(made) << made.error().to_string();
        return made ? *made : Case{};
    }
    Result<Case> update(const std::string& number, const CaseChange& change) {
        return ledger->transaction([&](Transaction& t) { return desk->update(t, kAll, number, change, kAnalyst); });
    }
    Case must_update(const std::string& number, const CaseChange& change) {
        auto changed = update(number, change);
        EXPECT_TRUE(changed) << changed.error().to_string();
        return changed ? *changed : Case{};
    }
    std::vector<Case> tick() {
        auto changed = ledger->transaction([&](Transaction& t) { return desk->tick(t); });
        EXPECT_TRUE(changed) << changed.error().to_string();
        return changed ? *changed : std::vector<Case>{};
    }
    Case read(const std::string& number) {
        return *ledger->read([&](Reader& r) { return desk->find(r, kAll, number); });
    }
    CasePage list(const CaseFilter& filter, const TenantScope& scope = kAll) {
        auto page = ledger->read([&](Reader& r) { return desk->list(r, scope, filter); });
        EXPECT_TRUE(page) << page.error().to_string();
        return page ? std::move(*page) : CasePage{};
    }
    std::vector<TimelineEntry> timeline(const std::string& number) {
        return *ledger->read([&](Reader& r) { return desk->timeline(r, kAll, number); });
    }
    // "opened clock_started:respond ..."
    std::string told(const std::string& number) {
        std::string text;
        for (const TimelineEntry& entry : timeline(number)) {
            if (!text.empty()) text += ' ';
            text += to_string(entry.kind);
            if (entry.actor.name == "sla") text += ":" + entry.from;
        }
        return text;
    }
    static const CaseClock& clock_named(const Case& c, ClockName name) {
        for (const CaseClock& its : c.clocks)
            if (its.name == name) return its;
        ADD_FAILURE() << "no clock " << to_string(name);
        static const CaseClock none;
        return none;
    }
    static const CaseClock& respond(const Case& c) { return clock_named(c, ClockName::respond); }
    static const CaseClock& fix(const Case& c) { return clock_named(c, ClockName::fix); }

    std::filesystem::path folder;
    base::ManualClock clock{1'795'230'000 * kSecond};  // 2026-11-21T03:00:00Z, 11:00 in UTC+8
    base::SystemRandom random;
    std::unique_ptr<ledger::Ledger> ledger;
    std::unique_ptr<CaseDesk> desk;
};

// ---- opening and numbers

TEST_F(CaseDeskTest, NumbersCountByTheDayInChina) {
    EXPECT_EQ(open().number, "SW-20261121-0001");
    EXPECT_EQ(open().number, "SW-20261121-0002");
    clock.advance(13 * kHour);  // 00:00 of the next day there, 16:00 UTC
    EXPECT_EQ(open().number, "SW-20261122-0001");
}

TEST_F(CaseDeskTest, NumbersStayUniqueWhenManyOpenAtOnce) {
    std::vector<std::thread> threads;
    std::mutex mutex;
    std::set<std::string> numbers;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int round = 0; round < 5; ++round) {
                const std::string number = open().number;
                const std::scoped_lock lock(mutex);
                numbers.insert(number);
            }
        });
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(numbers.size(), 20U);
    EXPECT_TRUE(numbers.contains("SW-20261121-0020"));
}

struct Opening {
    ProblemLevel level;
    base::Duration respond, fix;
    Severity severity;
};

TEST_F(CaseDeskTest, OpeningStartsTheClocksOfTheLevel) {
    const Opening openings[] = {{ProblemLevel::general, 2 * kHour, 3 * kDay, Severity::medium},
                                {ProblemLevel::serious, 1 * kHour, 2 * kDay, Severity::high},
                                {ProblemLevel::urgent, 5 * kMinute, 1 * kDay, Severity::critical}};
    for (const auto& [level, respond_limit, fix_limit, severity] : openings) {
        const Case c = open(level);
        EXPECT_EQ(c.state, CaseState::fresh);
        EXPECT_EQ(c.severity, severity);
        ASSERT_EQ(c.clocks.size(), 2U) << "a visit is not owed before it is asked for";
        EXPECT_EQ(respond(c).due, clock.now() + respond_limit);
        EXPECT_EQ(respond(c).total, respond_limit);
        EXPECT_EQ(fix(c).remaining, fix_limit);
        EXPECT_EQ(fix(c).state, ClockState::running);
        EXPECT_EQ(told(c.number), "opened clock_started:respond clock_started:fix");
    }
}

TEST_F(CaseDeskTest, RefusesTextsOutOfBounds) {
    const auto code = [&](NewCase opening) {
        opening.tenant = 1;
        const auto made = ledger->transaction([&](Transaction& t) { return desk->open(t, opening, kAnalyst); });
        return made ? std::optional<ErrorCode>() : made.error().code();
    };
    EXPECT_EQ(code({.title = ""}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.title = " \n"}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.title = "\xff"}), ErrorCode::invalid_argument);
    std::string title;
    for (int i = 0; i < 256; ++i) title += "戍";
    EXPECT_EQ(code({.title = title}), std::nullopt) << "256 characters, not bytes";
    EXPECT_EQ(code({.title = title + "卫"}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.title = "x", .description = std::string(16385, 'x')}), ErrorCode::invalid_argument);
    EXPECT_EQ(code({.title = "'); DROP TABLE work_case; --"}), std::nullopt);
    EXPECT_EQ(list({}).total, 2);
}

// ---- states

TEST_F(CaseDeskTest, OnlyTheStepsOfTheStateMachineAreTaken) {
    const std::vector<CaseState> all = {CaseState::fresh, CaseState::in_progress, CaseState::on_hold,
                                        CaseState::resolved, CaseState::closed};
    const std::set<std::pair<CaseState, CaseState>> allowed = {
        {CaseState::fresh, CaseState::in_progress},    {CaseState::fresh, CaseState::on_hold},
        {CaseState::fresh, CaseState::resolved},       {CaseState::fresh, CaseState::closed},
        {CaseState::in_progress, CaseState::on_hold},  {CaseState::in_progress, CaseState::resolved},
        {CaseState::in_progress, CaseState::closed},   {CaseState::on_hold, CaseState::in_progress},
        {CaseState::on_hold, CaseState::resolved},     {CaseState::on_hold, CaseState::closed},
        {CaseState::resolved, CaseState::in_progress}, {CaseState::resolved, CaseState::closed},
        {CaseState::closed, CaseState::in_progress},
    };
    for (const CaseState from : all) {
        for (const CaseState to : all) {
            if (from == to) continue;
            const std::string number = open().number;
            if (from != CaseState::fresh) must_update(number, {.state = from});
            const auto changed = update(number, {.state = to});
            EXPECT_EQ(changed.has_value(), allowed.contains({from, to})) << to_string(from) << " -> " << to_string(to);
            if (!changed) {
                EXPECT_EQ(changed.error().code(), ErrorCode::conflict);
            }
            EXPECT_EQ(read(number).state, changed ? to : from);
        }
    }
}

TEST_F(CaseDeskTest, ClosingAndReopeningKeepsTheDate) {
    const std::string number = open().number;
    EXPECT_EQ(must_update(number, {.state = CaseState::closed}).closed, clock.now());
    clock.advance(kDay);
    EXPECT_EQ(must_update(number, {.state = CaseState::in_progress}).closed, std::nullopt);
}

TEST_F(CaseDeskTest, SaysItsSchemeByNameAndTitle) {
    const Case c = open();
    EXPECT_EQ(c.scheme, "managed-security");
    EXPECT_EQ(c.scheme_title_zh, "安全托管服务");
    EXPECT_EQ(c.scheme_title_en, "Managed security");
}

TEST_F(CaseDeskTest, ASchemeThatTheContentLostKeepsItsName) {
    const std::string number = open().number;
    auto renamed = ledger->transaction([](Transaction& t) { return t.execute("UPDATE work_case SET scheme = 'old'", {}); });
    ASSERT_TRUE(renamed);
    const Case c = *ledger->read([&](ledger::Reader& reader) { return desk->find(reader, kAll, number); });
    EXPECT_EQ(c.scheme, "old");
    EXPECT_EQ(c.scheme_title_zh, "");
    EXPECT_EQ(c.clocks.size(), 2U);
}

// ---- clocks

TEST_F(CaseDeskTest, TakingACaseUpMeetsRespondAndSolvingItMeetsFix) {
    const std::string number = open().number;
    clock.advance(30 * kMinute);
    Case c = must_update(number, {.state = CaseState::in_progress, .owner = "li.na"});
    EXPECT_EQ(respond(c).state, ClockState::met);
    EXPECT_EQ(respond(c).stopped, clock.now());
    EXPECT_EQ(respond(c).remaining, 90 * kMinute);
    EXPECT_EQ(fix(c).state, ClockState::running);
    clock.advance(5 * kHour);
    c = must_update(number, {.state = CaseState::resolved, .verdict = Verdict::true_positive});
    EXPECT_EQ(fix(c).state, ClockState::met);
    EXPECT_EQ(fix(c).remaining, 3 * kDay - 5 * kHour - 30 * kMinute);
    EXPECT_EQ(
        told(number),
        "opened clock_started:respond clock_started:fix state owner clock_met:respond state verdict clock_met:fix");
}

TEST_F(CaseDeskTest, ACaseOnHoldLosesNoTime) {
    const std::string number = open(ProblemLevel::urgent).number;
    clock.advance(kMinute);
    must_update(number, {.state = CaseState::in_progress});
    clock.advance(10 * kHour);
    Case c = must_update(number, {.state = CaseState::on_hold, .comment = "等待客户提供日志"});
    EXPECT_EQ(fix(c).state, ClockState::paused);
    EXPECT_EQ(fix(c).pause_reason, "等待客户提供日志");
    clock.advance(5 * kDay);
    c = read(number);
    EXPECT_EQ(fix(c).remaining, kDay - 10 * kHour - kMinute) << "stands still";
    EXPECT_EQ(fix(c).due, clock.now() + fix(c).remaining) << "as if resumed now";
    EXPECT_TRUE(tick().empty());
    c = must_update(number, {.state = CaseState::in_progress});
    EXPECT_EQ(fix(c).state, ClockState::running);
    EXPECT_EQ(fix(c).due, clock.now() + kDay - 10 * kHour - kMinute);
    clock.advance(13 * kHour);
    EXPECT_EQ(fix(must_update(number, {.state = CaseState::resolved})).state, ClockState::met);
}

TEST_F(CaseDeskTest, TickWarnsOnceAndThenTellsWhatWasMissed) {
    const std::string number = open().number;  // respond 2 h
    clock.advance(89 * kMinute);
    EXPECT_TRUE(tick().empty());
    clock.advance(kMinute);
    auto changed = tick();
    ASSERT_EQ(changed.size(), 1U) << "a quarter is left";
    EXPECT_EQ(changed[0].number, number);
    EXPECT_TRUE(tick().empty()) << "once";
    clock.advance(30 * kMinute);
    EXPECT_TRUE(tick().empty()) << "due now is not late";
    clock.advance(kSecond);
    EXPECT_EQ(respond(read(number)).state, ClockState::missed) << "told at once, even before the tick";
    changed = tick();
    ASSERT_EQ(changed.size(), 1U);
    EXPECT_EQ(respond(changed[0]).state, ClockState::missed);
    EXPECT_EQ(respond(changed[0]).remaining, -kSecond);
    EXPECT_EQ(respond(changed[0]).stopped, std::nullopt);
    EXPECT_TRUE(tick().empty());
    clock.advance(kHour);
    const Case c = must_update(number, {.state = CaseState::in_progress});
    EXPECT_EQ(respond(c).state, ClockState::missed) << "late work does not undo it";
    EXPECT_EQ(respond(c).stopped, clock.now());
    EXPECT_EQ(respond(c).remaining, -kHour - kSecond);
    EXPECT_EQ(told(number),
              "opened clock_started:respond clock_started:fix reminded:respond clock_missed:respond state");
}

TEST_F(CaseDeskTest, AStepThatComesTooLateMissesWithoutATick) {
    const std::string number = open(ProblemLevel::urgent).number;
    clock.advance(2 * kDay);
    const Case c = must_update(number, {.state = CaseState::resolved});
    EXPECT_EQ(respond(c).state, ClockState::missed);
    EXPECT_EQ(fix(c).state, ClockState::missed);
    EXPECT_EQ(told(number),
              "opened clock_started:respond clock_started:fix state clock_missed:respond clock_missed:fix");
}

TEST_F(CaseDeskTest, HoldingDoesNotRescueAMissedClock) {
    const std::string number = open(ProblemLevel::urgent).number;
    must_update(number, {.state = CaseState::in_progress});
    clock.advance(2 * kDay);
    Case c = must_update(number, {.state = CaseState::on_hold});
    EXPECT_EQ(fix(c).state, ClockState::missed);
    clock.advance(kDay);
    c = must_update(number, {.state = CaseState::in_progress});
    EXPECT_EQ(fix(c).state, ClockState::missed);
    EXPECT_EQ(fix(c).remaining, -2 * kDay);
}

TEST_F(CaseDeskTest, AReopenedCaseOwesWhatItHadLeft) {
    const std::string number = open().number;
    must_update(number, {.state = CaseState::in_progress});
    clock.advance(kDay);
    must_update(number, {.state = CaseState::resolved});
    clock.advance(10 * kDay);
    const Case c = must_update(number, {.state = CaseState::in_progress});
    EXPECT_EQ(fix(c).state, ClockState::running);
    EXPECT_EQ(fix(c).due, clock.now() + 2 * kDay);
    EXPECT_EQ(respond(c).state, ClockState::met) << "it was responded to";
}

TEST_F(CaseDeskTest, AnotherLevelRecomputesWhatStillRuns) {
    const std::string number = open().number;
    const auto opened = clock.now();
    clock.advance(30 * kMinute);
    Case c = must_update(number, {.level = ProblemLevel::serious});
    EXPECT_EQ(respond(c).due, opened + kHour);
    EXPECT_EQ(fix(c).due, opened + 2 * kDay);
    c = must_update(number, {.level = ProblemLevel::urgent});
    EXPECT_EQ(respond(c).due, clock.now()) << "at once: no time is left";
    clock.advance(kSecond);
    ASSERT_EQ(tick().size(), 1U);
    EXPECT_EQ(respond(read(number)).state, ClockState::missed);
    c = must_update(number, {.level = ProblemLevel::general});
    EXPECT_EQ(respond(c).state, ClockState::missed) << "what was missed stays missed";
    EXPECT_EQ(fix(c).due, opened + 3 * kDay);
}

TEST_F(CaseDeskTest, LevelAndStateMayChangeTogether) {
    const std::string number = open().number;
    const Case c = must_update(number, {.state = CaseState::on_hold, .level = ProblemLevel::urgent});
    EXPECT_EQ(respond(c).state, ClockState::met);
    EXPECT_EQ(fix(c).state, ClockState::paused);
    EXPECT_EQ(fix(c).remaining, kDay);
}

// ---- timeline, versions, isolation

TEST_F(CaseDeskTest, TheTimelineTellsWhoChangedWhatAndWhy) {
    const std::string number = open().number;
    must_update(number, {.owner = "wang.lei",
                         .title = "口令猜测成功（已确认）",
                         .severity = Severity::critical,
                         .comment = "按值班表转交"});
    const auto note = ledger->transaction(
        [&](Transaction& t) { return desk->add_note(t, TenantScope::only(1), number, "已联系客户确认", kAnalyst); });
    ASSERT_TRUE(note) << note.error().to_string();
    EXPECT_EQ(note->kind, TimelineKind::note);
    const auto entries = timeline(number);
    ASSERT_EQ(entries.size(), 7U);
    EXPECT_EQ(entries[3].kind, TimelineKind::severity);
    EXPECT_EQ(entries[3].from, "medium");
    EXPECT_EQ(entries[3].to, "critical");
    EXPECT_EQ(entries[3].text, "按值班表转交");
    EXPECT_EQ(entries[3].actor.name, "li.na");
    EXPECT_EQ(entries[4].to, "wang.lei");
    EXPECT_EQ(entries[5].from, "口令猜测成功");
    EXPECT_EQ(entries[6].text, "已联系客户确认");
    const auto audited = ledger->read([&](Reader& r) { return ledger->audit().list(r, {}); });
    ASSERT_EQ(audited->size(), 3U);
    EXPECT_EQ((*audited)[0].record.action, "add_case_note");
    EXPECT_EQ((*audited)[1].record.object, "case " + number);
}

TEST_F(CaseDeskTest, NothingChangedTellsNothingAndACommentAloneIsANote) {
    const Case c = open();
    EXPECT_EQ(must_update(c.number, {.level = c.level}).version, c.version);
    EXPECT_EQ(timeline(c.number).size(), 3U);
    must_update(c.number, {.comment = "在看"});
    EXPECT_EQ(timeline(c.number).back().kind, TimelineKind::note);
}

TEST_F(CaseDeskTest, TheTimelineCannotBeRewritten) {
    const std::string number = open().number;
    for (const char* sql : {"UPDATE case_timeline SET text = 'x'", "DELETE FROM case_timeline"}) {
        const auto refused = ledger->transaction([&](Transaction& t) { return t.execute(sql); });
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code(), ErrorCode::conflict);
    }
    EXPECT_EQ(timeline(number).size(), 3U);
}

TEST_F(CaseDeskTest, AChangeBasedOnAnOldReadingIsRefused) {
    const Case c = open();
    must_update(c.number, {.owner = "wang.lei", .expected_version = c.version});
    const auto refused = update(c.number, {.owner = "zhao.min", .expected_version = c.version});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::conflict);
    EXPECT_EQ(read(c.number).owner, "wang.lei");
}

TEST_F(CaseDeskTest, AnotherTenantsCaseIsNotThere) {
    const std::string number = open(ProblemLevel::general, 2).number;
    const TenantScope other = TenantScope::only(1);
    const auto code = [](const auto& result) { return result ? std::optional<ErrorCode>() : result.error().code(); };
    EXPECT_EQ(code(ledger->read([&](Reader& r) { return desk->find(r, other, number); })), ErrorCode::not_found);
    EXPECT_EQ(code(ledger->read([&](Reader& r) { return desk->timeline(r, other, number); })), ErrorCode::not_found);
    EXPECT_EQ(code(ledger->transaction(
                  [&](Transaction& t) { return desk->update(t, other, number, {.owner = "x"}, kAnalyst); })),
              ErrorCode::not_found);
    EXPECT_EQ(
        code(ledger->transaction([&](Transaction& t) { return desk->add_note(t, other, number, "x", kAnalyst); })),
        ErrorCode::not_found);
    EXPECT_EQ(code(ledger->transaction(
                  [&](Transaction& t) { return desk->attach(t, other, number, {.id = 1, .title = "x"}, kAnalyst); })),
              ErrorCode::not_found);
    EXPECT_EQ(list({}, other).total, 0);
    EXPECT_EQ(list({}, TenantScope::only(2)).total, 1);
    EXPECT_EQ(list({}, TenantScope::only(std::vector<TenantNumber>{})).total, 0);
    EXPECT_EQ(ledger->read([&](Reader& r) { return desk->figures(r, other); })->open, 0);
}

// ---- alerts

TEST_F(CaseDeskTest, AlertsJoinOneOpenCase) {
    auto made = ledger->transaction([&](Transaction& t) {
        return desk->open(t, {.tenant = 1, .title = "a", .key = "source:203.0.113.9"}, Actor::system("triage"));
    });
    const auto found = [&](TenantNumber tenant, std::string_view key, base::Timestamp since) {
        return ledger->read([&](Reader& r) { return desk->find_open(r, tenant, key, since); })->has_value();
    };
    EXPECT_TRUE(found(1, "source:203.0.113.9", clock.now()));
    EXPECT_FALSE(found(1, "source:203.0.113.9", clock.now() + 1)) << "too old";
    EXPECT_FALSE(found(2, "source:203.0.113.9", 0)) << "another tenant";
    EXPECT_FALSE(found(1, "", 0));
    const auto attach = [&](int64_t alert) {
        return ledger->transaction([&](Transaction& t) {
            return desk->attach(t, kAll, made->number,
                                {.id = alert, .title = "SSH 暴力破解", .events = 40, .severity = Severity::critical},
                                kAnalyst);
        });
    };
    const auto attached = attach(7);
    ASSERT_TRUE(attached) << attached.error().to_string();
    EXPECT_EQ(attached->alert_count, 1);
    EXPECT_EQ(attached->event_count, 40);
    EXPECT_EQ(attached->severity, Severity::critical);
    EXPECT_EQ(attach(7).error().code(), ErrorCode::conflict) << "it belongs to a case";
    ASSERT_TRUE(ledger->transaction([&](Transaction& t) { return desk->add_events(t, attached->id, 2); }));
    EXPECT_EQ(read(made->number).event_count, 42);
    must_update(made->number, {.state = CaseState::resolved});
    EXPECT_EQ(attach(8).error().code(), ErrorCode::conflict) << "its work is done";
    EXPECT_FALSE(found(1, "source:203.0.113.9", 0));
}

// ---- lists

TEST_F(CaseDeskTest, ListsPageThroughEveryOrderWithoutGapOrRepeat) {
    std::set<std::string> all;
    for (int i = 0; i < 25; ++i) {
        const Case c = open(static_cast<ProblemLevel>(i % 3));
        all.insert(c.number);
        if (i % 4 == 0) must_update(c.number, {.state = CaseState::resolved});
        if (i % 5 == 0) clock.advance(kMinute);
    }
    for (const CaseOrder order : {CaseOrder::due, CaseOrder::opened, CaseOrder::updated, CaseOrder::severity}) {
        std::set<std::string> seen;
        CaseFilter filter{.order = order, .limit = 4};
        int64_t last = order == CaseOrder::due ? INT64_MIN : INT64_MAX;
        for (;;) {
            const CasePage page = list(filter);
            EXPECT_EQ(page.total, 25);
            for (const Case& c : page.items) {
                EXPECT_TRUE(seen.insert(c.number).second) << "repeated " << c.number;
                if (order == CaseOrder::opened) {
                    EXPECT_LE(c.opened, last);
                    last = c.opened;
                } else if (order == CaseOrder::severity) {
                    EXPECT_LE(static_cast<int>(c.severity), last);
                    last = static_cast<int>(c.severity);
                }
            }
            if (page.next_cursor.empty()) break;
            filter.cursor = page.next_cursor;
        }
        EXPECT_EQ(seen, all);
    }
    CaseFilter wrong{.order = CaseOrder::due, .cursor = list({.order = CaseOrder::opened, .limit = 1}).next_cursor};
    EXPECT_EQ(ledger->read([&](Reader& r) { return desk->list(r, kAll, wrong); }).error().code(),
              ErrorCode::invalid_argument);
}

TEST_F(CaseDeskTest, TheNearestDeadlineComesFirst) {
    const std::string general = open(ProblemLevel::general).number;
    const std::string urgent = open(ProblemLevel::urgent).number;
    const std::string held = open(ProblemLevel::urgent).number;
    must_update(held, {.state = CaseState::on_hold});
    const std::string done = open(ProblemLevel::urgent).number;
    must_update(done, {.state = CaseState::resolved});
    const auto items = list({}).items;
    ASSERT_EQ(items.size(), 4U);
    EXPECT_EQ(items[0].number, urgent);
    EXPECT_EQ(items[1].number, general);
    clock.advance(3 * kHour);
    tick();
    must_update(urgent, {.state = CaseState::in_progress});
    EXPECT_EQ(list({}).items[0].number, general) << "overdue and not stopped: still the most pressing";
}

TEST_F(CaseDeskTest, FiltersNarrow) {
    const std::string a = open(ProblemLevel::urgent, 1, "Web 攻击: 100%_done").number;
    clock.advance(kHour);
    const std::string b = open(ProblemLevel::general, 2, "可疑进程").number;
    must_update(a, {.state = CaseState::in_progress, .owner = "li.na"});
    const auto numbers = [&](const CaseFilter& filter) {
        std::string text;
        for (const Case& c : list(filter).items) text += c.number.substr(12) + " ";
        return text;
    };
    EXPECT_EQ(numbers({.order = CaseOrder::opened}), "0002 0001 ");
    EXPECT_EQ(numbers({.states = {CaseState::fresh, CaseState::closed}}), "0002 ");
    EXPECT_EQ(numbers({.severities = {Severity::critical}}), "0001 ");
    EXPECT_EQ(numbers({.owner = "li.na"}), "0001 ");
    EXPECT_EQ(numbers({.owner = ""}), "0002 ");
    EXPECT_EQ(numbers({.text = "web 攻击"}), "0001 ");
    EXPECT_EQ(numbers({.text = "%_"}), "0001 ") << "taken literally";
    EXPECT_EQ(numbers({.text = "20261121-0002"}), "0002 ");
    EXPECT_EQ(numbers({.since = clock.now()}), "0002 ");
    EXPECT_EQ(numbers({.until = clock.now()}), "0001 ");
    EXPECT_EQ(numbers({.sla = SlaFilter::missed}), "0001 ") << "urgent was taken up after an hour";
    EXPECT_EQ(numbers({.sla = SlaFilter::at_risk}), "");
    clock.advance(100 * kMinute);
    EXPECT_EQ(numbers({.sla = SlaFilter::at_risk}), "0002 ");
    const auto figures = ledger->read([&](Reader& r) { return desk->figures(r, kAll); });
    EXPECT_EQ(figures->open, 2);
    EXPECT_EQ(figures->sla_at_risk, 1);
    EXPECT_EQ(figures->sla_missed, 1);
    const auto page = list({.states = {CaseState::closed}});
    EXPECT_EQ(page.total, 0);
    EXPECT_EQ(page.by_state[0], (std::pair<CaseState, int64_t>(CaseState::fresh, 1)));
    EXPECT_EQ(page.by_state[1].second, 1) << "counted with the state filter left out";
    EXPECT_EQ(read(b).tenant, 2U);
}

TEST_F(CaseDeskTest, TheSeriesCountsWhatWasOpenAtEachStep) {
    const auto since = clock.now();
    clock.advance(30 * kMinute);
    const std::string a = open().number;  // open at steps 1, 2
    clock.advance(kHour);
    open();  // open at steps 2, 3
    clock.advance(kHour);
    must_update(a, {.state = CaseState::resolved});
    const auto series =
        ledger->read([&](Reader& r) { return desk->open_series(r, kAll, since, since + 4 * kHour, 4); });
    ASSERT_TRUE(series);
    EXPECT_EQ(*series, (std::vector<int64_t>{0, 1, 2, 1}));
}

}  // namespace
}  // namespace shuwei::work
