// SNMP messages taken apart (RFC 1157, 1901, 3412, 3414): slices of the caller's bytes, nothing checked but the form. And
// the few that a receiver writes. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ber.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::collect {

constexpr size_t kMaxVariables = 512;

enum class SnmpVersion : uint8_t { v1 = 0, v2c = 1, v3 = 3 };

enum PduTag : uint8_t {
    kPduResponse = 0xA2,
    kPduTrapV1 = 0xA4,
    kPduInform = 0xA6,
    kPduTrap = 0xA7,
    kPduReport = 0xA8,
};

enum MessageFlag : uint8_t { kFlagAuthenticated = 1, kFlagEncrypted = 2, kFlagReportable = 4 };

struct UsmParameters {
    std::string_view engine_id;
    int64_t boots = 0;
    int64_t time = 0;  // seconds
    std::string_view user;
    std::string_view digest;
    std::string_view salt;
};

struct SnmpMessage {
    SnmpVersion version = SnmpVersion::v1;
    std::string_view whole;
    std::string_view community;  // v1, v2c
    std::string_view pdu;        // v1, v2c: with its tag
    int64_t id = 0;              // v3 from here
    uint8_t flags = 0;
    UsmParameters security;
    std::string_view scoped;     // scopedPDU with its tag, or what is in its place encrypted
};

struct ScopedPdu {
    std::string_view context_engine_id;
    std::string_view context_name;
    std::string_view pdu;
};

struct Variable {
    Oid oid;
    uint8_t type = 0;
    std::string_view content;
};

struct Pdu {
    uint8_t tag = 0;
    int64_t request_id = 0;
    std::string_view written_variables;  // their whole SEQUENCE
    std::vector<Variable> variables;
    // Trap-PDU of v1 alone:
    Oid enterprise;
    std::string_view agent;              // 4 octets
    int64_t generic = 0;
    int64_t specific = 0;
    uint64_t uptime = 0;                 // hundredths of a second
};

// data_corrupt, with what is wrong. An unknown version or security model is data_corrupt too.
base::Result<SnmpMessage> read_snmp_message(std::string_view datagram);
base::Result<ScopedPdu> read_scoped_pdu(std::string_view bytes);  // padding behind it is allowed
// Of notifications and of anything else that has their form; `tag` says what it is.
base::Result<Pdu> read_pdu(std::string_view bytes);

std::string write_pdu(uint8_t tag, int64_t request_id, std::string_view written_variables);
std::string write_scoped_pdu(const ScopedPdu& scoped);
// `security.digest` is written as it is given: zeros, to be overwritten when the message stands.
std::string write_v3_message(int64_t id, uint8_t flags, const UsmParameters& security, std::string_view written_data);
std::string write_community_message(SnmpVersion version, std::string_view community, std::string_view written_pdu);

}  // namespace shuwei::collect
