// Verifier: reads stored events back and compares them with the seals; and makes the proof of one event. Beside running
// appends and retention. Thread-safe; a verification takes a while, so it reports
// how far it is and can be stopped.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/custody/inclusion_proof.hpp"
#include "shuwei/custody/seal_log.hpp"
#include "shuwei/eventstore/event_store.hpp"
#include "shuwei/ledger/ledger.hpp"

namespace shuwei::custody {

enum class FlawKind { changed, missing, added, reordered, seal, time_stamp };
std::string_view to_string(FlawKind kind);

struct Flaw {
    FlawKind kind = FlawKind::changed;
    ChainKey chain;
    int64_t segment = 0;   // number of the seal; 0: outside of every segment
    uint64_t seq = 0;      // the event; 0 when the flaw is of a seal, or the event cannot be named
    std::string message;   // for a person
};

struct ChainReport {
    ChainKey chain;
    uint64_t segments = 0;          // compared, the open one included
    uint64_t events = 0;            // in them
    uint64_t retired_segments = 0;  // removed by retention, as recorded
    uint64_t retired_events = 0;
    uint64_t older = 0;             // stored before there were seals
    uint64_t stamped = 0;           // seals with a time stamp
    int64_t last_seal = 0;
    std::string head;               // link of the last seal, hex; empty: none
    std::vector<Flaw> flaws;        // in order, at most kMaxFlaws
};
constexpr size_t kMaxFlaws = 100;

struct Verification {
    std::vector<ChainReport> chains;
    bool ok() const;
    const Flaw* first_flaw() const;  // null when ok
    // {"ok", "chains": [{"tenant", "class", "segments", …, "flaws": [{"kind", "segment", "seq", "message"}]}]}
    std::string to_json(const std::function<std::string(ledger::TenantNumber)>& tenant_name) const;
    // Of to_json() with the tenants' numbers for names; data_corrupt.
    static base::Result<Verification> parse(std::string_view json);
};

struct VerifyProgress {
    uint64_t events_done = 0;
    uint64_t events_total = 0;
};

struct VerifyRequest {
    ledger::TenantScope scope = ledger::TenantScope::every_tenant();
    SealFilter filter;        // whole segments that overlap it
    std::stop_token stop;     // then: cancelled
    std::function<void(const VerifyProgress&)> progress;
    std::string trusted_authorities;  // PEM file of time-stamping authorities; empty: only that a stamp is over its seal
};

class Verifier {
public:
    // `checkpoint` names the pipeline's checkpoint in the ledger. All must outlive the verifier.
    Verifier(ledger::Ledger& ledger, const SealLog& seals, eventstore::EventStore& store, std::string checkpoint)
        : ledger_(ledger), seals_(seals), store_(store), checkpoint_(std::move(checkpoint)) {}

    base::Result<Verification> verify(const VerifyRequest& request);

    // not_found when there is no such event, conflict when its segment is still open or it is older than the seals,
    // data_corrupt when what is stored is not what was sealed.
    base::Result<InclusionProof> prove(const ledger::TenantScope& scope, uint64_t seq);

private:
    base::Result<std::vector<ChainKey>> chains_of(const ledger::TenantScope& scope);
    base::Result<Chain> read_chain(ChainKey key);

    ledger::Ledger& ledger_;
    const SealLog& seals_;
    eventstore::EventStore& store_;
    std::string checkpoint_;
};

}  // namespace shuwei::custody
