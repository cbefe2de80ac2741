// Syslog as configured inputs: UDP and TCP on one port; TLS with optional client certificates; RELP, with or
// without TLS.
#pragma once

#include "shuwei/collect/input.hpp"

namespace shuwei::collect {

extern const InputKind kSyslogKind;
extern const InputKind kSyslogTlsKind;
extern const InputKind kRelpKind;

}  // namespace shuwei::collect
