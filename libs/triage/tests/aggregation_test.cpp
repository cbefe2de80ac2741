// Findings into alerts: windows, copies, floods, restarts.
#include <map>
#include <random>
#include <set>
#include <thread>

#include "triage_fixture.hpp"

namespace shuwei::triage {
namespace {

using base::ErrorCode;
using base::Result;

struct AggregationTest : TriageFixture {};

TEST_F(AggregationTest, FindingsOfOneRuleTenantAndPairBecomeOneAlert) {
    const auto at = clock.now();
    std::vector<FindingInput> findings;
    for (int i = 0; i < 40; ++i) findings.push_back(finding("ssh", "203.0.113.9", "web-01", at + i * kSecond));
    findings.push_back(finding("ssh", "203.0.113.9", "web-02", at));
    findings.push_back(finding("ssh", "203.0.113.8", "web-01", at));
    findings.push_back(finding("sqli", "203.0.113.9", "web-01", at));
    findings.push_back(finding("ssh", "203.0.113.9", "web-01", at, Severity::medium, 2));
    const auto changes = flush(findings);
    ASSERT_EQ(changes.size(), 5U);
    const Alert& alert = changes[0].alert;
    EXPECT_TRUE(changes[0].created);
    EXPECT_EQ(changes[0].added, 40);
    EXPECT_EQ(alert.count, 40);
    EXPECT_EQ(alert.first_seen, at);
    EXPECT_EQ(alert.last_seen, at + 39 * kSecond);
    EXPECT_EQ(alert.created, clock.now());
    EXPECT_EQ(alert.stage, "credential-access");
    EXPECT_EQ(alert.source.value, "203.0.113.9");
    EXPECT_EQ(alert.target.field, "host.name");
    EXPECT_EQ(alert.state, AlertState::open);
    EXPECT_EQ(list().total, 5);
    const AlertDetail whole = detail(alert.id);
    EXPECT_EQ(whole.alert.rule_title_zh, "规则 ssh");
    EXPECT_EQ(whole.alert.tags, (std::vector<std::string>{"attack.credential_access", "attack.t1110"}));
    EXPECT_EQ(whole.description, "说明");
    EXPECT_EQ(whole.advice, (std::vector<std::string>{"先看来源", "再看目标"}));
    EXPECT_EQ(whole.reason_json, R"({"matches":[]})");
}

struct Step {
    const char* what;
    base::Duration after_first;
    bool joins;
};

TEST_F(AggregationTest, TheWindowDecidesByEventTime) {
    const auto at = clock.now();
    const Step steps[] = {
        {"a little later", kMinute, true},
        {"at the edge of quiet", kHour + kMinute, true},
        {"a little earlier than the first", -30 * kMinute, true},
        {"an hour and more after the last", 3 * kHour, false},
        {"long before", -2 * kHour, false},
    };
    const int64_t first = flush({finding("ssh", "a", "b", at)})[0].alert.id;
    for (const auto& [what, after, joins] : steps) {
        const auto change = flush({finding("ssh", "a", "b", at + after)})[0];
        EXPECT_EQ(change.alert.id == first, joins) << what;
        EXPECT_EQ(change.created, !joins) << what;
    }
    EXPECT_EQ(find(first).count, 4);
    EXPECT_EQ(find(first).first_seen, at - 30 * kMinute);
}

TEST_F(AggregationTest, AnEndlessAttackMakesOneAlertADay) {
    const auto at = clock.now();
    std::set<int64_t> alerts;
    for (int i = 0; i < 72; ++i) alerts.insert(flush({finding("scan", "a", "b", at + i * 50 * kMinute)})[0].alert.id);
    EXPECT_EQ(alerts.size(), 3U) << "60 hours";
    EXPECT_EQ(total_count(), 72);
}

TEST_F(AggregationTest, LateAndEarlyTimesFindTheirOwnWindow) {
    const auto at = clock.now();
    const int64_t now = flush({finding("ssh", "a", "b", at)})[0].alert.id;
    const int64_t old = flush({finding("ssh", "a", "b", at - 30 * kDay)})[0].alert.id;
    EXPECT_NE(now, old);
    EXPECT_EQ(flush({finding("ssh", "a", "b", at + kMinute)})[0].alert.id, now);
    EXPECT_EQ(flush({finding("ssh", "a", "b", at - 30 * kDay + kMinute)})[0].alert.id, old);
    restart();
    EXPECT_EQ(flush({finding("ssh", "a", "b", at - 30 * kDay + 2 * kMinute)})[0].alert.id, old);
    EXPECT_EQ(flush({finding("ssh", "a", "b", at + 2 * kMinute)})[0].alert.id, now);
}

TEST_F(AggregationTest, EntitiesOfAnyTextAreToldApart) {
    const auto at = clock.now();
    const std::pair<const char*, const char*> pairs[] = {
        {"a", "b"}, {"ab", ""}, {"", "ab"}, {"a:1:b", ""}, {"a", "1:b"}, {"'; DROP TABLE alert; --", "%"}, {"", ""}};
    for (const auto& [source, target] : pairs) flush({finding("r", source, target, at)});
    EXPECT_EQ(list().total, static_cast<int64_t>(std::size(pairs)));
    FindingInput odd = finding("r", std::string(5000, 'x'), "\xff\xfe", at);
    const Alert alert = flush({odd})[0].alert;
    EXPECT_EQ(alert.source.value.size(), 1024U);
    EXPECT_EQ(alert.target.value, "\xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_EQ(flush({odd})[0].alert.id, alert.id);
    restart();
    // The caller may make the finding anew between assign() and apply().
    std::vector<FindingInput> assigned{odd};
    assign(assigned);
    EXPECT_EQ(assigned[0].alert_id, alert.id);
    FindingInput anew = odd;
    anew.alert_id = assigned[0].alert_id;
    EXPECT_EQ(apply({anew})[0].alert.coalesced, Alert::Coalesced::none);
}

TEST_F(AggregationTest, AbsurdEventTimesAreBounded) {
    for (const base::Timestamp at : {INT64_MIN, INT64_MAX, base::Timestamp{-1}})
        EXPECT_EQ(flush({finding("ssh", "a", "b", at)}).size(), 1U);
    EXPECT_EQ(list().total, 2);
    EXPECT_EQ(total_count(), 3);
}

TEST_F(AggregationTest, TheFirstAndLastTenEventsAreKept) {
    const auto at = clock.now();
    const auto seqs = [&](const std::vector<std::string>& events) {
        std::string text;
        for (const auto& event : events) text += event.substr(14, event.size() - 15) + " ";
        return text;
    };
    int64_t id = 0;
    for (int batch = 0; batch < 4; ++batch) {
        std::vector<FindingInput> findings;
        for (int i = 0; i < 7; ++i) findings.push_back(finding("ssh", "a", "b", at + i));
        assign(findings);
        id = apply(findings)[0].alert.id;
    }
    EXPECT_EQ(seqs(detail(id).first_events), "1 2 3 4 5 6 7 8 9 10 ");
    EXPECT_EQ(seqs(detail(id).last_events), "28 27 26 25 24 23 22 21 20 19 ");
    restart();
    std::vector<FindingInput> many;
    for (int i = 0; i < 1000; ++i) many.push_back(finding("ssh", "a", "b", at + i));
    assign(many);
    EXPECT_EQ(std::count_if(many.begin(), many.end(), [](const FindingInput& f) { return f.keep_event; }), 10)
        << "only the wanted events need be made";
    apply(many);
    EXPECT_EQ(find(id).count, 1028);
    EXPECT_EQ(seqs(detail(id).first_events), "1 2 3 4 5 6 7 8 9 10 ");
    EXPECT_EQ(seqs(detail(id).last_events), "1028 1027 1026 1025 1024 1023 1022 1021 1020 1019 ");
}

TEST_F(AggregationTest, AMonstrousEventIsNotCopied) {
    auto f = std::vector{finding("ssh", "a", "b", clock.now())};
    ASSERT_TRUE(triage->assign(f));
    f[0].event_json = std::string(1 << 20, 'x');
    const int64_t id = apply(f)[0].alert.id;
    EXPECT_TRUE(detail(id).first_events.empty());
    EXPECT_EQ(find(id).count, 1);
}

// ---- restarts and failures

TEST_F(AggregationTest, ARestartGoesOnWithTheAlertThatCollects) {
    const auto at = clock.now();
    const int64_t id = flush({finding("ssh", "a", "b", at)})[0].alert.id;
    restart();
    const auto change = flush({finding("ssh", "a", "b", at + kMinute)})[0];
    EXPECT_EQ(change.alert.id, id);
    EXPECT_EQ(change.alert.count, 2);
    EXPECT_GT(flush({finding("ssh", "c", "d", at)})[0].alert.id, id) << "ids are never given twice";
}

TEST_F(AggregationTest, AFailedCommitIsTriedAgainWithTheSameIds) {
    std::vector<FindingInput> findings{finding("ssh", "a", "b", clock.now()), finding("ssh", "a", "b", clock.now())};
    assign(findings);
    for (int i = 0; i < 3; ++i) {
        const auto failed = ledger->transaction([&](Transaction& t) -> Result<> {
            TRY(triage->apply(t, findings));
            return base::fail(ErrorCode::resource_exhausted, "disk full");
        });
        EXPECT_FALSE(failed);
    }
    EXPECT_EQ(list().total, 0);
    EXPECT_EQ(apply(findings)[0].alert.count, 2);
    EXPECT_EQ(total_count(), 2);
}

TEST_F(AggregationTest, LaterFindingsJoinWhatIsNotCommittedYet) {
    std::vector<FindingInput> first{finding("ssh", "a", "b", clock.now())};
    std::vector<FindingInput> second{finding("ssh", "a", "b", clock.now())};
    assign(first);
    assign(second);
    EXPECT_EQ(first[0].alert_id, second[0].alert_id);
    apply(first);
    EXPECT_EQ(apply(second)[0].alert.count, 2);
}

TEST_F(AggregationTest, StoredButUncountedFindingsAreCountedOnceAfterACrash) {
    const auto at = clock.now();
    flush({finding("ssh", "a", "b", at)});
    std::vector<FindingInput> stored{finding("ssh", "a", "b", at + 1), finding("new", "c", "d", at + 2),
                                     finding("new", "c", "d", at + 3)};
    assign(stored);
    restart();  // the ledger never saw them; the event store has them with their alert ids

    for (FindingInput& f : stored) f.keep_event = false;
    assign(stored);
    EXPECT_TRUE(stored[1].keep_event) << "the copies are wanted again";
    // A replayed event that was not stored is assigned anew and must meet the same alert.
    std::vector<FindingInput> replayed{finding("new", "c", "d", at + 4)};
    assign(replayed);
    EXPECT_EQ(replayed[0].alert_id, stored[1].alert_id);
    std::vector<FindingInput> all = stored;
    all.push_back(replayed[0]);
    apply(all);
    EXPECT_EQ(find(stored[0].alert_id).count, 2);
    EXPECT_EQ(find(stored[1].alert_id).count, 3);
    EXPECT_EQ(total_count(), 5);
}

TEST_F(AggregationTest, AFindingWithoutAnAlertOrOfAnotherTenantIsRefused) {
    std::vector<FindingInput> findings{finding("ssh", "a", "b", clock.now())};
    EXPECT_FALSE(ledger->transaction([&](Transaction& t) { return triage->apply(t, findings); }));
    assign(findings);
    apply(findings);
    FindingInput foreign = finding("ssh", "a", "b", clock.now(), Severity::medium, 2);
    foreign.alert_id = findings[0].alert_id;
    const auto refused = ledger->transaction([&](Transaction& t) { return triage->apply(t, std::span(&foreign, 1)); });
    ASSERT_FALSE(refused);
    EXPECT_EQ(find(findings[0].alert_id).count, 1);
}

// ---- floods

TEST_F(AggregationTest, OneSourceAgainstManyTargetsIsGathered) {
    std::vector<FindingInput> findings;
    for (int i = 0; i < 400; ++i)
        findings.push_back(finding("scan", "203.0.113.9", "host-" + std::to_string(i), clock.now()));
    const auto changes = flush(findings);
    EXPECT_EQ(changes.size(), 51U);
    const Alert& wide = changes.back().alert;
    EXPECT_EQ(wide.coalesced, Alert::Coalesced::target);
    EXPECT_EQ(wide.count, 350);
    EXPECT_EQ(wide.source.value, "203.0.113.9");
    EXPECT_TRUE(wide.target.empty());
    EXPECT_EQ(total_count(), 400) << "nothing goes uncounted";
    EXPECT_EQ(flush({finding("scan", "203.0.113.9", "host-7", clock.now())})[0].alert.target.value, "host-7")
        << "a pair that has its alert keeps it";
    restart();
    EXPECT_EQ(flush({finding("scan", "203.0.113.9", "host-999", clock.now())})[0].alert.coalesced,
              Alert::Coalesced::none)
        << "the hour's counters begin anew with the process";
}

TEST_F(AggregationTest, ManySourcesAreGatheredByRuleAndOtherRulesAreNotHurt) {
    std::vector<FindingInput> findings;
    for (int i = 0; i < 700; ++i)
        findings.push_back(finding("ddos", "198.51.100." + std::to_string(i), "web", clock.now()));
    findings.push_back(finding("quiet rule", "10.0.0.1", "db", clock.now()));
    const auto changes = flush(findings);
    EXPECT_EQ(changes.size(), 502U);
    EXPECT_EQ(changes[500].alert.coalesced, Alert::Coalesced::both);
    EXPECT_EQ(changes[500].alert.count, 200);
    EXPECT_TRUE(changes[500].alert.source.empty());
    EXPECT_EQ(changes[501].alert.coalesced, Alert::Coalesced::none);
    clock.advance(kHour);
    EXPECT_EQ(flush({finding("ddos", "192.0.2.1", "web", clock.now())})[0].alert.coalesced, Alert::Coalesced::none)
        << "an hour later there is room again";
}

TEST_F(AggregationTest, ATenantsAlertsAreBoundedWhateverComes) {
    policy.new_per_hour_tenant = 30;
    policy.open_per_tenant = 40;
    restart();
    std::mt19937 random_number(1);
    for (int hour = 0; hour < 4; ++hour) {
        std::vector<FindingInput> findings;
        for (int i = 0; i < 200; ++i)
            findings.push_back(finding("rule-" + std::to_string(random_number() % 3),
                                       "s" + std::to_string(random_number() % 1000), "t", clock.now()));
        findings.push_back(finding("other", "x", "y", clock.now(), Severity::medium, 2));
        const auto changes = flush(findings);
        EXPECT_EQ(changes.back().alert.coalesced, Alert::Coalesced::none) << "another client is not touched";
        clock.advance(kHour + kSecond);
    }
    const auto page = list({}, TenantScope::only(1));
    EXPECT_LE(page.total, 40 + 3 * 4) << "one more a rule and window";
    int64_t sum = 0;
    for (const Alert& alert : page.items) sum += alert.count;
    EXPECT_EQ(sum, 800);
    // Closing makes room.
    for (const Alert& alert : page.items) update(alert.id, {.state = AlertState::closed});
    EXPECT_EQ(flush({finding("rule-0", "fresh", "t", clock.now())})[0].alert.coalesced, Alert::Coalesced::none);
}

// ---- judging

TEST_F(AggregationTest, AClosedAlertCollectsNoMoreAndAReopenedOneDoes) {
    const auto at = clock.now();
    const int64_t first = flush({finding("ssh", "a", "b", at)})[0].alert.id;
    update(first, {.state = AlertState::acknowledged});
    EXPECT_EQ(flush({finding("ssh", "a", "b", at)})[0].alert.id, first);
    update(first, {.state = AlertState::closed});
    const int64_t second = flush({finding("ssh", "a", "b", at)})[0].alert.id;
    EXPECT_NE(second, first);
    restart();
    EXPECT_EQ(flush({finding("ssh", "a", "b", at)})[0].alert.id, second);
    update(second, {.state = AlertState::closed});
    update(first, {.state = AlertState::open});
    EXPECT_EQ(flush({finding("ssh", "a", "b", at)})[0].alert.id, first);
    EXPECT_EQ(find(first).count, 3);
}

TEST_F(AggregationTest, WhatWasAssignedBeforeClosingIsStillCounted) {
    const int64_t id = flush({finding("ssh", "a", "b", clock.now())})[0].alert.id;
    std::vector<FindingInput> late{finding("ssh", "a", "b", clock.now())};
    assign(late);
    update(id, {.state = AlertState::closed});
    EXPECT_EQ(apply(late)[0].alert.count, 2);
    EXPECT_EQ(find(id).state, AlertState::closed);
}

// ---- all together

TEST_F(AggregationTest, CountsAreExactUnderRandomCrashesAndFailures) {
    std::mt19937 random_number(20261121);
    std::map<uint64_t, std::pair<std::string, int64_t>> stored;  // the event store: seq -> rule, alert
    std::vector<FindingInput> uncounted;
    uint64_t checkpoint = 0;
    for (int round = 0; round < 120; ++round) {
        std::vector<FindingInput> batch;
        const int size = 1 + static_cast<int>(random_number() % 20);
        for (int i = 0; i < size; ++i)
            batch.push_back(finding("r" + std::to_string(random_number() % 3),
                                    "s" + std::to_string(random_number() % 3),
                                    "t" + std::to_string(random_number() % 2),
                                    clock.now() - static_cast<base::Duration>(random_number() % (3 * kHour)),
                                    static_cast<Severity>(random_number() % 5), 1 + random_number() % 2));
        assign(batch);
        for (const FindingInput& f : batch) stored[f.seq] = {f.rule_id, f.alert_id};
        uncounted.insert(uncounted.end(), batch.begin(), batch.end());
        switch (random_number() % 4) {
            case 0: {  // the commit fails; more comes before it is tried again
                EXPECT_FALSE(ledger->transaction([&](Transaction& t) -> Result<> {
                    TRY(triage->apply(t, uncounted));
                    return base::fail(ErrorCode::io, "no");
                }));
                break;
            }
            case 1: {  // a crash: what is stored above the checkpoint comes back
                restart();
                assign(uncounted);
                [[fallthrough]];
            }
            default: {
                apply(uncounted);
                checkpoint = uncounted.back().seq;
                uncounted.clear();
            }
        }
        clock.advance(static_cast<base::Duration>(random_number() % (20 * kMinute)));
    }
    if (!uncounted.empty()) apply(uncounted);
    std::map<int64_t, int64_t> expected;
    std::map<int64_t, std::set<std::string>> rules;
    for (const auto& [number, finding] : stored) {
        ++expected[finding.second];
        rules[finding.second].insert(finding.first);
    }
    std::map<int64_t, int64_t> found;
    for (const Alert& alert : list({.limit = 1000}).items) {
        found[alert.id] = alert.count;
        int64_t sum = 0;
        for (const int64_t count : alert.sparkline) sum += count;
        EXPECT_EQ(sum, alert.count) << "the sparkline has every match";
        EXPECT_LE(alert.last_seen - alert.first_seen, policy.longest);
    }
    EXPECT_EQ(found, expected) << "alert counts equal the stored findings";
    for (const auto& [id, names] : rules) EXPECT_EQ(names.size(), 1U);
    EXPECT_GT(checkpoint, 0U);
}

TEST_F(AggregationTest, AssigningCommittingAndJudgingMayGoOnAtOnce) {
    std::mutex mutex;
    std::vector<std::vector<FindingInput>> queue;
    bool done = false;
    std::thread committer([&] {
        for (;;) {
            std::vector<FindingInput> batch;
            {
                const std::scoped_lock lock(mutex);
                if (queue.empty() && done) return;
                if (!queue.empty()) {
                    batch = std::move(queue.front());
                    queue.erase(queue.begin());
                }
            }
            if (batch.empty()) {
                std::this_thread::yield();
            } else {
                apply(batch);
            }
        }
    });
    std::thread people([&] {
        for (;;) {
            {
                const std::scoped_lock lock(mutex);
                if (done) return;
            }
            for (const Alert& alert : list({.states = {AlertState::open}, .limit = 5}).items)
                update(alert.id, {.state = AlertState::closed});
        }
    });
    int64_t sent = 0;
    for (int round = 0; round < 60; ++round) {
        std::vector<FindingInput> batch;
        for (int i = 0; i < 20; ++i)
            batch.push_back(finding("r" + std::to_string(i % 4), "s" + std::to_string(round % 3), "t", clock.now()));
        sent += 20;
        assign(batch);
        const std::scoped_lock lock(mutex);
        queue.push_back(std::move(batch));
    }
    {
        const std::scoped_lock lock(mutex);
        done = true;
    }
    committer.join();
    people.join();
    EXPECT_EQ(total_count(), sent);
}

}  // namespace
}  // namespace shuwei::triage
