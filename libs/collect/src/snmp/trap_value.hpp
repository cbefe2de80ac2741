// Values of variables as text for people and packs. Pure.
#pragma once

#include <string>
#include <string_view>

#include "mib_names.hpp"
#include "snmp_message.hpp"

namespace shuwei::collect {

std::string_view variable_type(uint8_t tag);  // "integer", "octets", "oid" …; "other" for what SNMP does not know

// Through the object's named numbers and display hint where it has them; else octets are text when they are printable
// UTF-8 or GB18030, and hexadecimal when not. At most 16 KiB.
std::string value_text(const Variable& variable, const MibObject* object, const MibNames& names);

// A display hint of RFC 2579, 3.1 applied; empty where it does not fit.
std::string hinted_octets(std::string_view hint, std::string_view octets);
std::string hinted_integer(std::string_view hint, int64_t value);

}  // namespace shuwei::collect
