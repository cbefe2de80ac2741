#include "shuwei/detect/entities.hpp"

#include <initializer_list>

#include "shuwei/base/text.hpp"

namespace shuwei::detect {
namespace {

using event::Event;
using event::EventBatch;
using event::FieldId;

struct Names {
    FieldId client_ip = event::intern_field("client.ip");
    FieldId win_address = event::intern_field("winlog.event_data.IpAddress");
    FieldId win_source_ip = event::intern_field("winlog.event_data.SourceIp");
    FieldId win_subject = event::intern_field("winlog.event_data.SubjectUserName");
    FieldId win_user = event::intern_field("winlog.event_data.User");
    FieldId win_destination_ip = event::intern_field("winlog.event_data.DestinationIp");
};

const Names& names() {
    static const Names all;
    return all;
}

bool is_said(std::string_view text) { return !text.empty() && text != "-"; }

bool is_address(std::string_view text) {
    if (!is_said(text) || text == "0.0.0.0" || text == "::" || text == "::1") return false;
    return !text.starts_with("127.");
}

// Machine accounts and the system's own are nobody one would ask.
bool is_person(std::string_view text) {
    if (!is_said(text) || text.ends_with('$')) return false;
    const size_t slash = text.rfind('\\');
    const std::string_view name = slash == std::string_view::npos ? text : text.substr(slash + 1);
    for (const std::string_view system : {"SYSTEM", "LOCAL SERVICE", "NETWORK SERVICE", "ANONYMOUS LOGON"}) {
        if (base::equals_ignoring_case(name, system)) return false;
    }
    return !name.ends_with('$');
}

std::string cut(std::string_view text) {
    if (text.size() > kMaxEntityBytes) {
        size_t end = kMaxEntityBytes;
        while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;
        text = text.substr(0, end);
    }
    return std::string(text);
}

struct Found {
    std::string_view text;
    std::string_view field;
    bool empty() const { return text.empty(); }
};

template <typename Accept>
Found first(const EventBatch& batch, const Event& event, std::initializer_list<FieldId> fields, Accept accept) {
    for (const FieldId field : fields) {
        const std::string_view text = batch.get(event, field);
        if (accept(text)) return {text, event::field_name(field)};
    }
    return {};
}

}  // namespace

Entities entities_of(const EventBatch& batch, const Event& event) {
    const Names& known = names();
    const Found host = first(batch, event, {event::host_name, event::winlog_computer_name}, is_said);
    const std::string peer_text = event.peer.is_unspecified() ? std::string() : event.peer.to_string();
    const Found peer{peer_text, event::field_name(event::log_source_address)};

    Found source = first(batch, event, {event::source_ip, known.client_ip, known.win_address, known.win_source_ip}, is_address);
    if (source.empty()) source = first(batch, event, {event::user_name, known.win_subject, known.win_user}, is_person);
    if (source.empty()) source = host;
    if (source.empty()) source = peer;
    Entities entities;
    entities.source = cut(source.text);
    entities.source_field = source.field;

    const Found user = first(batch, event, {event::user_target_name}, is_person);
    if (!user.empty() && !host.empty()) {
        entities.target = cut(std::string(user.text) + "@" + std::string(host.text));
    } else {
        Found target = first(batch, event, {event::destination_ip, known.win_destination_ip}, is_address);
        if (target.empty()) target = first(batch, event, {event::destination_domain, event::url_domain}, is_said);
        if (target.empty()) target = host;
        if (target.empty()) target = first(batch, event, {event::host_ip, event::observer_ip}, is_address);
        if (target.empty()) target = peer;
        entities.target = cut(target.text);
        entities.target_field = target.field;
    }
    if (entities.target == entities.source) {
        entities.target.clear();
        entities.target_field = {};
    }
    return entities;
}

std::string_view entity_kind(std::string_view field) {
    for (const std::string_view end : {".ip", ".address", "IpAddress", "SourceIp", "DestinationIp"}) {
        if (field.ends_with(end)) return "ip";
    }
    for (const std::string_view end : {".domain", "dns.question.name"}) {
        if (field.ends_with(end)) return "domain";
    }
    if (field == "host.name" || field == "winlog.computer_name") return "host";
    if (field.starts_with("user.") || field.ends_with("UserName") || field.ends_with(".User")) return "user";
    return "other";
}

}  // namespace shuwei::detect
