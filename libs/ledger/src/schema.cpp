#include "schema.hpp"

#include <fmt/format.h>

#include <map>

#include "shuwei/base/assert.hpp"
#include "shuwei/crypto/digest.hpp"

namespace shuwei::ledger {

using base::ErrorCode;
using base::Result;

MigrationSet own_migrations() {
    return {"ledger", {{1, "audit chain, checkpoints, id blocks", R"sql(
CREATE TABLE audit_entry (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    peer TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL,
    tenant INTEGER NOT NULL,
    result INTEGER NOT NULL,
    mac TEXT NOT NULL
) STRICT;
CREATE INDEX audit_entry_actor ON audit_entry (actor, id);
CREATE TRIGGER audit_entry_stays_as_written BEFORE UPDATE ON audit_entry
BEGIN
    SELECT RAISE(ABORT, 'audit entries cannot be changed');
END;
CREATE TRIGGER audit_entry_stays BEFORE DELETE ON audit_entry
BEGIN
    SELECT RAISE(ABORT, 'audit entries cannot be removed');
END;

CREATE TABLE audit_head (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    id INTEGER NOT NULL,
    mac TEXT NOT NULL
) STRICT;

CREATE TABLE checkpoint (
    name TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE id_block (
    name TEXT PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT;
)sql"}}};
}

Result<> apply_migrations(Connection& connection, std::span<const MigrationSet> sets, base::Timestamp now) {
    TRY(
        connection.run_script("CREATE TABLE IF NOT EXISTS schema_migration ("
                              "library TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, "
                              "sm3 TEXT NOT NULL, applied INTEGER NOT NULL, PRIMARY KEY (library, number))"));
    std::map<std::pair<std::string, int64_t>, std::string> applied;
    TRY(connection.run("SELECT library, number, sm3 FROM schema_migration", {}, [&](const Row& row) -> Result<> {
        applied[{row.text("library"), row.integer("number")}] = row.text("sm3");
        return {};
    }));

    size_t known = 0;
    for (const MigrationSet& set : sets) {
        int expected = 1;
        for (const Migration& migration : set.migrations) {
            SHUWEI_ASSERT(migration.number == expected);
            ++expected;
            const auto found = applied.find({std::string(set.library), migration.number});
            if (found == applied.end()) continue;
            ++known;
            if (found->second != crypto::to_hex(crypto::sm3(migration.sql)))
                return base::fail(
                    ErrorCode::conflict,
                    fmt::format("ledger: migration {} {} was applied with another text; this file belongs "
                                "to another version of the program",
                                set.library, migration.number));
        }
    }
    if (known != applied.size())
        return base::fail(ErrorCode::conflict,
                          "ledger: the file was made by a newer version of the program; use that version or a copy of "
                          "the file from before the upgrade");

    for (const MigrationSet& set : sets) {
        for (const Migration& migration : set.migrations) {
            if (applied.contains({std::string(set.library), migration.number})) continue;
            if (auto done = connection.run_script(migration.sql); !done)
                return base::fail(std::move(done).error().at(
                    fmt::format("migration {} {} ({})", set.library, migration.number, migration.name)));
            TRY(connection.run(
                "INSERT INTO schema_migration (library, number, name, sm3, applied) VALUES (?, ?, ?, ?, ?)",
                {set.library, migration.number, migration.name, crypto::to_hex(crypto::sm3(migration.sql)), now}));
        }
    }
    return {};
}

}  // namespace shuwei::ledger
