#include "shuwei/custody/seal.hpp"

#include <chrono>
#include <string_view>

namespace shuwei::custody {
namespace {

void append_field(std::string& text, std::string_view field) {
    text += std::to_string(field.size());
    text += ':';
    text += field;
}

int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

std::string microseconds(base::Timestamp time) { return std::to_string(floor_divide(time, base::kMicrosecond)); }

}  // namespace

crypto::Digest content_digest(const Seal& seal) {
    std::string text;
    append_field(text, "shuwei seal 1");
    append_field(text, std::to_string(seal.chain.tenant));
    append_field(text, std::to_string(seal.chain.retention_class));
    append_field(text, std::to_string(seal.number));
    append_field(text, std::to_string(seal.first_seq));
    append_field(text, std::to_string(seal.last_seq));
    append_field(text, std::to_string(seal.events));
    append_field(text, microseconds(seal.first_received));
    append_field(text, microseconds(seal.last_received));
    append_field(text, crypto::to_hex(seal.root));
    append_field(text, crypto::to_hex(seal.tags));
    return crypto::sm3(text);
}

crypto::Digest link_digest(const crypto::Digest& previous, const crypto::Digest& content) {
    std::string bytes;
    bytes.append(reinterpret_cast<const char*>(previous.data()), previous.size());
    bytes.append(reinterpret_cast<const char*>(content.data()), content.size());
    return crypto::sm3(bytes);
}

uint32_t day_of(base::Timestamp time) {
    const std::chrono::sys_days days{std::chrono::days(floor_divide(time, base::kDay))};
    const std::chrono::year_month_day date{days};
    return static_cast<uint32_t>(static_cast<int>(date.year())) * 10000 + static_cast<unsigned>(date.month()) * 100 +
           static_cast<unsigned>(date.day());
}

int64_t hour_of(base::Timestamp time) { return floor_divide(time, kSegmentTime); }

}  // namespace shuwei::custody
