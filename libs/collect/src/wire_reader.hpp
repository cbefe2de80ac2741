// Reads Protocol Buffers' wire format field by field, without a schema. Views into the caller's bytes; never reads
// beyond them, allocates nothing. Groups, which proto3 does not have, count as damage.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace shuwei::collect {

class WireReader {
public:
    enum class Type : uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

    explicit WireReader(std::string_view message) : rest_(message) {}

    // The next field; false at the end, and at damage (then !ok()).
    bool next() {
        if (rest_.empty() || !ok_) return false;
        uint64_t key = 0;
        if (!take_varint(key) || key >> 3 == 0 || key >> 3 > kMaxField) return damage();
        field_ = static_cast<uint32_t>(key >> 3);
        switch (key & 7) {
            case 0: type_ = Type::varint; return take_varint(number_) || damage();
            case 1: type_ = Type::fixed64; return take_fixed(8);
            case 2: {
                type_ = Type::bytes;
                uint64_t size = 0;
                if (!take_varint(size) || size > rest_.size()) return damage();
                bytes_ = rest_.substr(0, size);
                rest_.remove_prefix(size);
                return true;
            }
            case 5: type_ = Type::fixed32; return take_fixed(4);
            default: return damage();
        }
    }

    bool ok() const { return ok_; }
    bool is(uint32_t field, Type type) const { return field_ == field && type_ == type; }
    uint64_t number() const { return number_; }        // of varint, fixed64, fixed32
    std::string_view bytes() const { return bytes_; }  // of bytes
    double real() const { return std::bit_cast<double>(number_); }  // of fixed64

private:
    static constexpr uint64_t kMaxField = (1u << 29) - 1;

    bool damage() {
        ok_ = false;
        return false;
    }

    bool take_varint(uint64_t& value) {
        value = 0;
        for (unsigned shift = 0; shift < 70 && !rest_.empty(); shift += 7) {
            const auto byte = static_cast<uint8_t>(rest_.front());
            rest_.remove_prefix(1);
            if (shift == 63 && byte > 1) return false;
            value |= static_cast<uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return true;
        }
        return false;
    }

    bool take_fixed(size_t size) {
        if (rest_.size() < size) return damage();
        number_ = 0;
        std::memcpy(&number_, rest_.data(), size);  // little-endian, as the wire is
        rest_.remove_prefix(size);
        return true;
    }

    std::string_view rest_;
    std::string_view bytes_;
    uint64_t number_ = 0;
    uint32_t field_ = 0;
    Type type_ = Type::varint;
    bool ok_ = true;
};

}  // namespace shuwei::collect
