// The typed values that a record puts into its template, as JSON.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace shuwei::evtx {

enum ValueType : uint8_t {
    kNull = 0x00,
    kString = 0x01,
    kAnsiString = 0x02,
    kInt8 = 0x03,
    kUint8 = 0x04,
    kInt16 = 0x05,
    kUint16 = 0x06,
    kInt32 = 0x07,
    kUint32 = 0x08,
    kInt64 = 0x09,
    kUint64 = 0x0A,
    kReal32 = 0x0B,
    kReal64 = 0x0C,
    kBool = 0x0D,
    kBinary = 0x0E,
    kGuid = 0x0F,
    kSize = 0x10,
    kFileTime = 0x11,
    kSystemTime = 0x12,
    kSid = 0x13,
    kHexInt32 = 0x14,
    kHexInt64 = 0x15,
    kHandle = 0x20,
    kBinXml = 0x21,
    kXml = 0x23,
    kArray = 0x80,  // a flag over one of the above
};

struct Value {
    uint8_t type = kNull;
    std::span<const uint8_t> bytes;

    bool is_null() const { return type == kNull; }
    bool is_binxml() const { return type == kBinXml; }
};

// The value in its JSON type: number, boolean, string, an array of them; null for kNull. What has a size that its type
// cannot have, or a type nobody knows, is written as hex digits: no value is lost.
void append_json(std::string& out, const Value& value);

// The value as text inside a JSON string (escaped, without quotes); the members of an array are separated by commas.
void append_text(std::string& out, const Value& value);

}  // namespace shuwei::evtx
