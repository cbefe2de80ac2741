// Targets in the ledger: settings, sealed secrets and how far each has come. Changes are audited in their transaction; no
// secret enters the audit chain or an answer. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "shuwei/crypto/secret_box.hpp"
#include "shuwei/forward/target.hpp"
#include "shuwei/ledger/actor.hpp"
#include "shuwei/ledger/ledger.hpp"
#include "shuwei/ledger/migration.hpp"

namespace shuwei::forward {

ledger::MigrationSet migrations();

struct NewTarget {
    ledger::TenantNumber tenant = 0;
    TargetOrigin origin = TargetOrigin::page;
    TargetSettings settings;
    TargetSecrets secrets;
    uint64_t after = 0;  // begins with the event behind this seq
    base::Timestamp created = 0;
    bool paused = false;
};

struct SecretChange {  // absent: as it is; empty clears
    std::optional<std::string> password;
    std::optional<std::string> key;
};

class TargetStore {
public:
    explicit TargetStore(const crypto::SecretBox& box) : box_(&box) {}

    base::Result<std::vector<Target>> list(ledger::Reader& reader, const ledger::TenantScope& scope) const;  // by name
    base::Result<Target> find(ledger::Reader& reader, const ledger::TenantScope& scope, int64_t id) const;  // else not_found
    base::Result<TargetSecrets> secrets(ledger::Reader& reader, int64_t id) const;

    // already_exists for a name the tenant has; resource_exhausted beyond kTargetsPerTenant.
    base::Result<Target> add(ledger::Transaction& transaction, const NewTarget& target, const ledger::Actor& actor,
                             const ledger::AuditChain& audit) const;
    // `origin` is who asks: conflict when people change what the configuration file defines.
    base::Result<Target> update(ledger::Transaction& transaction, const ledger::TenantScope& scope, int64_t id,
                                const TargetSettings& settings, const SecretChange& secrets, TargetOrigin origin,
                                const ledger::Actor& actor, const ledger::AuditChain& audit) const;
    base::Result<Target> set_paused(ledger::Transaction& transaction, const ledger::TenantScope& scope, int64_t id, bool paused,
                                    const ledger::Actor& actor, const ledger::AuditChain& audit) const;
    base::Result<> remove(ledger::Transaction& transaction, const ledger::TenantScope& scope, int64_t id, TargetOrigin origin,
                          const ledger::Actor& actor, const ledger::AuditChain& audit) const;

    // How far it has come; never steps back. Nothing happens to a target that is gone.
    base::Result<> advance(ledger::Transaction& transaction, int64_t id, uint64_t delivered_seq, uint64_t events) const;

    static constexpr int64_t kTargetsPerTenant = 32;

private:
    const crypto::SecretBox* box_;
};

}  // namespace shuwei::forward
