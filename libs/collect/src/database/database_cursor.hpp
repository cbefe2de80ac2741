// How far a table was read: the newest value of the cursor's column, and which rows of that value were taken, so that a
// query with ">=" may give them again. Rows that are alike in every column are counted, none is lost. A value; durable by
// load() and save() (docs/formats/input-positions.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "shuwei/base/result.hpp"

namespace shuwei::collect {

enum class CursorType : uint8_t { integer, timestamp, text };

// As it is compared and kept: a whole number; "2026-11-21T10:00:00.000000000"; text as it is. invalid_argument.
base::Result<std::string> normal_cursor(CursorType type, const std::string& value);

class DatabaseCursor {
public:
    DatabaseCursor(CursorType type, std::string start) : type_(type), value_(std::move(start)) {}

    // Nothing there leaves the cursor at its start; data_corrupt when the file cannot be understood.
    base::Result<> load(const std::filesystem::path& file);
    base::Result<> save(const std::filesystem::path& file) const;

    const std::string& value() const { return value_; }
    size_t ties() const { return taken_.size(); }

    // A query begins again at value().
    void begin_reading();
    // The next row: whether it is new. invalid_argument when the rows are not in the cursor's order, too_large when more
    // than 100,000 rows share one value.
    base::Result<bool> take(const std::string& value, const std::string& digest);

private:
    int compare(const std::string& a, const std::string& b) const;  // of text: 0 or 1

    CursorType type_;
    std::string value_;
    std::map<std::string, uint64_t> taken_;  // rows of value_, by digest
    // While reading:
    std::string began_at_;
    std::map<std::string, uint64_t> to_meet_;  // rows of began_at_ taken before
};

}  // namespace shuwei::collect
