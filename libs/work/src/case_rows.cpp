#include "case_rows.hpp"

#include <map>

namespace shuwei::work {

using base::Result;
using base::Timestamp;
using ledger::Row;

namespace {

constexpr std::string_view kClockColumns =
    "case_id, name, state, started, total, used, running_since, due, warn_at, stopped, reminded, pause_reason";

ClockRecord clock_of(const Row& row) {
    ClockRecord clock;
    clock.name = static_cast<ClockName>(row.integer("name"));
    clock.state = static_cast<ClockState>(row.integer("state"));
    clock.started = row.integer("started");
    clock.total = row.integer("total");
    clock.used = row.integer("used");
    clock.running_since = row.maybe_integer("running_since");
    clock.due = row.integer("due");
    clock.warn_at = row.integer("warn_at");
    clock.stopped = row.maybe_integer("stopped");
    clock.reminded = row.boolean("reminded");
    clock.pause_reason = row.text("pause_reason");
    return clock;
}

}  // namespace

Case case_of(const Row& row) {
    Case c;
    c.id = row.integer("id");
    c.number = row.text("number");
    c.tenant = static_cast<TenantNumber>(row.integer("tenant"));
    c.title = row.text("title");
    c.description = row.text("description");
    c.severity = static_cast<Severity>(row.integer("severity"));
    c.level = static_cast<ProblemLevel>(row.integer("level"));
    c.state = static_cast<CaseState>(row.integer("state"));
    c.verdict = static_cast<Verdict>(row.integer("verdict"));
    c.owner = row.text("owner");
    c.opened_by.name = row.text("opened_by");
    c.opened_by.kind = static_cast<ledger::Actor::Kind>(row.integer("opened_by_kind"));
    c.opened = row.integer("opened");
    c.updated = row.integer("updated");
    c.closed = row.maybe_integer("closed");
    c.scheme = row.text("scheme");
    c.alert_count = row.integer("alert_count");
    c.event_count = row.integer("event_count");
    c.source = {row.text("source_kind"), row.text("source_value"), row.text("source_field"), row.text("source_label")};
    c.target = {row.text("target_kind"), row.text("target_value"), row.text("target_field"), row.text("target_label")};
    c.version = row.integer("version");
    return c;
}

const SlaLevel* level_of(const SlaSchemes& schemes, std::string_view scheme, ProblemLevel level) {
    const SlaScheme* found = schemes.find(scheme);
    return found == nullptr ? nullptr : found->level(to_string(level));
}

Result<> fill_sla(ledger::Reader& reader, const SlaSchemes& schemes, std::vector<Case>& cases, Timestamp now) {
    if (cases.empty()) return {};
    std::map<int64_t, Case*> by_id;
    ledger::Values ids;
    for (Case& c : cases) {
        by_id[c.id] = &c;
        ids.emplace_back(c.id);
        if (const SlaScheme* scheme = schemes.find(c.scheme)) {
            c.scheme_title_zh = scheme->title_zh;
            c.scheme_title_en = scheme->title_en;
        }
    }
    ledger::Where where = ledger::Where::without_tenant();  // the cases were chosen by tenant already
    where.in("case_id", ids);
    return reader.for_each(
        "SELECT " + std::string(kClockColumns) + " FROM case_clock" + where.sql() + " ORDER BY case_id, name",
        where.values(), [&](const Row& row) -> Result<> {
            Case& c = *by_id.at(row.integer("case_id"));
            c.clocks.push_back(read_clock(level_of(schemes, c.scheme, c.level), clock_of(row), now));
            return {};
        });
}

Result<ClockRecords> load_clocks(ledger::Reader& reader, int64_t case_id) {
    ClockRecords clocks;
    TRY(reader.for_each("SELECT " + std::string(kClockColumns) + " FROM case_clock WHERE case_id = ? ORDER BY name",
                        {case_id}, [&](const Row& row) -> Result<> {
                            clocks.push_back(clock_of(row));
                            return {};
                        }));
    return clocks;
}

Result<> save_clocks(ledger::Transaction& t, int64_t case_id, const ClockRecords& clocks) {
    for (const ClockRecord& clock : clocks) {
        TRY(t.execute(
            "INSERT INTO case_clock (case_id, name, state, started, total, used, running_since, due, warn_at, "
            "stopped, reminded, pause_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (case_id, name) DO UPDATE SET state = excluded.state, total = excluded.total, "
            "used = excluded.used, running_since = excluded.running_since, due = excluded.due, "
            "warn_at = excluded.warn_at, stopped = excluded.stopped, reminded = excluded.reminded, "
            "pause_reason = excluded.pause_reason",
            {case_id, static_cast<int>(clock.name), static_cast<int>(clock.state), clock.started, clock.total,
             clock.used, clock.running_since, clock.due, clock.warn_at, clock.stopped, clock.reminded,
             clock.pause_reason}));
    }
    TRY(t.execute("UPDATE work_case SET next_due = ? WHERE id = ?", {next_due(clocks), case_id}));
    return {};
}

Result<TimelineEntry> append_entry(ledger::Transaction& t, int64_t case_id, Timestamp at, const ledger::Actor& actor,
                                   const NewEntry& entry) {
    TRY_ASSIGN(
        const auto row,
        t.query_one("INSERT INTO case_timeline (case_id, at, kind, actor_kind, actor, value_from, value_to, text, "
                    "link_kind, link_id, link_title) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                    {case_id, at, static_cast<int>(entry.kind), static_cast<int>(actor.kind), actor.name, entry.from,
                     entry.to, entry.text, entry.link_kind, entry.link_id, entry.link_title}));
    TimelineEntry made;
    made.id = row->integer("id");
    made.at = at;
    made.kind = entry.kind;
    made.actor = {actor.kind, actor.name, {}};
    made.from = entry.from;
    made.to = entry.to;
    made.text = entry.text;
    made.link_kind = entry.link_kind;
    made.link_id = entry.link_id;
    made.link_title = entry.link_title;
    return made;
}

Result<> append_events(ledger::Transaction& t, int64_t case_id, Timestamp at, const ledger::Actor& actor,
                       const ClockEvents& events) {
    for (const ClockEvent& event : events)
        TRY(append_entry(t, case_id, at, actor,
                         {.kind = event.kind, .from = std::string(to_string(event.clock)), .text = event.text}));
    return {};
}

TimelineEntry entry_of(const Row& row) {
    TimelineEntry entry;
    entry.id = row.integer("id");
    entry.at = row.integer("at");
    entry.kind = static_cast<TimelineKind>(row.integer("kind"));
    entry.actor.kind = static_cast<ledger::Actor::Kind>(row.integer("actor_kind"));
    entry.actor.name = row.text("actor");
    entry.from = row.text("value_from");
    entry.to = row.text("value_to");
    entry.text = row.text("text");
    entry.link_kind = row.text("link_kind");
    entry.link_id = row.text("link_id");
    entry.link_title = row.text("link_title");
    return entry;
}

}  // namespace shuwei::work
