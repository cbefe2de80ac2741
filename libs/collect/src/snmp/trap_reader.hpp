// One datagram in, what becomes of it out: an event, an answer, a refusal. No sockets, no threads: one owner.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mib_names.hpp"
#include "shuwei/base/ip_address.hpp"
#include "usm.hpp"

namespace shuwei::collect {

struct TrapOutcome {
    std::string record;                  // not empty: an event (docs/formats/snmp-trap.md)
    std::string answer;                  // not empty: to be sent back, once the record is on disk where there is one
    std::optional<TrapRefusal> refusal;
    std::string remark;                  // why refused, for people; holds no secret
};

class TrapReader {
public:
    TrapReader(std::vector<std::string> communities, Usm usm, MibNames names)
        : communities_(std::move(communities)), usm_(std::move(usm)), names_(std::move(names)) {}

    // `now` is monotonic.
    TrapOutcome take(std::string_view datagram, const base::IpAddress& peer, base::Duration now);

private:
    TrapOutcome take_community(const SnmpMessage& message, const base::IpAddress& peer) const;
    TrapOutcome take_v3(const SnmpMessage& message, const base::IpAddress& peer, base::Duration now);

    std::vector<std::string> communities_;
    Usm usm_;
    MibNames names_;
};

}  // namespace shuwei::collect
