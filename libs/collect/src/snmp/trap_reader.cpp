#include "trap_reader.hpp"

#include <fmt/format.h>

#include "shuwei/base/text.hpp"
#include "shuwei/crypto/digest.hpp"
#include "trap_record.hpp"

namespace shuwei::collect {

namespace {

TrapOutcome refuse(TrapRefusal refusal, std::string remark) { return {.record = {}, .answer = {}, .refusal = refusal, .remark = std::move(remark)}; }

std::string_view explanation(TrapRefusal refusal) {
    switch (refusal) {
        case TrapRefusal::user: return "is not configured";
        case TrapRefusal::level: return "sends at another security level than is configured";
        case TrapRefusal::auth: return "has a wrong digest: another passphrase or authentication protocol";
        case TrapRefusal::decryption: return "cannot be decrypted: another passphrase or privacy protocol";
        case TrapRefusal::time_window: return "is outside the time window: repeated, or the engine's boots went back";
        default: return "is malformed";
    }
}

}  // namespace

TrapOutcome TrapReader::take(std::string_view datagram, const base::IpAddress& peer, base::Duration now) {
    const auto message = read_snmp_message(datagram);
    if (!message) return refuse(TrapRefusal::malformed, fmt::format("{}: {}", peer.to_string(), message.error().message()));
    TrapOutcome outcome = message->version == SnmpVersion::v3 ? take_v3(*message, peer, now) : take_community(*message, peer);
    if (!outcome.remark.empty()) outcome.remark = peer.to_string() + ": " + outcome.remark;
    return outcome;
}

TrapOutcome TrapReader::take_community(const SnmpMessage& message, const base::IpAddress& peer) const {
    bool known = false;
    for (const auto& community : communities_) known |= crypto::constant_time_equal(community, message.community);
    if (!known) return refuse(TrapRefusal::community, "its community is not among those configured");
    const auto pdu = read_pdu(message.pdu);
    if (!pdu) return refuse(TrapRefusal::malformed, pdu.error().message());
    const bool old = message.version == SnmpVersion::v1;
    if (old ? pdu->tag != kPduTrapV1 : pdu->tag != kPduTrap && pdu->tag != kPduInform) {
        return refuse(TrapRefusal::no_notification, "sends something other than traps and informs");
    }
    TrapOutcome outcome;
    outcome.record = write_trap_record(message, *pdu, {.peer = peer, .user = {}, .context = {}}, names_);
    if (pdu->tag == kPduInform) {
        outcome.answer = write_community_message(message.version, message.community, write_pdu(kPduResponse, pdu->request_id, pdu->written_variables));
    }
    return outcome;
}

TrapOutcome TrapReader::take_v3(const SnmpMessage& message, const base::IpAddress& peer, base::Duration now) {
    auto [opened, refusal, answer] = usm_.open(message, now);
    if (!opened) {
        TrapOutcome outcome{.record = {}, .answer = std::move(answer), .refusal = refusal, .remark = {}};
        if (refusal) outcome.remark = fmt::format("user '{}' {}", base::replace_invalid_utf8(message.security.user), explanation(*refusal));
        return outcome;
    }
    const auto scoped = read_scoped_pdu(opened->scoped_pdu());
    if (!scoped) return refuse(TrapRefusal::malformed, scoped.error().message());
    const auto pdu = read_pdu(scoped->pdu);
    if (!pdu) return refuse(TrapRefusal::malformed, pdu.error().message());
    if (pdu->tag != kPduTrap && !(pdu->tag == kPduInform && opened->to_us)) {
        return refuse(TrapRefusal::no_notification, "sends something other than traps and informs");
    }
    TrapOutcome outcome;
    outcome.record = write_trap_record(message, *pdu, {.peer = peer, .user = opened->user->name, .context = scoped->context_name}, names_);
    if (pdu->tag == kPduInform) {
        const std::string response = write_pdu(kPduResponse, pdu->request_id, pdu->written_variables);
        outcome.answer = usm_.seal(message, *opened->user, {scoped->context_engine_id, scoped->context_name, response}, now);
    }
    return outcome;
}

}  // namespace shuwei::collect
