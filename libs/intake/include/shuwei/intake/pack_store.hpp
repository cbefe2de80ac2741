// Device packs that people made, in the ledger: text with every version of it, and which version lives in the stream. A pack
// belongs to a tenant; a live one parses lines of that tenant, or of everybody where an administrator wants it so. What a
// text means is not looked at here: a draft may be wrong, and whoever activates one has compiled it before. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/ledger/actor.hpp"
#include "shuwei/ledger/ledger.hpp"
#include "shuwei/ledger/tenant_scope.hpp"

namespace shuwei::intake {

using ledger::TenantNumber;
using ledger::TenantScope;

enum class PackReach : uint8_t { tenant, everyone };

struct PackRecord {
    int64_t id = 0;
    TenantNumber tenant = 0;
    std::string name;          // unique among the tenant's; the text must say the same to go live
    int64_t version = 0;       // of the text last saved, from 1
    int64_t live_version = 0;  // 0: a draft
    PackReach reach = PackReach::tenant;  // of a live one
    base::Timestamp created = 0;
    std::string created_by;
    base::Timestamp changed = 0;
    std::string changed_by;
};

struct PackVersion {
    int64_t version = 0;
    base::Timestamp made = 0;
    std::string made_by;
};

struct LivePack {
    int64_t id = 0;
    TenantNumber tenant = 0;
    int64_t version = 0;
    PackReach reach = PackReach::tenant;
    std::string name;
    std::string text;
};

class PackStore {
public:
    explicit PackStore(const base::Clock& clock) : clock_(clock) {}

    base::Result<std::vector<PackRecord>> list(ledger::Reader& reader, const TenantScope& scope) const;  // by name
    base::Result<PackRecord> find(ledger::Reader& reader, const TenantScope& scope, int64_t id) const;
    base::Result<std::vector<PackVersion>> versions(ledger::Reader& reader, int64_t id) const;  // the newest first
    base::Result<std::string> text(ledger::Reader& reader, int64_t id, int64_t version) const;
    // What the stream is to know, in the order of ids.
    base::Result<std::vector<LivePack>> live(ledger::Reader& reader) const;
    // Rises with every change of what is live.
    base::Result<int64_t> revision(ledger::Reader& reader) const;

    // invalid_argument names the field; already_exists for the name; resource_exhausted past kPacksPerTenant.
    base::Result<PackRecord> add(ledger::Transaction& transaction, TenantNumber tenant, const std::string& name,
                                 const std::string& text, const ledger::Actor& actor, const ledger::AuditChain& audit) const;
    // A further version; what is live stays live. conflict when `seen`, the version it was made of, is not the last one.
    base::Result<PackRecord> save(ledger::Transaction& transaction, const TenantScope& scope, int64_t id, int64_t seen,
                                  const std::string& text, const ledger::Actor& actor, const ledger::AuditChain& audit) const;
    base::Result<PackRecord> activate(ledger::Transaction& transaction, const TenantScope& scope, int64_t id, int64_t version,
                                      PackReach reach, const ledger::Actor& actor, const ledger::AuditChain& audit) const;
    base::Result<PackRecord> deactivate(ledger::Transaction& transaction, const TenantScope& scope, int64_t id,
                                        const ledger::Actor& actor, const ledger::AuditChain& audit) const;
    base::Result<> remove(ledger::Transaction& transaction, const TenantScope& scope, int64_t id, const ledger::Actor& actor,
                          const ledger::AuditChain& audit) const;

    static constexpr int64_t kPacksPerTenant = 100;
    static constexpr int64_t kPacksOfEveryone = 100;  // live ones; together with a tenant's own what an overlay holds
    static constexpr size_t kTextBytes = 256 << 10;
    static constexpr int64_t kVersionsKept = 50;      // of a pack, the live one besides

private:
    const base::Clock& clock_;
};

}  // namespace shuwei::intake
