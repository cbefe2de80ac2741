// How SLA clocks move: pure logic over records and time, without a database. What happened comes back as events for
// the timeline.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "shuwei/work/case.hpp"
#include "shuwei/work/sla_scheme.hpp"

namespace shuwei::work {

struct ClockRecord {
    ClockName name = ClockName::respond;
    ClockState state = ClockState::running;
    base::Timestamp started = 0;
    base::Duration total = 0;                      // working time allowed
    base::Duration used = 0;                       // working time of the stretches that ended
    std::optional<base::Timestamp> running_since;  // of the stretch that goes on; a missed clock runs on until stopped
    base::Timestamp due = 0;
    base::Timestamp warn_at = 0;
    std::optional<base::Timestamp> stopped;
    bool reminded = false;
    std::string pause_reason;

    bool ticking() const { return running_since.has_value(); }
};

struct ClockEvent {
    TimelineKind kind;
    ClockName clock;
    std::string text;
};

using ClockRecords = std::vector<ClockRecord>;
using ClockEvents = std::vector<ClockEvent>;

// A case was opened at `now` in state new.
ClockEvents start_clocks(const SlaLevel& level, ClockRecords& clocks, base::Timestamp now);

// The case went from one state to another. `reason` stands on clocks that pause.
ClockEvents move_clocks(const SlaLevel& level, ClockRecords& clocks, CaseState from, CaseState to, base::Timestamp now,
                        const std::string& reason);

// The case has another level now.
ClockEvents change_level(const SlaLevel& level, ClockRecords& clocks, CaseState state, base::Timestamp now);

// Time went on.
ClockEvents tick_clocks(ClockRecords& clocks, base::Timestamp now);

// As people read it at `now`.
CaseClock read_clock(const SlaLevel* level, const ClockRecord& clock, base::Timestamp now);

// The nearest deadline that still runs or was overrun; nothing when none does.
std::optional<base::Timestamp> next_due(const ClockRecords& clocks);

}  // namespace shuwei::work
