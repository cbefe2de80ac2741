#include "trap_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "shuwei/base/text.hpp"
#include "trap_value.hpp"

namespace shuwei::collect {

namespace {

constexpr size_t kMaxVariablesText = 512 * 1024;
constexpr size_t kMaxSummary = 1000;

const Oid kUptime{1, 3, 6, 1, 2, 1, 1, 3, 0};
const Oid kTrapOid{1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};
const Oid kTrapEnterprise{1, 3, 6, 1, 6, 3, 1, 1, 4, 3, 0};
const Oid kTrapAddress{1, 3, 6, 1, 6, 3, 18, 1, 3, 0};
const Oid kTrapCommunity{1, 3, 6, 1, 6, 3, 18, 1, 4, 0};
const Oid kGenericTraps{1, 3, 6, 1, 6, 3, 1, 1, 5};

void hide(std::string& raw, const SnmpMessage& message, std::string_view secret) {
    const char* begin = message.whole.data();
    if (secret.data() < begin || secret.data() + secret.size() > begin + message.whole.size()) return;  // was encrypted
    std::fill_n(raw.begin() + (secret.data() - begin), secret.size(), '*');
}

base::IpAddress address_of(std::string_view octets) {
    uint32_t address = 0;
    for (const char c : octets) address = address << 8 | static_cast<uint8_t>(c);
    return base::IpAddress::from_v4(address);
}

int64_t seconds(uint64_t ticks) { return static_cast<int64_t>((ticks & UINT32_MAX) / 100); }

class RecordWriter {
public:
    void text(std::string_view name, std::string_view value) {
        begin(name);
        base::append_json_string(out_, value);
    }
    void number(std::string_view name, int64_t value) {
        begin(name);
        out_ += std::to_string(value);
    }
    void named_oid(std::string_view name, const Oid& oid, const MibNames& names) {
        begin(name);
        out_ += "{\"oid\":\"" + to_string(oid) + "\",\"name\":";
        base::append_json_string(out_, names.name_of(oid));
        if (const auto found = names.find(oid); found.object != nullptr && found.arcs == oid.size()) {
            out_ += ",\"module\":";
            base::append_json_string(out_, found.object->module);
        }
        out_ += '}';
    }
    void raw(std::string_view name, std::string_view json) {
        begin(name);
        out_ += json;
    }
    std::string take() { return std::move(out_) + '}'; }

private:
    void begin(std::string_view name) {
        out_ += out_.empty() ? '{' : ',';
        base::append_json_string(out_, name);
        out_ += ':';
    }
    std::string out_;
};

// The variables in their three looks: each by itself, by objects' names, and in one line.
struct VariableTexts {
    std::string list = "[";
    std::vector<std::pair<std::string, std::vector<std::string>>> by_name;
    std::string summary;
    size_t size = 0;

    bool add(const Variable& variable, const MibNames& names) {
        const auto found = names.find(variable.oid);
        const bool known = found.object != nullptr && found.object->kind == MibKind::object;
        const std::string name = names.name_of(variable.oid);
        std::string value = value_text(variable, known ? found.object : nullptr, names);
        if (list.size() + 2 * value.size() > kMaxVariablesText) return false;
        list += list.size() > 1 ? ",{\"oid\":\"" : "{\"oid\":\"";
        list += to_string(variable.oid) + "\",\"name\":";
        base::append_json_string(list, name);
        list += ",\"type\":\"" + std::string(variable_type(variable.type)) + "\",\"value\":";
        base::append_json_string(list, value);
        list += '}';
        if (summary.size() < kMaxSummary) summary += (summary.empty() ? "" : ", ") + name + "=" + value;
        if (known) {
            auto at = std::find_if(by_name.begin(), by_name.end(), [&](const auto& entry) { return entry.first == found.object->name; });
            if (at == by_name.end()) at = by_name.insert(at, {found.object->name, {}});
            at->second.push_back(std::move(value));
        }
        return true;
    }

    std::string values() const {
        std::string out = "{";
        for (const auto& [name, values] : by_name) {
            if (out.size() > 1) out += ',';
            base::append_json_string(out, name);
            out += values.size() > 1 ? ":[" : ":";
            for (size_t i = 0; i < values.size(); ++i) {
                if (i > 0) out += ',';
                base::append_json_string(out, values[i]);
            }
            if (values.size() > 1) out += ']';
        }
        return out + '}';
    }
};

}  // namespace

std::optional<Oid> trap_oid_of_v1(const Pdu& pdu) {
    constexpr int64_t kEnterpriseSpecific = 6;
    if (pdu.generic < 0 || pdu.generic > kEnterpriseSpecific || pdu.specific < 0 || pdu.specific > INT32_MAX) return std::nullopt;
    Oid oid = pdu.generic < kEnterpriseSpecific ? kGenericTraps : pdu.enterprise;
    if (pdu.generic < kEnterpriseSpecific) {
        oid.push_back(static_cast<uint32_t>(pdu.generic) + 1);
    } else {
        oid.push_back(0);
        oid.push_back(static_cast<uint32_t>(pdu.specific));
    }
    return oid;
}

std::string write_trap_record(const SnmpMessage& message, const Pdu& pdu, const TrapOrigin& origin, const MibNames& names) {
    const bool old = pdu.tag == kPduTrapV1;
    std::string raw(message.whole);
    hide(raw, message, message.community);

    std::optional<Oid> trap = old ? trap_oid_of_v1(pdu) : std::nullopt;
    std::optional<Oid> enterprise = old ? std::optional(pdu.enterprise) : std::nullopt;
    int64_t uptime = old ? seconds(pdu.uptime) : -1;
    base::IpAddress agent = old ? address_of(pdu.agent) : base::IpAddress{};
    VariableTexts texts;
    size_t left_out = 0;
    for (const Variable& variable : pdu.variables) {
        if (variable.oid == kTrapCommunity) {
            hide(raw, message, variable.content);
        } else if (!trap && variable.oid == kTrapOid && variable.type == kBerOid) {
            trap = ber_oid(variable.content);
        } else if (uptime < 0 && variable.oid == kUptime && variable.type == kBerTimeTicks) {
            if (const auto ticks = ber_unsigned(variable.content)) uptime = seconds(*ticks);
        } else if (!enterprise && variable.oid == kTrapEnterprise && variable.type == kBerOid) {
            enterprise = ber_oid(variable.content);
        } else if (agent.is_unspecified() && variable.oid == kTrapAddress && variable.type == kBerIpAddress && variable.content.size() == 4) {
            agent = address_of(variable.content);
        } else if (left_out > 0 || !texts.add(variable, names)) {
            ++left_out;
        }
    }
    if (agent.is_unspecified()) agent = origin.peer;

    RecordWriter record;
    record.number("snmp_trap", 1);  // the shape's version
    record.text("version", message.version == SnmpVersion::v1 ? "1" : message.version == SnmpVersion::v2c ? "2c" : "3");
    record.text("pdu", pdu.tag == kPduInform ? "inform" : "trap");
    record.text("peer", origin.peer.to_string());
    record.text("agent", agent.to_string());
    if (message.version == SnmpVersion::v3) {
        const bool authenticated = (message.flags & kFlagAuthenticated) != 0;
        const bool encrypted = (message.flags & kFlagEncrypted) != 0;
        record.text("user", origin.user);
        record.text("level", encrypted ? "authPriv" : authenticated ? "authNoPriv" : "noAuthNoPriv");
        record.text("engine_id", base::hex_encode(message.security.engine_id));
        if (!origin.context.empty()) record.text("context", origin.context);
    }
    if (uptime >= 0) record.number("uptime", uptime);
    if (trap) record.named_oid("trap", *trap, names);
    if (enterprise) record.named_oid("enterprise", *enterprise, names);
    if (old) {
        record.number("generic", pdu.generic);
        record.number("specific", pdu.specific);
    }
    std::string summary = (trap ? names.name_of(*trap) : "trap") + (texts.summary.empty() ? "" : ": ") + texts.summary;
    if (summary.size() > kMaxSummary) {
        size_t end = kMaxSummary;
        while (end > 0 && (summary[end] & 0xC0) == 0x80) --end;
        summary.resize(end);
        summary += "…";
    }
    record.text("summary", summary);
    record.raw("values", texts.values());
    record.raw("varbinds", texts.list + ']');
    if (left_out > 0) record.number("left_out", static_cast<int64_t>(left_out));
    record.text("raw", base::hex_encode(raw));
    return record.take();
}

}  // namespace shuwei::collect
