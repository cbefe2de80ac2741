// Folders of rules: documents, names, filters, correlations, and what is refused with its place.
#include "shuwei/sigma/rule_collection.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "rule_fixture.hpp"
#include "shared_data.hpp"
#include "shuwei/sigma/compiled_cache.hpp"
#include "shuwei/sigma/lint.hpp"

namespace shuwei::sigma::test {
namespace {

namespace fs = std::filesystem;

class Loader : public testing::Test {
protected:
    Loader() : folder_(fs::temp_directory_path() / ("shuwei-sigma-loader-" + std::to_string(::getpid()))) {
        fs::remove_all(folder_);
        fs::create_directories(folder_ / "content");
        fs::create_directories(folder_ / "rules");
        write("content/logsources.yaml",
              "sources:\n  - logsource: {product: test}\n    when: [{kind: test}]\n"
              "  - logsource: {product: test, service: special}\n    when: [{kind: special}]\nfallback:\n  - {event.module: \"{product}\"}\n");
        write("content/fields.yaml", "originals: [\"original.\", \"\"]\nfirst: {Id: [id.first]}\naliases: {A: [alias.a]}\n"
                                     "sections:\n  - logsource: {service: special}\n    aliases: {A: [special.a]}\n");
    }
    ~Loader() override { fs::remove_all(folder_); }

    void write(const std::string& name, const std::string& text) {
        fs::create_directories((folder_ / name).parent_path());
        std::ofstream(folder_ / name, std::ios::binary) << text;
    }
    RuleCollection load(CompiledCache* cache = nullptr) {
        auto loaded = RuleCollection::load({{folder_ / "rules"}, folder_ / "content", {}}, cache);
        EXPECT_TRUE(loaded) << loaded.error().to_string();
        return std::move(*loaded);
    }
    static std::string rule(const std::string& id, const std::string& name, const std::string& value, const std::string& source = "product: test") {
        return "title: Rule " + name + "\nid: " + id + "\nname: " + name + "\nlevel: high\nlogsource: {" + source + "}\ndetection:\n  sel:\n    A: " + value + "\n  condition: sel\n";
    }
    static constexpr const char* kIdA = "aaaaaaaa-0000-4000-8000-000000000001";
    static constexpr const char* kIdB = "aaaaaaaa-0000-4000-8000-000000000002";

    fs::path folder_;
};

TEST_F(Loader, OneBadRuleIsRefusedAloneWithItsPlace) {
    write("rules/good.yml", rule(kIdA, "good", "x"));
    write("rules/sub/bad.yaml", "title: Bad\nlogsource: {product: test}\ndetection:\n  sel:\n    A|nonsense: x\n  condition: sel\n");
    write("rules/broken.yml", "title: [unclosed\nlogsource:\n");
    write("rules/empty.yml", "# nothing\n");
    write("rules/half.yml", rule(kIdB, "fine", "x") + "---\ntitle: Second\nlogsource: {product: test}\ndetection:\n  sel: {A: x}\n  condition: nothing\n");
    write("rules/notes.txt", "not a rule");
    write("rules/binary.yml", std::string("title: a\0b", 10));
    const RuleCollection loaded = load();
    EXPECT_EQ(loaded.report.files, 6U);
    EXPECT_EQ(loaded.report.loaded, 1U);
    EXPECT_EQ(loaded.report.failed, 5U);
    EXPECT_EQ(loaded.detections.size(), 2U) << "the good document of a file with a bad one is kept";
    const auto problem = [&](const std::string& file) {
        for (const RuleProblem& one : loaded.report.failures) {
            if (one.file.ends_with(file)) return one;
        }
        return RuleProblem{};
    };
    EXPECT_EQ(problem("bad.yaml").text, "unknown modifier 'nonsense'");
    EXPECT_EQ(problem("bad.yaml").line, 5U);
    EXPECT_EQ(problem("broken.yml").line, 2U);
    EXPECT_NE(problem("empty.yml").text.find("no rule"), std::string::npos);
    EXPECT_EQ(problem("half.yml").line, 15U) << problem("half.yml").text;
    EXPECT_NE(problem("binary.yml").text.find("zero byte"), std::string::npos);

    const std::vector<fs::path> paths{folder_ / "rules"};
    const auto report = lint(paths, folder_ / "content");
    ASSERT_TRUE(report);
    EXPECT_EQ(report->loaded, 1U);
    EXPECT_EQ(report->failed, 5U);
}

TEST_F(Loader, MissingPartsAreNamed) {
    const std::pair<const char*, const char*> cases[] = {
        {"title: T\nlogsource: {product: test}\n", "neither detection nor correlation nor filter"},
        {"logsource: {product: test}\ndetection: {sel: {A: x}, condition: sel}\n", "'title' is missing"},
        {"title: T\ndetection: {sel: {A: x}, condition: sel}\n", "'logsource' is missing"},
        {"title: T\nlogsource: windows\ndetection: {sel: {A: x}, condition: sel}\n", "'logsource' must be a map"},
        {"title: T\nlogsource: {definition: x}\ndetection: {sel: {A: x}, condition: sel}\n", "names neither product"},
        {"title: T\nlogsource: {product: test}\ndetection: {sel: {A: x}}\n", "condition is missing"},
        {"title: T\nlogsource: {product: test}\ndetection: {condition: sel}\n", "there is no selection"},
        {"title: T\nlogsource: {product: test}\ndetection: [a]\n", "expected a map of selections"},
        {"title: T\nlevel: fatal\nlogsource: {product: test}\ndetection: {sel: {A: x}, condition: sel}\n", "unknown level 'fatal'"},
        {"title: T\ntitle: U\nlogsource: {product: test}\ndetection: {sel: {A: x}, condition: sel}\n", "occurs twice"},
        {"- a\n- b\n", "expected a rule, found a list"},
        {"title: T\naction: global\n", "not part of Sigma 2"},
        {"title: T\ncorrelation: {type: event_count, rules: [a], timespan: 5, condition: {gte: 1}}\n", "not a time span"},
        {"title: T\ncorrelation: {type: guess, rules: [a], timespan: 5m, condition: {gte: 1}}\n", "unknown correlation type 'guess'"},
        {"title: T\ncorrelation: {type: event_count, timespan: 5m, condition: {gte: 1}}\n", "'rules' of the correlation is missing"},
        {"title: T\ncorrelation: {type: event_count, rules: [a], timespan: 5m}\n", "condition of the correlation is missing"},
        {"title: T\ncorrelation: {type: value_count, rules: [a], timespan: 5m, condition: {gte: 1}}\n", "needs 'field'"},
        {"title: T\ncorrelation: {type: event_count, rules: [a], timespan: 5m, condition: {atleast: 1}}\n", "unknown comparison 'atleast'"},
        {"title: T\ncorrelation: {type: event_count, rules: [a], timespan: 5m, condition: {gte: many}}\n", "needs a number"},
        {"a: &x [*x]\n", "an alias refers to what contains it"},
    };
    for (const auto& [text, wanted] : cases) {
        const ParsedFile parsed = parse_rules(text, "t.yml");
        ASSERT_GE(parsed.failures.size(), 1U) << text;
        EXPECT_NE(parsed.failures[0].text.find(wanted), std::string::npos) << text << "said: " << parsed.failures[0].text;
        EXPECT_GT(parsed.failures[0].line, 0U) << text;
    }
}

TEST_F(Loader, ReadsWhatDescribesARule) {
    const ParsedFile parsed = parse_rules(
        "title: A title\nid: 929a690e-bef0-4204-a928-ef5e620d6fcc\nname: a_name\nstatus: test\ndescription: |\n  Two\n  lines\nauthor: [One, Two]\n"
        "references:\n  - https://example.org\ndate: 2024-01-31\ntags: [attack.t1059, attack.execution]\nlevel: critical\n"
        "related:\n  - {id: 08fbc97d-0a2f-491c-ae21-8ffcfd3174e9, type: derived}\nfalsepositives: None known\n"
        "logsource: {product: Windows, category: process_creation}\nshuwei: {title_zh: 标题, advice_zh: [先看, 再做]}\ndetection:\n  a: {F: 1}\n  b: {G: 2}\n  condition: a and b\n",
        "folder/file.yml");
    ASSERT_TRUE(parsed.failures.empty()) << parsed.failures[0].text;
    EXPECT_TRUE(parsed.warnings.empty()) << parsed.warnings[0].text;
    const RuleInfo& info = *parsed.detections.at(0).info;
    EXPECT_EQ(info.title, "A title");
    EXPECT_EQ(info.name, "a_name");
    EXPECT_EQ(info.title_zh, "标题");
    EXPECT_EQ(info.advice_zh.size(), 2U);
    EXPECT_EQ(info.description, "Two\nlines");
    EXPECT_EQ(info.author, "One, Two");
    EXPECT_EQ(info.level, Level::critical);
    EXPECT_EQ(info.tags, (std::vector<std::string>{"attack.t1059", "attack.execution"}));
    EXPECT_EQ(info.related.size(), 1U);
    EXPECT_EQ(info.false_positives, std::vector<std::string>{"None known"});
    EXPECT_EQ(info.log_source.product, "windows");
    EXPECT_EQ(info.condition, "a and b");
    EXPECT_EQ(info.file, "folder/file.yml");
    EXPECT_EQ(info.content_hash.size(), 32U);
}

TEST_F(Loader, SeveralDocumentsKeepTheirOwnTextAndLines) {
    const std::string first = rule(kIdA, "one", "x");
    const std::string second = rule(kIdB, "two", "y");
    const ParsedFile parsed = parse_rules(first + "---\n" + second, "two.yml");
    ASSERT_EQ(parsed.detections.size(), 2U);
    EXPECT_EQ(parsed.detections[0].info->source, first);
    EXPECT_EQ(parsed.detections[1].info->source, second);
    EXPECT_EQ(parsed.detections[0].info->line, 1U);
    EXPECT_EQ(parsed.detections[1].info->line, 11U);
    EXPECT_NE(parsed.detections[0].info->content_hash, parsed.detections[1].info->content_hash);
}

TEST_F(Loader, CorrelationsFindTheirRulesByNameOrIdInAnyFile) {
    write("rules/a.yml", rule(kIdA, "base_a", "x"));
    write("rules/b.yml", rule(kIdB, "base_b", "y") +
                             "---\ntitle: Count\nid: aaaaaaaa-0000-4000-8000-000000000003\nname: counted\nlevel: high\ncorrelation:\n  type: event_count\n  rules: [base_a, " + kIdB +
                             "]\n  group-by: [user]\n  timespan: 90s\n  condition: {gt: 100, lte: 200}\n");
    write("rules/c.yml", "title: Chain\nlevel: high\ngenerate: true\ncorrelation:\n  type: temporal\n  rules: [counted, base_b]\n  group-by: [user]\n  timespan: 1h\n");
    write("rules/unknown.yml", "title: Lost\nlevel: high\ncorrelation:\n  type: event_count\n  rules: [nowhere]\n  group-by: [user]\n  timespan: 1h\n  condition: {gte: 2}\n");
    write("rules/circle.yml", "title: C1\nname: c1\nlevel: low\ncorrelation:\n  type: temporal\n  rules: [c2]\n  group-by: [u]\n  timespan: 1h\n---\n"
                              "title: C2\nname: c2\nlevel: low\ncorrelation:\n  type: temporal\n  rules: [c1]\n  group-by: [u]\n  timespan: 1h\n");
    const RuleCollection loaded = load();
    ASSERT_EQ(loaded.correlations.size(), 2U);
    const CorrelationRule& count = *loaded.correlations[0];
    EXPECT_EQ(count.info->title, "Count");
    EXPECT_EQ(count.timespan, 90 * base::kSecond);
    EXPECT_EQ(count.bounds.size(), 2U);
    ASSERT_EQ(count.references.size(), 2U);
    EXPECT_EQ(loaded.detections[count.references[0].number]->info->name, "base_a");
    EXPECT_EQ(loaded.detections[count.references[1].number]->info->name, "base_b");
    const CorrelationRule& chain = *loaded.correlations[1];
    EXPECT_TRUE(chain.generate);
    ASSERT_EQ(chain.references.size(), 2U);
    EXPECT_TRUE(chain.references[0].correlation);
    EXPECT_EQ(chain.references[0].number, 0U);
    EXPECT_EQ(loaded.report.failed, 2U);
    for (const RuleProblem& problem : loaded.report.failures) {
        EXPECT_TRUE(problem.text.find("no rule 'nowhere'") != std::string::npos || problem.text.find("refers to") != std::string::npos) << problem.text;
    }
}

TEST_F(Loader, FiltersNarrowTheRulesTheyName) {
    write("rules/a.yml", rule(kIdA, "base_a", "x"));
    write("rules/b.yml", rule(kIdB, "base_b", "x"));
    write("rules/filter.yml", std::string("title: No admins\nlogsource: {product: test}\nfilter:\n  rules: [base_a, gone]\n  admins:\n    User|startswith: adm_\n  condition: not admins\n"));
    const RuleCollection loaded = load();
    EXPECT_EQ(loaded.report.filters, 1U);
    EXPECT_EQ(loaded.report.failed, 0U);
    EXPECT_EQ(std::count_if(loaded.report.warnings.begin(), loaded.report.warnings.end(), [](const RuleProblem& one) { return one.text.find("'gone'") != std::string::npos; }), 1);
    const auto program = Program::compile(loaded.detections, *loaded.log_sources, *loaded.fields);
    ASSERT_TRUE(program);
    const auto titles = [&](const Fields& fields) {
        std::vector<std::string> found;
        for (const uint32_t rule : match(*program, fields)) found.push_back((*program)->rule(rule).info->name);
        return found;
    };
    EXPECT_EQ(titles({{"kind", "test"}, {"A", "x"}, {"User", "bob"}}), (std::vector<std::string>{"base_a", "base_b"}));
    EXPECT_EQ(titles({{"kind", "test"}, {"A", "x"}, {"User", "ADM_bob"}}), (std::vector<std::string>{"base_b"}));
}

TEST_F(Loader, LogSourcesAndFieldsAreResolvedByTheMaps) {
    write("rules/a.yml", rule(kIdA, "general", "x"));
    write("rules/b.yml", rule(kIdB, "special", "x", "product: test, service: special"));
    write("rules/c.yml", rule("aaaaaaaa-0000-4000-8000-000000000009", "unmapped", "x", "product: strange"));
    const RuleCollection loaded = load();
    EXPECT_EQ(std::count_if(loaded.report.warnings.begin(), loaded.report.warnings.end(), [](const RuleProblem& one) { return one.text.find("strange/-/- is not mapped") != std::string::npos; }), 1);
    const auto program = *Program::compile(loaded.detections, *loaded.log_sources, *loaded.fields);
    const auto names = [&](const Fields& fields) {
        std::vector<std::string> found;
        for (const uint32_t rule : match(program, fields)) found.push_back(program->rule(rule).info->name);
        return found;
    };
    using Names = std::vector<std::string>;
    EXPECT_EQ(names({{"kind", "test"}, {"A", "x"}}), Names{"general"});
    EXPECT_EQ(names({{"kind", "TEST"}, {"original.A", "x"}}), Names{"general"});
    EXPECT_EQ(names({{"kind", "test"}, {"original.A", "y"}, {"A", "x"}}), Names{}) << "the original comes first";
    EXPECT_EQ(names({{"kind", "test"}, {"alias.a", "x"}}), Names{"general"});
    EXPECT_EQ(names({{"kind", "test"}, {"special.a", "x"}}), Names{});
    EXPECT_EQ(names({{"kind", "special"}, {"special.a", "x"}}), Names{"special"});
    EXPECT_EQ(names({{"A", "x"}}), Names{}) << "no log source, no match";
    EXPECT_EQ(names({{"event.module", "strange"}, {"A", "x"}}), Names{"unmapped"}) << "the fallback";
}

TEST_F(Loader, TheCacheKnowsWhatChanged) {
    write("rules/a.yml", rule(kIdA, "a", "x"));
    write("rules/b.yml", rule(kIdB, "b", "'*one*' "));
    const auto run = [&](bool expect_missed) {
        CompiledCache cache(folder_ / "cache");
        const RuleCollection loaded = load(&cache);
        const auto program = Program::compile(loaded.detections, *loaded.log_sources, *loaded.fields, &cache);
        EXPECT_TRUE(program);
        EXPECT_EQ(cache.missed(), expect_missed);
        EXPECT_TRUE(cache.save());
        return match(*program, {{"kind", "test"}, {"A", "x"}}).size();
    };
    EXPECT_EQ(run(true), 1U);
    EXPECT_EQ(run(false), 1U);
    write("rules/a.yml", rule(kIdA, "a", "z"));
    EXPECT_EQ(run(true), 0U);
    EXPECT_EQ(run(false), 0U);
    // A damaged cache is as good as none.
    {
        std::fstream file(folder_ / "cache" / "sigma.cache", std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(100);
        file.put('\x7f');
    }
    EXPECT_EQ(run(true), 0U);
    write("cache/sigma.cache", "short");
    EXPECT_EQ(run(true), 0U);
}

TEST_F(Loader, WhatCannotBeReadIsAnError) {
    EXPECT_FALSE(RuleCollection::load({{folder_ / "nowhere"}, folder_ / "content", {}}));
    EXPECT_FALSE(RuleCollection::load({{folder_ / "rules"}, folder_ / "nowhere", {}}));
    write("content/logsources.yaml", "sources: 5\n");
    EXPECT_FALSE(RuleCollection::load({{folder_ / "rules"}, folder_ / "content", {}}));
}

TEST(Content, TheShippedMapsLoad) {
    bool known = false;
    const auto sources = LogSourceMap::load(content() / "logsources.yaml");
    ASSERT_TRUE(sources) << sources.error().to_string();
    EXPECT_FALSE(sources->predicate({"windows", "process_creation", ""}, known).any.empty());
    EXPECT_TRUE(known);
    const auto fields = FieldMap::load(content() / "fields.yaml");
    ASSERT_TRUE(fields) << fields.error().to_string();
    const auto candidates = fields->candidates({"windows", "process_creation", ""}, "EventID");
    EXPECT_EQ(candidates.at(0), event::winlog_event_id);
    EXPECT_EQ(event::field_name(fields->candidates({"windows", "process_creation", ""}, "Image").at(0)), "winlog.event_data.Image");
}

}  // namespace
}  // namespace shuwei::sigma::test
