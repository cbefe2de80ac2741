#include "connection.hpp"

#include <fmt/format.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <deque>

#include "shuwei/base/assert.hpp"

namespace shuwei::ledger {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

// Statement texts are constants save for the lists that Where builds; this many are kept prepared.
constexpr size_t kPreparedStatements = 256;

ErrorCode code_of(int sqlite_result, std::string_view message) {
    switch (sqlite_result & 0xff) {
        case SQLITE_FULL: return ErrorCode::resource_exhausted;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return ErrorCode::data_corrupt;
        case SQLITE_READONLY:
        case SQLITE_PERM: return ErrorCode::permission_denied;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return ErrorCode::unavailable;
        case SQLITE_CONSTRAINT:
            return message.find("UNIQUE constraint") != std::string_view::npos ? ErrorCode::already_exists
                                                                               : ErrorCode::conflict;
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN: return ErrorCode::io;
        default: return ErrorCode::internal;
    }
}

}  // namespace

struct Connection::Prepared {
    explicit Prepared(soci::session& session) : statement(session) {}

    soci::statement statement;
    std::shared_ptr<const std::vector<std::string>> columns;
};

struct Connection::Soci {
    std::string path;
    soci::session session;
    std::map<std::string, std::unique_ptr<Prepared>, std::less<>> statements;

    // SOCI exports no type information of its backends, which the vptr check would want.
    __attribute__((no_sanitize("vptr"))) sqlite_api::sqlite3* native() {
        return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
    }

    __attribute__((no_sanitize("vptr"))) static sqlite_api::sqlite3_stmt* native(Prepared& prepared) {
        return static_cast<soci::sqlite3_statement_backend*>(prepared.statement.get_backend())->stmt_;
    }

    Error error(const char* doing, const std::exception& thrown, std::string_view sql) {
        int result = SQLITE_ERROR;
        std::string message = thrown.what();
        // The connection's own words are shorter than SOCI's, which repeat statement and values: values may be
        // secrets and do not belong into messages.
        if (session.is_connected() && native() != nullptr) {
            result = sqlite_api::sqlite3_errcode(native());
            if (result != SQLITE_OK && result != SQLITE_ROW && result != SQLITE_DONE) {
                message = sqlite_api::sqlite3_errmsg(native());
            } else {
                result = SQLITE_ERROR;
                message = message.substr(0, message.find(" while "));
            }
        }
        const ErrorCode code = code_of(result, message);
        if (code == ErrorCode::unavailable) message = "another process is writing for too long (" + message + ")";
        if (code == ErrorCode::internal && !sql.empty()) message += fmt::format(" in \"{}\"", sql.substr(0, 120));
        return Error(code, fmt::format("ledger: {}: {}", doing, message)).at(path);
    }
};

Connection::Connection(std::unique_ptr<Soci> soci) : soci_(std::move(soci)) {}

Connection::~Connection() {
    try {
        soci_->statements.clear();
        soci_->session.close();
    } catch (const std::exception&) {
        // Nothing is left to do: what was committed is on disk.
    }
}

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& path, Mode mode,
                                                     base::Duration busy_timeout) {
    if (path.string().find('"') != std::string::npos)
        return base::fail(ErrorCode::invalid_argument,
                          "a ledger's path cannot contain a double quote: " + path.string());
    auto soci = std::make_unique<Soci>();
    soci->path = path.string();
    try {
        soci->session.open(soci::sqlite3, fmt::format("dbname=\"{}\"", path.string()));
    } catch (const std::exception& thrown) {
        return base::fail(soci->error("opening", thrown, {}));
    }
    std::unique_ptr<Connection> connection(new Connection(std::move(soci)));
    sqlite_api::sqlite3_busy_timeout(connection->soci_->native(), static_cast<int>(busy_timeout / base::kMillisecond));
    TRY(connection->run_script("PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;"));
    if (mode == Mode::write) {
        TRY(connection->run_script(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;"));
    } else {
        TRY(connection->run_script("PRAGMA query_only = ON;"));
    }
    return connection;
}

Result<Connection::Prepared*> Connection::prepared(std::string_view sql) {
    if (const auto found = soci_->statements.find(sql); found != soci_->statements.end()) return found->second.get();
    if (soci_->statements.size() >= kPreparedStatements) soci_->statements.clear();
    try {
        auto made = std::make_unique<Prepared>(soci_->session);
        made->statement.alloc();
        made->statement.prepare(std::string(sql));
        auto* native = Soci::native(*made);
        auto columns = std::make_shared<std::vector<std::string>>();
        for (int i = 0; i < sqlite_api::sqlite3_column_count(native); ++i)
            columns->emplace_back(sqlite_api::sqlite3_column_name(native, i));
        made->columns = std::move(columns);
        return soci_->statements.emplace(std::string(sql), std::move(made)).first->second.get();
    } catch (const std::exception& thrown) {
        return base::fail(soci_->error("preparing", thrown, sql));
    }
}

Result<int64_t> Connection::run(std::string_view sql, const Values& values) {
    return run(sql, values, [](const Row&) -> Result<> { return {}; });
}

Result<int64_t> Connection::run(std::string_view sql, const Values& values,
                                const std::function<Result<>(const Row&)>& visit) {
    TRY_ASSIGN(Prepared* const prepared, this->prepared(sql));
    soci::statement& statement = prepared->statement;
    const size_t columns = prepared->columns->size();
    SHUWEI_ASSERT(static_cast<size_t>(sqlite_api::sqlite3_bind_parameter_count(Soci::native(*prepared))) ==
                  values.size());

    // What SOCI binds to must stay in place until the statement is done.
    struct Reset {
        Prepared* prepared;
        ~Reset() {
            sqlite_api::sqlite3_reset(Soci::native(*prepared));
            try {
                prepared->statement.bind_clean_up();
            } catch (const std::exception&) {
            }
        }
    };
    std::deque<long long> integers;
    std::deque<double> reals;
    static const std::string no_text;
    soci::indicator null_indicator = soci::i_null;
    std::vector<std::string> cells(columns);
    std::vector<soci::indicator> indicators(columns, soci::i_ok);
    try {
        statement.bind_clean_up();
        const Reset reset{prepared};
        for (const Value& value : values) {
            if (const auto* integer = std::get_if<int64_t>(&value.get())) {
                statement.exchange(soci::use(integers.emplace_back(*integer)));
            } else if (const auto* real = std::get_if<double>(&value.get())) {
                statement.exchange(soci::use(reals.emplace_back(*real)));
            } else if (const auto* text = std::get_if<std::string>(&value.get())) {
                statement.exchange(soci::use(*text));
            } else {
                statement.exchange(soci::use(no_text, null_indicator));
            }
        }
        for (size_t i = 0; i < columns; ++i) statement.exchange(soci::into(cells[i], indicators[i]));
        statement.define_and_bind();
        bool more = statement.execute(true);
        if (columns == 0) return statement.get_affected_rows();
        Row row;
        row.names_ = prepared->columns;
        row.cells_.resize(columns);
        for (; more; more = statement.fetch()) {
            for (size_t i = 0; i < columns; ++i) {
                if (indicators[i] == soci::i_null) {
                    row.cells_[i].reset();
                } else {
                    row.cells_[i] = cells[i];
                }
            }
            TRY(visit(row));
        }
        return statement.get_affected_rows();
    } catch (const std::exception& thrown) {
        return base::fail(soci_->error("running", thrown, sql));
    }
}

Result<> Connection::run_script(std::string_view sql) {
    char* message = nullptr;
    const int result = sqlite_api::sqlite3_exec(soci_->native(), std::string(sql).c_str(), nullptr, nullptr, &message);
    if (result == SQLITE_OK) return {};
    const std::string text = message != nullptr ? message : "unknown";
    sqlite_api::sqlite3_free(message);
    return base::fail(Error(code_of(result, text), fmt::format("ledger: {}", text)).at(soci_->path));
}

Result<> Connection::begin_write() { return run_script("BEGIN IMMEDIATE"); }
Result<> Connection::begin_read() { return run_script("BEGIN"); }
Result<> Connection::commit() { return run_script("COMMIT"); }

void Connection::roll_back() {
    // After some errors (a full disk) SQLite has rolled back by itself; then there is nothing to do.
    if (sqlite_api::sqlite3_get_autocommit(soci_->native()) == 0) (void)run_script("ROLLBACK");
}

}  // namespace shuwei::ledger
