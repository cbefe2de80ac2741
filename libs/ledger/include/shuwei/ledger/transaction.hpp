// What a domain does with the ledger: statements with bound parameters inside a snapshot (Reader) or a write
// transaction (Transaction). Both live only inside Ledger::read and Ledger::transaction, on the calling thread.
//
// Parameters are written `?` and always bound; statement texts are constants of the program, apart from what Where
// builds. Times are bound as int64 nanoseconds, booleans as 0/1, text as UTF-8 (bytes go in as hex or base64).
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "shuwei/base/result.hpp"

namespace shuwei::ledger {

// One bound parameter. Integers, booleans, doubles, text, and optionals of them (nothing = NULL).
class Value {
public:
    Value(std::nullptr_t) : value_(std::monostate{}) {}
    Value(std::nullopt_t) : value_(std::monostate{}) {}
    template <typename T>
    requires std::is_integral_v<T> Value(T number) : value_(static_cast<int64_t>(number)) {}
    Value(double number) : value_(number) {}
    Value(std::string text) : value_(std::move(text)) {}
    Value(std::string_view text) : value_(std::string(text)) {}
    Value(const char* text) : value_(std::string(text)) {}
    template <typename T>
    Value(const std::optional<T>& maybe) : value_(maybe ? Value(*maybe).value_ : Variant(std::monostate{})) {}

    using Variant = std::variant<std::monostate, int64_t, double, std::string>;
    const Variant& get() const { return value_; }

private:
    Variant value_;
};

using Values = std::vector<Value>;

// One row read. Columns are found by name or index; asking for one that the statement does not give is a bug.
// NULL reads as 0, 0.0 or "" unless is_null or a maybe_ form is asked.
class Row {
public:
    int64_t integer(std::string_view column) const;
    double real(std::string_view column) const;
    bool boolean(std::string_view column) const { return integer(column) != 0; }
    const std::string& text(std::string_view column) const;
    bool is_null(std::string_view column) const;
    std::optional<int64_t> maybe_integer(std::string_view column) const;
    std::optional<std::string> maybe_text(std::string_view column) const;

    int64_t integer(size_t index) const;
    const std::string& text(size_t index) const;
    bool is_null(size_t index) const;
    size_t size() const { return cells_.size(); }

private:
    friend class Connection;
    size_t index_of(std::string_view column) const;

    std::shared_ptr<const std::vector<std::string>> names_;
    std::vector<std::optional<std::string>> cells_;
};

class Connection;  // private to the library: one database connection with its prepared statements

class Reader {
public:
    explicit Reader(Connection& connection) : connection_(connection) {}
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    base::Result<std::vector<Row>> query(std::string_view sql, const Values& values = {});
    base::Result<std::optional<Row>> query_one(std::string_view sql, const Values& values = {});  // the first row

    // The first column of the first row; 0 when there is none. For counts.
    base::Result<int64_t> query_integer(std::string_view sql, const Values& values = {});

    // Row by row without holding all of them; an error of `visit` ends it.
    base::Result<> for_each(std::string_view sql, const Values& values,
                            const std::function<base::Result<>(const Row&)>& visit);

protected:
    Connection& connection_;
};

class Transaction : public Reader {
public:
    using Reader::Reader;

    // Gives the number of rows changed. Errors: already_exists for a broken unique key, conflict for another broken
    // constraint or a trigger that refuses, resource_exhausted for a full disk, data_corrupt, permission_denied.
    base::Result<int64_t> execute(std::string_view sql, const Values& values = {});

    // Runs after the commit, on this thread, in order; never when the transaction fails. For caches and live pages.
    void on_commit(std::function<void()> action) { after_commit_.push_back(std::move(action)); }

private:
    friend class Ledger;
    std::vector<std::function<void()>> after_commit_;
};

}  // namespace shuwei::ledger
