// Asks a database in turns for the rows behind a cursor. The cursor is remembered after its rows are on disk: after a crash
// the rows of the last turn may come twice, none is missing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "../polling_input.hpp"
#include "bounded_call.hpp"
#include "database_cursor.hpp"
#include "odbc_session.hpp"
#include "select_check.hpp"

namespace shuwei::collect {

struct DatabasePollOptions {
    OdbcQuery query;
    CursorComparison comparison = CursorComparison::greater_or_equal;
    std::string start;                       // normal_cursor()
    base::Duration interval = base::kMinute;
    size_t rows = 1000;                      // of a turn
};

class DatabasePoll : public PollingInput {
public:
    // Reads the cursor; one that is damaged is an error, since reading from the start would double a whole table.
    static base::Result<std::unique_ptr<Input>> start(DatabasePollOptions options, const InputPlace& place);
    ~DatabasePoll() override;

    struct Batch {
        std::vector<std::string> rows;  // as JSON
        DatabaseCursor cursor;          // behind them
        uint64_t cut = 0;               // rows with a value that is there in part
        bool more = false;
        bool stuck = false;             // nothing new came, though there was more: ask for more rows at once
    };
    // One query's worth, at most about `rows` and 16 MiB.
    static base::Result<Batch> read(OdbcSession& session, DatabaseCursor cursor, CursorComparison comparison, size_t rows, uint64_t extra);

private:
    DatabasePoll(DatabasePollOptions options, const InputPlace& place);

    base::Result<base::Duration> turn() override;
    base::Result<> spool(const std::vector<std::string>& rows);

    DatabasePollOptions options_;
    InputPlace place_;
    ListenerCounters& counters_;
    BoundedCalls calls_;
    std::shared_ptr<OdbcSession> session_;
    DatabaseCursor cursor_;
    uint64_t extra_ = 0;
};

}  // namespace shuwei::collect
