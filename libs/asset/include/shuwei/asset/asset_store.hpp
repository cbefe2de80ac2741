// Assets as far as sources need them: a device or host of a client with the addresses it is known by. A stub is made when
// a person confirms a source; one asset may have several sources. An address belongs to one asset of a tenant, so that
// the next source from there is proposed for it. Stateless over the ledger; thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/ledger/ledger.hpp"
#include "shuwei/ledger/tenant_scope.hpp"

namespace shuwei::asset {

using ledger::TenantNumber;
using ledger::TenantScope;

struct Asset {
    int64_t id = 0;
    TenantNumber tenant = 0;
    std::string name;
    std::string kind;    // as packs name device types: firewall, host, database …; empty: unknown
    std::string vendor;  // these two may be empty
    std::string product;
    base::Timestamp created = 0;
    std::vector<std::string> addresses;                    // IP addresses or host names, sorted
    std::vector<std::pair<int64_t, std::string>> sources;  // id and name
};

class AssetStore {
public:
    static constexpr int64_t kAssetsPerTenant = 100'000;

    base::Result<std::vector<Asset>> list(ledger::Reader& reader, const TenantScope& scope);  // by name
    base::Result<Asset> find(ledger::Reader& reader, const TenantScope& scope, int64_t id);

    // The asset of this address; 0 when there is none.
    base::Result<int64_t> at_address(ledger::Reader& reader, TenantNumber tenant, const std::string& address);
    base::Result<int64_t> add(ledger::Transaction& transaction, const Asset& asset, base::Timestamp now);
    // From now on the address is this asset's, whosever it was.
    base::Result<> give_address(ledger::Transaction& transaction, TenantNumber tenant, const std::string& address,
                                int64_t asset);
    // What belongs to `from` becomes `into`'s, and `from` is gone.
    base::Result<> merge(ledger::Transaction& transaction, TenantNumber tenant, int64_t from, int64_t into);
};

}  // namespace shuwei::asset
