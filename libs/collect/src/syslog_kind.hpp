// Syslog as configured inputs: UDP and TCP on one port; TLS with optional client certificates.
#pragma once

#include "shuwei/collect/input.hpp"

namespace shuwei::collect {

extern const InputKind kSyslogKind;
extern const InputKind kSyslogTlsKind;

}  // namespace shuwei::collect
