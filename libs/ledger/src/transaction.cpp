#include "shuwei/ledger/transaction.hpp"

#include <charconv>

#include "connection.hpp"
#include "shuwei/base/assert.hpp"

namespace shuwei::ledger {

using base::Result;

size_t Row::index_of(std::string_view column) const {
    for (size_t i = 0; i < names_->size(); ++i)
        if ((*names_)[i] == column) return i;
    SHUWEI_ASSERT(!"the statement does not give this column");
    return 0;
}

int64_t Row::integer(size_t index) const {
    SHUWEI_ASSERT(index < cells_.size());
    if (!cells_[index]) return 0;
    const std::string& cell = *cells_[index];
    int64_t number = 0;
    std::from_chars(cell.data(), cell.data() + cell.size(), number);
    return number;
}

const std::string& Row::text(size_t index) const {
    static const std::string empty;
    SHUWEI_ASSERT(index < cells_.size());
    return cells_[index] ? *cells_[index] : empty;
}

bool Row::is_null(size_t index) const {
    SHUWEI_ASSERT(index < cells_.size());
    return !cells_[index].has_value();
}

int64_t Row::integer(std::string_view column) const { return integer(index_of(column)); }
const std::string& Row::text(std::string_view column) const { return text(index_of(column)); }
bool Row::is_null(std::string_view column) const { return is_null(index_of(column)); }

double Row::real(std::string_view column) const {
    const std::string& cell = text(column);
    double number = 0;
    std::from_chars(cell.data(), cell.data() + cell.size(), number);
    return number;
}

std::optional<int64_t> Row::maybe_integer(std::string_view column) const {
    const size_t index = index_of(column);
    if (is_null(index)) return std::nullopt;
    return integer(index);
}

std::optional<std::string> Row::maybe_text(std::string_view column) const { return cells_[index_of(column)]; }

Result<std::vector<Row>> Reader::query(std::string_view sql, const Values& values) {
    std::vector<Row> rows;
    TRY(connection_.run(sql, values, [&rows](const Row& row) -> Result<> {
        rows.push_back(row);
        return {};
    }));
    return rows;
}

Result<std::optional<Row>> Reader::query_one(std::string_view sql, const Values& values) {
    std::optional<Row> first;
    TRY(connection_.run(sql, values, [&first](const Row& row) -> Result<> {
        if (!first) first = row;
        return {};
    }));
    return first;
}

Result<int64_t> Reader::query_integer(std::string_view sql, const Values& values) {
    TRY_ASSIGN(const auto row, query_one(sql, values));
    return row ? row->integer(size_t{0}) : 0;
}

Result<> Reader::for_each(std::string_view sql, const Values& values,
                          const std::function<Result<>(const Row&)>& visit) {
    TRY(connection_.run(sql, values, visit));
    return {};
}

Result<int64_t> Transaction::execute(std::string_view sql, const Values& values) {
    return connection_.run(sql, values);
}

}  // namespace shuwei::ledger
