// A target: where events of one tenant are passed on to, in which form, and which of them. Values; no shared state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/ledger/tenant_scope.hpp"

namespace shuwei::forward {

enum class TargetKind : uint8_t { syslog_udp, syslog_tcp, syslog_tls, http, kafka, nats };
std::string_view to_string(TargetKind kind);  // "syslog_udp"
std::optional<TargetKind> target_kind_from(std::string_view name);

// docs/formats/forwarded-events.md describes them.
enum class Format : uint8_t { raw, json, cef };
std::string_view to_string(Format format);
std::optional<Format> format_from(std::string_view name);

enum class Verification : uint8_t { peer, none };

// What is not secret. check() says what each kind needs.
struct TargetSettings {
    std::string name;
    TargetKind kind = TargetKind::syslog_tcp;
    Format format = Format::raw;
    std::string address;  // HOST:PORT; http: an URL; kafka and nats: HOST:PORT, several with commas
    std::string topic;    // Kafka topic, NATS subject
    std::string filter;   // KQL; empty: everything
    std::string user;     // http: Basic instead of Bearer; kafka: SASL; nats: user instead of token
    std::string mechanism;  // of SASL: PLAIN, SCRAM-SHA-256 (empty means it) or SCRAM-SHA-512
    bool tls = false;       // of kafka and nats; the other kinds say it themselves
    Verification verification = Verification::peer;
    std::string authorities;  // PEM: certificates trusted instead of the machine's
    std::string certificate;  // PEM: shown to the target, with its chain

    bool operator==(const TargetSettings&) const = default;
};

struct TargetSecrets {
    std::string password;  // http: bearer token or password; nats: token or password
    std::string key;       // PEM, of `certificate`

    bool operator==(const TargetSecrets&) const = default;
};

// invalid_argument with the member as its place.
base::Result<> check(const TargetSettings& settings, const TargetSecrets& secrets);

enum class TargetOrigin : uint8_t { page, file };  // who defines it: people, or the configuration file

struct Target {
    int64_t id = 0;
    ledger::TenantNumber tenant = 0;
    TargetOrigin origin = TargetOrigin::page;
    TargetSettings settings;
    bool has_password = false;
    bool has_key = false;
    bool paused = false;
    uint64_t delivered_seq = 0;      // every event of the tenant up to here has been delivered or filtered out
    uint64_t delivered_events = 0;   // since it was made
    base::Timestamp created = 0;
    int64_t version = 0;             // changes with settings and secrets
};

}  // namespace shuwei::forward
