// The inputs that people have configured, in the ledger. Those of the configuration file are kept beside them, so that all
// have a number that lasts; they can be seen but not changed here. Secrets are sealed and never given back to people.
// Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/collect/input.hpp"
#include "shuwei/crypto/secret_box.hpp"
#include "shuwei/ledger/actor.hpp"
#include "shuwei/ledger/ledger.hpp"
#include "shuwei/ledger/migration.hpp"
#include "shuwei/ledger/tenant_scope.hpp"

namespace shuwei::intake {

using ledger::TenantNumber;
using ledger::TenantScope;

ledger::MigrationSet migrations();

enum class InputOrigin : uint8_t { people, file };
enum class InputState : uint8_t { active, paused, removed };  // removed: its number stays taken, its past stays named

// What somebody asks for.
struct InputDraft {
    TenantNumber tenant = 0;
    std::string name;     // ^[a-z0-9][a-z0-9_-]{0,47}$, unique among the tenant's; sources are known by it, so it stays
    std::string kind;
    std::string zone = "Asia/Shanghai";  // of times without one
    std::string charset = "auto";        // auto, utf-8, gb18030
    std::string pack;                    // device pack for all its lines; usually empty
    collect::InputValues values;         // secrets in the clear
};

struct InputRecord {
    int64_t id = 0;
    TenantNumber tenant = 0;
    std::string name;
    std::string kind;
    std::string zone;
    std::string charset;
    std::string pack;
    collect::InputValues values;      // without the secrets
    std::set<std::string> secrets;    // fields whose secret is kept
    InputOrigin origin = InputOrigin::people;
    InputState state = InputState::active;
    int64_t revision = 0;             // rises with every change
    base::Timestamp created = 0;
    base::Timestamp changed = 0;
    std::string changed_by;

    uint32_t listener() const { return static_cast<uint32_t>(id) + 9; }  // 1 … 9 are built in
};

struct InputChange {  // absent: as it is
    std::optional<std::string> zone;
    std::optional<std::string> charset;
    std::optional<std::string> pack;
    std::optional<collect::InputValues> values;  // all of them; a secret that is not among them stays
    std::optional<bool> paused;
};

class InputStore {
public:
    // Inputs of people may read files of this machine below `readable` alone; those of the configuration file anywhere.
    InputStore(crypto::SecretBox box, std::vector<std::filesystem::path> readable, const base::Clock& clock)
        : box_(std::move(box)), readable_(std::move(readable)), clock_(clock) {}

    base::Result<std::vector<InputRecord>> list(ledger::Reader& reader, const TenantScope& scope) const;  // by name
    // Also the removed ones, whose frames may still be on their way.
    base::Result<std::vector<InputRecord>> every(ledger::Reader& reader) const;
    base::Result<InputRecord> find(ledger::Reader& reader, const TenantScope& scope, int64_t id) const;

    // invalid_argument names the field; already_exists for the name.
    base::Result<InputRecord> add(ledger::Transaction& transaction, const InputDraft& draft, const ledger::Actor& actor,
                                  const ledger::AuditChain& audit) const;
    base::Result<InputRecord> change(ledger::Transaction& transaction, const TenantScope& scope, int64_t id,
                                     const InputChange& change, const ledger::Actor& actor,
                                     const ledger::AuditChain& audit) const;
    base::Result<> remove(ledger::Transaction& transaction, const TenantScope& scope, int64_t id, const ledger::Actor& actor,
                          const ledger::AuditChain& audit) const;

    // The configuration file as it is now: new ones get their number, changed ones are changed, missing ones removed.
    base::Result<> adopt(ledger::Transaction& transaction, std::span<const InputDraft> drafts) const;

    // With the secrets, to run it.
    base::Result<collect::InputSettings> settings(ledger::Reader& reader, const InputRecord& record) const;
    // A draft's, to try it; the secrets it leaves out are those of `record`, where one is given.
    base::Result<collect::InputSettings> settings(ledger::Reader& reader, const InputDraft& draft, const InputRecord* record) const;

    static constexpr int64_t kInputsPerTenant = 500;

private:
    base::Result<collect::InputSettings> check(const InputDraft& draft, InputOrigin origin) const;
    base::Result<collect::InputValues> opened(ledger::Reader& reader, const InputRecord& record) const;
    base::Result<int64_t> insert(ledger::Transaction& transaction, const InputDraft& draft, InputOrigin origin, const std::string& by) const;
    base::Result<> write_values(ledger::Transaction& transaction, int64_t id, const std::string& kind,
                                const collect::InputValues& values) const;

    crypto::SecretBox box_;
    collect::ReadableFolders readable_;
    const base::Clock& clock_;
};

}  // namespace shuwei::intake
