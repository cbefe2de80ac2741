#include "database_cursor.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "shuwei/base/file.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::collect {

using base::ErrorCode;
using base::Result;
using nlohmann::json;

namespace {
constexpr size_t kMaxTies = 100'000;
}

Result<std::string> normal_cursor(CursorType type, const std::string& value) {
    if (type == CursorType::text) return value;
    const std::string_view text = base::trim(value);
    if (type == CursorType::integer) {
        const auto number = base::parse_int(text);
        if (!number) return base::fail(ErrorCode::invalid_argument, "'" + value + "' is not a whole number");
        return std::to_string(*number);
    }
    std::string out = "0000-00-00T00:00:00.000000000";
    bool sound = text.size() >= 10 && text.size() <= out.size();
    for (size_t i = 0; i < text.size() && sound; ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (i == 10) {
            sound = text[i] == 'T' || text[i] == ' ';
        } else if (out[i] == '0' ? digit : text[i] == out[i]) {
            out[i] = text[i];
        } else {
            sound = false;
        }
    }
    if (!sound) return base::fail(ErrorCode::invalid_argument, "'" + value + "' is not a time like 2026-11-21T10:00:00");
    return out;
}

Result<> DatabaseCursor::load(const std::filesystem::path& file) {
    auto text = base::read_file(file, 64 << 20);
    if (!text && text.error().code() == ErrorCode::not_found) return {};
    if (!text) return base::fail(std::move(text).error());
    try {
        const json document = json::parse(*text);
        if (document.at("version") != 1) return base::fail(ErrorCode::data_corrupt, file.string() + ": unknown version");
        std::string value = document.at("value");
        if (document.contains("value_base64")) value = base::base64_decode(document.at("value_base64").get<std::string>()).value_or(value);
        TRY_ASSIGN(value_, normal_cursor(type_, value));
        taken_ = document.at("taken").get<std::map<std::string, uint64_t>>();
    } catch (const json::exception& error) {
        return base::fail(ErrorCode::data_corrupt, file.string() + ": " + error.what());
    }
    return {};
}

Result<> DatabaseCursor::save(const std::filesystem::path& file) const {
    json document = {{"version", 1}, {"value", value_}, {"taken", taken_}};
    if (!base::is_valid_utf8(value_)) document["value_base64"] = base::base64_encode(value_);
    return base::write_file_durably(file, document.dump(1, ' ', false, json::error_handler_t::replace) + '\n', 0600);
}

int DatabaseCursor::compare(const std::string& a, const std::string& b) const {
    if (a == b) return 0;
    if (type_ == CursorType::text) return 1;  // the database's order of texts is its own
    if (type_ == CursorType::timestamp) return a < b ? -1 : 1;
    return base::parse_int(a).value_or(0) < base::parse_int(b).value_or(0) ? -1 : 1;
}

void DatabaseCursor::begin_reading() {
    began_at_ = value_;
    to_meet_ = taken_;
}

Result<bool> DatabaseCursor::take(const std::string& value, const std::string& digest) {
    if (compare(value, began_at_) < 0) return false;  // a driver that rounds the value down gives what lies before it, too
    const int order = compare(value, value_);
    if (order < 0) return base::fail(ErrorCode::invalid_argument, "rows are not in the order of the cursor's column: " + value + " after " + value_);
    if (order > 0) {
        value_ = value;
        taken_.clear();
    } else if (value == began_at_) {
        const auto met = to_meet_.find(digest);
        if (met != to_meet_.end() && met->second > 0) {
            --met->second;
            return false;
        }
    }
    if (taken_.size() >= kMaxTies) return base::fail(ErrorCode::too_large, "more than 100,000 rows share one value of the cursor: " + value);
    ++taken_[digest];
    return true;
}

}  // namespace shuwei::collect
