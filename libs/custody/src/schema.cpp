#include "shuwei/custody/seal_log.hpp"

namespace shuwei::custody {

ledger::MigrationSet migrations() {
    return {"custody", {{1, "seals", R"sql(
CREATE TABLE seal_origin (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    sealed_after INTEGER NOT NULL,
    mac TEXT NOT NULL
) STRICT;
CREATE TABLE seal (
    tenant INTEGER NOT NULL,
    class INTEGER NOT NULL,
    number INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    events INTEGER NOT NULL,
    first_received INTEGER NOT NULL,
    last_received INTEGER NOT NULL,
    day INTEGER NOT NULL,
    tags_at INTEGER NOT NULL,
    tags_bytes INTEGER NOT NULL,
    root TEXT NOT NULL,
    tags TEXT NOT NULL,
    previous TEXT NOT NULL,
    link TEXT NOT NULL,
    mac TEXT NOT NULL,
    time_stamp TEXT NOT NULL DEFAULT '',
    time_stamp_authority TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (tenant, class, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX seal_by_seq ON seal (tenant, first_seq);
CREATE INDEX seal_by_day ON seal (tenant, class, day);
CREATE TABLE seal_open (
    tenant INTEGER NOT NULL,
    class INTEGER NOT NULL,
    number INTEGER NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    events INTEGER NOT NULL,
    first_received INTEGER NOT NULL,
    last_received INTEGER NOT NULL,
    day INTEGER NOT NULL,
    tags_at INTEGER NOT NULL,
    tags_bytes INTEGER NOT NULL,
    subtrees TEXT NOT NULL,
    previous TEXT NOT NULL,
    mac TEXT NOT NULL,
    PRIMARY KEY (tenant, class)
) STRICT, WITHOUT ROWID;
CREATE TABLE seal_retirement (
    tenant INTEGER NOT NULL,
    class INTEGER NOT NULL,
    day INTEGER NOT NULL,
    through_number INTEGER NOT NULL,
    seals INTEGER NOT NULL,
    events INTEGER NOT NULL,
    stored_rows INTEGER NOT NULL,
    roots TEXT NOT NULL,
    at INTEGER NOT NULL,
    mac TEXT NOT NULL,
    PRIMARY KEY (tenant, class, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE retention_rule (
    tenant INTEGER NOT NULL,
    class INTEGER NOT NULL,
    days INTEGER NOT NULL,
    exception_by TEXT NOT NULL DEFAULT '',
    exception_reason TEXT NOT NULL DEFAULT '',
    exception_until INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, class)
) STRICT, WITHOUT ROWID;
)sql"},
                        {2, "verifications", R"sql(
CREATE TABLE verification (
    id TEXT PRIMARY KEY,
    actor TEXT NOT NULL,
    tenants TEXT NOT NULL,
    started INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    events INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    error TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX verification_by_end ON verification (finished);
)sql"}}};
}

}  // namespace shuwei::custody
