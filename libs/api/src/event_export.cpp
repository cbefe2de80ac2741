#include "event_export.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "shuwei/event/predicate.hpp"

namespace shuwei::api {
namespace {

constexpr std::string_view kUsualColumns[] = {
    "event.ingested", "shuwei.tenant",  "shuwei.source",    "shuwei.pack",  "host.name",     "user.name",     "source.ip", "source.port",
    "destination.ip", "destination.port", "event.category", "event.action", "event.outcome", "event.severity", "message",   "event.original"};

}  // namespace

void append_csv_cell(std::string& out, std::string_view text) {
    const bool formula = !text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos &&
                         !event::parse_number_value(text);
    const bool quoted = text.find_first_of(",\"\r\n") != std::string_view::npos || formula;
    if (!quoted) {
        out += text;
        return;
    }
    out += '"';
    if (formula) out += '\'';
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

EventExport::EventExport(Context& context, ExportFormat format, std::vector<std::string> columns, ByteOrderMark mark)
    : renderer_(context), format_(format), mark_(mark) {
    fields_ = columns;
    if (format_ == ExportFormat::ndjson) return;
    if (columns.empty()) columns.assign(std::begin(kUsualColumns), std::end(kUsualColumns));
    fields_ = columns;
    columns_ = {"@timestamp", "shuwei.seq"};
    for (std::string& column : columns) {
        if (std::ranges::find(columns_, column) == columns_.end()) columns_.push_back(std::move(column));
    }
}

std::string EventExport::head() const {
    if (format_ == ExportFormat::ndjson) return {};
    std::string out = mark_ == ByteOrderMark::yes ? "\xEF\xBB\xBF" : "";
    for (size_t i = 0; i < columns_.size(); ++i) {
        if (i > 0) out += ',';
        // Ours begin with @timestamp, which programs look for as it is.
        if (i == 0) {
            out += columns_[i];
        } else {
            append_csv_cell(out, columns_[i]);
        }
    }
    return out + "\r\n";
}

void EventExport::append(std::string& out, const eventstore::StoredEvent& event) {
    const std::string text = renderer_.json(event);
    if (format_ == ExportFormat::ndjson) {
        out += text;
        out += '\n';
        return;
    }
    const auto value = nlohmann::json::parse(text, nullptr, false);
    for (size_t i = 0; i < columns_.size(); ++i) {
        if (i > 0) out += ',';
        const auto member = value.find(columns_[i]);
        if (member == value.end() || member->is_null()) continue;
        append_csv_cell(out, member->is_string() ? member->get_ref<const std::string&>()
                                                 : member->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
    out += "\r\n";
}

}  // namespace shuwei::api
