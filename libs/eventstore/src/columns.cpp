#include "columns.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "shuwei/base/assert.hpp"

namespace shuwei::eventstore {
namespace {

struct Choice {
    event::FieldId field;
    ColumnKind kind;
};

// Fields that devices of many kinds fill, or that searches, statistics and detections ask for often. The rest of the
// catalogue lives in the Map like any other name: each column costs every small part a little.
constexpr Choice kChoices[] = {
    // who
    {event::user_name, ColumnKind::low_text},
    {event::user_domain, ColumnKind::low_text},
    {event::user_id, ColumnKind::low_text},
    {event::user_effective_name, ColumnKind::low_text},
    {event::user_target_name, ColumnKind::low_text},
    {event::user_agent_original, ColumnKind::low_text},
    // from and to
    {event::source_ip, ColumnKind::ip},
    {event::source_port, ColumnKind::integer},
    {event::source_domain, ColumnKind::text},
    {event::source_bytes, ColumnKind::integer},
    {event::source_nat_ip, ColumnKind::ip},
    {event::source_geo_country, ColumnKind::low_text},
    {event::destination_ip, ColumnKind::ip},
    {event::destination_port, ColumnKind::integer},
    {event::destination_domain, ColumnKind::text},
    {event::destination_bytes, ColumnKind::integer},
    {event::destination_nat_ip, ColumnKind::ip},
    {event::network_transport, ColumnKind::low_text},
    {event::network_protocol, ColumnKind::low_text},
    {event::network_direction, ColumnKind::low_text},
    {event::network_bytes, ColumnKind::integer},
    // what
    {event::event_action, ColumnKind::low_text},
    {event::event_category, ColumnKind::low_text},
    {event::event_code, ColumnKind::low_text},
    {event::event_dataset, ColumnKind::low_text},
    {event::event_kind, ColumnKind::low_text},
    {event::event_module, ColumnKind::low_text},
    {event::event_outcome, ColumnKind::low_text},
    {event::event_provider, ColumnKind::low_text},
    {event::event_reason, ColumnKind::low_text},
    {event::event_severity, ColumnKind::integer},
    {event::event_type, ColumnKind::low_text},
    {event::event_name, ColumnKind::low_text},
    {event::rule_id, ColumnKind::low_text},
    {event::threat_technique_id, ColumnKind::low_text},
    {event::message, ColumnKind::text},
    {event::host_name, ColumnKind::low_text},
    {event::host_ip, ColumnKind::ip},
    {event::process_name, ColumnKind::low_text},
    {event::process_pid, ColumnKind::integer},
    {event::process_executable, ColumnKind::low_text},
    {event::process_command_line, ColumnKind::text},
    {event::process_parent_executable, ColumnKind::low_text},
    {event::process_parent_command_line, ColumnKind::text},
    {event::file_path, ColumnKind::text},
    {event::file_name, ColumnKind::low_text},
    {event::file_hash_sha256, ColumnKind::text},
    {event::registry_path, ColumnKind::text},
    {event::url_original, ColumnKind::text},
    {event::url_path, ColumnKind::text},
    {event::url_query, ColumnKind::text},
    {event::url_domain, ColumnKind::low_text},
    {event::http_request_method, ColumnKind::low_text},
    {event::http_response_status_code, ColumnKind::integer},
    {event::dns_question_name, ColumnKind::text},
    {event::winlog_channel, ColumnKind::low_text},
    {event::winlog_computer_name, ColumnKind::low_text},
    {event::winlog_event_id, ColumnKind::integer},
    // by which device and source
    {event::log_level, ColumnKind::low_text},
    {event::log_syslog_appname, ColumnKind::low_text},
    {event::log_syslog_facility, ColumnKind::integer},
    {event::log_syslog_severity, ColumnKind::integer},
    {event::observer_ip, ColumnKind::ip},
    {event::observer_name, ColumnKind::low_text},
    {event::observer_product, ColumnKind::low_text},
    {event::observer_type, ColumnKind::low_text},
    {event::observer_vendor, ColumnKind::low_text},
    {event::shuwei_source, ColumnKind::low_text},
};

std::string_view type_of(ColumnKind kind) {
    switch (kind) {
        case ColumnKind::low_text: return "LowCardinality(String)";
        case ColumnKind::text: return "String";
        case ColumnKind::ip: return "IPv6";
        case ColumnKind::integer: return "Nullable(Int64)";
    }
    return "";
}

std::string_view codec_of(ColumnKind kind) { return kind == ColumnKind::integer ? "CODEC(T64, ZSTD(1))" : "CODEC(ZSTD(1))"; }

// A message is mostly the tail of its raw line, and is then kept as a place in it: storing both would cost half as much
// again for plain syslog.
constexpr std::string_view kMessageValue =
    "if(message_at = 0, message, substring(raw, message_at, length(raw) + 1 - message_at - message_tail))";

struct Table {
    std::vector<Column> columns;
    std::array<int16_t, event::known_field_count> by_field{};

    Table() {
        by_field.fill(kNoColumn);
        for (const Choice& choice : kChoices) {
            std::string name(event::field_info(choice.field)->name);
            std::replace(name.begin(), name.end(), '.', '_');
            SHUWEI_ASSERT(by_field[choice.field] == kNoColumn);
            by_field[choice.field] = static_cast<int16_t>(columns.size());
            std::string value = choice.field == event::message ? std::string(kMessageValue) : name;
            columns.push_back({choice.field, choice.kind, std::move(name), std::move(value), type_of(choice.kind), codec_of(choice.kind)});
        }
    }
};

const Table& table() {
    static const Table instance;
    return instance;
}

}  // namespace

std::span<const Column> field_columns() { return table().columns; }

int column_of(event::FieldId field) {
    return field < event::known_field_count ? table().by_field[field] : kNoColumn;
}

std::string events_table(uint32_t tenant) { return "events_" + std::to_string(tenant); }
std::string findings_table(uint32_t tenant) { return "findings_" + std::to_string(tenant); }

}  // namespace shuwei::eventstore
