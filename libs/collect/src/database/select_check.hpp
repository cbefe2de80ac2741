// Looks whether a query that people gave only reads, before a database sees it. It takes less than SQL: one SELECT or
// WITH … SELECT, no comments, none of the words that change something, one place for the cursor's value. The account that
// is used should have no other rights either; this is the first of three locks, a read-only session the second.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/result.hpp"

namespace shuwei::collect {

enum class CursorComparison : uint8_t { greater, greater_or_equal };

// How the query compares with its '?'. invalid_argument with what is wrong.
base::Result<CursorComparison> check_select(std::string_view query);

// Whether a connection string has nothing that loads code, runs statements, writes files or holds a password.
// invalid_argument.
base::Result<> check_connection(std::string_view connection);

// Files of this machine that a connection string names: databases of SQLite, sockets. A name that is no absolute path stands for
// a file that lies nowhere.
std::vector<std::string> files_of_connection(std::string_view connection);

}  // namespace shuwei::collect
