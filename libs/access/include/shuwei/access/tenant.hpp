// A guarded client. A value.
#pragma once

#include <string>

#include "shuwei/base/clock.hpp"
#include "shuwei/ledger/tenant_scope.hpp"

namespace shuwei::access {

using ledger::TenantNumber;
using ledger::TenantScope;

constexpr TenantNumber kDefaultTenant = 1;  // made by migration 1, named `default`

struct Tenant {
    TenantNumber number = 0;
    std::string name;   // ^[a-z][a-z0-9_-]{0,63}$
    std::string title;  // as people read it
    std::string zone;   // IANA zone of lines without one
    base::Timestamp created = 0;
};

}  // namespace shuwei::access
