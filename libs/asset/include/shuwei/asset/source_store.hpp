// What sends to us: one record for each (tenant, listener, peer, host named by a trusted relay), made at its first
// line, with counters that the pipeline adds in batches and what is learned from them (source_learning.hpp). People
// confirm it, which binds it to an asset, name it, and set pack, zone, charset and how long it may be silent. Stateless
// over the ledger; thread-safe. Rates over the last minutes are the live counters' business, not this store's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "shuwei/asset/asset_store.hpp"
#include "shuwei/asset/source_learning.hpp"
#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/ledger/actor.hpp"
#include "shuwei/ledger/ledger.hpp"
#include "shuwei/ledger/migration.hpp"
#include "shuwei/ledger/tenant_scope.hpp"

namespace shuwei::asset {

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
    std::map<std::string, int64_t> packs;  // lines recognised by each
    std::optional<base::Duration> drift;   // its clock minus ours, by these lines
    base::Duration zone_offset = 0;        // of the zone that they were read in
    std::string named_host;                // that a line names as its host or device
};

enum class SilenceRule { learned = 0, own = 1, allowed = 2 };
std::string_view to_string(SilenceRule rule);
std::optional<SilenceRule> silence_rule_from(std::string_view name);

struct Source {
    int64_t id = 0;
    SourceKey key;
    std::string name;         // given by a person, else host or peer
    std::string given_name;   // empty: none
    bool confirmed = false;   // by a person; until then what it is is a proposal
    std::string pack;         // bound, else the one that recognised most of its lines
    bool pack_bound = false;  // by a person
    std::string zone;         // event::TimeZone::find knows it; empty: the input's
    std::string charset;      // utf-8, gb18030, auto
    int64_t lines = 0;
    int64_t unparsed = 0;
    int64_t bytes = 0;
    base::Timestamp first_seen = 0;
    base::Timestamp last_seen = 0;
    SourceLearning learning;

    SilenceRule silence_rule = SilenceRule::learned;
    base::Duration own_silence = 0;                // `own` only
    std::optional<base::Timestamp> silent_since;   // its last line; absent: not silent
    int64_t silence_alert = 0;                     // of the present silence; 0: none

    int64_t asset = 0;                             // bound to it; 0: none
    std::string asset_name;
    int64_t asset_at_address = 0;                  // the asset known by its address; 0: none
    std::string asset_at_address_name;

    // What an asset is known by: the host where the peer only relays, else the peer.
    const std::string& address() const { return key.host.empty() ? key.peer : key.host; }
};

// After how long without a line it is silent; absent: it may be silent, or it has sent too little to be judged.
std::optional<base::Duration> silence_threshold(const Source& source);

// What people may want to look after, each a filter of the list.
enum class SourceCondition { proposed, silent, zone, clock, unrecognised };
std::string_view to_string(SourceCondition condition);
std::vector<SourceCondition> conditions_of(const Source& source);

struct SourceChange {  // absent: as it is; empty clears
    std::optional<std::string> name;
    std::optional<std::string> pack;
    std::optional<std::string> zone;
    std::optional<std::string> charset;
    std::optional<SilenceRule> silence_rule;
    std::optional<base::Duration> own_silence;  // makes the rule `own`
    std::optional<int64_t> asset;  // binds it to this asset; the one it had, when that has no other source, is merged into it
};

struct SourceConfirmation {
    int64_t id = 0;
    std::string name;
    std::string pack;  // to bind; empty: recognise by content
    // Of the asset stub that is made when `asset` is 0 and no asset is known by the source's address.
    std::string kind;
    std::string vendor;
    std::string product;
    int64_t asset = 0;
};

struct SourceCounts {
    int64_t total = 0;
    int64_t silent = 0;
    int64_t proposed = 0;
};

class SourceStore {
public:
    // Adds all deltas in the caller's transaction, making sources that are new. A tenant keeps at most
    // `kSourcesPerTenant`; beyond, lines are counted on one source named `overflow` of the listener.
    base::Result<> record(ledger::Transaction& transaction, std::span<const SourceDelta> deltas);

    base::Result<std::vector<Source>> list(ledger::Reader& reader, const TenantScope& scope);  // by name
    base::Result<SourceCounts> count(ledger::Reader& reader, const TenantScope& scope);
    base::Result<Source> find(ledger::Reader& reader, const TenantScope& scope, int64_t id);
    // The binding set by people, for the pipeline: sources with a bound pack, zone or charset.
    base::Result<std::vector<Source>> bound(ledger::Reader& reader);
    base::Result<Source> update(ledger::Transaction& transaction, const TenantScope& scope, int64_t id,
                                const SourceChange& change, const ledger::Actor& actor,
                                const ledger::AuditChain& audit);
    // All or none; conflict for a source that is confirmed already.
    base::Result<std::vector<Source>> confirm(ledger::Transaction& transaction, const TenantScope& scope,
                                              std::span<const SourceConfirmation> confirmations, base::Timestamp now,
                                              const ledger::Actor& actor, const ledger::AuditChain& audit);

    AssetStore& assets() { return assets_; }

    static constexpr int64_t kSourcesPerTenant = 10'000;
    static constexpr base::Duration kLongestOwnSilence = 30 * base::kDay;

private:
    base::Result<int64_t> asset_for(ledger::Transaction& transaction, const Source& source,
                                    const SourceConfirmation& confirmation, base::Timestamp now);

    AssetStore assets_;
};

}  // namespace shuwei::asset
