#include "odbc_kind.hpp"

#include <fmt/format.h>

#include "database_poll.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::collect {

using base::ErrorCode;
using base::Result;

namespace {

constexpr base::Duration kTrialTime = 13 * base::kSecond;

constexpr std::string_view kCursorTypes[] = {"integer", "timestamp", "text"};

constexpr InputField kFields[] = {
    {.name = "connection", .need = InputFieldNeed::required},
    {.name = "password", .type = InputFieldType::secret},
    {.name = "query", .type = InputFieldType::block, .need = InputFieldNeed::required},
    {.name = "cursor", .need = InputFieldNeed::required},
    {.name = "cursor_type", .type = InputFieldType::choice, .fallback = "integer", .choices = kCursorTypes},
    {.name = "start"},  // 0, 1970-01-01 or an empty text
    {.name = "interval", .type = InputFieldType::integer, .fallback = "60", .least = 1, .most = 86'400},
    {.name = "rows", .type = InputFieldType::integer, .fallback = "1000", .least = 10, .most = 10'000},
    {.name = "timeout", .type = InputFieldType::integer, .fallback = "60", .least = 1, .most = 600},
};

Result<DatabasePollOptions> options_of(const InputSettings& settings) {
    const auto wrong = [](std::string_view field, base::Error error) { return base::fail(std::move(error).at(std::string(field))); };
    DatabasePollOptions options;
    OdbcQuery& query = options.query;
    query.connection = settings.text("connection");
    if (auto sound = check_connection(query.connection); !sound) return wrong("connection", std::move(sound).error());
    query.password = settings.text("password");
    query.text = base::trim(settings.text("query"));
    while (query.text.ends_with(';')) query.text.pop_back();
    const auto comparison = check_select(query.text);
    if (!comparison) return wrong("query", comparison.error());
    options.comparison = *comparison;
    query.cursor = settings.text("cursor");
    const std::string& type = settings.text("cursor_type");
    query.type = type == "timestamp" ? CursorType::timestamp : type == "text" ? CursorType::text : CursorType::integer;
    if (query.type != CursorType::integer && options.comparison == CursorComparison::greater) {
        return wrong("query", base::Error(ErrorCode::invalid_argument, "compare with '>=': rows that come later with the same " + type + " would be lost (those taken are not taken again)"));
    }
    std::string start = settings.text("start");
    if (start.empty() && query.type == CursorType::integer) start = "0";
    if (start.empty() && query.type == CursorType::timestamp) start = "1970-01-02";
    auto normal = normal_cursor(query.type, start);
    if (!normal) return wrong("start", std::move(normal).error());
    options.start = std::move(*normal);
    query.seconds = static_cast<int>(settings.integer("timeout"));
    options.interval = settings.integer("interval") * base::kSecond;
    options.rows = static_cast<size_t>(settings.integer("rows"));
    return options;
}

// Databases that are files (SQLite).
std::vector<std::string> files(const InputSettings& settings) { return files_of_connection(settings.text("connection")); }

Result<std::unique_ptr<Input>> start(const InputSettings& settings, const InputPlace& place) {
    TRY_ASSIGN(auto options, options_of(settings));
    for (const std::string& file : files(settings)) {
        if (place.readable.hold_file(file)) continue;
        return base::fail(base::Error(ErrorCode::permission_denied, "'" + file + "' is in none of the folders that may be read").at("connection"));
    }
    return DatabasePoll::start(std::move(options), place);
}

Result<InputTrial> test(const InputSettings& settings) {
    TRY_ASSIGN(auto options, options_of(settings));
    options.query.seconds = static_cast<int>(kTrialTime / base::kSecond);
    const auto look = [options]() -> Result<std::vector<std::string>> {
        TRY_ASSIGN(const auto session, OdbcSession::connect(options.query));
        return session->columns(options.start);
    };
    BoundedCalls calls;
    TRY_ASSIGN(const auto names, calls.run<std::vector<std::string>>(look, StopSignal(), kTrialTime));
    return InputTrial{{fmt::format("{}: {}", names.size(), fmt::join(names, ", "))}};
}

}  // namespace

const InputKind kOdbcKind{"odbc", kFields, start, test, files};

}  // namespace shuwei::collect
