// The figures of the live stream's `stats`.
#pragma once

#include <string>

#include "shuwei/api/services.hpp"

namespace shuwei::api {

// StreamStats of the contract as JSON; figures that cannot be read now are left out.
std::string stream_stats(Services& services, const ledger::TenantScope& scope);

}  // namespace shuwei::api
