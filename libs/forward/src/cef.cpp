#include "cef.hpp"

#include <array>

#include "flat_fields.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::forward {
namespace {

struct Extension {
    std::string_view key;
    std::string_view field;
};

// CEF's key names for the fields that have one.
constexpr std::array kExtensions{
    Extension{"src", "source.ip"},
    Extension{"spt", "source.port"},
    Extension{"shost", "source.domain"},
    Extension{"sourceTranslatedAddress", "source.nat.ip"},
    Extension{"dst", "destination.ip"},
    Extension{"dpt", "destination.port"},
    Extension{"dhost", "destination.domain"},
    Extension{"destinationTranslatedAddress", "destination.nat.ip"},
    Extension{"suser", "user.name"},
    Extension{"sntdom", "user.domain"},
    Extension{"duser", "user.target.name"},
    Extension{"proto", "network.transport"},
    Extension{"app", "network.protocol"},
    Extension{"act", "event.action"},
    Extension{"outcome", "event.outcome"},
    Extension{"reason", "event.reason"},
    Extension{"cat", "event.category"},
    Extension{"in", "destination.bytes"},
    Extension{"out", "source.bytes"},
    Extension{"request", "url.original"},
    Extension{"requestMethod", "http.request.method"},
    Extension{"requestClientApplication", "user_agent.original"},
    Extension{"sproc", "process.name"},
    Extension{"spid", "process.pid"},
    Extension{"filePath", "file.path"},
    Extension{"fname", "file.name"},
    Extension{"fileHash", "file.hash.sha256"},
    Extension{"dvchost", "host.name"},
};

constexpr std::array<std::string_view, 12> kHeaderFields{
    "observer.vendor", "observer.product", "observer.version", "event.code", "event.name",         "event.severity",
    "message",         "rule.id",          "log.level",        "log.syslog.severity", "shuwei.pack", "log.syslog.appname"};

void append_header_text(std::string& out, std::string_view text, size_t most = 512) {
    out += '|';
    for (const char c : base::replace_invalid_utf8(text.substr(0, most))) {
        if (c == '|' || c == '\\') out += '\\';
        out += static_cast<uint8_t>(c) < 0x20 ? ' ' : c;
    }
}

void append_extension(std::string& out, std::string_view key, std::string_view value) {
    if (value.empty()) return;
    if (out.back() != '|') out += ' ';
    out += key;
    out += '=';
    for (const char c : base::replace_invalid_utf8(value)) {
        switch (c) {
            case '\\': out += "\\\\"; break;
            case '=': out += "\\="; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            default: out += static_cast<uint8_t>(c) < 0x20 ? ' ' : c;
        }
    }
}

std::string_view first_of(std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts) {
        if (!text.empty()) return text;
    }
    return {};
}

// 0 … 10 by the syslog severity of the line or the level the device named; what says neither is 3, low.
int severity_of(const FlatFields& fields) {
    constexpr int kBySyslog[] = {10, 10, 9, 8, 6, 4, 2, 0};
    if (const auto syslog = base::parse_uint(fields.text("log.syslog.severity")); syslog && *syslog <= 7) return kBySyslog[*syslog];
    const std::string level = base::to_ascii_lower(fields.text("log.level"));
    if (level == "emergency" || level == "alert" || level == "fatal") return 10;
    if (level == "critical" || level == "crit") return 9;
    if (level == "error" || level == "err" || level == "high") return 8;
    if (level == "warning" || level == "warn" || level == "medium") return 6;
    if (level == "notice") return 4;
    if (level == "informational" || level == "information" || level == "info" || level == "low") return 2;
    if (level == "debug" || level == "trace") return 0;
    return 3;
}

}  // namespace

std::vector<std::string> cef_fields() {
    std::vector<std::string> names(kHeaderFields.begin(), kHeaderFields.end());
    for (const Extension& extension : kExtensions) names.emplace_back(extension.field);
    return names;
}

void append_cef(std::string& out, const eventstore::StoredEvent& event, std::string_view tenant) {
    const FlatFields fields(event.json);
    out += "CEF:0";
    append_header_text(out, first_of({fields.text("observer.vendor"), "Shuwei"}));
    append_header_text(out, first_of({fields.text("observer.product"), fields.text("shuwei.pack"), fields.text("log.syslog.appname"), "log"}));
    append_header_text(out, fields.text("observer.version"));
    append_header_text(out, first_of({fields.text("event.code"), fields.text("rule.id"), fields.text("event.action"), "event"}));
    append_header_text(out, first_of({fields.text("event.name"), fields.text("event.action"), fields.text("message"), "event"}));
    append_header_text(out, std::to_string(severity_of(fields)));
    out += '|';
    append_extension(out, "rt", std::to_string(event.time / base::kMillisecond));
    append_extension(out, "deviceReceiptTime", std::to_string(event.received / base::kMillisecond));
    if (!event.peer.is_unspecified()) append_extension(out, "dvc", event.peer.to_string());
    append_extension(out, "externalId", std::to_string(event.seq));
    append_extension(out, "customerExternalID", tenant);
    for (const Extension& extension : kExtensions) append_extension(out, extension.key, fields.text(extension.field));
    append_extension(out, "msg", fields.has("message") ? fields.text("message") : std::string_view(event.raw));
}

}  // namespace shuwei::forward
