#include "value.hpp"

#include <charconv>
#include <chrono>
#include <cmath>

#include "json_text.hpp"
#include "little_endian.hpp"

namespace shuwei::evtx {

namespace {

using Bytes = std::span<const uint8_t>;

constexpr char kDigits[] = "0123456789ABCDEF";

void append_hex(std::string& out, Bytes bytes) {
    const size_t begin = out.size();
    out.resize(begin + 2 * bytes.size());
    char* to = out.data() + begin;
    for (const uint8_t byte : bytes) {
        *to++ = kDigits[byte >> 4];
        *to++ = kDigits[byte & 15];
    }
}

template <typename Number>
void append_number(std::string& out, Number number, int base = 10) {
    char text[32];
    out.append(text, std::to_chars(text, text + sizeof text, number, base).ptr);
}

template <typename Real>
void append_real(std::string& out, Real number) {
    char text[64];
    out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

void append_padded(std::string& out, uint32_t number, int digits) {
    char text[10];
    for (int at = digits; at-- > 0; number /= 10) text[at] = static_cast<char>('0' + number % 10);
    out.append(text, static_cast<size_t>(digits));
}

void append_time(std::string& out, uint32_t year, uint32_t month, uint32_t day, uint32_t second_of_day, uint32_t microseconds) {
    append_padded(out, year, year > 9999 ? 5 : 4);
    out += '-';
    append_padded(out, month, 2);
    out += '-';
    append_padded(out, day, 2);
    out += 'T';
    append_padded(out, second_of_day / 3600, 2);
    out += ':';
    append_padded(out, second_of_day / 60 % 60, 2);
    out += ':';
    append_padded(out, second_of_day % 60, 2);
    out += '.';
    append_padded(out, microseconds, 6);
    out += 'Z';
}

// 100 ns since 1601, as far as it is a positive signed number (year 30828).
bool append_file_time(std::string& out, Bytes bytes) {
    const uint64_t ticks = load64(bytes.data());
    if (ticks > INT64_MAX) return false;
    constexpr uint64_t kTicksPerDay = 864'000'000'000;
    constexpr int64_t kDaysTo1970 = 134'774;
    using namespace std::chrono;
    const year_month_day date{sys_days{days{static_cast<int64_t>(ticks / kTicksPerDay) - kDaysTo1970}}};
    const uint64_t rest = ticks % kTicksPerDay;
    append_time(out, static_cast<uint32_t>(static_cast<int>(date.year())), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<uint32_t>(rest / 10'000'000), static_cast<uint32_t>(rest % 10'000'000 / 10));
    return true;
}

bool append_system_time(std::string& out, Bytes bytes) {
    uint16_t part[8];  // year, month, day of week, day, hour, minute, second, millisecond
    for (size_t i = 0; i < 8; ++i) part[i] = load16(bytes.data() + 2 * i);
    if (part[0] > 30'827 || part[1] > 12 || part[3] > 31 || part[4] > 23 || part[5] > 59 || part[6] > 59 || part[7] > 999) return false;
    append_time(out, part[0], part[1], part[3], part[4] * 3600u + part[5] * 60u + part[6], part[7] * 1000u);
    return true;
}

void append_guid(std::string& out, Bytes bytes) {
    static constexpr uint8_t kOrder[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    char text[36];
    char* to = text;
    for (size_t i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *to++ = '-';
        *to++ = kDigits[bytes[kOrder[i]] >> 4];
        *to++ = kDigits[bytes[kOrder[i]] & 15];
    }
    out.append(text, sizeof text);
}

// Bytes of the SID at the beginning, 0 when there is none.
size_t sid_size(Bytes bytes) {
    if (bytes.size() < 8 || bytes[0] != 1 || bytes[1] > 15) return 0;
    const size_t size = 8 + 4 * size_t{bytes[1]};
    return size <= bytes.size() ? size : 0;
}

void append_sid(std::string& out, Bytes bytes) {
    uint64_t authority = 0;
    for (size_t i = 2; i < 8; ++i) authority = authority << 8 | bytes[i];
    out += "S-1-";
    if (authority >> 32 != 0) out += "0x";
    append_number(out, authority, authority >> 32 != 0 ? 16 : 10);
    for (size_t i = 0; i < bytes[1]; ++i) {
        out += '-';
        append_number(out, load32(bytes.data() + 8 + 4 * i));
    }
}

// Size of a value of the type where all have the same; 0 otherwise.
size_t fixed_size(uint8_t type) {
    switch (type) {
        case kInt8: case kUint8: return 1;
        case kInt16: case kUint16: return 2;
        case kInt32: case kUint32: case kReal32: case kBool: case kHexInt32: return 4;
        case kInt64: case kUint64: case kReal64: case kFileTime: case kHexInt64: return 8;
        case kGuid: case kSystemTime: return 16;
        default: return 0;
    }
}

// Without the blanks and NULs at its end: writers leave them or not by chance (command lines above all), readers of this
// format drop them, and rules with `endswith` are written against that.
Bytes trimmed(Bytes text) {
    while (text.size() >= 2) {
        const uint16_t last = load16(text.data() + text.size() - 2);
        if (last != 0 && last != ' ' && last != '\t' && last != '\r' && last != '\n') break;
        text = text.first(text.size() - 2);
    }
    return text;
}

enum class Form : uint8_t { json, text };

// One value that is no array. Numbers and booleans stand bare in JSON; everything else between quotes.
class SingleValue {
public:
    SingleValue(std::string& out, Form form) : out_(out), form_(form) {}

    void append(uint8_t type, Bytes bytes) {
        if (const size_t size = fixed_size(type); size != 0 && size != bytes.size() && type != kBool) return quoted([&] { append_hex(out_, bytes); });
        const uint8_t* const data = bytes.data();
        switch (type) {
            case kNull:
                if (form_ == Form::json) out_ += "null";
                return;
            case kInt8: return append_number(out_, static_cast<int>(load<int8_t>(data)));
            case kUint8: return append_number(out_, static_cast<unsigned>(*data));
            case kInt16: return append_number(out_, load<int16_t>(data));
            case kUint16: return append_number(out_, load16(data));
            case kInt32: return append_number(out_, load<int32_t>(data));
            case kUint32: return append_number(out_, load32(data));
            case kInt64: return append_number(out_, load<int64_t>(data));
            case kUint64: return append_number(out_, load64(data));
            case kReal32: return real(load<float>(data));
            case kReal64: return real(load<double>(data));
            case kBool: {
                bool set = false;
                for (const uint8_t byte : bytes) set |= byte != 0;
                out_ += set ? "true" : "false";
                return;
            }
            default: break;
        }
        quoted([&] { quoted_value(type, bytes); });
    }

private:
    template <typename Write>
    void quoted(Write write) {
        if (form_ == Form::json) out_ += '"';
        write();
        if (form_ == Form::json) out_ += '"';
    }

    template <typename Real>
    void real(Real number) {
        if (std::isfinite(number)) return append_real(out_, number);
        quoted([&] { out_ += std::isnan(number) ? "NaN" : number < 0 ? "-Infinity" : "Infinity"; });
    }

    void quoted_value(uint8_t type, Bytes bytes) {
        switch (type) {
            case kString:
                bytes = trimmed(bytes.first(bytes.size() / 2 * 2));
                return append_utf16(out_, bytes.data(), bytes.size() / 2);
            case kAnsiString:
                while (!bytes.empty() && bytes.back() == 0) bytes = bytes.first(bytes.size() - 1);
                return append_bytes(out_, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
            case kGuid: return append_guid(out_, bytes);
            case kFileTime:
                if (append_file_time(out_, bytes)) return;
                break;
            case kSystemTime:
                if (append_system_time(out_, bytes)) return;
                break;
            case kSid:
                if (sid_size(bytes) == bytes.size() && !bytes.empty()) return append_sid(out_, bytes);
                break;
            case kHexInt32: case kHexInt64: case kSize: case kHandle:
                if (bytes.size() != 4 && bytes.size() != 8) break;
                out_ += "0x";
                return append_number(out_, bytes.size() == 4 ? load32(bytes.data()) : load64(bytes.data()), 16);
            default: break;
        }
        append_hex(out_, bytes);
    }

    std::string& out_;
    Form form_;
};

void append(std::string& out, const Value& value, Form form) {
    SingleValue single(out, form);
    if ((value.type & kArray) == 0) return single.append(value.type, value.bytes);
    const auto type = static_cast<uint8_t>(value.type & ~kArray);
    if (form == Form::json) out += '[';
    bool first = true;
    Bytes rest = value.bytes;
    while (!rest.empty()) {
        size_t size = fixed_size(type);
        size_t separator = 0;
        if (type == kString) {
            while (size + 2 <= rest.size() && load16(rest.data() + size) != 0) size += 2;
            separator = 2;
        } else if (type == kAnsiString) {
            while (size < rest.size() && rest[size] != 0) ++size;
            separator = 1;
        } else if (type == kSid) {
            size = sid_size(rest);
        } else if (type == kSize || type == kHandle) {
            size = rest.size() % 8 == 0 ? 8 : 4;
        }
        if (!first) out += ',';
        first = false;
        const bool odd = size > rest.size() || (size == 0 && separator == 0);
        single.append(odd ? static_cast<uint8_t>(kBinary) : type, odd ? rest : rest.first(size));
        rest = rest.subspan(odd ? rest.size() : std::min(size + separator, rest.size()));
    }
    if (form == Form::json) out += ']';
}

}  // namespace

void append_json(std::string& out, const Value& value) { append(out, value, Form::json); }
void append_text(std::string& out, const Value& value) { append(out, value, Form::text); }

}  // namespace shuwei::evtx
