// One database connection with its prepared statements, over SOCI. Used by one thread at a time. Everything that is
// particular to SQLite in this library is in connection.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/ledger/transaction.hpp"

namespace shuwei::ledger {

class Connection {
public:
    enum class Mode { write, read };

    // Opens the existing file `path`.
    static base::Result<std::unique_ptr<Connection>> open(const std::filesystem::path& path, Mode mode,
                                                          base::Duration busy_timeout);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Visits each row, if the statement gives rows, and gives the number of rows that it changed.
    base::Result<int64_t> run(std::string_view sql, const Values& values,
                              const std::function<base::Result<>(const Row&)>& visit);
    base::Result<int64_t> run(std::string_view sql, const Values& values = {});

    // Several statements, without parameters.
    base::Result<> run_script(std::string_view sql);

    base::Result<> begin_write();  // waits for other writers up to the busy timeout
    base::Result<> begin_read();
    base::Result<> commit();
    void roll_back();

private:
    struct Prepared;
    struct Soci;
    explicit Connection(std::unique_ptr<Soci> soci);
    base::Result<Prepared*> prepared(std::string_view sql);

    std::unique_ptr<Soci> soci_;
};

}  // namespace shuwei::ledger
