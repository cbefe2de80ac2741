#include "select_check.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include "shuwei/base/text.hpp"

namespace shuwei::collect {

using base::ErrorCode;
using base::Result;

namespace {

// Words that change something within a SELECT or WITH, or begin another statement where no ';' is needed (T-SQL). As names of
// columns they can be quoted.
constexpr std::array<std::string_view, 30> kRefused = {
    "alter", "backup", "begin", "bulk", "commit", "create", "dbcc", "declare", "delete", "deny", "drop",
    "exec", "execute", "grant", "insert", "into", "kill", "lock", "merge", "procedure", "reconfigure",
    "restore", "revoke", "rollback", "set", "shutdown", "truncate", "update", "use", "waitfor"};

Result<> refuse(std::string what) { return base::fail(ErrorCode::invalid_argument, std::move(what)); }

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

Result<CursorComparison> check_select(std::string_view query) {
    query = base::trim(query);
    if (query.ends_with(';')) query = base::trim(query.substr(0, query.size() - 1));
    std::optional<CursorComparison> comparison;
    std::string_view operation;  // signs before the place we are at
    std::string first_word;
    size_t at = 0;
    while (at < query.size()) {
        const char c = query[at];
        const std::string_view two = query.substr(at, 2);
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
            ++at;
            continue;
        }
        const std::string_view before = std::exchange(operation, {});
        if (c == '\'' || c == '"' || c == '`' || c == '[') {
            const char closing = c == '[' ? ']' : c;
            const size_t end = query.find(closing, at + 1);
            if (end == std::string_view::npos) return base::fail(refuse("a quotation has no end").error());
            if (query.substr(at, end - at).find('\\') != std::string_view::npos) {
                return base::fail(refuse("a backslash within quotes means different things to different databases").error());
            }
            at = end + 1;  // a doubled quote begins the next quotation
        } else if (two == "--" || two == "/*" || c == '#') {
            return base::fail(refuse("comments are not taken").error());
        } else if (c == ';') {
            return base::fail(refuse("more than one statement").error());
        } else if (c == '$') {
            return base::fail(refuse("'$' is not taken").error());
        } else if (c == '?') {
            if (comparison) return base::fail(refuse("more than one '?'").error());
            if (before != ">" && before != ">=") return base::fail(refuse("'?' must follow '>' or '>='").error());
            comparison = before == ">" ? CursorComparison::greater : CursorComparison::greater_or_equal;
            ++at;
        } else if (is_word(c)) {
            size_t end = at;
            while (end < query.size() && is_word(query[end])) ++end;
            const std::string word = base::to_ascii_lower(query.substr(at, end - at));
            if (first_word.empty()) first_word = word;
            if (std::binary_search(kRefused.begin(), kRefused.end(), word)) {
                return base::fail(refuse("'" + word + "' is not taken: a query only reads (a column of that name needs quotes)").error());
            }
            at = end;
        } else {
            size_t end = at;
            while (end < query.size() && std::string_view("<>=!").find(query[end]) != std::string_view::npos) ++end;
            if (end == at) {
                ++at;
                continue;
            }
            operation = query.substr(at, end - at);
            at = end;
        }
    }
    if (first_word != "select" && first_word != "with") return base::fail(refuse("must begin with SELECT or WITH").error());
    if (!comparison) return base::fail(refuse("has no '?' for the cursor's value, as in: WHERE id > ? ORDER BY id").error());
    return *comparison;
}

namespace {

// Calls take(key in small letters, value) for each pair, until it fails.
template <typename Take>
Result<> for_each_pair(std::string_view connection, Take take) {
    size_t at = 0;
    while (at < connection.size()) {
        if (connection[at] == ';' || connection[at] == ' ') {
            ++at;
            continue;
        }
        const size_t equals = connection.find('=', at);
        if (equals == std::string_view::npos) return refuse("expected key=value pairs with ';' between them");
        const std::string key = base::to_ascii_lower(base::trim(connection.substr(at, equals - at)));
        size_t begin = equals + 1;
        while (begin < connection.size() && connection[begin] == ' ') ++begin;
        const bool braced = begin < connection.size() && connection[begin] == '{';
        size_t end = braced ? connection.find('}', begin) : connection.find(';', begin);
        if (braced && end == std::string_view::npos) return refuse("'{' has no '}'");
        if (braced && connection.substr(end + 1, 1) == "}") return refuse("'}}' is not taken");
        if (end == std::string_view::npos) end = connection.size();
        const std::string_view value = base::trim(connection.substr(begin + (braced ? 1 : 0), end - begin - (braced ? 1 : 0)));
        at = end + (braced ? 1 : 0);
        TRY(take(key, value));
    }
    return {};
}

}  // namespace

Result<> check_connection(std::string_view connection) {
    static constexpr std::string_view kRefusedKeys[] = {
        "filedsn", "savefile", "loadext", "initstmt", "init_command", "connsettings", "plugin_dir", "plugindir", "setup", "debug", "commlog",
        "logfile", "trace", "tracefile", "translationdll", "translationname", "pwd", "password", "savepassword", "ldap", "pqopt"};
    bool named = false;
    TRY(for_each_pair(connection, [&](const std::string& key, std::string_view value) -> Result<> {
        if (key == "pwd" || key == "password") return refuse("the password has a field of its own");
        if (std::find(std::begin(kRefusedKeys), std::end(kRefusedKeys), key) != std::end(kRefusedKeys)) return refuse("'" + key + "' is not taken");
        if (key == "driver" && value.find('/') != std::string_view::npos) return refuse("a driver is given by its name in odbcinst.ini");
        named = named || key == "driver" || key == "dsn";
        return {};
    }));
    if (!named) return refuse("names neither a Driver nor a DSN");
    return {};
}

std::vector<std::string> files_of_connection(std::string_view connection) {
    std::vector<std::string> files;
    bool is_file = false;
    std::string database;
    (void)for_each_pair(connection, [&](const std::string& key, std::string_view value) -> Result<> {
        is_file = is_file || (key == "driver" && base::to_ascii_lower(value).find("sqlite") != std::string::npos);
        std::error_code ignored;
        const bool names_file = value.find('/') != std::string_view::npos || std::filesystem::is_regular_file(value, ignored);
        if (names_file) files.emplace_back(value);
        if (key == "database" && !names_file) database = value;
        return {};
    });
    if (is_file && (files.empty() || !database.empty())) files.push_back(database);
    return files;
}

}  // namespace shuwei::collect
