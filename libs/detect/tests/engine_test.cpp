// Rule sets, scanning, findings, correlations in time, reload.
#include "shuwei/detect/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "shuwei/detect/entities.hpp"

namespace shuwei::detect {
namespace {

namespace fs = std::filesystem;
using base::kMinute;
using base::kSecond;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr base::Timestamp kStart = 1'760'000'000 * kSecond;

class Detection : public testing::Test {
protected:
    Detection() : folder_(fs::temp_directory_path() / ("shuwei-detect-" + std::to_string(::getpid()))) {
        fs::remove_all(folder_);
        fs::create_directories(folder_ / "content");
        fs::create_directories(folder_ / "rules");
        write("content/logsources.yaml", "sources:\n  - logsource: {product: test}\n    when: [{nothing: null}]\n  - logsource: {product: packed}\n    when: [{shuwei.pack: device}]\n");
        write("content/fields.yaml", "originals: [\"\"]\naliases: {Address: [source.ip]}\n");
    }
    ~Detection() override { fs::remove_all(folder_); }

    void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name, std::ios::binary) << text; }

    static std::string rule(const std::string& name, const std::string& selection, const std::string& product = "test") {
        return "title: Rule " + name + "\nid: id-" + name + "\nname: " + name + "\nlevel: high\nlogsource: {product: " + product + "}\ndetection:\n  sel: {" + selection + "}\n  condition: sel\n";
    }
    static std::string correlation(const std::string& name, const std::string& body, const std::string& more = "") {
        return "title: Correlation " + name + "\nid: id-" + name + "\nname: " + name + "\nlevel: critical\n" + more + "correlation:\n" + body;
    }
    std::shared_ptr<const RuleSet> load() {
        RuleSetOptions options;
        options.folders = {folder_ / "rules"};
        options.content = folder_ / "content";
        auto set = RuleSet::load(options);
        EXPECT_TRUE(set) << set.error().to_string();
        for (const auto& problem : (*set)->report().failures) ADD_FAILURE() << problem.file << ":" << problem.line << " " << problem.text;
        return *set;
    }

    using Fields = std::vector<std::pair<std::string, std::string>>;
    void add(const Fields& fields, base::Timestamp time, uint32_t tenant = 1) {
        event::Event& event = batch_.add_event();
        event.seq = ++seq_;
        event.time = time;
        event.received = time + kSecond;
        event.tenant = tenant;
        for (const auto& [name, value] : fields) batch_.add(event, name, batch_.store(value));
    }
    // Runs what was added; findings of correlations only when asked for.
    std::vector<Finding> run(Engine& engine) {
        ScanResult result;
        engine.scan(batch_, scanner_, result);
        engine.correlate(batch_, result);
        batch_.clear();
        return std::move(result.findings);
    }
    static std::vector<std::string> names(const std::vector<Finding>& findings) {
        std::vector<std::string> all;
        for (const Finding& finding : findings) all.push_back(finding.rule->name);
        return all;
    }

    fs::path folder_;
    event::EventBatch batch_;
    Scanner scanner_;
    uint64_t seq_ = 0;
};

TEST_F(Detection, FindingsSayWhatWhoAndWhy) {
    write("rules/a.yml", rule("a", "action|contains: evil"));
    Engine engine(load());
    add({{"action", "some evil deed"}, {"source.ip", "203.0.113.9"}, {"destination.ip", "10.0.0.5"}}, kStart);
    add({{"action", "nothing"}}, kStart);
    const auto findings = run(engine);
    ASSERT_EQ(findings.size(), 1U);
    const Finding& finding = findings[0];
    EXPECT_EQ(finding.rule->id, "id-a");
    EXPECT_EQ(finding.seq, 1U);
    EXPECT_EQ(finding.tenant, 1U);
    EXPECT_EQ(finding.time, kStart);
    EXPECT_EQ(finding.event_index, 0U);
    EXPECT_EQ(finding.source, "203.0.113.9");
    EXPECT_EQ(finding.target, "10.0.0.5");
    EXPECT_EQ(finding.reason, R"({"selections":[{"name":"sel","fields":[{"field":"action","value":"some evil deed","pattern":"*evil*"}]}],"condition":"sel"})");
    EXPECT_FALSE(finding.correlation.has_value());
}

TEST_F(Detection, EventCountFiresOnceAndAgainAfterTheSpan) {
    write("rules/a.yml", rule("fail", "action: fail") + "---\n" +
                             correlation("burst", "  type: event_count\n  rules: [fail]\n  group-by: [Address]\n  timespan: 5m\n  condition: {gte: 3}\n"));
    Engine engine(load());
    const Fields bad{{"action", "fail"}, {"source.ip", "203.0.113.9"}, {"host.name", "web1"}};
    add(bad, kStart);
    add(bad, kStart + kMinute);
    add({{"action", "fail"}, {"source.ip", "198.51.100.1"}}, kStart + kMinute);
    add({{"action", "fail"}, {"source.ip", "203.0.113.9"}}, kStart + kMinute, 2);  // another client
    EXPECT_TRUE(run(engine).empty()) << "two of three, and the base rule is silent by itself";
    add(bad, kStart + 2 * kMinute);
    const auto findings = run(engine);
    ASSERT_EQ(names(findings), std::vector<std::string>{"burst"});
    const Finding& finding = findings[0];
    EXPECT_EQ(finding.seq, 5U);
    EXPECT_EQ(finding.source, "203.0.113.9");
    EXPECT_EQ(finding.target, "web1");
    ASSERT_TRUE(finding.correlation.has_value());
    EXPECT_EQ(finding.correlation->count, 3U);
    EXPECT_THAT(finding.correlation->seqs, ElementsAre(1, 2, 5));
    EXPECT_EQ(finding.correlation->first, kStart);
    EXPECT_EQ(finding.correlation->last, kStart + 2 * kMinute);
    EXPECT_EQ(finding.correlation->group[0], (CorrelationInfo::Group{"Address", "source.ip", "203.0.113.9"}));
    EXPECT_THAT(finding.reason, HasSubstr(R"("type":"event_count","condition":"gte 3","timespan_seconds":300,"fields":[],)"
                                          R"("group":[{"name":"Address","field":"source.ip","value":"203.0.113.9"}],"count":3,)"));
    EXPECT_THAT(finding.reason, HasSubstr(R"("rules":[{"id":"id-fail","title":"Rule fail"}],"seqs":[1,2,5]}})"));
    for (int i = 0; i < 20; ++i) add(bad, kStart + 2 * kMinute + i * kSecond);
    EXPECT_TRUE(run(engine).empty()) << "still the same burst";
    add(bad, kStart + 7 * kMinute);
    EXPECT_EQ(run(engine).size(), 1U) << "and it goes on after a whole span";
    add(bad, kStart + 60 * kMinute);
    add(bad, kStart + 61 * kMinute);
    EXPECT_TRUE(run(engine).empty());
    add(bad, kStart + 62 * kMinute);
    EXPECT_EQ(run(engine).size(), 1U) << "a new burst";
}

TEST_F(Detection, WindowsSlideAndEventsMayComeLate) {
    write("rules/a.yml", rule("fail", "action: fail") + "---\n" +
                             correlation("burst", "  type: event_count\n  rules: [fail]\n  group-by: [user]\n  timespan: 10s\n  condition: {gte: 3}\n"));
    Engine engine(load());
    const Fields bad{{"action", "fail"}, {"user", "bob"}};
    add(bad, kStart);
    add(bad, kStart + 9 * kSecond);
    add(bad, kStart + 11 * kSecond);  // the first has left the window
    EXPECT_TRUE(run(engine).empty());
    add(bad, kStart + 8 * kSecond);   // late, but inside the window of the latest
    const auto findings = run(engine);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_THAT(findings[0].correlation->seqs, ElementsAre(4, 2, 3));
    add(bad, kStart + 20 * kMinute);
    add(bad, kStart);
    run(engine);
    EXPECT_EQ(engine.correlation_stats().late, 1U);
    // A clock far ahead is not believed.
    event::Event& event = batch_.add_event();
    event.time = kStart + 400 * base::kDay;
    event.received = kStart + 20 * kMinute;
    event.tenant = 1;
    batch_.add(event, "action", "fail");
    batch_.add(event, "user", "bob");
    add(bad, kStart + 20 * kMinute + kSecond);
    EXPECT_EQ(run(engine).size(), 1U);
}

TEST_F(Detection, ValueCountCountsDistinctValues) {
    write("rules/a.yml", rule("fail", "action: fail") + "---\n" +
                             correlation("spray", "  type: value_count\n  rules: [fail]\n  group-by: [Address]\n  timespan: 5m\n  condition: {field: user, gte: 3}\n"));
    Engine engine(load());
    const auto fail = [&](const char* user, base::Timestamp time) { add({{"action", "fail"}, {"source.ip", "203.0.113.9"}, {"user", user}}, time); };
    for (int i = 0; i < 10; ++i) fail("bob", kStart + i * kSecond);
    fail("eve", kStart + 10 * kSecond);
    add({{"action", "fail"}, {"source.ip", "203.0.113.9"}}, kStart + 11 * kSecond);  // no value, not counted
    EXPECT_TRUE(run(engine).empty());
    fail("mallory", kStart + 12 * kSecond);
    const auto findings = run(engine);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].correlation->count, 3U);
    fail("a", kStart + 20 * kMinute);
    fail("b", kStart + 21 * kMinute);
    fail("a", kStart + 25 * kMinute + 30 * kSecond);
    fail("c", kStart + 26 * kMinute + 15 * kSecond);  // b has left, a was seen again
    EXPECT_TRUE(run(engine).empty());
}

TEST_F(Detection, TemporalTypesAndChains) {
    write("rules/a.yml", rule("scan", "action: scan") + "---\n" + rule("exploit", "action: exploit") + "---\n" + rule("fail", "action: fail") + "---\n" +
                             correlation("any_order", "  type: temporal\n  rules: [scan, exploit]\n  group-by: [user]\n  timespan: 5m\n") + "---\n" +
                             correlation("in_order", "  type: temporal_ordered\n  rules: [scan, exploit]\n  group-by: [user]\n  timespan: 5m\n") + "---\n" +
                             correlation("many_fails", "  type: event_count\n  rules: [fail]\n  group-by: [user]\n  timespan: 1m\n  condition: {gte: 2}\n") + "---\n" +
                             correlation("chain", "  type: temporal_ordered\n  rules: [many_fails, exploit]\n  group-by: [user]\n  timespan: 5m\n"));
    Engine engine(load());
    add({{"action", "exploit"}, {"user", "a"}}, kStart);
    add({{"action", "scan"}, {"user", "a"}}, kStart + kMinute);
    EXPECT_THAT(names(run(engine)), ElementsAre("any_order"));
    add({{"action", "exploit"}, {"user", "a"}}, kStart + 2 * kMinute);
    EXPECT_THAT(names(run(engine)), ElementsAre("in_order"));
    add({{"action", "scan"}, {"user", "b"}}, kStart);
    add({{"action", "exploit"}, {"user", "b"}}, kStart + 6 * kMinute);
    add({{"action", "exploit"}, {"user", "c"}}, kStart);
    EXPECT_THAT(names(run(engine)), ElementsAre());
    add({{"action", "fail"}, {"user", "d"}}, kStart);
    add({{"action", "fail"}, {"user", "d"}}, kStart + kSecond);
    EXPECT_THAT(names(run(engine)), ElementsAre()) << "what only feeds another correlation is silent";
    add({{"action", "exploit"}, {"user", "d"}}, kStart + 2 * kMinute);
    const auto findings = run(engine);
    EXPECT_THAT(names(findings), ElementsAre("chain"));
    EXPECT_THAT(findings[0].correlation->seqs, ElementsAre(8, 9));
}

TEST_F(Detection, SumsAveragesAndUpperBounds) {
    write("rules/a.yml", rule("out", "action: out") + "---\n" +
                             correlation("much", "  type: value_sum\n  rules: [out]\n  group-by: [user]\n  timespan: 1h\n  condition: {field: bytes, gt: 1000}\n") + "---\n" +
                             correlation("average", "  type: value_avg\n  rules: [out]\n  group-by: [user]\n  timespan: 1h\n  condition: {field: bytes, gte: 600}\n") + "---\n" +
                             correlation("few", "  type: event_count\n  rules: [out]\n  group-by: [user]\n  timespan: 1h\n  condition: {lt: 2}\n"));
    Engine engine(load());
    const auto out = [&](const char* user, const char* bytes, base::Timestamp time) { add({{"action", "out"}, {"user", user}, {"bytes", bytes}}, time); };
    out("a", "500", kStart);
    out("a", "junk", kStart);
    out("a", "450", kStart + kMinute);
    EXPECT_THAT(names(run(engine)), ElementsAre());
    out("a", "1000", kStart + 2 * kMinute);
    EXPECT_THAT(names(run(engine)), ElementsAre("much", "average"));
    out("b", "1", kStart + 3 * kMinute);
    EXPECT_THAT(names(run(engine)), ElementsAre());
    add({{"action", "out"}, {"user", "c"}}, kStart + 90 * kMinute);  // time goes on: the windows of a and b have closed
    const auto findings = run(engine);
    ASSERT_THAT(names(findings), ElementsAre("few"));
    EXPECT_EQ(findings[0].correlation->group[0].value, "b");
}

TEST_F(Detection, AliasesAndGenerate) {
    write("rules/a.yml", rule("inside", "action: inside") + "---\n" + rule("outside", "action: outside") + "---\n" +
                             correlation("both", "  type: temporal\n  rules: [inside, outside]\n  group-by: [address]\n  timespan: 5m\n  aliases:\n    address: {inside: destination.ip, outside: source.ip}\n",
                                         "generate: true\n"));
    Engine engine(load());
    add({{"action", "inside"}, {"destination.ip", "10.0.0.1"}, {"source.ip", "10.0.0.2"}}, kStart);
    add({{"action", "outside"}, {"destination.ip", "10.0.0.3"}, {"source.ip", "10.0.0.2"}}, kStart + kSecond);
    EXPECT_THAT(names(run(engine)), ElementsAre("inside", "outside"));
    add({{"action", "outside"}, {"source.ip", "10.0.0.1"}}, kStart + 2 * kSecond);
    EXPECT_THAT(names(run(engine)), ElementsAre("outside", "both"));
}

TEST_F(Detection, ReloadKeepsTheWindowsOfWhatDidNotChange) {
    const std::string base_rule = rule("fail", "action: fail") + "---\n";
    const std::string kept = correlation("kept", "  type: event_count\n  rules: [fail]\n  group-by: [user]\n  timespan: 5m\n  condition: {gte: 3}\n") + "---\n";
    const auto changed = [](int count) {
        return correlation("changed", "  type: event_count\n  rules: [fail]\n  group-by: [user]\n  timespan: 5m\n  condition: {gte: " + std::to_string(count) + "}\n");
    };
    write("rules/a.yml", base_rule + kept + changed(4));
    Engine engine(load());
    const Fields bad{{"action", "fail"}, {"user", "bob"}};
    add(bad, kStart);
    add(bad, kStart + kSecond);
    EXPECT_TRUE(run(engine).empty());
    EXPECT_EQ(engine.correlation_stats().groups, 2U);

    // Scanned under the old set, correlated after the swap: nothing is lost.
    ScanResult result;
    add(bad, kStart + 2 * kSecond);
    engine.scan(batch_, scanner_, result);
    write("rules/a.yml", base_rule + kept + changed(2));
    engine.swap(load());
    engine.correlate(batch_, result);
    EXPECT_THAT(names(result.findings), ElementsAre("kept"));
    batch_.clear();

    add(bad, kStart + 3 * kSecond);
    EXPECT_TRUE(run(engine).empty()) << "the changed rule begins anew, the kept one goes on";
    EXPECT_EQ(engine.correlation_stats().groups, 2U);
    add(bad, kStart + 4 * kSecond);
    EXPECT_THAT(names(run(engine)), ElementsAre("changed"));
    engine.swap(RuleSet::empty());
    add(bad, kStart + 5 * kSecond);
    EXPECT_TRUE(run(engine).empty());
}

TEST_F(Detection, MemoryIsBoundedAndEvictionCounted) {
    write("rules/a.yml", rule("fail", "action: fail") + "---\n" +
                             correlation("burst", "  type: event_count\n  rules: [fail]\n  group-by: [user]\n  timespan: 5m\n  condition: {gte: 2}\n"));
    EngineOptions options;
    options.max_correlation_groups = 100;
    base::Metrics metrics;
    Engine engine(load(), options, &metrics);
    for (int i = 0; i < 1'000; ++i) add({{"action", "fail"}, {"user", "user" + std::to_string(i)}}, kStart);
    run(engine);
    const auto stats = engine.correlation_stats();
    EXPECT_EQ(stats.groups, 100U);
    EXPECT_EQ(stats.evicted, 900U);
    EXPECT_GT(stats.bytes, 0U);
    EXPECT_EQ(metrics.sum("shuwei_correlation_evicted_total"), 900);
    add({{"action", "fail"}, {"user", "user999"}}, kStart + kSecond);  // the latest are still there
    EXPECT_EQ(run(engine).size(), 1U);

    EngineOptions small;
    small.max_correlation_bytes = 20'000;
    Engine tight(load(), small);
    for (int i = 0; i < 1'000; ++i) add({{"action", "fail"}, {"user", std::string(200, 'u') + std::to_string(i)}}, kStart);
    run(tight);
    EXPECT_LE(tight.correlation_stats().bytes, 20'000U);
    EXPECT_GT(tight.correlation_stats().evicted, 900U);
}

TEST_F(Detection, PacksByNumberAndSameMatchesOnManyThreads) {
    std::string text;
    for (int i = 0; i < 50; ++i) text += rule("r" + std::to_string(i), "value|contains: v" + std::to_string(i) + "x") + "---\n";
    write("rules/a.yml", text + rule("packed", "value: p", "packed"));
    Engine engine(load());
    for (int i = 0; i < 2'000; ++i) {
        add({{"value", "v" + std::to_string(i % 60) + "x"}}, kStart + i);
        if (i % 7 == 0) {
            add({{"value", "p"}}, kStart);
            batch_[batch_.size() - 1].pack = 3;
        }
    }
    const auto scan = [&] {
        Scanner scanner;
        scanner.set_pack_names({"", "other", "another", "device"});
        ScanResult result;
        engine.scan(batch_, scanner, result);
        std::vector<std::string> found;
        for (const Finding& finding : result.findings) found.push_back(finding.rule->name + "@" + std::to_string(finding.seq));
        return found;
    };
    const auto expected = scan();
    EXPECT_EQ(std::count_if(expected.begin(), expected.end(), [](const std::string& one) { return one.starts_with("packed@"); }), 286);
    std::vector<std::vector<std::string>> results(4);
    {
        std::vector<std::jthread> threads;
        for (auto& result : results) {
            threads.emplace_back([&] {
                for (int i = 0; i < 3; ++i) result = scan();
            });
        }
        for (int i = 0; i < 10; ++i) engine.swap(engine.rules());
    }
    for (const auto& result : results) EXPECT_EQ(result, expected);
}

TEST(Entities, FollowTheirPolicy) {
    struct Case {
        std::vector<std::pair<const char*, const char*>> fields;
        const char* source;
        const char* target;
    };
    const Case cases[] = {
        {{{"source.ip", "203.0.113.9"}, {"destination.ip", "10.0.0.5"}, {"user.name", "bob"}}, "203.0.113.9", "10.0.0.5"},
        {{{"winlog.event_data.IpAddress", "-"}, {"winlog.event_data.User", "CORP\\bob"}, {"winlog.computer_name", "pc1"}}, "CORP\\bob", "pc1"},
        {{{"winlog.event_data.IpAddress", "::1"}, {"winlog.event_data.SubjectUserName", "PC1$"}, {"winlog.computer_name", "pc1"}}, "pc1", ""},
        {{{"winlog.event_data.User", "NT AUTHORITY\\SYSTEM"}, {"host.name", "web1"}, {"host.ip", "10.1.1.1"}}, "web1", ""},
        {{{"user.name", "bob"}, {"observer.ip", "10.1.1.1"}}, "bob", "10.1.1.1"},
        {{{"user.name", "bob"}}, "bob", "198.51.100.7"},
        {{{"source.ip", "203.0.113.9"}, {"user.target.name", "root"}, {"host.name", "db1"}}, "203.0.113.9", "root@db1"},
        {{{"source.ip", "203.0.113.9"}, {"url.domain", "shop.example"}, {"host.name", "web1"}}, "203.0.113.9", "shop.example"},
        {{}, "198.51.100.7", ""},
    };
    for (const Case& one : cases) {
        event::EventBatch batch;
        event::Event& event = batch.add_event();
        event.peer = *base::IpAddress::parse("198.51.100.7");
        for (const auto& [name, value] : one.fields) batch.add(event, name, value);
        const Entities entities = entities_of(batch, event);
        EXPECT_EQ(entities.source, one.source);
        EXPECT_EQ(entities.target, one.target);
    }
    event::EventBatch batch;
    event::Event& event = batch.add_event();
    const std::string longest(1'000, 'x');
    batch.add(event, "user.name", batch.store("中" + longest));
    EXPECT_EQ(entities_of(batch, event).source.size(), kMaxEntityBytes);
}

}  // namespace
}  // namespace shuwei::detect
