// Cases, clocks and timeline entries between rows and values.
#pragma once

#include <string_view>
#include <vector>

#include "case_clocks.hpp"
#include "shuwei/ledger/transaction.hpp"
#include "shuwei/ledger/where.hpp"
#include "shuwei/work/case_desk.hpp"

namespace shuwei::work {

constexpr std::string_view kCaseColumns =
    "c.id AS id, c.number AS number, c.tenant AS tenant, c.title AS title, c.description AS description, "
    "c.severity AS severity, c.level AS level, c.state AS state, c.verdict AS verdict, c.owner AS owner, "
    "c.opened_by AS opened_by, c.opened_by_kind AS opened_by_kind, c.opened AS opened, c.updated AS updated, "
    "c.closed AS closed, c.scheme AS scheme, c.next_due AS next_due, c.alert_count AS alert_count, "
    "c.event_count AS event_count, c.source_kind AS source_kind, c.source_value AS source_value, "
    "c.source_field AS source_field, c.source_label AS source_label, c.target_kind AS target_kind, "
    "c.target_value AS target_value, c.target_field AS target_field, c.target_label AS target_label, "
    "c.version AS version";

Case case_of(const ledger::Row& row);  // without what fill_sla gives

// Fills the clocks of all `cases` with one query, as they stand at `now`, and the titles of their schemes.
base::Result<> fill_sla(ledger::Reader& reader, const SlaSchemes& schemes, std::vector<Case>& cases,
                        base::Timestamp now);

base::Result<ClockRecords> load_clocks(ledger::Reader& reader, int64_t case_id);
base::Result<> save_clocks(ledger::Transaction& transaction, int64_t case_id, const ClockRecords& clocks);

struct NewEntry {
    TimelineKind kind = TimelineKind::note;
    std::string from, to, text;
    std::string link_kind, link_id, link_title;
};
base::Result<TimelineEntry> append_entry(ledger::Transaction& transaction, int64_t case_id, base::Timestamp at,
                                         const ledger::Actor& actor, const NewEntry& entry);
base::Result<> append_events(ledger::Transaction& transaction, int64_t case_id, base::Timestamp at,
                             const ledger::Actor& actor, const ClockEvents& events);
TimelineEntry entry_of(const ledger::Row& row);

// The level of `scheme` that a case has; null when content lost it.
const SlaLevel* level_of(const SlaSchemes& schemes, std::string_view scheme, ProblemLevel level);

// The clocks' own moves are the system's doing.
inline ledger::Actor clockwork() { return ledger::Actor::system("sla"); }

}  // namespace shuwei::work
