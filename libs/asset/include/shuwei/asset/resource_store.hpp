// Resources of the tenants in the ledger, and those that are shipped with the program (content/resources), which a
// tenant's own of the same name replaces. Every change is in the audit chain in the same transaction. Immutable after
// it was made; thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/asset/resource.hpp"
#include "shuwei/ledger/actor.hpp"
#include "shuwei/ledger/ledger.hpp"
#include "shuwei/ledger/migration.hpp"

namespace shuwei::asset {

ledger::MigrationSet resource_migrations();

struct ResourceContent {
    Resource resource;
    std::vector<ResourceEntry> entries;
};

enum class EntryChange : uint8_t { replace, add, remove };

class ResourceStore {
public:
    ResourceStore() = default;
    // With the files of `folder`: NAME.csv in the text form, with "# kind: values" and "# description: …" in front.
    static base::Result<ResourceStore> load(const std::filesystem::path& folder);

    // Shipped ones first, then by name; those of the scope.
    base::Result<std::vector<Resource>> list(ledger::Reader& reader, const ledger::TenantScope& scope) const;
    base::Result<Resource> find(ledger::Reader& reader, const ledger::TenantScope& scope, int64_t id) const;
    base::Result<std::vector<ResourceEntry>> entries(ledger::Reader& reader, const Resource& resource) const;
    // What the name stands for in one tenant: its own, else the shipped one.
    base::Result<std::optional<ResourceContent>> named(ledger::Reader& reader, ledger::TenantNumber tenant, std::string_view name) const;
    // All there is, for the detection engine.
    base::Result<std::vector<ResourceContent>> everything(ledger::Reader& reader) const;
    // Grows with every change.
    base::Result<int64_t> revision(ledger::Reader& reader) const;

    base::Result<Resource> create(ledger::Transaction& transaction, const Resource& resource, std::vector<ResourceEntry> entries,
                                  base::Timestamp now, const ledger::Actor& actor, const ledger::AuditChain& audit) const;
    base::Result<Resource> describe(ledger::Transaction& transaction, const ledger::TenantScope& scope, int64_t id, std::string_view description,
                                    base::Timestamp now, const ledger::Actor& actor, const ledger::AuditChain& audit) const;
    base::Result<Resource> change_entries(ledger::Transaction& transaction, const ledger::TenantScope& scope, int64_t id, EntryChange change,
                                          std::vector<ResourceEntry> entries, base::Timestamp now, const ledger::Actor& actor,
                                          const ledger::AuditChain& audit) const;
    base::Result<> remove(ledger::Transaction& transaction, const ledger::TenantScope& scope, int64_t id, const ledger::Actor& actor,
                          const ledger::AuditChain& audit) const;

    static constexpr int64_t kResourcesPerTenant = 1000;

private:
    std::map<std::string, ResourceContent, std::less<>> shipped_;  // ids from -1 downwards
};

}  // namespace shuwei::asset
