// The tenants that a query may see. Every query over tenants' records takes one, and there is no default: a query
// without a tenant does not compile. A value.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace shuwei::ledger {

using TenantNumber = uint32_t;  // 1 is `default`; 0 is nobody

class TenantScope {
public:
    static TenantScope every_tenant() { return TenantScope(true, {}); }
    static TenantScope only(TenantNumber tenant) { return TenantScope(false, {tenant}); }
    static TenantScope only(std::vector<TenantNumber> tenants) {  // empty: sees nothing
        std::sort(tenants.begin(), tenants.end());
        tenants.erase(std::unique(tenants.begin(), tenants.end()), tenants.end());
        return TenantScope(false, std::move(tenants));
    }

    bool sees_every_tenant() const { return every_; }
    const std::vector<TenantNumber>& tenants() const { return tenants_; }  // sorted; empty when every tenant
    bool contains(TenantNumber tenant) const {
        return every_ || std::binary_search(tenants_.begin(), tenants_.end(), tenant);
    }

private:
    TenantScope(bool every, std::vector<TenantNumber> tenants) : every_(every), tenants_(std::move(tenants)) {}

    bool every_;
    std::vector<TenantNumber> tenants_;
};

}  // namespace shuwei::ledger
