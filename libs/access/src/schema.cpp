#include "shuwei/access/access.hpp"

namespace shuwei::access {

ledger::MigrationSet migrations() {
    return {"access", {{1, "tenants, accounts, sessions, tokens", R"sql(
CREATE TABLE tenant (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    zone TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;
INSERT INTO tenant (number, name, title, zone, created) VALUES (1, 'default', '默认客户', 'Asia/Shanghai', 0);

CREATE TABLE account (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    role INTEGER NOT NULL,
    all_tenants INTEGER NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0,
    password TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_login INTEGER
) STRICT;

CREATE TABLE account_tenant (
    account INTEGER NOT NULL REFERENCES account (number),
    tenant INTEGER NOT NULL REFERENCES tenant (number),
    PRIMARY KEY (account, tenant)
) STRICT;

-- What failed to sign in lately: 'name:<account name given>', known or not, and 'peer:<address>'.
CREATE TABLE sign_in_failure (
    subject TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    last INTEGER NOT NULL,
    wait_until INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_failure_last ON sign_in_failure (last);

-- id is the SM3 of the cookie, which is kept nowhere.
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (number),
    peer TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_used INTEGER NOT NULL
) STRICT;
CREATE INDEX session_account ON session (account, created);

CREATE TABLE token (
    id TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (number),
    name TEXT NOT NULL,
    purpose INTEGER NOT NULL,
    tenant INTEGER REFERENCES tenant (number),
    secret_sm3 TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    last_used INTEGER,
    revoked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX token_account ON token (account, created);
)sql"}}};
}

}  // namespace shuwei::access
