// BER as SNMP uses it: tags of one octet, definite lengths. The reader gives slices of the caller's bytes, checks every
// length against what is there and never descends by itself. Pure; values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shuwei::collect {

using Oid = std::vector<uint32_t>;
constexpr size_t kMaxArcs = 128;  // RFC 2578, 3.5

std::string to_string(const Oid& oid);                    // "1.3.6.1"
std::optional<Oid> parse_oid(std::string_view dotted);    // a leading dot is allowed
bool starts_with(const Oid& oid, const Oid& prefix);

enum BerTag : uint8_t {
    kBerInteger = 0x02,
    kBerOctets = 0x04,
    kBerNull = 0x05,
    kBerOid = 0x06,
    kBerSequence = 0x30,
    kBerIpAddress = 0x40,
    kBerCounter32 = 0x41,
    kBerGauge32 = 0x42,
    kBerTimeTicks = 0x43,
    kBerOpaque = 0x44,
    kBerCounter64 = 0x46,
    kBerUnsigned32 = 0x47,  // as SNMPv2p had it; met in old agents
};

struct BerItem {
    uint8_t tag = 0;
    std::string_view content;
    std::string_view whole;  // with tag and length
};

class BerReader {
public:
    explicit BerReader(std::string_view bytes) : rest_(bytes) {}

    bool empty() const { return rest_.empty(); }
    std::optional<BerItem> next();                                // nothing at the end and where a length does not hold
    std::optional<std::string_view> take(uint8_t tag);            // the next one's content, if it is of this tag
    std::optional<int64_t> take_integer();

private:
    std::string_view rest_;
};

std::optional<int64_t> ber_integer(std::string_view content);     // 1 to 8 octets
// 1 to 8 octets, nine with a leading zero; what an agent sent without that zero is taken as unsigned all the same.
std::optional<uint64_t> ber_unsigned(std::string_view content);
std::optional<Oid> ber_oid(std::string_view content);             // at most kMaxArcs arcs of 32 bits

std::string ber_write(uint8_t tag, std::string_view content);
std::string ber_write_integer(int64_t value, uint8_t tag = kBerInteger);
std::string ber_write_oid(const Oid& oid);                        // of two arcs at least

}  // namespace shuwei::collect
