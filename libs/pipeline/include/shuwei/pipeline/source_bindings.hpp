// What is known of a sender before its line is read. Immutable once built; shared by pointer and swapped whole.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shuwei/asset/source_store.hpp"
#include "shuwei/base/ip_address.hpp"
#include "shuwei/event/time_parse.hpp"
#include "shuwei/parse/parser.hpp"

namespace shuwei::pipeline {

struct ListenerInfo {
    std::string name;  // "syslog"
    event::TimeZone zone = event::TimeZone::china();
    parse::Charset charset = parse::Charset::automatic;
};

struct SourceBinding {
    std::string pack;                     // empty: recognise
    std::optional<event::TimeZone> zone; // absent: the listener's
    parse::Charset charset = parse::Charset::automatic;  // automatic: as the listener says
};

struct SourceBindings {
    std::map<uint32_t, ListenerInfo> listeners;            // by number
    std::map<asset::SourceKey, SourceBinding> bindings;    // set by people
    std::vector<base::IpNetwork> trusted_relays;           // senders whose header host names the source
};

}  // namespace shuwei::pipeline
