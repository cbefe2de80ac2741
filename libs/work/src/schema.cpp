#include "shuwei/work/case_desk.hpp"

namespace shuwei::work {

ledger::MigrationSet migrations() {
    return {"work", {{1, "cases, clocks, timeline", R"sql(
CREATE TABLE case_day (
    day TEXT PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT;

CREATE TABLE work_case (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    tenant INTEGER NOT NULL REFERENCES tenant (number),
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    severity INTEGER NOT NULL,
    level INTEGER NOT NULL,
    state INTEGER NOT NULL,
    verdict INTEGER NOT NULL,
    owner TEXT NOT NULL,
    opened_by TEXT NOT NULL,
    opened_by_kind INTEGER NOT NULL,
    opened INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    ended INTEGER,
    closed INTEGER,
    scheme TEXT NOT NULL,
    next_due INTEGER,
    alert_count INTEGER NOT NULL DEFAULT 0,
    event_count INTEGER NOT NULL DEFAULT 0,
    source_kind TEXT NOT NULL,
    source_value TEXT NOT NULL,
    source_field TEXT NOT NULL,
    source_label TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target_value TEXT NOT NULL,
    target_field TEXT NOT NULL,
    target_label TEXT NOT NULL,
    join_key TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX work_case_state ON work_case (state, tenant);
CREATE INDEX work_case_opened ON work_case (opened, tenant);
CREATE INDEX work_case_join ON work_case (tenant, join_key, state) WHERE join_key <> '';

CREATE TABLE case_clock (
    case_id INTEGER NOT NULL REFERENCES work_case (id),
    name INTEGER NOT NULL,
    state INTEGER NOT NULL,
    started INTEGER NOT NULL,
    total INTEGER NOT NULL,
    used INTEGER NOT NULL,
    running_since INTEGER,
    due INTEGER NOT NULL,
    warn_at INTEGER NOT NULL,
    stopped INTEGER,
    reminded INTEGER NOT NULL,
    pause_reason TEXT NOT NULL,
    PRIMARY KEY (case_id, name)
) STRICT;
CREATE INDEX case_clock_running ON case_clock (due, warn_at) WHERE state = 0;

-- An alert belongs to one case at most. Alerts themselves are triage's.
CREATE TABLE case_alert (
    alert INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES work_case (id),
    attached INTEGER NOT NULL
) STRICT;
CREATE INDEX case_alert_case ON case_alert (case_id);

CREATE TABLE case_timeline (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id INTEGER NOT NULL REFERENCES work_case (id),
    at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    actor_kind INTEGER NOT NULL,
    actor TEXT NOT NULL,
    value_from TEXT NOT NULL,
    value_to TEXT NOT NULL,
    text TEXT NOT NULL,
    link_kind TEXT NOT NULL,
    link_id TEXT NOT NULL,
    link_title TEXT NOT NULL
) STRICT;
CREATE INDEX case_timeline_case ON case_timeline (case_id, id);
CREATE TRIGGER case_timeline_stays_as_written BEFORE UPDATE ON case_timeline
BEGIN
    SELECT RAISE(ABORT, 'timeline entries cannot be changed');
END;
CREATE TRIGGER case_timeline_stays BEFORE DELETE ON case_timeline
BEGIN
    SELECT RAISE(ABORT, 'timeline entries cannot be removed');
END;
)sql"}}};
}

}  // namespace shuwei::work
