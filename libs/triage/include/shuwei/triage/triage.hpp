// Findings become alerts, alerts become cases.
//
// Order of a batch, so that alert counts equal the stored findings whatever crashes when:
//   1. triage.assign(findings)      each finding gets its alert_id (and keep_event); nothing is written but a block
//                                   of reserved ids now and then
//   2. the pipeline inserts events and findings, alert_id included, into the event store
//   3. ledger.transaction: triage.apply(t, findings), CheckpointStore::set(t, ...)
// If 2 or 3 fails, the same findings are tried again with the ids they have. After a crash the pipeline reads the
// findings above the checkpoint back from the store, hands them to assign() first (alert_id filled: the alert's
// window is learned, nothing changes), then goes on from the spool: a replayed event that was stored keeps its stored
// findings, others are detected and assigned anew, and all go to apply() in the batch that they belong to.
// apply() counts every finding it is given: passing one twice is the caller's mistake, prevented by the checkpoint.
//
// A finding that no event made (a source that fell silent) skips assign(): its alert_id is reserved in the transaction
// of its apply(), so that it is an alert of its own.
//
// Thread-safe. assign() and apply() are called in order by one pipeline; the rest by the API's workers.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/ledger/ledger.hpp"
#include "shuwei/triage/alert.hpp"
#include "shuwei/triage/finding_input.hpp"
#include "shuwei/triage/policy.hpp"
#include "shuwei/work/case_desk.hpp"

namespace shuwei::triage {

ledger::MigrationSet migrations();

class Triage {
public:
    Triage(ledger::Ledger& ledger, const work::CaseDesk& desk, Policy policy);
    ~Triage();
    Triage(const Triage&) = delete;
    Triage& operator=(const Triage&) = delete;

    // ---- the pipeline's side
    base::Result<> assign(std::span<FindingInput> findings);
    base::Result<std::vector<AlertChange>> apply(ledger::Transaction& transaction,
                                                 std::span<const FindingInput> findings);

    // ---- changing
    // Verdict and state; told in the case's timeline and the audit chain. A closed alert collects no more: the next
    // finding of its kind begins a new one.
    base::Result<Alert> update(ledger::Transaction& transaction, const TenantScope& scope, int64_t id,
                               const AlertUpdate& change, const ledger::Actor& actor);
    // Opens a case from the alert or attaches it to an open one of the same tenant. conflict when it has a case.
    base::Result<work::Case> open_case(ledger::Transaction& transaction, const TenantScope& scope, int64_t id,
                                       const AlertCaseRequest& request, const ledger::Actor& actor);
    // A case opened by hand with alerts to attach.
    base::Result<work::Case> open_case_with(ledger::Transaction& transaction, const TenantScope& scope,
                                            const work::NewCase& opening, std::span<const int64_t> alerts,
                                            const ledger::Actor& actor);

    // ---- reading
    base::Result<Alert> find(ledger::Reader& reader, const TenantScope& scope, int64_t id) const;
    base::Result<AlertDetail> detail(ledger::Reader& reader, const TenantScope& scope, int64_t id) const;
    base::Result<std::vector<Alert>> find_all(ledger::Reader& reader, const TenantScope& scope,
                                              std::span<const int64_t> ids) const;  // those to be seen, by id
    base::Result<AlertPage> list(ledger::Reader& reader, const TenantScope& scope, const AlertFilter& filter) const;
    // Same rule or a shared entity, of the same tenant, newest first, at most 50.
    base::Result<AlertPage> similar(ledger::Reader& reader, const TenantScope& scope, int64_t id) const;
    base::Result<SeverityCounts> open_by_severity(ledger::Reader& reader, const TenantScope& scope) const;
    // Alerts first seen in each of `steps` equal parts of [since, until).
    base::Result<std::vector<SeverityCounts>> series(ledger::Reader& reader, const TenantScope& scope,
                                                     base::Timestamp since, base::Timestamp until, int steps) const;
    enum class Side { source, target };
    // Entity values by matched events, of alerts last seen in [since, until), highest first.
    base::Result<std::vector<std::pair<std::string, int64_t>>> top_entities(ledger::Reader& reader,
                                                                            const TenantScope& scope, Side side,
                                                                            base::Timestamp since,
                                                                            base::Timestamp until, int limit) const;
    struct RuleMatches {
        int64_t matches = 0;
        base::Timestamp last_match = 0;  // event time
    };
    base::Result<std::map<std::string, RuleMatches>> rule_matches(ledger::Reader& reader,
                                                                  const TenantScope& scope) const;  // by rule id

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::triage
