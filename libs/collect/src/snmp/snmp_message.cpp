#include "snmp_message.hpp"

namespace shuwei::collect {

using base::Result;

namespace {

constexpr int64_t kUsmModel = 3;
constexpr int64_t kMaxMessageSize = 65'507;  // what we take and send: any datagram

tl::unexpected<base::Error> damaged(std::string what) { return base::fail(base::ErrorCode::data_corrupt, std::move(what)); }

Result<UsmParameters> read_usm(std::string_view octets) {
    BerReader outer(octets);
    const auto sequence = outer.take(kBerSequence);
    if (!sequence) return damaged("no security parameters");
    BerReader reader(*sequence);
    const auto engine = reader.take(kBerOctets);
    const auto boots = reader.take_integer();
    const auto time = reader.take_integer();
    const auto user = reader.take(kBerOctets);
    const auto digest = reader.take(kBerOctets);
    const auto salt = reader.take(kBerOctets);
    if (!engine || !boots || !time || !user || !digest || !salt) return damaged("security parameters");
    if (engine->size() > 32 || user->size() > 32 || *boots < 0 || *time < 0 || *boots > INT32_MAX || *time > INT32_MAX) {
        return damaged("security parameters out of range");
    }
    return UsmParameters{*engine, *boots, *time, *user, *digest, *salt};
}

}  // namespace

Result<SnmpMessage> read_snmp_message(std::string_view datagram) {
    BerReader outer(datagram);
    const auto message_item = outer.next();
    if (!message_item || message_item->tag != kBerSequence) return damaged("no SNMP message");
    BerReader reader(message_item->content);
    const auto version = reader.take_integer();
    if (!version || (*version != 0 && *version != 1 && *version != 3)) return damaged("unknown version");
    SnmpMessage message;
    message.version = static_cast<SnmpVersion>(*version);
    message.whole = message_item->whole;
    if (message.version != SnmpVersion::v3) {
        const auto community = reader.take(kBerOctets);
        const auto pdu = reader.next();
        if (!community || !pdu) return damaged("no community or no PDU");
        message.community = *community;
        message.pdu = pdu->whole;
        return message;
    }
    const auto header = reader.take(kBerSequence);
    if (!header) return damaged("no header");
    BerReader fields(*header);
    const auto id = fields.take_integer();
    const auto size = fields.take_integer();
    const auto flags = fields.take(kBerOctets);
    const auto model = fields.take_integer();
    if (!id || !size || !flags || flags->size() != 1 || !model || *id < 0 || *id > INT32_MAX) return damaged("header");
    if (*model != kUsmModel) return damaged("a security model other than USM");
    message.id = *id;
    message.flags = static_cast<uint8_t>(flags->front());
    if ((message.flags & kFlagEncrypted) != 0 && (message.flags & kFlagAuthenticated) == 0) return damaged("encrypted, not authenticated");
    const auto security = reader.take(kBerOctets);
    if (!security) return damaged("no security parameters");
    TRY_ASSIGN(message.security, read_usm(*security));
    const auto data = reader.next();
    if (!data) return damaged("no data");
    const bool encrypted = (message.flags & kFlagEncrypted) != 0;
    if (data->tag != (encrypted ? kBerOctets : kBerSequence)) return damaged("data of another form than its flags say");
    message.scoped = encrypted ? data->content : data->whole;
    return message;
}

Result<ScopedPdu> read_scoped_pdu(std::string_view bytes) {
    BerReader outer(bytes);
    const auto sequence = outer.take(kBerSequence);
    if (!sequence) return damaged("no scoped PDU");
    BerReader reader(*sequence);
    const auto engine = reader.take(kBerOctets);
    const auto name = reader.take(kBerOctets);
    const auto pdu = reader.next();
    if (!engine || !name || !pdu) return damaged("scoped PDU");
    return ScopedPdu{*engine, *name, pdu->whole};
}

Result<Pdu> read_pdu(std::string_view bytes) {
    BerReader outer(bytes);
    const auto item = outer.next();
    if (!item) return damaged("no PDU");
    Pdu pdu;
    pdu.tag = item->tag;
    BerReader reader(item->content);
    if (pdu.tag == kPduTrapV1) {
        const auto enterprise = reader.take(kBerOid);
        const auto agent = reader.take(kBerIpAddress);
        const auto generic = reader.take_integer();
        const auto specific = reader.take_integer();
        const auto uptime = reader.take(kBerTimeTicks);
        if (!enterprise || !agent || agent->size() != 4 || !generic || !specific || !uptime) return damaged("Trap-PDU");
        const auto oid = ber_oid(*enterprise);
        const auto ticks = ber_unsigned(*uptime);
        if (!oid || !ticks) return damaged("Trap-PDU");
        pdu.enterprise = *oid;
        pdu.agent = *agent;
        pdu.generic = *generic;
        pdu.specific = *specific;
        pdu.uptime = *ticks;
    } else {
        const auto id = reader.take_integer();
        const auto status = reader.take_integer();
        const auto index = reader.take_integer();
        if (!id || !status || !index) return damaged("PDU");
        pdu.request_id = *id;
    }
    const auto list = reader.next();
    if (!list || list->tag != kBerSequence) return damaged("no variables");
    pdu.written_variables = list->whole;
    BerReader variables(list->content);
    while (!variables.empty()) {
        if (pdu.variables.size() == kMaxVariables) return damaged("too many variables");
        const auto binding = variables.take(kBerSequence);
        if (!binding) return damaged("variable");
        BerReader parts(*binding);
        const auto name = parts.take(kBerOid);
        const auto value = parts.next();
        if (!name || !value) return damaged("variable");
        auto oid = ber_oid(*name);
        if (!oid) return damaged("name of a variable");
        pdu.variables.push_back({std::move(*oid), value->tag, value->content});
    }
    return pdu;
}

std::string write_pdu(uint8_t tag, int64_t request_id, std::string_view written_variables) {
    return ber_write(tag, ber_write_integer(request_id) + ber_write_integer(0) + ber_write_integer(0) + std::string(written_variables));
}

std::string write_scoped_pdu(const ScopedPdu& scoped) {
    return ber_write(kBerSequence, ber_write(kBerOctets, scoped.context_engine_id) + ber_write(kBerOctets, scoped.context_name) +
                                       std::string(scoped.pdu));
}

std::string write_v3_message(int64_t id, uint8_t flags, const UsmParameters& security, std::string_view written_data) {
    const std::string header = ber_write(kBerSequence, ber_write_integer(id) + ber_write_integer(kMaxMessageSize) +
                                                           ber_write(kBerOctets, std::string(1, static_cast<char>(flags))) +
                                                           ber_write_integer(kUsmModel));
    const std::string usm = ber_write(kBerSequence, ber_write(kBerOctets, security.engine_id) + ber_write_integer(security.boots) +
                                                        ber_write_integer(security.time) + ber_write(kBerOctets, security.user) +
                                                        ber_write(kBerOctets, security.digest) + ber_write(kBerOctets, security.salt));
    return ber_write(kBerSequence, ber_write_integer(3) + header + ber_write(kBerOctets, usm) + std::string(written_data));
}

std::string write_community_message(SnmpVersion version, std::string_view community, std::string_view written_pdu) {
    return ber_write(kBerSequence, ber_write_integer(static_cast<int64_t>(version)) + ber_write(kBerOctets, community) + std::string(written_pdu));
}

}  // namespace shuwei::collect
