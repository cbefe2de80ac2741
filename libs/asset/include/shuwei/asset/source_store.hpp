// What sends to us: one record for each (tenant, listener, peer, host named by a trusted relay), made at its first
// line, with counters that the pipeline adds in batches. Sources will bind to assets later. Stateless over the
// ledger; thread-safe. Rates over the last minutes are the live counters' business, not this store's.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/ledger/actor.hpp"
#include "shuwei/ledger/ledger.hpp"
#include "shuwei/ledger/migration.hpp"
#include "shuwei/ledger/tenant_scope.hpp"

namespace shuwei::asset {

using ledger::TenantNumber;
using ledger::TenantScope;

ledger::MigrationSet migrations();

struct SourceKey {
    TenantNumber tenant = 0;
    std::string listener;
    std::string peer;
    std::string host;  // header host when the peer is a trusted relay, or the name an HTTP sender gave; else empty
    auto operator<=>(const SourceKey&) const = default;
};

// What one flush adds to one source.
struct SourceDelta {
    SourceKey key;
    int64_t lines = 0;
    int64_t unparsed = 0;
    int64_t bytes = 0;
    base::Timestamp first = 0;  // received times of the lines counted
    base::Timestamp last = 0;
    std::string recognised_pack;          // the last one recognised; empty: none
    std::optional<base::Duration> drift;  // its clock minus ours, by these lines
};

struct Source {
    int64_t id = 0;
    SourceKey key;
    std::string name;         // given by a person, else host or peer
    std::string pack;         // bound, else the one last recognised
    bool pack_bound = false;  // by a person
    std::string zone;         // IANA; empty: the tenant's
    std::string charset;      // utf-8, gb18030, auto
    int64_t lines = 0;
    int64_t unparsed = 0;
    int64_t bytes = 0;
    std::optional<base::Duration> drift;
    base::Timestamp first_seen = 0;
    base::Timestamp last_seen = 0;
};

// A source that has sent nothing for so long is silent. One figure for all, until thresholds are learned per source.
constexpr base::Duration kSilentAfter = 15 * base::kMinute;
inline bool is_silent(const Source& source, base::Timestamp now) { return now - source.last_seen > kSilentAfter; }

struct SourceChange {  // absent: as it is; empty clears
    std::optional<std::string> name;
    std::optional<std::string> pack;
    std::optional<std::string> zone;
    std::optional<std::string> charset;
};

class SourceStore {
public:
    // Adds all deltas in the caller's transaction, making sources that are new. A tenant keeps at most
    // `kSourcesPerTenant`; beyond, lines are counted on one source named `overflow` of the listener.
    base::Result<> record(ledger::Transaction& transaction, std::span<const SourceDelta> deltas);

    base::Result<std::vector<Source>> list(ledger::Reader& reader, const TenantScope& scope);  // by name
    base::Result<Source> find(ledger::Reader& reader, const TenantScope& scope, int64_t id);
    // The binding set by people, for the pipeline: sources with a bound pack, zone or charset.
    base::Result<std::vector<Source>> bound(ledger::Reader& reader);
    base::Result<Source> update(ledger::Transaction& transaction, const TenantScope& scope, int64_t id,
                                const SourceChange& change, const ledger::Actor& actor,
                                const ledger::AuditChain& audit);

    static constexpr int64_t kSourcesPerTenant = 10'000;
};

}  // namespace shuwei::asset
