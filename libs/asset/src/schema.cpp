#include "shuwei/asset/source_store.hpp"

namespace shuwei::asset {

ledger::MigrationSet migrations() {
    return {"asset", {{1, "sources", R"sql(
CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenant (number),
    listener TEXT NOT NULL,
    peer TEXT NOT NULL,
    host TEXT NOT NULL,
    given_name TEXT NOT NULL DEFAULT '',
    bound_pack TEXT NOT NULL DEFAULT '',
    recognised_pack TEXT NOT NULL DEFAULT '',
    zone TEXT NOT NULL DEFAULT '',
    charset TEXT NOT NULL DEFAULT 'auto',
    lines INTEGER NOT NULL DEFAULT 0,
    unparsed INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    drift INTEGER,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    UNIQUE (tenant, listener, peer, host)
) STRICT;
)sql"},
                      {2, "assets, what is learned of sources, silence", R"sql(
CREATE TABLE asset (
    id INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenant (number),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    vendor TEXT NOT NULL,
    product TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE INDEX asset_tenant ON asset (tenant, name);

-- An address (IP address or host name) belongs to one asset of a tenant.
CREATE TABLE asset_address (
    tenant INTEGER NOT NULL REFERENCES tenant (number),
    address TEXT NOT NULL,
    asset INTEGER NOT NULL REFERENCES asset (id),
    PRIMARY KEY (tenant, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_address_asset ON asset_address (asset);

-- learning: SourceLearning as JSON; what was in recognised_pack and drift moves there with the next lines.
-- silence_rule: 0 learned, 1 own (own_silence nanoseconds), 2 allowed.
ALTER TABLE source ADD COLUMN confirmed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source ADD COLUMN learning TEXT NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN silence_rule INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source ADD COLUMN own_silence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source ADD COLUMN silent_since INTEGER;
ALTER TABLE source ADD COLUMN silence_alert INTEGER NOT NULL DEFAULT 0;
ALTER TABLE source ADD COLUMN asset INTEGER REFERENCES asset (id);
CREATE INDEX source_asset ON source (asset) WHERE asset IS NOT NULL;
CREATE INDEX source_last_seen ON source (last_seen);

-- When lines could not come in: of one listener, or of all (tenant 0, listener '').
CREATE TABLE deaf_time (
    tenant INTEGER NOT NULL,
    listener TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT;
CREATE INDEX deaf_time_until ON deaf_time (until);
-- One row: when sources were last looked at.
CREATE TABLE silence_watch (until INTEGER NOT NULL) STRICT;
)sql"}}};
}

}  // namespace shuwei::asset
