// A case as it is read: the record, its SLA clocks, and the entries of its timeline. Values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/ledger/actor.hpp"
#include "shuwei/work/sla_scheme.hpp"
#include "shuwei/work/terms.hpp"

namespace shuwei::work {

enum class ClockState { running = 0, paused = 1, met = 2, missed = 3 };
std::string_view to_string(ClockState state);

struct CaseClock {
    ClockName name = ClockName::respond;
    ClockState state = ClockState::running;
    base::Timestamp started = 0;
    base::Timestamp due = 0;                 // moves later by what was paused; paused: as if resumed now
    std::optional<base::Timestamp> stopped;  // met, or the work was done late
    base::Duration total = 0;                // working time allowed
    base::Duration remaining = 0;            // at the time of reading; below 0: late by so much
    std::string pause_reason;                // paused
};

struct Case {
    int64_t id = 0;      // internal; the API shows the number
    std::string number;  // "SW-20261121-0001", day in UTC+8
    TenantNumber tenant = 0;
    std::string title;
    std::string description;
    Severity severity = Severity::medium;
    ProblemLevel level = ProblemLevel::general;
    CaseState state = CaseState::fresh;
    Verdict verdict = Verdict::undetermined;
    std::string owner;  // account name; empty: nobody
    ledger::Actor opened_by;
    base::Timestamp opened = 0;
    base::Timestamp updated = 0;
    std::optional<base::Timestamp> closed;
    std::string scheme;                            // name of the SLA scheme
    std::string scheme_title_zh, scheme_title_en;  // as the content says today; empty when it lost the scheme
    std::vector<CaseClock> clocks;  // in the order of ClockName
    int64_t alert_count = 0;
    int64_t event_count = 0;  // matched events of its alerts
    Entity source;
    Entity target;
    int64_t version = 1;  // rises with each change
};

enum class TimelineKind {
    opened,
    alert_attached,
    alert_updated,
    state,
    owner,
    level,
    severity,
    title,
    verdict,
    note,
    clock_started,
    clock_paused,
    clock_resumed,
    clock_met,
    clock_missed,
    reminded,
    escalated,
};
std::string_view to_string(TimelineKind kind);

struct TimelineEntry {
    int64_t id = 0;
    base::Timestamp at = 0;
    TimelineKind kind = TimelineKind::note;
    ledger::Actor actor;
    std::string from;       // value before, for changes; the clock's name for clock entries
    std::string to;         // value after
    std::string text;       // what a person wrote, or a note of the system
    std::string link_kind;  // alert, event, case, rule, source; empty: no link
    std::string link_id;
    std::string link_title;
};

}  // namespace shuwei::work
