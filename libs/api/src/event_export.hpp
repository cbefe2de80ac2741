// Events on their way into a file: rows of text appended to a growing piece, which goes out when it is large enough.
// One owner, the thread of the request.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "event_render.hpp"

namespace shuwei::api {

enum class ExportFormat : uint8_t { ndjson, csv };
enum class ByteOrderMark : uint8_t { no, yes };

class EventExport {
public:
    // `columns` of a CSV file besides @timestamp and shuwei.seq, which come first in every row; empty = kUsualColumns.
    EventExport(Context& context, ExportFormat format, std::vector<std::string> columns, ByteOrderMark mark);

    std::string head() const;  // of the file: the names of the columns; empty for NDJSON
    void append(std::string& out, const eventstore::StoredEvent& event);
    // What the event store is to read; empty = everything.
    const std::vector<std::string>& fields() const { return fields_; }

private:
    EventRenderer renderer_;
    ExportFormat format_;
    ByteOrderMark mark_;
    std::vector<std::string> columns_;
    std::vector<std::string> fields_;
};

// A text as a CSV cell. What a spreadsheet would run as a formula (a leading = + - @, tab or line end) gets an
// apostrophe in front, unless it is a number.
void append_csv_cell(std::string& out, std::string_view text);

}  // namespace shuwei::api
