#include "database/database_cursor.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "collect_fixture.hpp"
#include "database/select_check.hpp"

namespace shuwei::collect {
namespace {

using base::ErrorCode;

TEST(SelectCheck, TakesQueriesThatRead) {
    for (const std::string_view query : {"SELECT id, at FROM audit WHERE id > ? ORDER BY id", "select * from t where id>? order by id ;\n",
                                         "WITH x AS (SELECT 1) SELECT * FROM x WHERE a.id > ? ORDER BY 1", "SELECT \"update\", [delete], `set` FROM t WHERE x > ?",
                                         "SELECT 'it''s; -- DROP' FROM t WHERE id > ?", "SELECT 用户 FROM 审计 WHERE 编号 > ? ORDER BY 编号",
                                         "SELECT update_time, replace(a, 'b', 'c') FROM t WHERE id > ?"}) {
        const auto comparison = check_select(query);
        ASSERT_TRUE(comparison) << query << ": " << comparison.error().to_string();
        EXPECT_EQ(CursorComparison::greater, *comparison);
    }
    EXPECT_EQ(CursorComparison::greater_or_equal, check_select("SELECT * FROM t WHERE at >= ? ORDER BY at"));
}

TEST(SelectCheck, RefusesTheRest) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", "begin with SELECT"},
        {"DELETE FROM t WHERE id > ?", "'delete'"},
        {"EXPLAIN SELECT * FROM t WHERE id > ?", "begin with SELECT"},
        {"SELECT * FROM t; DROP TABLE t", "more than one statement"},
        {"SELECT * FROM t WHERE id > ? DROP TABLE t", "'drop'"},
        {"WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x WHERE id > ?", "'delete'"},
        {"SELECT * INTO OUTFILE '/tmp/x' FROM t WHERE id > ?", "'into'"},
        {"SELECT * FROM t WHERE id > ? FOR UPDATE", "'update'"},
        {"SELECT 1 # ' \n ; DELETE FROM t", "comments"},
        {"SELECT /*!50000 1 */ FROM t WHERE id > ?", "comments"},
        {"SELECT 1 -- x\nFROM t WHERE id > ?", "comments"},
        {"SELECT '\\'; DELETE FROM t WHERE id > ?", "backslash"},
        {"SELECT $$x$$ FROM t WHERE id > ?", "'$'"},
        {"SELECT 'open FROM t WHERE id > ?", "no end"},
        {"SELECT * FROM t ORDER BY id", "no '?'"},
        {"SELECT * FROM t WHERE id > ? AND x > ?", "more than one '?'"},
        {"SELECT * FROM t WHERE id = ?", "must follow"},
        {"SELECT * FROM t WHERE id <> ?", "must follow"},
        {"SELECT '?' FROM t WHERE id > 1", "no '?'"},
    };
    for (const auto& [query, says] : cases) {
        const auto comparison = check_select(query);
        ASSERT_FALSE(comparison) << query;
        EXPECT_NE(std::string::npos, comparison.error().to_string().find(says)) << query << ": " << comparison.error().to_string();
    }
}

TEST(ConnectionCheck, NamesTheFilesOfAConnection) {
    const struct {
        std::string_view connection;
        std::vector<std::string> files;
    } cases[] = {
        {"Driver=MariaDB Unicode;Server=10.0.0.5;Database=audit;Uid=reader", {}},
        {"DSN=audit;UID=reader", {}},
        {"Driver=SQLite3;Database=/var/log/audit.db", {"/var/log/audit.db"}},
        {"driver={SQLite3 ODBC}; database={/x y/z}", {"/x y/z"}},
        {"Driver=SQLite3;Database=audit.db", {"audit.db"}},
        {"Driver=SQLite3", {""}},
        {"Driver=SQLite3;Socket=/var/log/x;Database=audit.db", {"/var/log/x", "audit.db"}},
        {"DSN=lite;Database=file:///etc/x", {"file:///etc/x"}},
        {"Driver=MariaDB;Socket=/run/mysqld/mysqld.sock;Database=audit", {"/run/mysqld/mysqld.sock"}},
    };
    for (const auto& [connection, files] : cases) EXPECT_EQ(files, files_of_connection(connection)) << connection;
}

TEST(ConnectionCheck, RefusesWhatLoadsCodeOrHoldsAPassword) {
    for (const std::string_view connection : {"DSN=audit;UID=reader", "Driver={PostgreSQL Unicode};Server=127.0.0.1;Port=5432;Database=x;UID=y;", "driver=SQLite3; database=/x y/z"}) {
        EXPECT_TRUE(check_connection(connection)) << connection;
    }
    for (const std::string_view connection : {"", "Server=x", "garbage", "Driver=/tmp/evil.so;Server=x", "Driver={/tmp/evil.so}", "DSN=x;PWD=secret", "DSN=x;Password={a;b}",
                                              "Driver=SQLite3;LoadExt=/tmp/evil.so", "DSN=x;InitStmt={DROP TABLE t}", "FILEDSN=/x", "DSN=x; pwd = y", "Driver={x"}) {
        EXPECT_FALSE(check_connection(connection)) << connection;
    }
}

TEST(DatabaseCursor, EqualRowsAreCountedAndOldOnesPassedOver) {
    DatabaseCursor cursor(CursorType::timestamp, normal_cursor(CursorType::timestamp, "1970-01-02").value());
    const auto at = [](const char* text) { return normal_cursor(CursorType::timestamp, text).value(); };
    const auto take = [&](const char* time, const char* digest) { return cursor.take(at(time), digest).value(); };
    cursor.begin_reading();
    EXPECT_TRUE(take("2026-11-21 10:00:00", "a"));
    EXPECT_TRUE(take("2026-11-21 10:00:01.5", "a"));
    EXPECT_TRUE(take("2026-11-21 10:00:01.500000", "a"));  // the same row once more
    EXPECT_EQ("2026-11-21T10:00:01.500000000", cursor.value());
    cursor.begin_reading();
    EXPECT_FALSE(take("2026-11-21 10:00:01.5", "a"));
    EXPECT_FALSE(take("2026-11-21 10:00:01.5", "a"));
    EXPECT_TRUE(take("2026-11-21 10:00:01.5", "b"));  // came late
    EXPECT_TRUE(take("2026-11-21 10:00:01.5", "a"));  // a third alike
    TemporaryFolder folder;
    ASSERT_TRUE(cursor.save(folder / "cursor.json"));
    DatabaseCursor again(CursorType::timestamp, "");
    ASSERT_TRUE(again.load(folder / "cursor.json"));
    EXPECT_EQ(cursor.value(), again.value());
    cursor = again;
    cursor.begin_reading();
    EXPECT_FALSE(take("2026-11-21 10:00:01", "x"));  // a driver that rounds down
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(take("2026-11-21 10:00:01.5", "a"));
    EXPECT_FALSE(take("2026-11-21 10:00:01.5", "b"));
    EXPECT_TRUE(take("2026-11-21 10:00:03", "a"));
    EXPECT_EQ(ErrorCode::invalid_argument, cursor.take(at("2026-11-21 10:00:02"), "a").error().code());
    std::ofstream(folder / "cursor.json") << "{";
    EXPECT_EQ(ErrorCode::data_corrupt, again.load(folder / "cursor.json").error().code());
    EXPECT_FALSE(normal_cursor(CursorType::integer, "1.5"));
    EXPECT_FALSE(normal_cursor(CursorType::timestamp, "yesterday at noon"));
}

}  // namespace
}  // namespace shuwei::collect
