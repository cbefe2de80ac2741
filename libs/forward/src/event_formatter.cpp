#include "event_formatter.hpp"

#include "cef.hpp"
#include "flat_fields.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::forward {

using eventstore::StoredEvent;

namespace {

constexpr unsigned kUserNotice = 13;

// "<38>" at the beginning of a line; user.notice when there is none.
unsigned priority_of(std::string_view raw) {
    if (raw.size() < 3 || raw[0] != '<') return kUserNotice;
    const size_t end = raw.substr(0, 5).find('>');
    if (end == std::string_view::npos) return kUserNotice;
    const auto priority = base::parse_uint(raw.substr(1, end - 1));
    return priority && *priority <= 191 ? static_cast<unsigned>(*priority) : kUserNotice;
}

// A header field: printable ASCII without spaces, at most `most`; "-" when nothing is left.
void append_word(std::string& out, std::string_view text, size_t most) {
    text = text.substr(0, most);
    if (text.empty()) out += '-';
    for (const char c : text) out += c > ' ' && c < 0x7f ? c : '_';
}

void append_parameter(std::string& out, std::string_view name, std::string_view value) {
    out += ' ';
    out += name;
    out += "=\"";
    for (const char c : value) {
        if (c == '"' || c == '\\' || c == ']') out += '\\';
        out += c;
    }
    out += '"';
}

void append_header(std::string& out, const StoredEvent& event, std::string_view host, std::string_view program, std::string_view tenant) {
    const std::string peer = event.peer.is_unspecified() ? std::string() : event.peer.to_string();
    out += '<';
    out += std::to_string(priority_of(event.raw));
    out += ">1 ";
    event::append_rfc3339(out, event.time);
    out += ' ';
    append_word(out, host.empty() ? std::string_view(peer) : host, 255);
    out += ' ';
    append_word(out, program, 48);
    out += " - - ";
    if (!peer.empty()) {
        out += "[origin";
        append_parameter(out, "ip", peer);
        out += ']';
    }
    out += '[';
    out += kStructuredDataId;
    append_parameter(out, "seq", std::to_string(event.seq));
    append_parameter(out, "received", event::format_rfc3339(event.received));
    append_parameter(out, "tenant", tenant);
    out += "] ";
}

void append_json(std::string& out, const StoredEvent& event, std::string_view tenant) {
    out.append(event.json, 0, event.json.size() - 1);  // its '}'
    out += ",\"shuwei.tenant\":";
    base::append_json_string(out, tenant);
    out += '}';
}

}  // namespace

Envelope envelope_of(TargetKind kind, Format format) {
    const bool syslog = kind == TargetKind::syslog_udp || kind == TargetKind::syslog_tcp || kind == TargetKind::syslog_tls;
    return syslog || format == Format::raw ? Envelope::syslog : Envelope::bare;
}

std::vector<std::string> EventFormatter::fields() const {
    switch (format_) {
        case Format::raw: return {"host.name", "log.syslog.appname"};
        case Format::json: return {};
        case Format::cef: return cef_fields();
    }
    return {};
}

Message EventFormatter::format(const StoredEvent& event) const {
    Message message{event.seq, event.received, {}};
    std::string& out = message.bytes;
    out.reserve(event.json.size() + event.raw.size() + 256);
    if (envelope_ == Envelope::syslog) {
        const FlatFields fields(event.json);
        append_header(out, event, fields.text("host.name"), fields.text("log.syslog.appname"), tenant_);
    }
    switch (format_) {
        case Format::raw: out += event.raw; break;
        case Format::json: append_json(out, event, tenant_); break;
        case Format::cef: append_cef(out, event, tenant_); break;
    }
    return message;
}

}  // namespace shuwei::forward
