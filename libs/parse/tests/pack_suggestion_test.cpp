// First packs for unknown lines: they compile, take the lines they were made of, and name what is plain to see.
#include "shuwei/parse/pack_suggestion.hpp"

#include <gtest/gtest.h>

#include "pack_folder.hpp"
#include "parsing.hpp"
#include "shuwei/parse/pack_trial.hpp"

namespace shuwei::parse {
namespace {

using Lines = std::vector<std::string>;

std::map<std::string, std::string> fields_of(const TrialLine& line) {
    std::map<std::string, std::string> fields;
    for (const TrialValue& value : line.fields) fields[value.name] = value.text;
    return fields;
}

struct Case {
    const char* name;
    LineShape shape;
    Lines lines;
    std::map<std::string, std::string> expected;  // of the first line, among others
};

TEST(PackSuggestion, takes_the_lines_it_was_made_of) {
    const Case cases[] = {
        {"words",
         LineShape::words,
         {"GATE login failed for user alice from 10.0.0.5 port 51022", "GATE login failed for user bob from 10.0.0.77 port 40001"},
         {{"user.name", "alice"}, {"source.ip", "10.0.0.5"}, {"source.port", "51022"}}},
        {"one line alone", LineShape::words, {"vault: session 88123 opened by 192.0.2.7:443"}, {{"source.ip", "192.0.2.7"}}},
        {"behind a syslog header",
         LineShape::words,
         {"<134>Nov 21 08:30:00 gw01 doord[77]: badge 1001 admitted at gate 3", "<134>Nov 21 08:31:00 gw01 doord[77]: badge 2077 admitted at gate 4"},
         {{"log.syslog.appname", "doord"}}},
        {"quoted", LineShape::words, {"access by \"张 三\" denied", "access by \"李四\" denied"}, {}},
        {"pairs",
         LineShape::key_value,
         {"ACMEFW: srcip=10.1.1.1 dstip=192.0.2.9 dport=443 user=\"张 三\" act=deny"},
         {{"source.ip", "10.1.1.1"}, {"destination.ip", "192.0.2.9"}, {"destination.port", "443"}, {"user.name", "张 三"}, {"event.action", "deny"}}},
        {"pairs by commas", LineShape::key_value, {"src=10.1.1.1,dst=192.0.2.9,act=deny", "src=10.1.1.2,dst=192.0.2.9,act=allow"}, {{"source.ip", "10.1.1.1"}}},
        {"columns",
         LineShape::delimited,
         {"2026-11-21 08:30:00|10.0.0.5|login|ok", "2026-11-21 08:31:00|10.0.0.6|logout|ok"},
         {{"source.ip", "10.0.0.5"}}},
        {"json", LineShape::json, {R"({"time":"2026-11-21T08:30:00Z","src_ip":"10.0.0.5","user":"alice","deep":{"n":1}})"}, {{"source.ip", "10.0.0.5"}, {"user.name", "alice"}}},
        {"cef", LineShape::cef, {"CEF:0|Acme|Gate|1|100|login|3|src=10.0.0.5 msg=hello"}, {}},
    };
    for (const Case& one : cases) {
        const PackSuggestion made = suggest_pack(one.lines, "my-pack");
        EXPECT_EQ(made.shape, one.shape) << one.name;
        TrialOptions options;
        options.received = test::kReceived;
        const auto trial = try_pack(made.yaml, one.lines, PackSet::empty(), options);
        ASSERT_TRUE(trial) << one.name << ": " << trial.error().to_string() << "\n" << made.yaml;
        for (const TrialLine& line : trial->lines) {
            // Columns have no text of their own: such a pack is bound to its source.
            EXPECT_EQ(line.recognised, one.shape != LineShape::delimited) << one.name << "\n" << made.yaml;
            EXPECT_EQ(line.outcome, Outcome::parsed) << one.name << "\n" << made.yaml;
        }
        const auto fields = fields_of(trial->lines[0]);
        for (const auto& [field, value] : one.expected) {
            EXPECT_EQ(fields.contains(field) ? fields.at(field) : "(none)", value) << one.name << " " << field << "\n" << made.yaml;
        }
    }
}

TEST(PackSuggestion, times_of_columns_become_the_events_time) {
    const Lines lines{"2026-11-21 08:30:00|10.0.0.5|login|ok", "2026-11-21 08:31:00|10.0.0.6|logout|ok"};
    TrialOptions options;
    options.received = test::kReceived + base::kDay;
    const auto trial = try_pack(suggest_pack(lines, "x").yaml, lines, PackSet::empty(), options);
    ASSERT_TRUE(trial);
    EXPECT_EQ(trial->lines[1].time - trial->lines[0].time, base::kMinute);
}

TEST(PackSuggestion, whatever_comes_gives_a_pack_that_compiles) {
    const Lines hostile[] = {{}, {""}, {"   "}, {"%{name} %{a}%{b}"}, {"'''\"\"\""}, {std::string(100'000, 'a')}, {std::string(20'000, '=')}, {"\x01\x02 5 \x03"},
                             {"{\"", "}"}, {"a=b=c=d=e"}, {"||||", "|||| "}, {"1 2 3 4 5", "- - - - -"}, {"\xff\xfe broken 7"}};
    for (const Lines& lines : hostile) {
        const std::string yaml = suggest_pack(lines, "any").yaml;
        const auto trial = try_pack(yaml, lines, PackSet::empty(), {});
        EXPECT_TRUE(trial) << trial.error().to_string() << "\n" << yaml;
    }
}

}  // namespace
}  // namespace shuwei::parse
