// The audit trail: append-only records, each bound to the one before by HMAC-SM3 under a key that is kept outside
// the database, so that who edits the file cannot recompute the chain. Format: docs/formats/audit-chain.md.
// Appended inside the transaction of the change it tells of, hence both are there or neither. Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/random.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/ledger/actor.hpp"
#include "shuwei/ledger/tenant_scope.hpp"
#include "shuwei/ledger/transaction.hpp"

namespace shuwei::ledger {

enum class AuditResult { ok, denied, failed };
std::string_view to_string(AuditResult result);

struct AuditRecord {
    std::string action;       // the operation's id or a name like `login`
    std::string object;       // "case SW-20261121-0001"
    std::string detail;       // never a secret
    TenantNumber tenant = 0;  // 0: concerns none
    AuditResult result = AuditResult::ok;
};

struct AuditEntry {
    int64_t id = 0;  // 1, 2, 3 ... without gaps
    base::Timestamp at = 0;
    std::string actor;
    std::string peer;
    AuditRecord record;
    std::string mac;  // hex
};

struct AuditFilter {
    std::string actor;   // exact; empty: all
    std::string action;  // part of it, ASCII case ignored
    std::optional<base::Timestamp> since;
    std::optional<base::Timestamp> until;
    std::optional<int64_t> before_id;  // the page's cursor: entries below this id
    int limit = 100;
};

struct AuditVerification {
    bool ok = false;
    int64_t entries = 0;                  // checked
    std::string head;                     // MAC of the last entry
    std::optional<int64_t> first_bad_id;  // first entry changed, missing or out of order
    std::string message;                  // for a person; empty when ok
};

class AuditChain {
public:
    // Reads `folder`/audit.key, or creates it (32 random bytes in hex, mode 0600) when `may_create`; a missing key
    // beside an existing chain, or a key that others may read, is refused.
    static base::Result<AuditChain> open(const std::filesystem::path& folder, bool may_create, const base::Clock& clock,
                                         base::Random& random);

    base::Result<AuditEntry> append(Transaction& transaction, const Actor& actor, const AuditRecord& record) const;

    // Newest first.
    base::Result<std::vector<AuditEntry>> list(Reader& reader, const AuditFilter& filter) const;

    // Recomputes the whole chain, and compares it with the heads exported earlier: that finds a cut tail too.
    base::Result<AuditVerification> verify(Reader& reader) const;

    // Appends the present head (id, MAC) to `folder`/audit.heads; call now and then, and copy that file elsewhere.
    base::Result<> export_head(Reader& reader) const;

    // HMAC-SM3 in hex under the chain's key, for records elsewhere that must not be forged by who edits the database.
    // `purpose` keeps their hashes apart: each kind of record has its own.
    std::string mac_of_text(std::string_view purpose, std::string_view text) const;

private:
    AuditChain(std::filesystem::path folder, std::string key, const base::Clock& clock)
        : folder_(std::move(folder)), key_(std::move(key)), clock_(&clock) {}
    std::string mac_of(const AuditEntry& entry, std::string_view previous) const;

    std::filesystem::path folder_;
    std::string key_;
    const base::Clock* clock_;
};

}  // namespace shuwei::ledger
