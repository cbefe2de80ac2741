#include "case_clocks.hpp"

#include <algorithm>

namespace shuwei::work {

using base::Duration;
using base::Timestamp;

namespace {

const ClockRule* rule_of(const SlaLevel& level, ClockName name) {
    for (const ClockRule& rule : level.clocks)
        if (rule.name == name) return &rule;
    return nullptr;
}

bool met_by(const ClockRule& rule, CaseState state) {
    return std::find(rule.met_by.begin(), rule.met_by.end(), state) != rule.met_by.end();
}

// Lets the clock run from `now` with what is left of it.
void run(const ClockRule& rule, ClockRecord& clock, Timestamp now) {
    clock.running_since = now;
    clock.due = rule.calendar.add(now, clock.total - clock.used);
    const auto until_warning = static_cast<Duration>(static_cast<double>(clock.total) * (1 - rule.warn_left));
    clock.warn_at = rule.calendar.add(now, until_warning - clock.used);
    clock.pause_reason.clear();
}

void end_stretch(const ClockRule& rule, ClockRecord& clock, Timestamp now) {
    if (!clock.running_since) return;
    clock.used += rule.calendar.between(*clock.running_since, now);
    clock.running_since.reset();
}

void start(const ClockRule& rule, ClockRecords& clocks, Timestamp now, ClockEvents& events) {
    ClockRecord clock;
    clock.name = rule.name;
    clock.started = now;
    clock.total = rule.limit;
    run(rule, clock, now);
    clocks.push_back(std::move(clock));
    events.push_back({TimelineKind::clock_started, rule.name, {}});
}

// Overrun is noticed here too, for a step that comes before the next tick.
void miss_if_due(ClockRecord& clock, Timestamp now, ClockEvents& events) {
    if (clock.state != ClockState::running || now <= clock.due) return;
    clock.state = ClockState::missed;
    events.push_back({TimelineKind::clock_missed, clock.name, {}});
}

void stop(const ClockRule& rule, ClockRecord& clock, Timestamp now, ClockEvents& events) {
    miss_if_due(clock, now, events);
    end_stretch(rule, clock, now);
    clock.stopped = now;
    clock.pause_reason.clear();
    if (clock.state == ClockState::missed) return;
    clock.state = ClockState::met;
    events.push_back({TimelineKind::clock_met, clock.name, {}});
}

bool has(const ClockRecords& clocks, ClockName name) {
    return std::any_of(clocks.begin(), clocks.end(), [&](const ClockRecord& clock) { return clock.name == name; });
}

void start_what_is_due(const SlaLevel& level, ClockRecords& clocks, CaseState state, Timestamp now,
                       ClockEvents& events) {
    for (const ClockRule& rule : level.clocks) {
        if (has(clocks, rule.name) || met_by(rule, state)) continue;
        const bool starts =
            rule.starts == ClockStart::opened || (rule.starts == ClockStart::responded && state != CaseState::fresh);
        if (starts) start(rule, clocks, now, events);
    }
    std::sort(clocks.begin(), clocks.end(), [](const ClockRecord& a, const ClockRecord& b) { return a.name < b.name; });
}

}  // namespace

ClockEvents start_clocks(const SlaLevel& level, ClockRecords& clocks, Timestamp now) {
    ClockEvents events;
    start_what_is_due(level, clocks, CaseState::fresh, now, events);
    return events;
}

ClockEvents move_clocks(const SlaLevel& level, ClockRecords& clocks, CaseState from, CaseState to, Timestamp now,
                        const std::string& reason) {
    ClockEvents events;
    for (ClockRecord& clock : clocks) {
        const ClockRule* rule = rule_of(level, clock.name);
        if (rule == nullptr) continue;  // of a level that the case had before
        if (clock.stopped) {
            // Reopened: what had counted as done is owed again, and the time in between is not held against anybody.
            if (to != CaseState::in_progress || met_by(*rule, to) || !met_by(*rule, from)) continue;
            clock.stopped.reset();
            if (clock.state == ClockState::met) clock.state = ClockState::running;
            run(*rule, clock, now);
            events.push_back({TimelineKind::clock_resumed, clock.name, {}});
        } else if (met_by(*rule, to)) {
            stop(*rule, clock, now, events);
        } else if (to == CaseState::on_hold && rule->pauses_on_hold) {
            miss_if_due(clock, now, events);
            if (clock.state != ClockState::running) continue;  // overrun is overrun
            end_stretch(*rule, clock, now);
            clock.state = ClockState::paused;
            clock.pause_reason = reason;
            events.push_back({TimelineKind::clock_paused, clock.name, reason});
        } else if (clock.state == ClockState::paused) {
            clock.state = ClockState::running;
            run(*rule, clock, now);
            events.push_back({TimelineKind::clock_resumed, clock.name, {}});
        }
    }
    start_what_is_due(level, clocks, to, now, events);
    return events;
}

ClockEvents change_level(const SlaLevel& level, ClockRecords& clocks, CaseState state, Timestamp now) {
    ClockEvents events;
    for (ClockRecord& clock : clocks) {
        const ClockRule* rule = rule_of(level, clock.name);
        if (rule == nullptr || clock.stopped || clock.state == ClockState::missed) continue;
        miss_if_due(clock, now, events);  // by the level that held until now
        if (clock.state == ClockState::missed) continue;
        end_stretch(*rule, clock, now);
        clock.total = rule->limit;
        clock.reminded = false;
        if (clock.state == ClockState::running) run(*rule, clock, now);
    }
    start_what_is_due(level, clocks, state, now, events);
    return events;
}

ClockEvents tick_clocks(ClockRecords& clocks, Timestamp now) {
    ClockEvents events;
    for (ClockRecord& clock : clocks) {
        if (clock.state != ClockState::running) continue;
        if (now > clock.due) {
            miss_if_due(clock, now, events);
        } else if (!clock.reminded && now >= clock.warn_at) {
            clock.reminded = true;
            events.push_back({TimelineKind::reminded, clock.name, {}});
        }
    }
    return events;
}

CaseClock read_clock(const SlaLevel* level, const ClockRecord& record, Timestamp now) {
    CaseClock clock;
    clock.name = record.name;
    clock.state = record.state;
    clock.started = record.started;
    clock.due = record.due;
    clock.stopped = record.stopped;
    clock.total = record.total;
    clock.pause_reason = record.pause_reason;
    const ClockRule* rule = level == nullptr ? nullptr : rule_of(*level, record.name);
    const Calendar calendar = rule == nullptr ? Calendar::around_the_clock() : rule->calendar;
    const Duration used = record.used + (record.running_since ? calendar.between(*record.running_since, now) : 0);
    clock.remaining = record.total - used;
    if (record.state == ClockState::paused) clock.due = calendar.add(now, clock.remaining);
    // Between two ticks a clock may have come due already.
    if (record.state == ClockState::running && now > record.due) clock.state = ClockState::missed;
    return clock;
}

std::optional<Timestamp> next_due(const ClockRecords& clocks) {
    std::optional<Timestamp> nearest;
    for (const ClockRecord& clock : clocks)
        if (clock.ticking() && (!nearest || clock.due < *nearest)) nearest = clock.due;
    return nearest;
}

}  // namespace shuwei::work
