// Forward-only schema changes. Each domain library publishes its own list, numbered from 1 without gaps; the
// program hands all lists to Ledger::open in the order of their foreign keys. What was applied is recorded with the
// SM3 of its text: a file made by a newer program, or by one whose past migration read otherwise, is refused.
#pragma once

#include <string_view>
#include <vector>

namespace shuwei::ledger {

struct Migration {
    int number;             // 1, 2, 3 ...; never changed once released
    std::string_view name;  // "accounts and sessions"
    std::string_view sql;   // one or more statements, each ended by ';' at the end of a line
};

struct MigrationSet {
    std::string_view library;  // "access"
    std::vector<Migration> migrations;
};

}  // namespace shuwei::ledger
