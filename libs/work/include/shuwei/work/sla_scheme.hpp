// SLA schemes as data: content/sla/*.yaml, one scheme a file, each with levels and, per level, how long each clock
// may run. Format: docs/formats/sla-scheme.md. Immutable after loading, so thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/work/calendar.hpp"
#include "shuwei/work/terms.hpp"

namespace shuwei::work {

enum class ClockName { respond = 0, diagnose = 1, on_site = 2, fix = 3 };
constexpr int kClockNames = 4;
std::string_view to_string(ClockName name);
std::optional<ClockName> clock_name_from(std::string_view name);

// From which moment a clock runs.
enum class ClockStart {
    opened,     // of the case
    responded,  // when the case leaves `new`
    diagnosed,  // when the diagnose clock is met
    arrived,    // when the on_site clock is met
    requested,  // when remote work failed and somebody asks for a visit
};

struct ClockRule {
    ClockName name = ClockName::respond;
    base::Duration limit = 0;  // working time allowed
    Calendar calendar = Calendar::around_the_clock();
    ClockStart starts = ClockStart::opened;  // until then the case does not have the clock
    std::vector<CaseState> met_by;           // reaching one of these stops it
    bool pauses_on_hold = true;
    double warn_left = 0.25;         // share of time left at which people are warned
    base::Duration remote_work = 0;  // requested: remote work that comes before; 0: not said
};

struct SlaLevel {
    std::string name;  // "general", "P1", "I" ...
    std::string title_zh, title_en;
    std::vector<ClockRule> clocks;
};

struct SlaScheme {
    std::string name;  // "managed-security"
    std::string title_zh, title_en;
    std::string calendar;  // name of the one that its clocks count by where they name none
    std::vector<SlaLevel> levels;

    const SlaLevel* level(std::string_view level_name) const;  // null when the scheme lacks it
};

class SlaSchemes {
public:
    // Every *.yaml of `folder`. invalid_argument with file and line for anything unknown, missing or out of range.
    static base::Result<SlaSchemes> load(const std::filesystem::path& folder);

    const SlaScheme* find(std::string_view name) const;
    const std::map<std::string, SlaScheme, std::less<>>& all() const { return schemes_; }

private:
    std::map<std::string, SlaScheme, std::less<>> schemes_;
};

}  // namespace shuwei::work
