// SNMP traps and informs as a configured input: UDP; versions 1, 2c and 3.
#pragma once

#include "shuwei/collect/input.hpp"

namespace shuwei::collect {

extern const InputKind kSnmpTrapKind;

}  // namespace shuwei::collect
