#include "document_writer.hpp"

#include <functional>
#include <utility>

#include "json_text.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::collect {

std::string json_written(std::string_view text) {
    std::string quoted;
    base::append_json_string(quoted, text);
    return quoted.substr(1, quoted.size() - 2);
}

bool DocumentWriter::begin(std::string_view written_name) {
    if (!names_.insert(std::hash<std::string_view>{}(written_name)).second) return false;
    out_ += out_.empty() ? '{' : ',';
    out_ += '"';
    out_ += written_name;
    out_ += "\":";
    return true;
}

void DocumentWriter::text(std::string_view name, std::string_view value) {
    if (!value.empty() && begin(json_written(name))) base::append_json_string(out_, value);
}

void DocumentWriter::number(std::string_view name, int64_t value) { json(json_written(name), std::to_string(value)); }

void DocumentWriter::time(std::string_view name, base::Timestamp value) {
    json(name, '"' + event::format_rfc3339(value) + '"');
}

void DocumentWriter::json(std::string_view written_name, std::string_view value) {
    if (begin(written_name)) out_ += value;
}

void DocumentWriter::members(std::string_view object) {
    for (JsonParts parts(object); parts.next();) json(parts.name(), parts.value());
}

std::string DocumentWriter::take() {
    names_.clear();
    if (out_.empty()) out_ += '{';
    out_ += '}';
    return std::exchange(out_, {});
}

}  // namespace shuwei::collect
