// What the pack editor is told.
#include "shuwei/parse/pack_trial.hpp"

#include <gtest/gtest.h>

#include "pack_folder.hpp"
#include "parsing.hpp"

namespace shuwei::parse {
namespace {

using test::pack_yaml;

constexpr const char* kPack =
    "recognise: [{contains: 'BOX '}]\n"            // line 7
    "extract:\n"                                   // 8
    "  - dissect: 'BOX %{id} %{_text}'\n"          // 9
    "  - key_value: {}\n"                          // 10
    "    optional: true\n"                         // 11
    "    from: _nothing\n"                         // 12
    "dispatch: id\n"                               // 13
    "messages:\n"                                  // 14
    "  - id: '1'\n"                                // 15
    "    dissect: ['user %{u} in', 'user %{u} out']\n"
    "    from: _text\n"
    "    fields: {u: user.name}\n"
    "    set: {event.action: login}\n";

std::shared_ptr<const PackSet> base() {
    test::PackFolder folder;
    folder.add("greedy", "recognise: [{contains: 'user '}]\nextract: [{dissect: '%{all}'}]\n");
    return folder.load();
}

TrialOptions options() {
    TrialOptions made;
    made.received = test::kReceived;
    return made;
}

std::string text_at(const std::string& line, const std::optional<Span>& span) {
    return span ? line.substr(span->begin, span->end - span->begin) : "(none)";
}

const TrialValue* find(const std::vector<TrialValue>& values, std::string_view name) {
    for (const TrialValue& value : values) {
        if (value.name == name) return &value;
    }
    return nullptr;
}

TEST(PackTrial, shows_fields_names_and_where_they_stand) {
    const std::vector<std::string> lines{"<13>Nov 21 08:30:00 host7 BOX 1 user 张三 out"};
    const auto trial = try_pack(pack_yaml("mine", kPack), lines, base(), options());
    ASSERT_TRUE(trial) << trial.error().to_string();
    EXPECT_EQ(trial->info.name, "mine");
    ASSERT_EQ(trial->lines.size(), 1u);
    const TrialLine& line = trial->lines[0];
    EXPECT_EQ(line.outcome, Outcome::parsed);
    EXPECT_TRUE(line.recognised);
    EXPECT_EQ(line.others, "greedy");
    EXPECT_EQ(line.hostname, "host7");
    EXPECT_EQ(text_at(lines[0], line.message), "BOX 1 user 张三 out");
    ASSERT_NE(find(line.fields, "user.name"), nullptr);
    EXPECT_EQ(find(line.fields, "user.name")->text, "张三");
    EXPECT_EQ(text_at(lines[0], find(line.fields, "user.name")->span), "张三");
    ASSERT_NE(find(line.names, "_text"), nullptr);
    EXPECT_EQ(text_at(lines[0], find(line.names, "_text")->span), "user 张三 out");
    ASSERT_NE(find(line.fields, "event.action"), nullptr);
    EXPECT_FALSE(find(line.fields, "event.action")->span) << "a constant stands nowhere in the line";
    EXPECT_FALSE(line.slow);
}

TEST(PackTrial, shows_the_steps_taken) {
    const std::vector<std::string> lines{"BOX 1 user a out", "BOX 2 user a out", "something else"};
    const auto trial = try_pack(pack_yaml("mine", kPack), lines, base(), options());
    ASSERT_TRUE(trial) << trial.error().to_string();
    const std::vector<TrialStep>& steps = trial->lines[0].steps;
    ASSERT_EQ(steps.size(), 3u);
    EXPECT_EQ(steps[0].kind, "dissect");
    EXPECT_EQ(steps[0].line, 9);
    EXPECT_TRUE(steps[0].matched);
    EXPECT_EQ(steps[0].message, -1);
    EXPECT_EQ(steps[1].kind, "key_value");
    EXPECT_FALSE(steps[1].matched);
    EXPECT_TRUE(steps[1].optional);
    EXPECT_EQ(steps[2].message, 0);
    EXPECT_EQ(steps[2].alternative, 1);
    EXPECT_EQ(trial->lines[1].outcome, Outcome::partial) << "no form for it";
    EXPECT_TRUE(trial->lines[1].recognised);
    EXPECT_EQ(trial->lines[2].outcome, Outcome::partial);
    EXPECT_FALSE(trial->lines[2].recognised);
    EXPECT_EQ(trial->lines[2].others, "");
}

TEST(PackTrial, names_line_and_column_of_a_mistake) {
    const auto trial = try_pack(pack_yaml("mine", "recognise: []\nextract:\n  - disect: 'x'\n"), {}, base(), options());
    ASSERT_FALSE(trial);
    EXPECT_EQ(trial.error().line, 9);
    EXPECT_EQ(trial.error().column, 5);
    EXPECT_NE(trial.error().reason.find("disect"), std::string::npos);
    EXPECT_FALSE(try_pack("\t: [", {}, base(), options()));
    EXPECT_FALSE(try_pack("", {}, base(), options()));
}

TEST(PackTrial, includes_shared_sections_of_the_base) {
    test::PackFolder folder;
    folder.write("shared/user.yaml", "fields: {u: user.name}\n");
    folder.add("any", "recognise: []\n");
    const std::vector<std::string> lines{"u=root"};
    const auto trial = try_pack(pack_yaml("mine", "recognise: []\ninclude: shared/user.yaml\nextract: [{key_value: {}}]\n"), lines, folder.load(), options());
    ASSERT_TRUE(trial) << trial.error().to_string();
    ASSERT_NE(find(trial->lines[0].fields, "user.name"), nullptr);
}

}  // namespace
}  // namespace shuwei::parse
