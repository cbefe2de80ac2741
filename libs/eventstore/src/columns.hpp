// The columns of an event table: which field has one, of which kind, with which codec. docs/formats/event-table.md
// is the description for people. Immutable after first use; thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/event/field.hpp"

namespace shuwei::eventstore {

// Absent is '' for text and :: for addresses, NULL for numbers. A value that is not of the kind, an explicit '' or ::,
// and every further value of a field go to the Map `more` under the field's name.
enum class ColumnKind : uint8_t {
    low_text,  // LowCardinality(String): few different values
    text,      // String
    ip,        // IPv6, IPv4 as ::ffff:a.b.c.d
    integer,   // Nullable(Int64)
};

struct Column {
    event::FieldId field;
    ColumnKind kind;
    std::string name;   // of the column: source_ip
    std::string value;  // SQL that gives the value; the name, but for `message`
    std::string_view type;
    std::string_view codec;  // "CODEC(…)" or empty
};

// Columns of catalogue fields, in table order.
std::span<const Column> field_columns();
constexpr int kNoColumn = -1;
// Index in field_columns(), or kNoColumn: then the field lives in the Map `rest`.
int column_of(event::FieldId field);

// The whole table, as it is made and as older ones are brought up to.
struct TableColumn {
    std::string name;
    std::string type;
    std::string codec;
};
struct TableIndex {
    std::string name;
    std::string definition;
};
std::vector<TableColumn> events_columns();
std::vector<TableIndex> events_indexes();
std::vector<TableColumn> findings_columns();
std::vector<TableIndex> findings_indexes();

// Indexes on the raw line. They cost as much to build as all the rest of a row, and a merge builds them again: so they
// are left out until a day is over (EventStore::index_days). The n-grams are of valid UTF-8, as one stray byte would
// shift those behind it; what is not valid becomes U+FFFD there.
constexpr std::string_view kLateIndexes = "raw_grams,raw_bigrams,raw_charset";
constexpr std::string_view kRawText = "lower(toValidUTF8(raw))";
constexpr std::string_view kRawIsUtf8 = "isValidUTF8(raw)";

// CREATE TABLE IF NOT EXISTS.
std::string create_events_table(uint32_t tenant);
std::string create_findings_table(uint32_t tenant);

std::string events_table(uint32_t tenant);    // "events_7"
std::string findings_table(uint32_t tenant);  // "findings_7"

}  // namespace shuwei::eventstore
