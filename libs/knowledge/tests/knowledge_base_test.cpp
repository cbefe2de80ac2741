#include "shuwei/knowledge/knowledge_base.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

namespace shuwei::knowledge {
namespace {

using testing::HasSubstr;

const std::filesystem::path kShipped = std::filesystem::path(SHUWEI_SOURCE_DIR) / "content/knowledge";

constexpr const char* kTypes = R"(- {type: login, title: {zh: 登录, en: Sign-in}}
- {type: fault, title: {zh: 故障, en: Faults}}
)";

constexpr const char* kGate = R"(family: gate
title: {zh: 闸机, en: Gate}
places:
  - {code: '{gate.module}-{event.code}', where: {observer.vendor: [Acme, Apex], shuwei.pack: gate}}
  - {code: 'E-{error.code:5}'}
topics:
  door: {type: login, severity: low, zh: 看谁来过。, en: See who came.}
  jam: {type: fault, severity: medium, zh: 看机械。, en: Look at the machine.}
codes: |
  # doors
  DOOR-OPEN | door | 开门 | Door opened | 有人进来。 | Somebody came in.

  DOOR-SHUT = shut_event | door/informational | 关门 | Door shut
  E-00017 | jam | 卡住 | Jammed
)";

class KnowledgeTest : public testing::Test {
protected:
    KnowledgeTest() {
        std::filesystem::create_directories(folder);
        write("types.yaml", kTypes);
    }
    ~KnowledgeTest() override { std::filesystem::remove_all(folder); }

    void write(const std::string& name, const std::string& text) { std::ofstream(folder / name) << text; }

    Loaded load() {
        auto loaded = KnowledgeBase::load(folder);
        EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().to_string());
        return loaded ? std::move(*loaded) : Loaded{std::make_shared<KnowledgeBase>(), {}};
    }

    std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / ("knowledge_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

using Event = std::map<std::string, std::string, std::less<>>;

std::vector<std::string> explained(const KnowledgeBase& base, const Event& event) {
    std::vector<std::string> out;
    for (const auto& explanation : base.explain([&](std::string_view field) -> std::optional<std::string> {
             const auto found = event.find(field);
             return found == event.end() ? std::nullopt : std::optional(found->second);
         })) {
        out.push_back(base.families()[explanation.entry->family].name + " " + explanation.entry->code);
    }
    return out;
}

std::string text_of(const std::vector<Condition>& conditions) {
    std::string out;
    for (const auto& condition : conditions) {
        out += condition.field + "=";
        for (const auto& value : condition.values) out += value + ",";
        out += " ";
    }
    return out;
}

TEST_F(KnowledgeTest, ReadsEntriesWithTheirTopic) {
    write("gate.yaml", kGate);
    const auto [base, problems] = load();
    EXPECT_TRUE(problems.empty());
    const Entry* open = base->find("gate", "door-open");
    ASSERT_NE(open, nullptr);
    EXPECT_EQ(open->name.zh, "开门");
    EXPECT_EQ(open->meaning.en, "Somebody came in.");
    EXPECT_EQ(open->severity, "low");
    EXPECT_EQ(base->type_of(*open).title.zh, "登录");
    EXPECT_EQ(base->topic_of(*open).look.en, "See who came.");
    const Entry* shut = base->find("gate", "DOOR-SHUT");
    ASSERT_NE(shut, nullptr);
    EXPECT_EQ(shut->symbol, "shut_event");
    EXPECT_EQ(shut->severity, "informational");
    EXPECT_TRUE(shut->meaning.zh.empty());
    EXPECT_EQ(base->find("gate", "DOOR"), nullptr);
    EXPECT_EQ(base->find("door", "DOOR-OPEN"), nullptr);
}

TEST_F(KnowledgeTest, FindsTheCodeInAnEvent) {
    write("gate.yaml", kGate);
    const auto base = load().base;
    const struct {
        Event event;
        std::vector<std::string> expected;
    } cases[] = {
        {{{"observer.vendor", "ACME"}, {"shuwei.pack", "gate"}, {"gate.module", "DOOR"}, {"event.code", "open"}}, {"gate DOOR-OPEN"}},
        {{{"observer.vendor", "Acme"}, {"shuwei.pack", "other"}, {"gate.module", "DOOR"}, {"event.code", "OPEN"}}, {}},
        {{{"observer.vendor", "Acme"}, {"shuwei.pack", "gate"}, {"event.code", "OPEN"}}, {}},
        {{{"observer.vendor", "Acme"}, {"shuwei.pack", "gate"}, {"gate.module", "DOOR"}, {"event.code", "LOST"}}, {}},
        {{{"error.code", "17"}}, {"gate E-00017"}},
        {{{"error.code", "00017"}}, {"gate E-00017"}},
        {{{"error.code", ""}}, {}},
        {{{"observer.vendor", "Apex"}, {"shuwei.pack", "gate"}, {"gate.module", "DOOR"}, {"event.code", "SHUT"}, {"error.code", "17"}}, {"gate DOOR-SHUT", "gate E-00017"}},
        {{}, {}},
    };
    for (const auto& one : cases) EXPECT_EQ(explained(*base, one.event), one.expected);
}

TEST_F(KnowledgeTest, NamesTheConditionsOfACode) {
    write("gate.yaml", kGate);
    const auto base = load().base;
    EXPECT_EQ(text_of(base->conditions_of(*base->find("gate", "DOOR-OPEN"))),
              "observer.vendor=Acme,Apex, shuwei.pack=gate, gate.module=DOOR, event.code=OPEN, ");
}

TEST_F(KnowledgeTest, SearchesByFilterAndWords) {
    write("gate.yaml", kGate);
    const auto base = load().base;
    const auto codes = [&](const KnowledgeBase::Filter& filter) {
        std::vector<std::string> out;
        for (const Entry* entry : base->search(filter)) out.push_back(entry->code);
        return out;
    };
    using Codes = std::vector<std::string>;
    EXPECT_EQ(codes({}), (Codes{"DOOR-OPEN", "DOOR-SHUT", "E-00017"}));
    EXPECT_EQ(codes({.type = "fault"}), Codes{"E-00017"});
    EXPECT_EQ(codes({.family = "nothing"}), Codes{});
    EXPECT_EQ(codes({.code = "door-shut"}), Codes{"DOOR-SHUT"});
    EXPECT_EQ(codes({.text = "DOOR opened"}), Codes{"DOOR-OPEN"});
    EXPECT_EQ(codes({.text = " 有人  进来 "}), Codes{"DOOR-OPEN"});
    EXPECT_EQ(codes({.text = "SHUT_EVENT"}), Codes{"DOOR-SHUT"});
}

TEST_F(KnowledgeTest, TheCodeItselfComesFirst) {
    write("gate.yaml", std::string(kGate) + "  9 | jam | 碰到 E-00017 之后 | After E-00017\n  00017 | jam | 另一个 | Another\n");
    const auto base = load().base;
    const auto found = base->search({.text = "00017"});
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found.front()->code, "00017");
}

TEST_F(KnowledgeTest, EventsAreExplainedBeforeValues) {
    write("a-value.yaml", "family: a-value\ntitle: {zh: 值, en: Value}\nexplains: value\nplaces: [{code: '{gate.type}'}]\ntopics:\n  all: {type: fault, severity: low, zh: 看, en: look}\ncodes: |\n  3 | all | 三 | Three\n");
    write("gate.yaml", kGate);
    const auto base = load().base;
    EXPECT_EQ(explained(*base, {{"error.code", "17"}, {"gate.type", "3"}}), (std::vector<std::string>{"gate E-00017", "a-value 3"}));
}

TEST_F(KnowledgeTest, WrongLinesAreReportedAndPassedOver) {
    const struct {
        const char* line;
        const char* said;
    } cases[] = {
        {"  A | door | 甲", "columns"},
        {"  A | door | 甲 | A | 只有中文", "columns"},
        {"  A | door | 甲 | ", "empty"},
        {"  A | door | 甲 | A | | only English", "empty"},
        {"  | door | 甲 | A", "empty"},
        {"  A | window | 甲 | A", "no topic 'window'"},
        {"  A | door/terrible | 甲 | A", "no severity 'terrible'"},
        {"  A | door | Alpha | A", "not Chinese"},
        {"  A | door | 甲 | 甲", "not English"},
        {"  A = b c | door | 甲 | A", "symbol"},
        {"  door-open | door | 甲 | A", "twice"},
        {"A | door | 甲 | A", "two spaces"},
    };
    for (const auto& one : cases) {
        write("gate.yaml", std::string(kGate) + one.line + "\n");
        const auto [base, problems] = load();
        EXPECT_EQ(base->entries().size(), 3u) << one.line;
        ASSERT_EQ(problems.size(), 1u) << one.line;
        EXPECT_THAT(problems.front().to_string(), HasSubstr(one.said));
        EXPECT_THAT(problems.front().to_string(), HasSubstr("gate.yaml: line 15")) << one.line;
    }
}

TEST_F(KnowledgeTest, WrongFilesAreReportedAndPassedOver) {
    const std::string good = kGate;
    const auto with = [&](const std::string& from, const std::string& to) { return std::string(good).replace(good.find(from), from.size(), to); };
    const struct {
        std::string text;
        const char* said;
    } cases[] = {
        {"", "codes"},
        {"family: gate\ntitle: {zh: 闸机, en: Gate}\n", "codes"},
        {"family: [\ncodes: |\n  A\n", ""},
        {with("family: gate", "family: door"), "file's name"},
        {with("family: gate", "famly: gate"), "famly"},
        {with("en: Gate", "fr: Porte"), "en is missing"},
        {with("type: login", "type: entry"), "no type 'entry'"},
        {with("severity: low", "severity: mild"), "no severity 'mild'"},
        {with("E-{error.code:5}", "E-{error.code:x}"), "digits"},
        {with("E-{error.code:5}", "E-{error.code"), "code"},
        {with("{gate.module}-{event.code}", "{gate.module}{event.code}"), "between"},
        {with("title:", "explains: everything\ntitle:"), "event or value"},
        {good + "\xff", "UTF-8"},
    };
    for (const auto& one : cases) {
        write("gate.yaml", one.text);
        const auto [base, problems] = load();
        EXPECT_TRUE(base->entries().empty()) << one.said;
        ASSERT_EQ(problems.size(), 1u) << one.said;
        EXPECT_THAT(problems.front().to_string(), HasSubstr(one.said));
        EXPECT_THAT(problems.front().to_string(), HasSubstr("gate.yaml"));
    }
}

TEST(Knowledge, FailsWithoutItsFolder) { EXPECT_FALSE(KnowledgeBase::load("/nonexistent/knowledge")); }

// --- what is shipped

TEST(ShippedKnowledge, HasNoMistakesAndIsLarge) {
    const auto loaded = KnowledgeBase::load(kShipped);
    ASSERT_TRUE(loaded) << loaded.error().to_string();
    for (const auto& problem : loaded->problems) ADD_FAILURE() << problem.to_string();
    const std::map<std::string, size_t> least{
        {"windows-security", 250}, {"windows-system", 80}, {"windows-sysmon", 30}, {"linux-audit", 120}, {"cisco-ios", 120}, {"cisco-asa", 200},
        {"huawei-vrp", 100},       {"h3c-comware", 100},   {"mysql", 150},         {"oracle", 200},      {"mssql", 150},     {"postgresql", 200},
    };
    for (const auto& [name, entries] : least) {
        const auto found = std::ranges::find(loaded->base->families(), name, &Family::name);
        ASSERT_NE(found, loaded->base->families().end()) << name;
        EXPECT_GE(found->entries, entries) << name;
    }
    for (const Family& family : loaded->base->families()) EXPECT_FALSE(family.places.empty()) << family.name << " is found in no event";
    std::map<std::pair<size_t, size_t>, size_t> used;
    for (const Entry& entry : loaded->base->entries()) {
        ++used[{entry.family, entry.topic}];
        EXPECT_FALSE(loaded->base->conditions_of(entry).empty()) << entry.code << " has no place";
    }
    for (size_t family = 0; family < loaded->base->families().size(); ++family)
        for (size_t topic = 0; topic < loaded->base->families()[family].topics.size(); ++topic)
            EXPECT_TRUE(used.contains({family, topic})) << loaded->base->families()[family].topics[topic].name << " is used by no code";
}

TEST(ShippedKnowledge, EveryConditionLeadsBackToItsCode) {
    const auto base = KnowledgeBase::load(kShipped)->base;
    for (const Entry& entry : base->entries()) {
        Event event;
        for (const Condition& condition : base->conditions_of(entry)) event[condition.field] = condition.values.front();
        EXPECT_THAT(explained(*base, event), testing::Contains(base->families()[entry.family].name + " " + entry.code));
    }
}

}  // namespace
}  // namespace shuwei::knowledge
