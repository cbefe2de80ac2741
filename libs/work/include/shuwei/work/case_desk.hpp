// Cases and their clocks. Every change moves the clocks as the scheme says, writes the append-only timeline and the
// audit chain, all in the caller's transaction:
//
//   auto changed = ledger.transaction([&](ledger::Transaction& t) { return desk.update(t, scope, number, change,
//   actor); });
//
// State machine: new -> in_progress, on_hold, resolved, closed; in_progress -> on_hold, resolved, closed;
// on_hold -> in_progress, resolved, closed; resolved -> in_progress (reopened), closed; closed -> in_progress
// (reopened). Errors: not_found (also for another tenant's case), invalid_argument, conflict (step not allowed,
// version moved on). Immutable apart from the ledger, so thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/ledger/audit_chain.hpp"
#include "shuwei/ledger/cursor.hpp"
#include "shuwei/ledger/ledger.hpp"
#include "shuwei/ledger/migration.hpp"
#include "shuwei/work/case.hpp"

namespace shuwei::work {

ledger::MigrationSet migrations();

struct NewCase {
    TenantNumber tenant = 0;
    std::string title;
    std::string description;
    ProblemLevel level = ProblemLevel::general;
    std::optional<Severity> severity;  // absent: by level, medium / high / critical
    std::string owner;
    Entity source;
    Entity target;
    std::string key;  // what further alerts join it by ("source:10.0.0.1"); empty: nothing joins by itself
};

struct CaseChange {  // absent: as it is
    std::optional<CaseState> state;
    std::optional<std::string> owner;  // empty: nobody
    std::optional<std::string> title;
    std::optional<ProblemLevel> level;
    std::optional<Severity> severity;
    std::optional<Verdict> verdict;
    std::string comment;                      // why
    std::optional<int64_t> expected_version;  // conflict when the case has another one
};

enum class CaseOrder { due, opened, updated, severity };
enum class SlaFilter { at_risk, missed };

struct CaseFilter {
    std::vector<CaseState> states;
    std::vector<Severity> severities;
    std::optional<std::string> owner;  // empty text: cases without an owner
    std::string text;                  // part of number or title
    std::optional<SlaFilter> sla;
    std::optional<base::Timestamp> since, until;  // of opening
    CaseOrder order = CaseOrder::due;
    int limit = 100;
    std::string cursor;
};

struct CasePage : ledger::Page<Case> {
    std::vector<std::pair<CaseState, int64_t>> by_state;  // with the state filter left out
};

struct CaseFigures {
    int64_t open = 0;         // not resolved, not closed
    int64_t sla_at_risk = 0;  // open, with a running clock under a quarter left
    int64_t sla_missed = 0;   // open, with a missed clock
};

class CaseDesk {
public:
    // `scheme` is the one that cases get; it must know the levels general, serious and urgent.
    static base::Result<std::unique_ptr<CaseDesk>> create(SlaSchemes schemes, std::string scheme,
                                                          const ledger::AuditChain& audit, const base::Clock& clock);

    // ---- changing
    base::Result<Case> open(ledger::Transaction& transaction, const NewCase& opening, const ledger::Actor& actor) const;
    base::Result<Case> update(ledger::Transaction& transaction, const TenantScope& scope, std::string_view number,
                              const CaseChange& change, const ledger::Actor& actor) const;
    base::Result<TimelineEntry> add_note(ledger::Transaction& transaction, const TenantScope& scope,
                                         std::string_view number, std::string_view text,
                                         const ledger::Actor& actor) const;

    // Marks clocks that came due or near due since the last tick and notes it in the timelines; gives the cases that
    // changed. Call every few seconds.
    base::Result<std::vector<Case>> tick(ledger::Transaction& transaction) const;

    // ---- for triage: joining alerts
    // The open case of `tenant` with this key that was opened at or after `opened_since`; nothing when there is none.
    base::Result<std::optional<Case>> find_open(ledger::Reader& reader, TenantNumber tenant, std::string_view key,
                                                base::Timestamp opened_since) const;
    // Cases of `tenant` that the system opened at or after `since`.
    base::Result<int64_t> opened_by_system(ledger::Reader& reader, TenantNumber tenant, base::Timestamp since) const;
    struct AttachedAlert {
        int64_t id = 0;
        std::string title;
        int64_t events = 0;  // matched so far
        Severity severity = Severity::medium;
    };
    // Links an alert and raises the case's severity to the alert's where that is worse. conflict when the case is
    // closed. The tenant must be the case's.
    base::Result<Case> attach(ledger::Transaction& transaction, const TenantScope& scope, std::string_view number,
                              const AttachedAlert& alert, const ledger::Actor& actor) const;
    // The alerts of case `id` matched so many events more; no timeline entry.
    base::Result<> add_events(ledger::Transaction& transaction, int64_t id, int64_t events) const;
    // Something about an attached alert that the timeline should tell (a verdict).
    base::Result<> note_alert(ledger::Transaction& transaction, int64_t id, const AttachedAlert& alert,
                              std::string_view from, std::string_view to, std::string_view text,
                              const ledger::Actor& actor) const;

    // ---- reading
    base::Result<Case> find(ledger::Reader& reader, const TenantScope& scope, std::string_view number) const;
    base::Result<Case> find(ledger::Reader& reader, const TenantScope& scope, int64_t id) const;
    base::Result<CasePage> list(ledger::Reader& reader, const TenantScope& scope, const CaseFilter& filter) const;
    base::Result<std::vector<TimelineEntry>> timeline(ledger::Reader& reader, const TenantScope& scope,
                                                      std::string_view number) const;  // oldest first
    base::Result<CaseFigures> figures(ledger::Reader& reader, const TenantScope& scope) const;
    // Open cases at the start of each step of [since, until), for the overview's series.
    base::Result<std::vector<int64_t>> open_series(ledger::Reader& reader, const TenantScope& scope,
                                                   base::Timestamp since, base::Timestamp until, int steps) const;

private:
    CaseDesk(SlaSchemes schemes, std::string scheme, const ledger::AuditChain& audit, const base::Clock& clock);

    SlaSchemes schemes_;
    std::string scheme_;
    const ledger::AuditChain& audit_;
    const base::Clock& clock_;
};

}  // namespace shuwei::work
