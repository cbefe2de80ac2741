// Datagrams as a trap input receives them: the first byte chooses whether what follows is a message as it is, the data of a
// v2c trap, or display hints on octets. Records are one JSON object that fits into a frame, and never hold the community.
#include <cstdint>
#include <string>
#include <string_view>

#include "json_text.hpp"
#include "shuwei/base/assert.hpp"
#include "shuwei/spool/frame.hpp"
#include "snmp/mib_table.hpp"
#include "snmp/trap_reader.hpp"
#include "snmp/trap_value.hpp"

namespace {

using namespace shuwei::collect;

constexpr std::string_view kTable =
    "A:\n  types: {date: {hint: '2d-1d-1d,1d:1d:1d.1d,1a1d:1d'}, bits: {type: BITS, 0: first, 9: tenth}}\n"
    "  nodes: {mgmt: 1.3.6.1.2}\n"
    "  objects: {text: [mgmt.1, {hint: 255a}], mac: [mgmt.2, {hint: '1x:'}], when: [mgmt.3, date], flags: [mgmt.4, bits],\n"
    "            state: [mgmt.5, {1: up, 2: down}], part: [mgmt.6, {hint: 'd-2'}], many: [mgmt.7, {hint: '*1x:/2d'}]}\n";

TrapReader make_reader() {
    std::vector<SnmpUser> users;
    for (const std::string_view line : {"open", "sha SHA authpass-1", "aes SHA authpass-1 AES privpass-1", "des MD5 authpass-1 DES privpass-1"}) {
        users.push_back(read_snmp_user(line).value());
    }
    return TrapReader({"community-of-the-fuzzer"}, Usm(std::move(users), {.id = "own-engine-1", .boots = 2}),
                      MibNames::build(read_mib_table(kTable).value()).names);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static TrapReader reader = make_reader();
    static const auto peer = shuwei::base::IpAddress::parse("192.0.2.1").value();
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 3 == 2) {
        const size_t middle = text.find('\0');
        const std::string_view hint = text.substr(0, middle);
        const std::string_view octets = middle == std::string_view::npos ? "" : text.substr(middle + 1);
        SHUWEI_ASSERT(hinted_octets(hint, octets).size() < (size_t{1} << 20));
        hinted_integer(hint, static_cast<int64_t>(octets.size()));
        return 0;
    }
    std::string datagram(text);
    if (data[0] % 3 == 1) {
        datagram = write_community_message(SnmpVersion::v2c, "community-of-the-fuzzer", write_pdu(kPduTrap, 1, ber_write(kBerSequence, text)));
    }
    if (datagram.size() > 65'507) return 0;
    const TrapOutcome outcome = reader.take(datagram, peer, shuwei::base::kSecond);
    SHUWEI_ASSERT(outcome.answer.size() <= datagram.size() + 512);
    if (outcome.refusal) SHUWEI_ASSERT(outcome.record.empty() && !outcome.remark.empty());
    if (!outcome.record.empty()) {
        SHUWEI_ASSERT(is_json_object(outcome.record) && outcome.record.size() <= shuwei::spool::kMaxFramePayload);
        if (text.find("community-of-the-fuzzer") == std::string_view::npos) {
            SHUWEI_ASSERT(outcome.record.find("community-of-the-fuzzer") == std::string::npos);
        }
    }
    return 0;
}
