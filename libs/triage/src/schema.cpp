#include "shuwei/triage/triage.hpp"

namespace shuwei::triage {

ledger::MigrationSet migrations() {
    return {"triage", {{1, "alerts", R"sql(
-- id comes from reserved blocks, before the row: the finding in the event store bears it first.
-- match_key: rule and entities that further findings are joined by (see window_index.hpp).
CREATE TABLE alert (
    id INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenant (number),
    rule_id TEXT NOT NULL,
    rule_title TEXT NOT NULL,
    rule_title_zh TEXT NOT NULL,
    severity INTEGER NOT NULL,
    state INTEGER NOT NULL,
    verdict INTEGER NOT NULL,
    verdict_by TEXT NOT NULL,
    count INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    created INTEGER NOT NULL,
    source_kind TEXT NOT NULL,
    source_value TEXT NOT NULL,
    source_field TEXT NOT NULL,
    source_label TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target_value TEXT NOT NULL,
    target_field TEXT NOT NULL,
    target_label TEXT NOT NULL,
    coalesced INTEGER NOT NULL,
    match_key TEXT NOT NULL,
    tags TEXT NOT NULL,
    stage TEXT NOT NULL,
    sparkline TEXT NOT NULL,
    case_id INTEGER REFERENCES work_case (id),
    case_number TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX alert_collecting ON alert (tenant, match_key, last_seen) WHERE state <> 2;
CREATE INDEX alert_last_seen ON alert (last_seen, id);
CREATE INDEX alert_first_seen ON alert (first_seen);
CREATE INDEX alert_state ON alert (state, tenant, severity);
CREATE INDEX alert_rule ON alert (tenant, rule_id, last_seen);
CREATE INDEX alert_source ON alert (tenant, source_value, last_seen) WHERE source_value <> '';
CREATE INDEX alert_target ON alert (tenant, target_value, last_seen) WHERE target_value <> '';
CREATE INDEX alert_case ON alert (case_number) WHERE case_number <> '';

CREATE TABLE alert_detail (
    alert INTEGER PRIMARY KEY REFERENCES alert (id),
    description TEXT NOT NULL,
    advice TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;

-- Copies of matched events; ordinal counts the alert's findings from 1. The first ten and the last ten are kept.
CREATE TABLE alert_event (
    alert INTEGER NOT NULL REFERENCES alert (id),
    ordinal INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (alert, ordinal)
) STRICT;

CREATE TABLE rule_match (
    tenant INTEGER NOT NULL REFERENCES tenant (number),
    rule_id TEXT NOT NULL,
    matches INTEGER NOT NULL,
    last_match INTEGER NOT NULL,
    PRIMARY KEY (tenant, rule_id)
) STRICT;
)sql"}}};
}

}  // namespace shuwei::triage
