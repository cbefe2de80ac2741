// Alerts into cases, and what people do with alerts.
#include <set>

#include "triage_fixture.hpp"

namespace shuwei::triage {
namespace {

using base::ErrorCode;

struct CasePolicyTest : TriageFixture {};

TEST_F(CasePolicyTest, AHighAlertOpensACaseWithItsClocks) {
    const auto change = flush({finding("ssh", "203.0.113.9", "web-01", clock.now(), Severity::high)})[0];
    ASSERT_TRUE(change.new_case.has_value());
    EXPECT_EQ(change.alert.case_number, "SW-20261121-0001");
    const auto all = cases();
    ASSERT_EQ(all.size(), 1U);
    const work::Case& c = all[0];
    EXPECT_EQ(c.title, "规则 ssh：203.0.113.9 → web-01");
    EXPECT_EQ(c.level, work::ProblemLevel::serious);
    EXPECT_EQ(c.severity, Severity::high);
    EXPECT_EQ(c.opened_by.name, "triage");
    EXPECT_EQ(c.opened_by.kind, Actor::Kind::system);
    EXPECT_EQ(c.source.value, "203.0.113.9");
    EXPECT_EQ(c.alert_count, 1);
    EXPECT_EQ(c.event_count, 1);
    EXPECT_EQ(c.clocks.size(), 2U);
    EXPECT_EQ(find(change.alert.id).case_id, c.id);
    flush({finding("ssh", "203.0.113.9", "web-01", clock.now(), Severity::high),
           finding("ssh", "203.0.113.9", "web-01", clock.now(), Severity::high)});
    EXPECT_EQ(cases()[0].event_count, 3) << "goes on counting";
    EXPECT_EQ(cases()[0].alert_count, 1);
    const auto timeline = ledger->read([&](Reader& r) { return desk->timeline(r, kAll, c.number); });
    EXPECT_EQ(timeline->back().kind, work::TimelineKind::alert_attached);
    EXPECT_EQ(timeline->back().link_id, std::to_string(change.alert.id));
}

struct Expectation {
    Severity severity;
    int count;
    std::optional<work::ProblemLevel> level;
};

TEST_F(CasePolicyTest, SeverityAndCountDecide) {
    const Expectation table[] = {
        {Severity::critical, 1, work::ProblemLevel::urgent},
        {Severity::high, 1, work::ProblemLevel::serious},
        {Severity::medium, 99, std::nullopt},
        {Severity::medium, 100, work::ProblemLevel::general},
        {Severity::low, 300, std::nullopt},
        {Severity::informational, 300, std::nullopt},
    };
    int number = 0;
    for (const auto& [severity, count, level] : table) {
        std::vector<FindingInput> findings;
        const std::string source = "10.9.0." + std::to_string(++number);
        for (int i = 0; i < count; ++i) findings.push_back(finding("r", source, "t", clock.now(), severity));
        const auto change = flush(findings)[0];
        ASSERT_EQ(change.new_case.has_value(), level.has_value()) << work::to_string(severity) << " x " << count;
        if (level) {
            EXPECT_EQ(change.new_case->level, *level);
        }
    }
}

TEST_F(CasePolicyTest, ACaseMayOpenOnTheHundredthFinding) {
    for (int i = 1; i <= 101; ++i) {
        const auto change = flush({finding("r", "a", "b", clock.now())})[0];
        EXPECT_EQ(change.new_case.has_value(), i == 100) << i;
        if (i == 101) {
            EXPECT_EQ(cases()[0].event_count, 101);
        }
    }
}

TEST_F(CasePolicyTest, AlertsOfOneAttackerJoinOneCaseAndRaiseItsLevel) {
    flush({finding("scan", "203.0.113.9", "web-01", clock.now(), Severity::high)});
    const auto joined = flush({finding("webshell", "203.0.113.9", "web-02", clock.now(), Severity::critical)})[0];
    EXPECT_FALSE(joined.new_case.has_value());
    ASSERT_EQ(cases().size(), 1U);
    EXPECT_EQ(cases()[0].level, work::ProblemLevel::urgent);
    EXPECT_EQ(cases()[0].severity, Severity::critical);
    EXPECT_EQ(cases()[0].alert_count, 2);
    flush({finding("scan", "203.0.113.9", "web-01", clock.now(), Severity::critical, 2)});
    EXPECT_EQ(cases().size(), 2U) << "another client's case is another";
    flush({finding("process", "", "web-01", clock.now(), Severity::high)});
    EXPECT_EQ(cases().size(), 3U) << "without a source, the target is who it is about";
    flush({finding("process2", "", "web-01", clock.now(), Severity::high)});
    flush({finding("nobody", "", "", clock.now(), Severity::high)});
    flush({finding("nobody", "", "", clock.now() + 2 * kHour, Severity::high)});
    EXPECT_EQ(cases().size(), 4U);
}

TEST_F(CasePolicyTest, AnEndedOrOldCaseIsNotJoined) {
    const auto first = flush({finding("r1", "a", "b", clock.now(), Severity::high)})[0];
    ASSERT_TRUE(ledger->transaction([&](Transaction& t) {
        return desk->update(t, kAll, first.alert.case_number, {.state = work::CaseState::resolved}, kAnalyst);
    }));
    EXPECT_TRUE(flush({finding("r2", "a", "b", clock.now(), Severity::high)})[0].new_case.has_value());
    clock.advance(kDay + kSecond);
    EXPECT_TRUE(flush({finding("r3", "a", "b", clock.now(), Severity::high)})[0].new_case.has_value());
}

TEST_F(CasePolicyTest, AStormOfCasesIsGatheredByRule) {
    for (int i = 0; i < 60; ++i)
        flush({finding("storm", "198.51.100." + std::to_string(i), "web", clock.now(), Severity::critical)});
    EXPECT_EQ(cases().size(), 21U) << "twenty, and one that takes the rest";
    EXPECT_EQ(cases()[0].alert_count, 40);
    flush({finding("storm", "192.0.2.1", "web", clock.now(), Severity::critical, 2)});
    EXPECT_EQ(cases().size(), 22U) << "another client is not touched";
}

TEST_F(CasePolicyTest, WhatWasJudgedHarmlessOpensNoCase) {
    for (const Verdict verdict : {Verdict::false_positive, Verdict::benign}) {
        const std::string source(work::to_string(verdict));
        const int64_t id = flush({finding("r", source, "b", clock.now(), Severity::low)})[0].alert.id;
        update(id, {.verdict = verdict});
        EXPECT_FALSE(flush({finding("r", source, "b", clock.now(), Severity::critical)})[0].new_case.has_value());
        EXPECT_EQ(find(id).severity, Severity::critical);
    }
    EXPECT_TRUE(cases().empty());
}

// ---- by hand

TEST_F(CasePolicyTest, APersonOpensACaseFromAnAlertOrAttachesIt) {
    const int64_t a = flush({finding("r1", "a", "b", clock.now(), Severity::medium)})[0].alert.id;
    const int64_t b = flush({finding("r2", "x", "y", clock.now(), Severity::low)})[0].alert.id;
    const auto open = [&](int64_t id, const AlertCaseRequest& request, const TenantScope& scope = kAll) {
        return ledger->transaction([&](Transaction& t) { return triage->open_case(t, scope, id, request, kAnalyst); });
    };
    const auto made = open(a, {});
    ASSERT_TRUE(made) << made.error().to_string();
    EXPECT_EQ(made->level, work::ProblemLevel::general);
    EXPECT_EQ(made->opened_by.name, "li.na");
    EXPECT_EQ(open(a, {}).error().code(), ErrorCode::conflict) << "it has one";
    const auto attached = open(b, {.case_number = made->number});
    ASSERT_TRUE(attached) << attached.error().to_string();
    EXPECT_EQ(attached->alert_count, 2);
    EXPECT_EQ(find(b).case_number, made->number);
    EXPECT_EQ(list({.case_number = made->number}).total, 2);

    const int64_t other = flush({finding("r3", "a", "b", clock.now(), Severity::low, 2)})[0].alert.id;
    EXPECT_EQ(open(other, {.case_number = made->number}).error().code(), ErrorCode::not_found)
        << "a case of another client is not there";
    EXPECT_EQ(open(other, {}, TenantScope::only(1)).error().code(), ErrorCode::not_found);
    EXPECT_EQ(open(9'999, {}).error().code(), ErrorCode::not_found);
    EXPECT_EQ(open(other, {.case_number = "SW-20200101-0001"}).error().code(), ErrorCode::not_found);
    EXPECT_EQ(find(other).case_id, 0);
}

TEST_F(CasePolicyTest, ACaseOpenedByHandTakesSeveralAlerts) {
    const int64_t a = flush({finding("r1", "a", "b", clock.now())})[0].alert.id;
    const int64_t b = flush({finding("r2", "x", "y", clock.now(), Severity::high, 1)})[0].alert.id;
    const int64_t foreign = flush({finding("r1", "a", "b", clock.now(), Severity::low, 2)})[0].alert.id;
    const auto open = [&](std::vector<int64_t> alerts) {
        return ledger->transaction([&](Transaction& t) {
            return triage->open_case_with(t, kAll, {.tenant = 1, .title = "手工"}, alerts, kAnalyst);
        });
    };
    EXPECT_EQ(open({a, foreign}).error().code(), ErrorCode::not_found);
    EXPECT_EQ(open({a, b}).error().code(), ErrorCode::conflict) << "the high one has a case by policy";
    EXPECT_EQ(find(a).case_id, 0) << "all or nothing";
    const auto made = open({a});
    ASSERT_TRUE(made) << made.error().to_string();
    EXPECT_EQ(made->source.value, "a");
    EXPECT_EQ(find(a).case_number, made->number);
}

TEST_F(CasePolicyTest, AVerdictIsToldToCaseAndAudit) {
    const auto change = flush({finding("r", "a", "b", clock.now(), Severity::high)})[0];
    const Alert judged = update(change.alert.id, {.verdict = Verdict::true_positive, .comment = "日志可证"});
    EXPECT_EQ(judged.verdict_by, "li.na");
    EXPECT_EQ(update(change.alert.id, {.state = AlertState::closed}).verdict_by, "li.na");
    const auto timeline = *ledger->read([&](Reader& r) { return desk->timeline(r, kAll, change.alert.case_number); });
    const auto& entry = timeline[timeline.size() - 2];
    EXPECT_EQ(entry.kind, work::TimelineKind::alert_updated);
    EXPECT_EQ(entry.from, "undetermined");
    EXPECT_EQ(entry.to, "true_positive");
    EXPECT_EQ(entry.text, "日志可证");
    EXPECT_EQ(timeline.back().to, "closed");
    const auto audited = ledger->read([&](Reader& r) { return ledger->audit().list(r, {.action = "update_alert"}); });
    EXPECT_EQ(audited->size(), 2U);
    EXPECT_EQ((*audited)[0].record.tenant, 1U);
    const auto refused = ledger->transaction([&](Transaction& t) {
        return triage->update(t, TenantScope::only(2), change.alert.id, {.verdict = Verdict::benign}, kAnalyst);
    });
    EXPECT_EQ(refused.error().code(), ErrorCode::not_found);
}

// ---- reading

TEST_F(CasePolicyTest, ListsFilterSortAndPage) {
    const auto start = clock.now();
    for (int i = 0; i < 23; ++i) {
        std::vector<FindingInput> findings;
        for (int n = 0; n <= i % 5; ++n)
            findings.push_back(finding(i % 2 ? "odd" : "even", "10.0.0." + std::to_string(i),
                                       "host_%" + std::to_string(i % 3), clock.now() + (i % 7) * kMinute,
                                       static_cast<Severity>(i % 3), 1 + static_cast<TenantNumber>(i % 2)));
        flush(findings);
    }
    for (const AlertOrder order :
         {AlertOrder::last_seen, AlertOrder::severity, AlertOrder::count, AlertOrder::first_seen}) {
        AlertFilter filter{.order = order, .limit = 5};
        std::set<int64_t> seen;
        std::optional<int64_t> last;
        for (;;) {
            const AlertPage page = list(filter);
            EXPECT_EQ(page.total, 23);
            for (const Alert& alert : page.items) {
                EXPECT_TRUE(seen.insert(alert.id).second);
                const int64_t value = order == AlertOrder::last_seen  ? alert.last_seen
                                      : order == AlertOrder::severity ? static_cast<int64_t>(alert.severity)
                                      : order == AlertOrder::count    ? alert.count
                                                                      : alert.first_seen;
                if (last) {
                    EXPECT_LE(value, *last);
                }
                last = value;
            }
            if (page.next_cursor.empty()) break;
            filter.cursor = page.next_cursor;
        }
        EXPECT_EQ(seen.size(), 23U);
    }
    EXPECT_EQ(list({.rule = "odd"}).total, 11);
    EXPECT_EQ(list({}, TenantScope::only(1)).total, 12);
    EXPECT_EQ(list({.severities = {Severity::medium}}).total, 7);
    EXPECT_EQ(list({.severities = {Severity::medium}}).by_severity[2], 7);
    EXPECT_EQ(list({.entity = "10.0.0.2"}).total, 4) << ".2, .20, .21, .22";
    EXPECT_EQ(list({.entity = "HOST_%1"}).total, 8) << "letter case ignored, signs taken literally";
    EXPECT_EQ(list({.text = "规则 ODD"}).total, 11);
    EXPECT_EQ(list({.since = start + 6 * kMinute}).total, 3);
    EXPECT_EQ(list({.until = start + kMinute}).total, 4);
    EXPECT_EQ(list({.case_number = ""}).total, 23);
    EXPECT_EQ(list({.states = {AlertState::closed}}).total, 0);
    EXPECT_EQ(list({.verdicts = {Verdict::undetermined}}).total, 23);
    EXPECT_FALSE(ledger->read([&](Reader& r) { return triage->list(r, kAll, {.cursor = "???"}); }));
}

TEST_F(CasePolicyTest, NothingOfAnotherTenantIsRead) {
    const int64_t mine = flush({finding("r", "a", "b", clock.now(), Severity::low, 1)})[0].alert.id;
    const int64_t theirs = flush({finding("r", "a", "b", clock.now(), Severity::low, 2)})[0].alert.id;
    const TenantScope scope = TenantScope::only(1);
    const auto all = [&](auto&& query) { return *ledger->read([&](Reader& r) { return query(r); }); };
    EXPECT_EQ(ledger->read([&](Reader& r) { return triage->find(r, scope, theirs); }).error().code(),
              ErrorCode::not_found);
    EXPECT_EQ(ledger->read([&](Reader& r) { return triage->detail(r, scope, theirs); }).error().code(),
              ErrorCode::not_found);
    EXPECT_EQ(all([&](Reader& r) { return triage->find_all(r, scope, std::vector{mine, theirs}); }).size(), 1U);
    EXPECT_EQ(all([&](Reader& r) { return triage->similar(r, kAll, mine); }).total, 0);
    EXPECT_EQ(all([&](Reader& r) { return triage->open_by_severity(r, scope); })[1], 1);
    EXPECT_EQ(all([&](Reader& r) { return triage->rule_matches(r, scope); }).at("r").matches, 1);
    EXPECT_EQ(all([&](Reader& r) { return triage->rule_matches(r, kAll); }).at("r").matches, 2);
    const auto top =
        all([&](Reader& r) { return triage->top_entities(r, scope, Triage::Side::source, 0, clock.now() + 1, 10); });
    ASSERT_EQ(top.size(), 1U);
    EXPECT_EQ(top[0].second, 1);
    const auto series = all([&](Reader& r) { return triage->series(r, scope, clock.now(), clock.now() + kHour, 4); });
    EXPECT_EQ(series[0][1], 1);
}

TEST_F(CasePolicyTest, SimilarAlertsShareARuleOrAnEntity) {
    const auto at = clock.now();
    const int64_t id = flush({finding("r", "a", "b", at)})[0].alert.id;
    const int64_t same_rule = flush({finding("r", "x", "y", at + 1)})[0].alert.id;
    const int64_t same_source = flush({finding("q", "a", "z", at + 2)})[0].alert.id;
    const int64_t turned = flush({finding("q2", "b", "q", at + 3)})[0].alert.id;
    flush({finding("q3", "m", "n", at + 4)});
    flush({finding("q4", "", "", at + 5)});
    const auto page = ledger->read([&](Reader& r) { return triage->similar(r, kAll, id); });
    ASSERT_TRUE(page) << page.error().to_string();
    ASSERT_EQ(page->items.size(), 3U);
    EXPECT_EQ(page->items[0].id, turned) << "the target that became a source";
    EXPECT_EQ(page->items[1].id, same_source);
    EXPECT_EQ(page->items[2].id, same_rule);
}

TEST_F(CasePolicyTest, SeriesAndTopsAddUp) {
    const auto start = clock.now();
    flush({finding("r", "a", "b", start), finding("r", "a", "b", start),
           finding("r", "c", "b", start + 30 * kMinute, Severity::high)});
    flush({finding("q", "c", "", start + kHour - 1, Severity::high)});
    const auto series = ledger->read([&](Reader& r) { return triage->series(r, kAll, start, start + kHour, 2); });
    ASSERT_TRUE(series);
    EXPECT_EQ((*series)[0][2], 1);
    EXPECT_EQ((*series)[1][3], 2);
    const auto sources = ledger->read(
        [&](Reader& r) { return triage->top_entities(r, kAll, Triage::Side::source, start, start + kHour, 1); });
    EXPECT_EQ(*sources, (std::vector<std::pair<std::string, int64_t>>{{"a", 2}})) << "a tie goes by name";
    const auto targets = ledger->read(
        [&](Reader& r) { return triage->top_entities(r, kAll, Triage::Side::target, start, start + kHour, 5); });
    EXPECT_EQ(*targets, (std::vector<std::pair<std::string, int64_t>>{{"b", 3}}));
}

}  // namespace
}  // namespace shuwei::triage
