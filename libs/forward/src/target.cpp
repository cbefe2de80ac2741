#include "shuwei/forward/target.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "shuwei/base/text.hpp"
#include "shuwei/eventstore/kql.hpp"
#include "shuwei/net/client_stream.hpp"
#include "shuwei/net/http_client.hpp"

namespace shuwei::forward {

using base::ErrorCode;
using base::Result;

namespace {

template <typename Enum, size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<TargetKind, 6> kKinds{{{TargetKind::syslog_udp, "syslog_udp"},
                                       {TargetKind::syslog_tcp, "syslog_tcp"},
                                       {TargetKind::syslog_tls, "syslog_tls"},
                                       {TargetKind::http, "http"},
                                       {TargetKind::kafka, "kafka"},
                                       {TargetKind::nats, "nats"}}};
constexpr Names<Format, 3> kFormats{{{Format::raw, "raw"}, {Format::json, "json"}, {Format::cef, "cef"}}};

template <typename Table, typename Enum>
std::string_view name_of(const Table& table, Enum value) {
    for (const auto& [known, name] : table) {
        if (known == value) return name;
    }
    return "";
}

template <typename Enum, size_t N>
std::optional<Enum> find(const Names<Enum, N>& table, std::string_view name) {
    for (const auto& [value, known] : table) {
        if (known == name) return value;
    }
    return std::nullopt;
}

auto wrong(std::string_view member, std::string what) {
    return base::fail(base::Error(ErrorCode::invalid_argument, std::move(what)).at(std::string(member)));
}

bool is_text(std::string_view text, size_t most) {
    return text.size() <= most && base::is_valid_utf8(text) &&
           std::none_of(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; });
}

// Kafka: letters, digits, '.', '_', '-'. NATS: also '.' between tokens, without wildcards.
bool is_topic(std::string_view topic) {
    const auto fine = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    };
    return !topic.empty() && topic.size() <= 249 && topic.front() != '.' && topic.back() != '.' &&
           topic.find("..") == std::string_view::npos && std::all_of(topic.begin(), topic.end(), fine);
}

Result<> check_address(const TargetSettings& settings) {
    switch (settings.kind) {
        case TargetKind::syslog_udp:
        case TargetKind::syslog_tcp:
        case TargetKind::syslog_tls: {
            if (auto place = net::split_host_port(settings.address); !place) return base::fail(std::move(place).error().at("address"));
            return {};
        }
        case TargetKind::http: {
            if (auto client = net::HttpClient::create(settings.address); !client) return base::fail(std::move(client).error().at("address"));
            return {};
        }
        case TargetKind::kafka:
        case TargetKind::nats: {
            std::string_view rest = settings.address;
            while (true) {
                const size_t comma = rest.find(',');
                if (auto place = net::split_host_port(base::trim(rest.substr(0, comma))); !place) {
                    return base::fail(std::move(place).error().at("address"));
                }
                if (comma == std::string_view::npos) return {};
                rest.remove_prefix(comma + 1);
            }
        }
    }
    return {};
}

}  // namespace

std::string_view to_string(TargetKind kind) { return name_of(kKinds, kind); }
std::string_view to_string(Format format) { return name_of(kFormats, format); }
std::optional<TargetKind> target_kind_from(std::string_view name) { return find(kKinds, name); }
std::optional<Format> format_from(std::string_view name) { return find(kFormats, name); }

Result<> check(const TargetSettings& settings, const TargetSecrets& secrets) {
    if (base::trim(settings.name).empty() || !is_text(settings.name, 256)) return wrong("name", "1 to 64 characters");
    if (!is_text(settings.address, 1024)) return wrong("address", "at most 1024 bytes of plain text");
    TRY(check_address(settings));
    const bool has_topic = settings.kind == TargetKind::kafka || settings.kind == TargetKind::nats;
    if (has_topic && !is_topic(settings.topic)) return wrong("topic", "letters, digits, '.', '_' and '-' are needed");
    if (!has_topic && !settings.topic.empty()) return wrong("topic", "only Kafka and NATS have one");
    // Lines end at a line end there, and a raw line may hold one; JSON carries the line as event.original.
    if (settings.kind == TargetKind::http && settings.format == Format::raw) return wrong("format", "http takes json or cef");
    if (settings.tls && !has_topic) return wrong("tls", "of Kafka and NATS; else the kind or the address says it");
    for (const auto& [member, text] : {std::pair("user", &settings.user), {"password", &secrets.password}}) {
        if (!is_text(*text, 4096)) return wrong(member, "at most 4096 bytes without control characters");
    }
    if (!settings.mechanism.empty() && settings.mechanism != "PLAIN" && settings.mechanism != "SCRAM-SHA-256" &&
        settings.mechanism != "SCRAM-SHA-512") {
        return wrong("mechanism", "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512");
    }
    for (const auto& [member, text] : {std::pair("authorities", &settings.authorities), {"certificate", &settings.certificate}, {"key", &secrets.key}}) {
        if (text->size() > 256 * 1024) return wrong(member, "at most 256 KiB");
    }
    if (settings.certificate.empty() != secrets.key.empty()) return wrong("key", "a certificate and its key go together");
    if (!settings.authorities.empty() || !settings.certificate.empty()) {
        TRY(net::TlsContext::client({settings.authorities, settings.certificate, secrets.key}));
    }
    if (settings.filter.size() > eventstore::kMaxQueryBytes) return wrong("filter", "is too long");
    if (const auto filter = eventstore::parse_kql(settings.filter); !filter) {
        return base::fail(filter.error().to_error().at("filter"));
    }
    return {};
}

}  // namespace shuwei::forward
