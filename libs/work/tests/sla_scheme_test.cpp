#include "shuwei/work/sla_scheme.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace shuwei::work {
namespace {

using base::ErrorCode;
using base::kDay;
using base::kHour;
using base::kMinute;

std::filesystem::path content() { return std::filesystem::path(SHUWEI_SOURCE_DIR) / "content" / "sla"; }

struct Expected {
    const char* scheme;
    const char* level;
    base::Duration respond, diagnose, on_site, fix;  // 0: the level has no such clock
};

// The table of requirement W4.
TEST(SlaSchemes, TheContentSaysWhatTheContractsSay) {
    const auto schemes = SlaSchemes::load(content());
    ASSERT_TRUE(schemes) << schemes.error().to_string();
    const base::Duration at_once = 5 * kMinute;
    const Expected table[] = {
        {"managed-security", "general", 2 * kHour, 0, 0, 3 * kDay},
        {"managed-security", "serious", 1 * kHour, 0, 2 * kHour, 2 * kDay},
        {"managed-security", "urgent", at_once, 0, 2 * kHour, 1 * kDay},
        {"managed-security-questions", "working_hours", 15 * kMinute, 0, 0, 0},
        {"managed-security-questions", "off_hours", 30 * kMinute, 0, 0, 0},
        {"p1-p4", "P1", at_once, 2 * kHour, 2 * kHour, 2 * kHour},
        {"p1-p4", "P2", at_once, 2 * kHour, 3 * kHour, 4 * kHour},
        {"p1-p4", "P3", 2 * kHour, 12 * kHour, 24 * kHour, 24 * kHour},
        {"p1-p4", "P4", 4 * kHour, 24 * kHour, 48 * kHour, 48 * kHour},
        {"incidents", "I", at_once, 0, 2 * kHour, 0},
        {"incidents", "II", at_once, 0, 3 * kHour, 0},
        {"incidents", "III", at_once, 0, 3 * kHour, 0},
        {"incidents", "IV", at_once, 0, 4 * kHour, 0},
        {"after-sales", "standard", 1 * kHour, 24 * kHour, 4 * kHour, 8 * kHour},
        {"after-sales", "urgent", 1 * kHour, 24 * kHour, 4 * kHour, 3 * kHour},
        {"after-sales", "serious", 1 * kHour, 24 * kHour, 4 * kHour, 6 * kHour},
        {"after-sales", "general", 1 * kHour, 24 * kHour, 4 * kHour, 24 * kHour},
        {"after-sales", "support", 90 * kMinute, 0, 0, 0},
        {"on-call", "collapse_risk", 1 * kHour, 0, 0, 0},
        {"on-call", "incident", 2 * kHour, 0, 0, 0},
        {"consulting", "all", 5 * kMinute, 0, 2 * kHour, 0},
        {"helpdesk", "hotline", 30 * kMinute, 0, 0, 0},
        {"helpdesk", "emergency", 20 * kMinute, 0, 0, 0},
        {"helpdesk", "known_problem", 30 * kMinute, 0, 0, 24 * kHour},
        {"helpdesk", "fault_report", 30 * kMinute, 0, 0, 24 * kHour},
    };
    size_t levels = 0;
    for (const auto& [name, scheme] : schemes->all()) levels += scheme.levels.size();
    EXPECT_EQ(levels, std::size(table)) << "a level is missing from this table";
    for (const Expected& expected : table) {
        SCOPED_TRACE(std::string(expected.scheme) + " " + expected.level);
        const SlaScheme* scheme = schemes->find(expected.scheme);
        ASSERT_NE(scheme, nullptr);
        const SlaLevel* level = scheme->level(expected.level);
        ASSERT_NE(level, nullptr);
        base::Duration found[kClockNames] = {};
        for (const ClockRule& rule : level->clocks) found[static_cast<int>(rule.name)] = rule.limit;
        EXPECT_EQ(found[0], expected.respond);
        EXPECT_EQ(found[1], expected.diagnose);
        EXPECT_EQ(found[2], expected.on_site);
        EXPECT_EQ(found[3], expected.fix);
    }
    const auto* visit = &schemes->find("incidents")->level("III")->clocks.back();
    EXPECT_EQ(visit->remote_work, kHour);
    EXPECT_EQ(visit->starts, ClockStart::requested);
    const auto& report = schemes->find("helpdesk")->level("fault_report")->clocks.back();
    EXPECT_GT(report.calendar.add(0, kDay), kDay) << "counts working hours";
}

TEST(SlaSchemes, WhatIsWrongIsNamedWithItsPlace) {
    const std::string head = "name: x\ntitle: {zh: 甲, en: X}\ncalendar: 7x24\n";
    const std::string level = "levels:\n  a:\n    title: {zh: 甲, en: A}\n";
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", "x.yaml: line 1: the file must be a map"},
        {"name: [\n", "x.yaml: line"},
        {"name: x\n", "'title' is missing"},
        {head + level + "    respond: 2\n", "x.yaml: line 7: 'respond': '2' is not a duration"},
        {head + level + "    respond: 9999999d\n", "is not a duration"},
        {head + level + "    respond: 0h\n", "the limit must be above zero"},
        {head + level, "level a has no clock"},
        {head + level + "    repair: 2h\n", "x.yaml: line 7: level a does not know 'repair'"},
        {head + "levels: {}\n", "a scheme needs a level"},
        {head + "escalation: x\n" + level, "a scheme does not know 'escalation'"},
        {head + "clocks: {fix: {met_by: [gone]}}\n" + level + "    fix: 1h\n", "met_by: no state 'gone'"},
        {head + "clocks: {fix: {starts: later}}\n" + level + "    fix: 1h\n", "starts: 'later' is none of"},
        {head + "clocks: {fix: {warn_left: 2}}\n" + level + "    fix: 1h\n", "warn_left"},
        {"name: x\ntitle: {zh: 甲, en: X}\ncalendar: 9x9\n" + level + "    fix: 1h\n", "no calendar named '9x9'"},
    };
    std::string folder = (std::filesystem::temp_directory_path() / "shuwei-sla-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    std::filesystem::copy_file(content() / "calendars.yaml", std::filesystem::path(folder) / "calendars.yaml");
    for (const auto& [text, message] : cases) {
        std::ofstream(folder + "/x.yaml") << text;
        const auto loaded = SlaSchemes::load(folder);
        ASSERT_FALSE(loaded) << text;
        EXPECT_EQ(loaded.error().code(), ErrorCode::invalid_argument);
        EXPECT_NE(loaded.error().to_string().find(message), std::string::npos) << loaded.error().to_string() << "\n"
                                                                               << text;
    }
    const std::string calendars[] = {
        "calendars: {a: {hours: {mon: [\"09:00-12:00\"]}}}",
        "calendars: {a: {utc_offset: \"8\", hours: {mon: [\"09:00-12:00\"]}}}",
        "calendars: {a: {utc_offset: \"+08:00\", hours: {}}}",
        "calendars: {a: {utc_offset: \"+08:00\", hours: {mon: [\"12:00-09:00\"]}}}",
        "calendars: {a: {utc_offset: \"+08:00\", hours: {mon: [\"9\"]}}}",
        "calendars: {a: {utc_offset: \"+08:00\", hours: {mon: [\"09:00-12:00\"]}, holidays: [2026-02-30]}}"};
    for (const std::string& text : calendars) {
        std::ofstream(folder + "/calendars.yaml") << text;
        EXPECT_FALSE(SlaSchemes::load(folder)) << text;
    }
    std::filesystem::remove(folder + "/calendars.yaml");
    EXPECT_EQ(SlaSchemes::load(folder).error().code(), ErrorCode::not_found);
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace shuwei::work
