// A trap or inform as one line of JSON (docs/formats/snmp-trap.md). Pure.
#pragma once

#include <string>
#include <string_view>

#include "mib_names.hpp"
#include "shuwei/base/ip_address.hpp"
#include "snmp_message.hpp"

namespace shuwei::collect {

struct TrapOrigin {
    base::IpAddress peer;
    std::string_view user;      // v3 from here
    std::string_view context;
};

// `pdu` is a trap of any version or an inform. The community is in the record nowhere: in `raw` its octets are asterisks.
std::string write_trap_record(const SnmpMessage& message, const Pdu& pdu, const TrapOrigin& origin, const MibNames& names);

// RFC 3584, 3.1: what a trap of version 1 is called in version 2; nothing where its numbers are out of range.
std::optional<Oid> trap_oid_of_v1(const Pdu& pdu);

}  // namespace shuwei::collect
