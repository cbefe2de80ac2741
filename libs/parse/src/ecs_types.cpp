#include "ecs_types.hpp"

#include <algorithm>
#include <array>

namespace shuwei::parse {
namespace {

// Field sets of ECS, sorted.
constexpr std::array<std::string_view, 51> kFieldSets{
    "agent",    "client",    "cloud",   "container", "data_stream", "destination", "device",  "dll",     "dns",        "ecs",
    "email",    "error",     "event",   "faas",      "file",        "geo",         "group",   "hash",    "host",       "http",
    "interface", "log",      "network", "observer",  "orchestrator", "organization", "os",    "package", "pe",         "process",
    "registry", "related",   "risk",    "rule",      "server",      "service",     "shuwei",  "source",  "span",       "threat",
    "tls",      "trace",     "transaction", "url",   "user",        "user_agent",  "vlan",    "volume",  "vulnerability", "winlog", "x509"};

constexpr std::string_view kIntegers[] = {"port",      "bytes",    "packets",   "pid",      "pgid",   "ppid",     "exit_code", "size",
                                          "status_code", "severity", "duration", "priority", "sequence", "args_count", "vpid", "rows"};
constexpr std::string_view kTimes[] = {"start", "end", "created", "ingested", "mtime", "ctime", "accessed", "not_after", "not_before"};

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('.') + 1); }

template <typename List>
bool holds(const List& list, std::string_view word) {
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

}  // namespace

bool is_ecs_name(std::string_view name) {
    if (name == "message" || name == "tags" || name == "labels" || name == "@timestamp") return true;
    const size_t dot = name.find('.');
    return dot != std::string_view::npos && std::binary_search(kFieldSets.begin(), kFieldSets.end(), name.substr(0, dot));
}

TargetKind target_kind(std::string_view name) {
    if (name == "@timestamp") return TargetKind::event_time;
    if (name == "network.transport") return TargetKind::transport;
    if (name == "network.protocol" || name == "network.direction" || name == "network.type") return TargetKind::lower;
    if (name == "winlog.event_id" || name == "winlog.record_id") return TargetKind::integer;
    if (name.starts_with("winlog.")) return TargetKind::as_is;
    if (!is_ecs_name(name)) return TargetKind::as_is;
    const std::string_view last = last_part(name);
    if (last == "mac") return TargetKind::mac;
    const event::FieldId id = event::find_field(name);
    if (const event::FieldInfo* info = id == event::kNoField ? nullptr : event::field_info(id)) {
        switch (info->type) {
            case event::FieldType::keyword:
            case event::FieldType::text: return TargetKind::keyword;
            case event::FieldType::ip: return TargetKind::ip;
            case event::FieldType::integer: return TargetKind::integer;
            case event::FieldType::number: return TargetKind::number;
            case event::FieldType::boolean: return TargetKind::boolean;
            case event::FieldType::timestamp: return TargetKind::timestamp;
        }
    }
    if (last == "ip") return TargetKind::ip;
    if (holds(kIntegers, last) || name == "process.thread.id" || name.ends_with("thread.id")) return TargetKind::integer;
    if (holds(kTimes, last)) return TargetKind::timestamp;
    if (name == "event.risk_score") return TargetKind::number;
    return TargetKind::keyword;
}

}  // namespace shuwei::parse
