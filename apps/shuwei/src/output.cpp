#include "output.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace shuwei::app {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string cell(const Json& row, const std::string& column) {
    const auto found = row.find(column);
    if (found == row.end() || found->is_null()) return "";
    return found->is_string() ? found->get<std::string>() : dump(*found);
}

// Columns a terminal needs for the text: CJK characters are two wide.
size_t width(std::string_view text) {
    size_t columns = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xC0) == 0x80) continue;
        columns += byte >= 0xE3 ? 2 : 1;
    }
    return columns;
}

// Control characters would let a log line move the cursor of whoever looks at it.
std::string printable(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    }
    return text;
}

void print_table(const std::vector<Json>& rows, const std::vector<std::string>& columns) {
    std::vector<std::vector<std::string>> cells{columns};
    for (const Json& row : rows) {
        auto& line = cells.emplace_back();
        for (const auto& column : columns) line.push_back(printable(cell(row, column)));
    }
    std::vector<size_t> widths(columns.size());
    for (const auto& line : cells) {
        for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width(line[i]));
    }
    for (const auto& line : cells) {
        for (size_t i = 0; i < line.size(); ++i) {
            std::fputs(line[i].c_str(), stdout);
            if (i + 1 < line.size()) std::printf("%*s", static_cast<int>(widths[i] - width(line[i]) + 2), "");
        }
        std::putchar('\n');
    }
}

void print_csv(const std::vector<Json>& rows, const std::vector<std::string>& columns) {
    const auto print = [](const std::vector<std::string>& line) {
        for (size_t i = 0; i < line.size(); ++i) {
            if (i > 0) std::putchar(',');
            std::string text = line[i];
            // A spreadsheet takes these beginnings for a formula.
            if (!text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos) text.insert(0, "'");
            const bool quote = text.find_first_of("\",\r\n") != std::string::npos;
            if (quote) std::putchar('"');
            for (const char c : text) {
                if (c == '"') std::putchar('"');
                std::putchar(c);
            }
            if (quote) std::putchar('"');
        }
        std::fputs("\r\n", stdout);
    };
    print(columns);
    for (const Json& row : rows) {
        std::vector<std::string> line;
        for (const auto& column : columns) line.push_back(cell(row, column));
        print(line);
    }
}

}  // namespace

void print_rows(const std::vector<Json>& rows, OutputFormat format, std::vector<std::string> columns) {
    if (columns.empty() && !rows.empty()) {
        for (const auto& [name, value] : rows.front().items()) columns.push_back(name);
    }
    switch (format) {
        case OutputFormat::ndjson:
            for (const Json& row : rows) std::printf("%s\n", dump(row).c_str());
            return;
        case OutputFormat::json: {
            Json array = Json::array();
            for (const Json& row : rows) array.push_back(row);
            std::printf("%s\n", array.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
            return;
        }
        case OutputFormat::table: print_table(rows, columns); return;
        case OutputFormat::csv: print_csv(rows, columns); return;
    }
}

}  // namespace shuwei::app
