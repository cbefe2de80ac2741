#include "shuwei/work/sla_scheme.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "shuwei/base/file.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::work {

using base::Duration;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::string_view kCalendarsFile = "calendars.yaml";
constexpr size_t kFileLimit = 1 << 20;

// Reading stops at the first thing wrong; only within this file.
struct Wrong {
    int line;
    std::string message;
};
[[noreturn]] void refuse(const YAML::Node& node, std::string message) {
    throw Wrong{node.Mark().line + 1, std::move(message)};
}

std::string text_of(const YAML::Node& node, std::string_view what) {
    if (!node || !node.IsScalar()) refuse(node, fmt::format("'{}' must be a text", what));
    return node.Scalar();
}

void only_keys(const YAML::Node& node, const std::set<std::string>& known, std::string_view what) {
    if (!node.IsMap()) refuse(node, fmt::format("{} must be a map", what));
    for (const auto& member : node)
        if (!known.contains(member.first.Scalar()))
            refuse(member.first, fmt::format("{} does not know '{}'", what, member.first.Scalar()));
}

YAML::Node need(const YAML::Node& node, const std::string& key) {
    const YAML::Node member = node[key];
    if (!member) refuse(node, fmt::format("'{}' is missing", key));
    return member;
}

Duration duration_of(const YAML::Node& node, std::string_view what) {
    const std::string text = text_of(node, what);
    const auto duration = duration_from(text);
    if (!duration) refuse(node, fmt::format("'{}': '{}' is not a duration like 300s, 15m, 2h or 3d", what, text));
    return *duration;
}

// "09:30", up to "24:00"; and "+08:00" with a sign.
std::optional<Duration> clock_time(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hours = base::parse_uint(text.substr(0, 2));
    const auto minutes = base::parse_uint(text.substr(3, 2));
    if (!hours || !minutes || *minutes > 59 || *hours * 60 + *minutes > 24 * 60) return std::nullopt;
    return static_cast<Duration>(*hours * 60 + *minutes) * base::kMinute;
}

int day_number(const YAML::Node& node) {
    const std::string text = text_of(node, "day");
    const auto part = [&](size_t at, size_t size) {
        return text.size() == 10 ? base::parse_uint(std::string_view(text).substr(at, size)) : std::nullopt;
    };
    const auto year = part(0, 4), month = part(5, 2), day = part(8, 2);
    if (year && month && day && text[4] == '-' && text[7] == '-') {
        const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                               std::chrono::month(static_cast<unsigned>(*month)),
                                               std::chrono::day(static_cast<unsigned>(*day))};
        if (date.ok()) return static_cast<int>(std::chrono::sys_days(date).time_since_epoch().count());
    }
    refuse(node, fmt::format("'{}' is not a day like 2026-10-01", text));
}

std::vector<int> days_of(const YAML::Node& node) {
    std::vector<int> days;
    for (const auto& day : node) days.push_back(day_number(day));
    std::sort(days.begin(), days.end());
    return days;
}

Calendar calendar_of(const YAML::Node& node) {
    only_keys(node, {"title", "always", "utc_offset", "hours", "holidays", "extra_days"}, "a calendar");
    if (node["always"]) return Calendar::around_the_clock();
    Calendar::Hours hours;
    const std::string offset = text_of(need(node, "utc_offset"), "utc_offset");
    const auto amount = offset.size() == 6 ? clock_time(std::string_view(offset).substr(1)) : std::nullopt;
    if (!amount || (offset[0] != '+' && offset[0] != '-')) refuse(node["utc_offset"], "utc_offset must be like +08:00");
    hours.offset = offset[0] == '-' ? -*amount : *amount;
    const std::string names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    const YAML::Node weekdays = need(node, "hours");
    only_keys(weekdays, {std::begin(names), std::end(names)}, "hours");
    bool any = false;
    for (int i = 0; i < 7; ++i) {
        const YAML::Node spans = weekdays[names[i]];
        if (!spans) continue;
        Duration last = 0;
        for (const auto& span : spans) {
            const std::string text = text_of(span, names[i]);
            const auto from = clock_time(std::string_view(text).substr(0, 5));
            const auto until =
                text.size() == 11 && text[5] == '-' ? clock_time(std::string_view(text).substr(6)) : std::nullopt;
            if (!from || !until || *from < last || *until <= *from)
                refuse(span, fmt::format("'{}' is not a span like 09:00-12:00 after the one before", text));
            hours.days[i].emplace_back(*from, *until);
            last = *until;
            any = true;
        }
    }
    if (!any) refuse(node, "a calendar needs working hours on some weekday");
    if (node["holidays"]) hours.holidays = days_of(node["holidays"]);
    if (node["extra_days"]) hours.extra_days = days_of(node["extra_days"]);
    return Calendar::with_hours(std::move(hours));
}

using Calendars = std::map<std::string, Calendar, std::less<>>;

Calendar named_calendar(const Calendars& calendars, const YAML::Node& node) {
    const std::string name = text_of(node, "calendar");
    const auto found = calendars.find(name);
    if (found == calendars.end()) refuse(node, fmt::format("no calendar named '{}' in {}", name, kCalendarsFile));
    return found->second;
}

ClockStart start_of(const YAML::Node& node) {
    const std::string text = text_of(node, "starts");
    if (text == "opened") return ClockStart::opened;
    if (text == "responded") return ClockStart::responded;
    if (text == "diagnosed") return ClockStart::diagnosed;
    if (text == "arrived") return ClockStart::arrived;
    if (text == "requested") return ClockStart::requested;
    refuse(node, fmt::format("starts: '{}' is none of opened, responded, diagnosed, arrived, requested", text));
}

// What a clock does unless its scheme says otherwise.
ClockRule default_rule(ClockName name) {
    ClockRule rule;
    rule.name = name;
    if (name == ClockName::fix) {
        rule.met_by = {CaseState::resolved, CaseState::closed};
    } else if (name == ClockName::respond) {
        rule.met_by = {CaseState::in_progress, CaseState::on_hold, CaseState::resolved, CaseState::closed};
        rule.pauses_on_hold = false;
    } else {
        rule.met_by = {CaseState::resolved, CaseState::closed};
    }
    return rule;
}

void read_rule(const YAML::Node& node, const Calendars& calendars, ClockRule& rule) {
    only_keys(node, {"limit", "calendar", "starts", "met_by", "pauses_on_hold", "warn_left", "remote_work"}, "a clock");
    if (node["limit"]) rule.limit = duration_of(node["limit"], "limit");
    if (node["calendar"]) rule.calendar = named_calendar(calendars, node["calendar"]);
    if (node["starts"]) rule.starts = start_of(node["starts"]);
    if (node["remote_work"]) rule.remote_work = duration_of(node["remote_work"], "remote_work");
    if (const YAML::Node states = node["met_by"]) {
        rule.met_by.clear();
        for (const auto& state : states) {
            const auto known = case_state_from(text_of(state, "met_by"));
            if (!known || *known == CaseState::fresh)
                refuse(state, fmt::format("met_by: no state '{}'", state.Scalar()));
            rule.met_by.push_back(*known);
        }
        if (rule.met_by.empty()) refuse(states, "met_by: names no state");
    }
    if (const YAML::Node pauses = node["pauses_on_hold"]) {
        const std::string text = text_of(pauses, "pauses_on_hold");
        if (text != "true" && text != "false") refuse(pauses, "pauses_on_hold must be true or false");
        rule.pauses_on_hold = text == "true";
    }
    if (const YAML::Node warn = node["warn_left"]) {
        try {
            rule.warn_left = warn.as<double>();
        } catch (const YAML::Exception&) {
            refuse(warn, "warn_left must be a share like 0.25");
        }
        if (!(rule.warn_left >= 0 && rule.warn_left < 1)) refuse(warn, "warn_left must lie between 0 and 1");
    }
}

SlaScheme scheme_of(const YAML::Node& node, const Calendars& calendars) {
    only_keys(node, {"name", "title", "calendar", "clocks", "levels", "note"}, "a scheme");
    SlaScheme scheme;
    scheme.name = text_of(need(node, "name"), "name");
    const YAML::Node title = need(node, "title");
    scheme.title_zh = text_of(need(title, "zh"), "zh");
    scheme.title_en = text_of(need(title, "en"), "en");
    scheme.calendar = text_of(need(node, "calendar"), "calendar");
    const Calendar calendar = named_calendar(calendars, node["calendar"]);

    ClockRule rules[kClockNames];
    const std::set<std::string> clock_names{"respond", "diagnose", "on_site", "fix"};
    for (int i = 0; i < kClockNames; ++i) {
        rules[i] = default_rule(static_cast<ClockName>(i));
        rules[i].calendar = calendar;
    }
    if (const YAML::Node clocks = node["clocks"]) {
        only_keys(clocks, clock_names, "clocks");
        for (int i = 0; i < kClockNames; ++i)
            if (const YAML::Node clock = clocks[std::string(to_string(static_cast<ClockName>(i)))])
                read_rule(clock, calendars, rules[i]);
    }

    std::set<std::string> level_keys = clock_names;
    level_keys.insert({"title", "note"});
    for (const auto& member : need(node, "levels")) {
        SlaLevel level;
        level.name = text_of(member.first, "level");
        only_keys(member.second, level_keys, fmt::format("level {}", level.name));
        const YAML::Node level_title = need(member.second, "title");
        level.title_zh = text_of(need(level_title, "zh"), "zh");
        level.title_en = text_of(need(level_title, "en"), "en");
        for (int i = 0; i < kClockNames; ++i) {
            const YAML::Node clock = member.second[std::string(to_string(static_cast<ClockName>(i)))];
            if (!clock) continue;
            ClockRule rule = rules[i];
            if (clock.IsScalar()) {
                rule.limit = duration_of(clock, to_string(rule.name));
            } else {
                read_rule(clock, calendars, rule);
            }
            if (rule.limit <= 0) refuse(clock, fmt::format("{}: the limit must be above zero", to_string(rule.name)));
            level.clocks.push_back(std::move(rule));
        }
        if (level.clocks.empty()) refuse(member.first, fmt::format("level {} has no clock", level.name));
        scheme.levels.push_back(std::move(level));
    }
    if (scheme.levels.empty()) refuse(node, "a scheme needs a level");
    return scheme;
}

// Calls `read` with the parsed file; whatever is wrong becomes an error that names file and line.
template <typename Read>
Result<> with_file(const std::filesystem::path& path, Read&& read) {
    TRY_ASSIGN(const std::string text, base::read_file(path, kFileLimit));
    const std::string place = path.filename().string();
    try {
        const YAML::Node root = YAML::Load(text);
        if (!root.IsMap()) throw Wrong{1, "the file must be a map"};
        read(root);
        return {};
    } catch (const Wrong& wrong) {
        return base::fail(
            base::Error(ErrorCode::invalid_argument, wrong.message).at(fmt::format("line {}", wrong.line)).at(place));
    } catch (const YAML::Exception& wrong) {
        return base::fail(base::Error(ErrorCode::invalid_argument, wrong.msg)
                              .at(fmt::format("line {}", wrong.mark.line + 1))
                              .at(place));
    }
}

}  // namespace

const SlaLevel* SlaScheme::level(std::string_view level_name) const {
    for (const SlaLevel& level : levels)
        if (level.name == level_name) return &level;
    return nullptr;
}

Result<SlaSchemes> SlaSchemes::load(const std::filesystem::path& folder) {
    Calendars calendars;
    TRY(with_file(folder / kCalendarsFile, [&](const YAML::Node& root) {
        for (const auto& member : need(root, "calendars"))
            calendars[member.first.Scalar()] = calendar_of(member.second);
    }));
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
        if (entry.path().extension() == ".yaml" && entry.path().filename() != kCalendarsFile)
            files.push_back(entry.path());
    if (error) return base::fail(ErrorCode::io, fmt::format("{}: {}", folder.string(), error.message()));
    std::sort(files.begin(), files.end());
    SlaSchemes schemes;
    for (const auto& file : files) {
        TRY(with_file(file, [&](const YAML::Node& root) {
            SlaScheme scheme = scheme_of(root, calendars);
            const std::string name = scheme.name;
            if (!schemes.schemes_.emplace(name, std::move(scheme)).second)
                refuse(root["name"], fmt::format("another file has the scheme '{}' too", name));
        }));
    }
    return schemes;
}

const SlaScheme* SlaSchemes::find(std::string_view name) const {
    const auto found = schemes_.find(name);
    return found == schemes_.end() ? nullptr : &found->second;
}

}  // namespace shuwei::work
