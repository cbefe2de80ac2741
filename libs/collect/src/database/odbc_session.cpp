#include "odbc_session.hpp"

#include <fmt/format.h>
#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>

#include <algorithm>
#include <optional>

#include "../document_writer.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::collect {

using base::ErrorCode;
using base::Result;

namespace {

constexpr size_t kMaxRowBytes = 768 * 1024;  // a row is one frame of at most 1 MiB, with names and escapes
constexpr size_t kMaxColumns = 1000;
constexpr int kConnectSeconds = 10;

enum class Form : uint8_t { signed_integer, unsigned_integer, decimal, floating, boolean, text, binary, date, time, timestamp };

struct Column {
    std::string name;  // written as the inside of a JSON string
    Form form = Form::text;
};

std::vector<SQLWCHAR> wide(std::string_view text) {
    std::vector<SQLWCHAR> out;
    const std::string sound = base::replace_invalid_utf8(text);
    for (size_t i = 0; i < sound.size();) {
        const auto lead = static_cast<unsigned char>(sound[i]);
        const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        uint32_t code = length == 1 ? lead : lead & (0x7Fu >> length);
        for (size_t k = 1; k < length; ++k) code = code << 6 | (static_cast<unsigned char>(sound[i + k]) & 0x3Fu);
        if (code >= 0x10000) {
            out.push_back(static_cast<SQLWCHAR>(0xD800 + ((code - 0x10000) >> 10)));
            out.push_back(static_cast<SQLWCHAR>(0xDC00 + ((code - 0x10000) & 0x3FF)));
        } else {
            out.push_back(static_cast<SQLWCHAR>(code));
        }
        i += length;
    }
    out.push_back(0);
    return out;
}

void append_narrow(std::string& out, const SQLWCHAR* text, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        uint32_t code = text[i];
        if (code >= 0xD800 && code < 0xDC00 && i + 1 < count && text[i + 1] >= 0xDC00 && text[i + 1] < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (text[++i] - 0xDC00u);
        } else if (code >= 0xD800 && code < 0xE000) {
            code = 0xFFFD;
        }
        base::append_utf8(out, code);
    }
}

SQLPOINTER number(uintptr_t value) { return reinterpret_cast<SQLPOINTER>(value); }

bool succeeded(SQLRETURN outcome) { return outcome == SQL_SUCCESS || outcome == SQL_SUCCESS_WITH_INFO; }

// A number as JSON writes it: decimals come as text, so that none of their digits is lost.
bool is_json_number(std::string_view text) {
    size_t at = text.starts_with('-') ? 1 : 0;
    const auto digits = [&] {
        const size_t begin = at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
        return at - begin;
    };
    const size_t begin = at;
    const size_t whole = digits();
    if (whole == 0 || (whole > 1 && text[begin] == '0')) return false;
    if (at < text.size() && text[at] == '.') {
        ++at;
        if (digits() == 0) return false;
    }
    return at == text.size();
}

std::string lower(std::string_view text) { return base::to_ascii_lower(text); }

// What drivers need to be told so that a large answer is not kept in memory, and booleans are such. Behind the user's own
// settings, of which the first counts.
std::string_view driver_settings(const std::string& connection) {
    const std::string text = lower(connection);
    if (text.find("postgre") != std::string::npos || text.find("psqlodbc") != std::string::npos) return ";BoolsAsChar=0;UseDeclareFetch=1;Fetch=1000";
    if (text.find("mariadb") != std::string::npos) return ";FORWARDONLY=1;NO_CACHE=1";
    return "";
}

}  // namespace

struct OdbcSession::State {
    OdbcQuery query;
    SQLHENV environment = SQL_NULL_HENV;
    SQLHDBC connection = SQL_NULL_HDBC;
    SQLHSTMT statement = SQL_NULL_HSTMT;
    bool connected = false;
    std::vector<Column> columns;
    std::vector<SQLWCHAR> buffer = std::vector<SQLWCHAR>(16 * 1024);
    DocumentWriter writer;

    ~State() {
        if (statement != SQL_NULL_HSTMT) SQLFreeHandle(SQL_HANDLE_STMT, statement);
        if (connected) SQLDisconnect(connection);
        if (connection != SQL_NULL_HDBC) SQLFreeHandle(SQL_HANDLE_DBC, connection);
        if (environment != SQL_NULL_HENV) SQLFreeHandle(SQL_HANDLE_ENV, environment);
    }

    base::Error error(SQLSMALLINT type, SQLHANDLE handle, std::string_view doing) const;
    Result<> run(std::string_view statement_text);
    Result<> make_read_only();
    Result<> execute(const std::string& cursor, uint64_t max_rows, SQLLEN& length);
    Result<> describe();
    Result<OdbcRow> row();
    Result<std::optional<std::string>> value(SQLUSMALLINT place, Form form, size_t room, bool& cut);
    Result<std::optional<std::string>> text_value(SQLUSMALLINT place, size_t room, bool& cut);
    Result<std::optional<std::string>> binary_value(SQLUSMALLINT place, size_t room, bool& cut);

    // of the cursor's value while the statement runs
    SQLBIGINT bound_number = 0;
    SQL_TIMESTAMP_STRUCT bound_time{};
    std::vector<SQLWCHAR> bound_text;
};

// The first word of the driver on what went wrong, without the password.
base::Error OdbcSession::State::error(SQLSMALLINT type, SQLHANDLE handle, std::string_view doing) const {
    SQLWCHAR state[6] = {};
    SQLINTEGER native = 0;
    SQLWCHAR message[1024];
    SQLSMALLINT length = 0;
    std::string text = "the driver says nothing";
    ErrorCode code = ErrorCode::unavailable;
    if (handle != SQL_NULL_HANDLE && succeeded(SQLGetDiagRecW(type, handle, 1, state, &native, message, 1024, &length))) {
        std::string sqlstate;
        append_narrow(sqlstate, state, 5);
        text.clear();
        append_narrow(text, message, std::min<size_t>(static_cast<size_t>(std::max<SQLSMALLINT>(length, 0)), 1023));
        for (char& c : text) c = c == '\n' || c == '\r' ? ' ' : c;
        if (!query.password.empty()) {
            for (size_t at = 0; (at = text.find(query.password, at)) != std::string::npos; at += 3) text.replace(at, query.password.size(), "***");
        }
        text += " (" + sqlstate + ")";
        if (sqlstate.starts_with("42") || sqlstate.starts_with("22")) code = ErrorCode::invalid_argument;
        if (sqlstate.starts_with("28")) code = ErrorCode::permission_denied;
        if (sqlstate == "HYT00" || sqlstate == "HYT01") code = ErrorCode::deadline_exceeded;
    }
    return base::Error(code, std::move(text)).at(std::string(doing));
}

OdbcSession::OdbcSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
OdbcSession::~OdbcSession() = default;

Result<std::unique_ptr<OdbcSession>> OdbcSession::connect(const OdbcQuery& query) {
    auto state = std::make_unique<State>();
    state->query = query;
    if (!succeeded(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &state->environment))) return base::fail(ErrorCode::resource_exhausted, "ODBC cannot begin");
    SQLSetEnvAttr(state->environment, SQL_ATTR_ODBC_VERSION, reinterpret_cast<SQLPOINTER>(SQL_OV_ODBC3), 0);
    if (!succeeded(SQLAllocHandle(SQL_HANDLE_DBC, state->environment, &state->connection))) {
        return base::fail(state->error(SQL_HANDLE_ENV, state->environment, "begin"));
    }
    SQLSetConnectAttr(state->connection, SQL_ATTR_LOGIN_TIMEOUT, number(kConnectSeconds), SQL_IS_UINTEGER);
    std::string text = query.connection;
    text += driver_settings(query.connection);
    if (!query.password.empty()) {
        text += ";PWD={";
        for (const char c : query.password) text += c == '}' ? "}}" : std::string(1, c);
        text += '}';
    }
    std::vector<SQLWCHAR> connection = wide(text);
    const SQLRETURN outcome = SQLDriverConnectW(state->connection, nullptr, connection.data(), static_cast<SQLSMALLINT>(connection.size() - 1),
                                                nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT);
    if (!succeeded(outcome)) return base::fail(state->error(SQL_HANDLE_DBC, state->connection, "connect"));
    state->connected = true;
    TRY(state->make_read_only());
    SQLSetConnectAttr(state->connection, SQL_ATTR_ACCESS_MODE, number(SQL_MODE_READ_ONLY), SQL_IS_UINTEGER);
    return std::unique_ptr<OdbcSession>(new OdbcSession(std::move(state)));
}

Result<> OdbcSession::State::run(std::string_view text) {
    SQLHSTMT once = SQL_NULL_HSTMT;
    if (!succeeded(SQLAllocHandle(SQL_HANDLE_STMT, connection, &once))) return base::fail(error(SQL_HANDLE_DBC, connection, text));
    std::vector<SQLWCHAR> statement_text = wide(text);
    const SQLRETURN outcome = SQLExecDirectW(once, statement_text.data(), SQL_NTS);
    Result<> done;
    if (!succeeded(outcome) && outcome != SQL_NO_DATA) done = base::fail(error(SQL_HANDLE_STMT, once, text));
    SQLFreeHandle(SQL_HANDLE_STMT, once);
    return done;
}

Result<> OdbcSession::State::make_read_only() {
    SQLWCHAR name[128] = {};
    SQLSMALLINT bytes = 0;
    if (!succeeded(SQLGetInfoW(connection, SQL_DBMS_NAME, name, sizeof name, &bytes))) return {};
    std::string database;
    append_narrow(database, name, std::min<size_t>(static_cast<size_t>(std::max<SQLSMALLINT>(bytes, 0)) / sizeof(SQLWCHAR), 127));
    database = lower(database);
    if (database.find("postgre") != std::string::npos) return run("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY");
    if (database.find("mysql") != std::string::npos || database.find("mariadb") != std::string::npos) return run("SET SESSION TRANSACTION READ ONLY");
    if (database.find("sqlite") != std::string::npos) return run("PRAGMA query_only = 1");
    return {};
}

Result<> OdbcSession::State::execute(const std::string& cursor, uint64_t max_rows, SQLLEN& length) {
    // A statement of its own each time: not every driver begins anew with one whose rows were not all fetched.
    if (statement != SQL_NULL_HSTMT) SQLFreeHandle(SQL_HANDLE_STMT, statement);
    statement = SQL_NULL_HSTMT;
    if (!succeeded(SQLAllocHandle(SQL_HANDLE_STMT, connection, &statement))) return base::fail(error(SQL_HANDLE_DBC, connection, "query"));
    SQLSetStmtAttr(statement, SQL_ATTR_CURSOR_TYPE, number(SQL_CURSOR_FORWARD_ONLY), SQL_IS_UINTEGER);
    SQLSetStmtAttr(statement, SQL_ATTR_CONCURRENCY, number(SQL_CONCUR_READ_ONLY), SQL_IS_UINTEGER);
    SQLSetStmtAttr(statement, SQL_ATTR_QUERY_TIMEOUT, number(static_cast<uintptr_t>(query.seconds)), SQL_IS_UINTEGER);
    SQLSetStmtAttr(statement, SQL_ATTR_MAX_ROWS, number(max_rows), SQL_IS_UINTEGER);
    std::vector<SQLWCHAR> text = wide(query.text);
    if (!succeeded(SQLPrepareW(statement, text.data(), SQL_NTS))) return base::fail(error(SQL_HANDLE_STMT, statement, "query"));
    SQLRETURN bound = SQL_ERROR;
    length = 0;
    switch (query.type) {
        case CursorType::integer:
            bound_number = base::parse_int(cursor).value_or(0);
            bound = SQLBindParameter(statement, 1, SQL_PARAM_INPUT, SQL_C_SBIGINT, SQL_BIGINT, 19, 0, &bound_number, 0, &length);
            break;
        case CursorType::timestamp: {
            const auto part = [&](size_t at, size_t count) { return base::parse_uint(std::string_view(cursor).substr(at, count)).value_or(0); };
            bound_time = {static_cast<SQLSMALLINT>(part(0, 4)), static_cast<SQLUSMALLINT>(part(5, 2)), static_cast<SQLUSMALLINT>(part(8, 2)),
                          static_cast<SQLUSMALLINT>(part(11, 2)), static_cast<SQLUSMALLINT>(part(14, 2)), static_cast<SQLUSMALLINT>(part(17, 2)),
                          static_cast<SQLUINTEGER>(part(20, 9) / 1000 * 1000)};  // microseconds: what databases have
            bound = SQLBindParameter(statement, 1, SQL_PARAM_INPUT, SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, 26, 6, &bound_time, sizeof bound_time, &length);
            break;
        }
        case CursorType::text:
            bound_text = wide(cursor);
            length = static_cast<SQLLEN>((bound_text.size() - 1) * sizeof(SQLWCHAR));
            bound = SQLBindParameter(statement, 1, SQL_PARAM_INPUT, SQL_C_WCHAR, SQL_WVARCHAR, std::max<size_t>(bound_text.size() - 1, 1), 0,
                                     bound_text.data(), length + static_cast<SQLLEN>(sizeof(SQLWCHAR)), &length);
            break;
    }
    if (!succeeded(bound)) return base::fail(error(SQL_HANDLE_STMT, statement, "cursor"));
    const SQLRETURN outcome = SQLExecute(statement);
    if (!succeeded(outcome) && outcome != SQL_NO_DATA) return base::fail(error(SQL_HANDLE_STMT, statement, "query"));
    return describe();
}

Result<> OdbcSession::State::describe() {
    SQLSMALLINT count = 0;
    if (!succeeded(SQLNumResultCols(statement, &count))) return base::fail(error(SQL_HANDLE_STMT, statement, "query"));
    if (count < 1 || static_cast<size_t>(count) > kMaxColumns) return base::fail(ErrorCode::invalid_argument, "the query has no columns, or more than 1,000");
    columns.clear();
    for (SQLUSMALLINT i = 1; i <= static_cast<SQLUSMALLINT>(count); ++i) {
        SQLWCHAR name[256];
        SQLSMALLINT length = 0, type = 0, digits = 0, nullable = 0;
        SQLULEN size = 0;
        if (!succeeded(SQLDescribeColW(statement, i, name, 256, &length, &type, &size, &digits, &nullable))) {
            return base::fail(error(SQL_HANDLE_STMT, statement, "columns"));
        }
        Column column;
        append_narrow(column.name, name, std::min<size_t>(static_cast<size_t>(std::max<SQLSMALLINT>(length, 0)), 255));
        if (column.name.empty()) column.name = fmt::format("column{}", i);
        switch (type) {
            case SQL_TINYINT:
            case SQL_SMALLINT:
            case SQL_INTEGER:
            case SQL_BIGINT: {
                SQLLEN is_unsigned = SQL_FALSE;
                SQLColAttributeW(statement, i, SQL_DESC_UNSIGNED, nullptr, 0, nullptr, &is_unsigned);
                column.form = type == SQL_BIGINT && is_unsigned == SQL_TRUE ? Form::unsigned_integer : Form::signed_integer;
                break;
            }
            case SQL_DECIMAL:
            case SQL_NUMERIC: column.form = Form::decimal; break;
            case SQL_REAL:
            case SQL_FLOAT:
            case SQL_DOUBLE: column.form = Form::floating; break;
            case SQL_BIT: column.form = Form::boolean; break;
            case SQL_BINARY:
            case SQL_VARBINARY:
            case SQL_LONGVARBINARY: column.form = Form::binary; break;
            case SQL_DATE:
            case SQL_TYPE_DATE: column.form = Form::date; break;
            case SQL_TIME:
            case SQL_TYPE_TIME: column.form = Form::time; break;
            case SQL_TIMESTAMP:
            case SQL_TYPE_TIMESTAMP: column.form = Form::timestamp; break;
            default: break;
        }
        columns.push_back(std::move(column));
    }
    const auto is_cursor = [&](const Column& column) { return base::equals_ignoring_case(column.name, query.cursor); };
    if (std::none_of(columns.begin(), columns.end(), is_cursor)) {
        return base::fail(base::Error(ErrorCode::invalid_argument, "the query has no column '" + query.cursor + "'").at("cursor"));
    }
    return {};
}

Result<std::optional<std::string>> OdbcSession::State::text_value(SQLUSMALLINT place, size_t room, bool& cut) {
    std::string text;
    while (true) {
        SQLLEN length = 0;
        const SQLRETURN got = SQLGetData(statement, place, SQL_C_WCHAR, buffer.data(), static_cast<SQLLEN>(buffer.size() * sizeof(SQLWCHAR)), &length);
        if (got == SQL_NO_DATA) return text;
        if (!succeeded(got)) return base::fail(error(SQL_HANDLE_STMT, statement, "read a row"));
        if (length == SQL_NULL_DATA) return std::nullopt;
        const size_t held = buffer.size() - 1;
        const bool whole = length != SQL_NO_TOTAL && static_cast<size_t>(length) <= held * sizeof(SQLWCHAR);
        append_narrow(text, buffer.data(), whole ? static_cast<size_t>(length) / sizeof(SQLWCHAR) : held);
        if (text.size() > room) {
            cut = true;
            text.resize(room);
            return base::replace_invalid_utf8(text);
        }
        if (whole) return text;
    }
}

Result<std::optional<std::string>> OdbcSession::State::binary_value(SQLUSMALLINT place, size_t room, bool& cut) {
    std::string bytes;
    while (true) {
        SQLLEN length = 0;
        const auto size = static_cast<SQLLEN>(buffer.size() * sizeof(SQLWCHAR));
        const SQLRETURN got = SQLGetData(statement, place, SQL_C_BINARY, buffer.data(), size, &length);
        if (got == SQL_NO_DATA) break;
        if (!succeeded(got)) return base::fail(error(SQL_HANDLE_STMT, statement, "read a row"));
        if (length == SQL_NULL_DATA) return std::nullopt;
        const bool whole = length != SQL_NO_TOTAL && length <= size;
        bytes.append(reinterpret_cast<const char*>(buffer.data()), static_cast<size_t>(whole ? length : size));
        if (whole) break;
        if (bytes.size() > room / 2) break;
    }
    if (bytes.size() > room / 2) {
        cut = true;
        bytes.resize(room / 2);
    }
    return base::hex_encode(bytes);
}

// As text, without quotes; nothing for NULL.
Result<std::optional<std::string>> OdbcSession::State::value(SQLUSMALLINT place, Form form, size_t room, bool& cut) {
    const auto get = [&](SQLSMALLINT type, void* out, SQLLEN size) -> Result<bool> {
        SQLLEN length = 0;
        if (!succeeded(SQLGetData(statement, place, type, out, size, &length))) return base::fail(error(SQL_HANDLE_STMT, statement, "read a row"));
        return length != SQL_NULL_DATA;
    };
    switch (form) {
        case Form::signed_integer: {
            SQLBIGINT n = 0;
            TRY_ASSIGN(const bool there, get(SQL_C_SBIGINT, &n, sizeof n));
            return there ? std::optional(std::to_string(n)) : std::nullopt;
        }
        case Form::unsigned_integer: {
            SQLUBIGINT n = 0;
            TRY_ASSIGN(const bool there, get(SQL_C_UBIGINT, &n, sizeof n));
            return there ? std::optional(std::to_string(n)) : std::nullopt;
        }
        case Form::floating: {
            double n = 0;
            TRY_ASSIGN(const bool there, get(SQL_C_DOUBLE, &n, sizeof n));
            return there ? std::optional(fmt::format("{}", n)) : std::nullopt;
        }
        case Form::boolean: {
            unsigned char n = 0;
            TRY_ASSIGN(const bool there, get(SQL_C_BIT, &n, sizeof n));
            return there ? std::optional<std::string>(n != 0 ? "true" : "false") : std::nullopt;
        }
        case Form::date: {
            SQL_DATE_STRUCT d{};
            TRY_ASSIGN(const bool there, get(SQL_C_TYPE_DATE, &d, sizeof d));
            return there ? std::optional(fmt::format("{:04}-{:02}-{:02}", d.year, d.month, d.day)) : std::nullopt;
        }
        case Form::timestamp: {
            SQL_TIMESTAMP_STRUCT t{};
            TRY_ASSIGN(const bool there, get(SQL_C_TYPE_TIMESTAMP, &t, sizeof t));
            if (!there) return std::nullopt;
            std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", t.year, t.month, t.day, t.hour, t.minute, t.second);
            if (t.fraction != 0) {
                text += fmt::format(".{:09}", std::min<SQLUINTEGER>(t.fraction, 999'999'999));
                while (text.back() == '0') text.pop_back();
            }
            return text;
        }
        case Form::binary: return binary_value(place, room, cut);
        case Form::decimal:
        case Form::time:
        case Form::text: break;
    }
    return text_value(place, room, cut);
}

Result<OdbcRow> OdbcSession::State::row() {
    OdbcRow row;
    bool has_cursor = false;
    size_t room = kMaxRowBytes;
    for (size_t i = 0; i < columns.size(); ++i) {
        const Column& column = columns[i];
        TRY_ASSIGN(const auto text, value(static_cast<SQLUSMALLINT>(i + 1), column.form, room, row.cut));
        const std::string name = json_written(column.name);
        if (!text) {
            writer.json(name, "null");
            continue;
        }
        bool plain = false;
        switch (column.form) {
            case Form::signed_integer:
            case Form::unsigned_integer:
            case Form::boolean: plain = true; break;
            case Form::decimal: plain = is_json_number(*text); break;
            case Form::floating: plain = text->find_first_of("in") == std::string::npos; break;  // not inf, nan
            default: break;
        }
        std::string written;
        if (plain) {
            written = *text;
        } else {
            base::append_json_string(written, *text);
            if (written.size() > room + 2 && column.form == Form::text) {  // of characters that are written as six
                row.cut = true;
                written.clear();
                base::append_json_string(written, std::string_view(*text).substr(0, room / 6));
            }
        }
        room -= std::min(room, written.size());
        writer.json(name, written);
        if (!has_cursor && base::equals_ignoring_case(column.name, query.cursor)) {
            has_cursor = true;
            auto cursor = normal_cursor(query.type, *text);
            if (!cursor) return base::fail(std::move(cursor).error().at("cursor"));
            row.cursor = std::move(*cursor);
        }
    }
    row.json = writer.take();
    if (!has_cursor) return base::fail(base::Error(ErrorCode::invalid_argument, "a row's '" + query.cursor + "' is NULL").at("cursor"));
    return row;
}

Result<uint64_t> OdbcSession::read(const std::string& cursor, uint64_t max_rows, const Take& take) {
    State& state = *state_;
    SQLLEN length = 0;
    TRY(state.execute(cursor, max_rows, length));
    const std::unique_ptr<void, decltype([](SQLHSTMT statement) { SQLFreeStmt(statement, SQL_CLOSE); })> closing(state.statement);
    uint64_t rows = 0;
    while (true) {
        const SQLRETURN got = SQLFetch(state.statement);
        if (got == SQL_NO_DATA) return rows;
        if (!succeeded(got)) return base::fail(state.error(SQL_HANDLE_STMT, state.statement, "read a row"));
        ++rows;
        TRY_ASSIGN(OdbcRow row, state.row());
        TRY_ASSIGN(const bool more, take(std::move(row)));
        if (!more) return rows;
    }
}

Result<std::vector<std::string>> OdbcSession::columns(const std::string& cursor) {
    SQLLEN length = 0;
    TRY(state_->execute(cursor, 1, length));
    SQLFreeStmt(state_->statement, SQL_CLOSE);
    std::vector<std::string> names;
    for (const Column& column : state_->columns) names.push_back(column.name);
    return names;
}

}  // namespace shuwei::collect
