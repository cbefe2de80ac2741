#include "shuwei/work/terms.hpp"

#include <array>
#include <span>
#include <utility>

#include "shuwei/work/case.hpp"

namespace shuwei::work {
namespace {

// Each table lists the names in the order of the enumerators.
constexpr std::array<std::string_view, kSeverities> kSeverityNames{"informational", "low", "medium", "high",
                                                                   "critical"};
constexpr std::array<std::string_view, 4> kVerdictNames{"undetermined", "true_positive", "false_positive", "benign"};
constexpr std::array<std::string_view, 3> kLevelNames{"general", "serious", "urgent"};
constexpr std::array<std::string_view, kCaseStates> kStateNames{"new", "in_progress", "on_hold", "resolved", "closed"};
constexpr std::array<std::string_view, kClockNames> kClockNameNames{"respond", "diagnose", "on_site", "fix"};
constexpr std::array<std::string_view, 4> kClockStateNames{"running", "paused", "met", "missed"};
constexpr std::array<std::string_view, 17> kTimelineKindNames{
    "opened",        "alert_attached", "alert_updated", "state",    "owner",         "level",
    "severity",      "title",          "verdict",       "note",     "clock_started", "clock_paused",
    "clock_resumed", "clock_met",      "clock_missed",  "reminded", "escalated"};

template <typename Enum>
std::optional<Enum> find(std::span<const std::string_view> names, std::string_view name) {
    for (size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) return static_cast<Enum>(i);
    return std::nullopt;
}

}  // namespace

std::string_view to_string(Severity severity) { return kSeverityNames[static_cast<size_t>(severity)]; }
std::string_view to_string(Verdict verdict) { return kVerdictNames[static_cast<size_t>(verdict)]; }
std::string_view to_string(ProblemLevel level) { return kLevelNames[static_cast<size_t>(level)]; }
std::string_view to_string(CaseState state) { return kStateNames[static_cast<size_t>(state)]; }
std::string_view to_string(ClockName name) { return kClockNameNames[static_cast<size_t>(name)]; }
std::string_view to_string(ClockState state) { return kClockStateNames[static_cast<size_t>(state)]; }
std::string_view to_string(TimelineKind kind) { return kTimelineKindNames[static_cast<size_t>(kind)]; }

std::optional<Severity> severity_from(std::string_view name) { return find<Severity>(kSeverityNames, name); }
std::optional<Verdict> verdict_from(std::string_view name) { return find<Verdict>(kVerdictNames, name); }
std::optional<ProblemLevel> problem_level_from(std::string_view name) { return find<ProblemLevel>(kLevelNames, name); }
std::optional<CaseState> case_state_from(std::string_view name) { return find<CaseState>(kStateNames, name); }
std::optional<ClockName> clock_name_from(std::string_view name) { return find<ClockName>(kClockNameNames, name); }

}  // namespace shuwei::work
