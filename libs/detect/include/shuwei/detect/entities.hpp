// Who did it to whom: the two strings by which findings of one rule are aggregated into one alert. Pure functions.
//
// Source, first present of: source.ip, client.ip, winlog.event_data.IpAddress (not "-", loopback or 0.0.0.0),
//   winlog.event_data.SourceIp, user.name, winlog.event_data.SubjectUserName or User (not a machine account or SYSTEM),
//   host.name, winlog.computer_name, the peer's address.
// Target, first present of: user.target.name together with the host ("name@host"), destination.ip,
//   winlog.event_data.DestinationIp, destination.domain, url.domain, host.name, winlog.computer_name, host.ip,
//   observer.ip, the peer's address. When it equals the source it stays empty.
#pragma once

#include <string>
#include <string_view>

#include "shuwei/event/batch.hpp"

namespace shuwei::detect {

constexpr size_t kMaxEntityBytes = 256;  // longer ones are cut at a character boundary

struct Entities {
    std::string source;
    std::string target;
    std::string_view source_field;  // ECS field it came from, "log.source.address" for the peer; a name that is kept
    std::string_view target_field;  // for ever. Empty with the entity, and for "name@host"
};

// What kind of thing a field names: ip, user, host, domain; "other" where the field says nothing.
std::string_view entity_kind(std::string_view field);

Entities entities_of(const event::EventBatch& batch, const event::Event& event);

}  // namespace shuwei::detect
