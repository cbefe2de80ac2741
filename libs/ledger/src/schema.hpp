// The ledger's own tables, and the applying of everybody's migrations.
#pragma once

#include <span>

#include "connection.hpp"
#include "shuwei/ledger/migration.hpp"

namespace shuwei::ledger {

MigrationSet own_migrations();

// Inside a write transaction. conflict when the file knows a migration that `sets` do not, or knows it differently.
base::Result<> apply_migrations(Connection& connection, std::span<const MigrationSet> sets, base::Timestamp now);

}  // namespace shuwei::ledger
