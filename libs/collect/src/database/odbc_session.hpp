// A connection to a database through unixODBC, for one query that is asked again and again. Its calls block as long as the
// driver does; one thread at a time. Rows come as JSON objects: numbers, null and booleans as such, times in ISO 8601 as the
// database shows them (without a zone), bytes in hexadecimal, all else text in UTF-8.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "database_cursor.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::collect {

struct OdbcQuery {
    std::string connection;  // without the password
    std::string password;
    std::string text;
    std::string cursor;      // name of its column
    CursorType type = CursorType::integer;
    int seconds = 60;        // for an answer
};

struct OdbcRow {
    std::string json;
    std::string cursor;  // normal_cursor() of its column
    bool cut = false;    // a value was too long and is there in part
};

class OdbcSession {
public:
    // Connects, and makes the session read-only where the database is known to have such.
    static base::Result<std::unique_ptr<OdbcSession>> connect(const OdbcQuery& query);
    ~OdbcSession();
    OdbcSession(const OdbcSession&) = delete;
    OdbcSession& operator=(const OdbcSession&) = delete;

    // Runs the query from `cursor` on and gives its rows to `take` until there are no more, it returns false or fails.
    // The driver is asked for no more than `max_rows`; returns how many came.
    using Take = std::function<base::Result<bool>(OdbcRow row)>;
    base::Result<uint64_t> read(const std::string& cursor, uint64_t max_rows, const Take& take);

    // Names of the columns, after running the query for no rows.
    base::Result<std::vector<std::string>> columns(const std::string& cursor);

private:
    struct State;
    explicit OdbcSession(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::collect
