// Changing cases.
#include "shuwei/work/case_desk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "case_clocks.hpp"
#include "case_rows.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::work {

using base::ErrorCode;
using base::Result;
using base::Timestamp;
using ledger::Transaction;

namespace {

constexpr size_t kTitleMax = 256;  // characters
constexpr size_t kTextMax = 16384;
constexpr size_t kCommentMax = 4096;
constexpr size_t kEntityMax = 1024;  // bytes
constexpr int64_t kTimelineMax = 20'000;

size_t characters(std::string_view text) {
    return static_cast<size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

Result<> check_text(std::string_view member, std::string_view text, size_t most) {
    if (!base::is_valid_utf8(text))
        return base::fail(ErrorCode::invalid_argument, fmt::format("{}: not UTF-8", member));
    if (characters(text) > most)
        return base::fail(ErrorCode::invalid_argument, fmt::format("{}: more than {} characters", member, most));
    return {};
}

Result<> check_title(std::string_view title) {
    if (base::trim(title).empty()) return base::fail(ErrorCode::invalid_argument, "title: must not be empty");
    return check_text("title", title, kTitleMax);
}

// "20261121", the day in UTC+8, where the desks are.
std::string day_of(Timestamp at) {
    const auto seconds = std::chrono::sys_seconds(std::chrono::seconds(at / base::kSecond)) + std::chrono::hours(8);
    const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(seconds));
    return fmt::format("{:04}{:02}{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                       static_cast<unsigned>(day.day()));
}

bool step_allowed(CaseState from, CaseState to) {
    if (to == CaseState::fresh) return false;
    switch (from) {
        case CaseState::fresh:
        case CaseState::in_progress:
        case CaseState::on_hold: return from != to;
        case CaseState::resolved: return to == CaseState::in_progress || to == CaseState::closed;
        case CaseState::closed: return to == CaseState::in_progress;
    }
    return false;
}

bool ended(CaseState state) { return state == CaseState::resolved || state == CaseState::closed; }

Severity severity_of(ProblemLevel level) {
    switch (level) {
        case ProblemLevel::general: return Severity::medium;
        case ProblemLevel::serious: return Severity::high;
        case ProblemLevel::urgent: return Severity::critical;
    }
    return Severity::medium;
}

Entity bounded(Entity entity) {
    for (std::string* text : {&entity.kind, &entity.value, &entity.field, &entity.label})
        *text = base::replace_invalid_utf8(text->substr(0, kEntityMax));
    return entity;
}

}  // namespace

CaseDesk::CaseDesk(SlaSchemes schemes, std::string scheme, const ledger::AuditChain& audit, const base::Clock& clock)
    : schemes_(std::move(schemes)), scheme_(std::move(scheme)), audit_(audit), clock_(clock) {}

Result<std::unique_ptr<CaseDesk>> CaseDesk::create(SlaSchemes schemes, std::string scheme,
                                                   const ledger::AuditChain& audit, const base::Clock& clock) {
    if (schemes.find(scheme) == nullptr)
        return base::fail(ErrorCode::invalid_argument, fmt::format("no SLA scheme named '{}'", scheme));
    for (const ProblemLevel level : {ProblemLevel::general, ProblemLevel::serious, ProblemLevel::urgent})
        if (level_of(schemes, scheme, level) == nullptr)
            return base::fail(ErrorCode::invalid_argument,
                              fmt::format("SLA scheme '{}' has no level '{}'", scheme, to_string(level)));
    return std::unique_ptr<CaseDesk>(new CaseDesk(std::move(schemes), std::move(scheme), audit, clock));
}

Result<Case> CaseDesk::open(Transaction& t, const NewCase& opening, const ledger::Actor& actor) const {
    TRY(check_title(opening.title));
    TRY(check_text("description", opening.description, kTextMax));
    const Timestamp now = clock_.now();
    const std::string day = day_of(now);
    TRY_ASSIGN(const auto counted,
               t.query_one("INSERT INTO case_day (day, last) VALUES (?, 1) "
                           "ON CONFLICT (day) DO UPDATE SET last = case_day.last + 1 RETURNING last",
                           {day}));
    const std::string number = fmt::format("SW-{}-{:04}", day, counted->integer("last"));
    const Entity source = bounded(opening.source);
    const Entity target = bounded(opening.target);
    TRY_ASSIGN(const auto row,
               t.query_one("INSERT INTO work_case (number, tenant, title, description, severity, level, state, "
                           "verdict, owner, opened_by, "
                           "opened_by_kind, opened, updated, scheme, source_kind, source_value, source_field, "
                           "source_label, target_kind, "
                           "target_value, target_field, target_label, join_key) "
                           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
                           {number,
                            opening.tenant,
                            opening.title,
                            opening.description,
                            static_cast<int>(opening.severity.value_or(severity_of(opening.level))),
                            static_cast<int>(opening.level),
                            static_cast<int>(CaseState::fresh),
                            static_cast<int>(Verdict::undetermined),
                            opening.owner,
                            actor.name,
                            static_cast<int>(actor.kind),
                            now,
                            now,
                            scheme_,
                            source.kind,
                            source.value,
                            source.field,
                            source.label,
                            target.kind,
                            target.value,
                            target.field,
                            target.label,
                            opening.key}));
    const int64_t id = row->integer("id");
    TRY(append_entry(t, id, now, actor, {.kind = TimelineKind::opened, .to = number, .text = opening.title}));
    ClockRecords clocks;
    const ClockEvents events = start_clocks(*level_of(schemes_, scheme_, opening.level), clocks, now);
    TRY(save_clocks(t, id, clocks));
    TRY(append_events(t, id, now, clockwork(), events));
    if (!opening.owner.empty())
        TRY(append_entry(t, id, now, actor, {.kind = TimelineKind::owner, .to = opening.owner}));
    TRY(audit_.append(
        t, actor,
        {.action = "create_case", .object = "case " + number, .detail = opening.title, .tenant = opening.tenant}));
    return find(t, TenantScope::only(opening.tenant), id);
}

Result<Case> CaseDesk::update(Transaction& t, const TenantScope& scope, std::string_view number,
                              const CaseChange& change, const ledger::Actor& actor) const {
    TRY_ASSIGN(const Case before, find(t, scope, number));
    if (change.expected_version && *change.expected_version != before.version)
        return base::fail(ErrorCode::conflict,
                          fmt::format("case {} was changed meanwhile; read it again", before.number));
    if (change.title) TRY(check_title(*change.title));
    TRY(check_text("comment", change.comment, kCommentMax));
    if (change.owner && change.owner->size() > 64) return base::fail(ErrorCode::invalid_argument, "owner: too long");
    if (change.state && *change.state != before.state && !step_allowed(before.state, *change.state))
        return base::fail(ErrorCode::conflict, fmt::format("a case that is {} cannot become {}",
                                                           to_string(before.state), to_string(*change.state)));

    const Timestamp now = clock_.now();
    std::vector<NewEntry> entries;
    const auto note_change = [&](TimelineKind kind, std::string_view from, std::string_view to) {
        if (from != to) entries.push_back({.kind = kind, .from = std::string(from), .to = std::string(to)});
    };
    const CaseState state = change.state.value_or(before.state);
    const ProblemLevel level = change.level.value_or(before.level);
    note_change(TimelineKind::state, to_string(before.state), to_string(state));
    note_change(TimelineKind::level, to_string(before.level), to_string(level));
    note_change(TimelineKind::severity, to_string(before.severity),
                to_string(change.severity.value_or(before.severity)));
    note_change(TimelineKind::owner, before.owner, change.owner.value_or(before.owner));
    note_change(TimelineKind::title, before.title, change.title.value_or(before.title));
    note_change(TimelineKind::verdict, to_string(before.verdict), to_string(change.verdict.value_or(before.verdict)));
    if (entries.empty()) {
        if (base::trim(change.comment).empty()) return before;
        entries.push_back({.kind = TimelineKind::note});
    }
    entries.front().text = change.comment;

    TRY(t.execute(
        "UPDATE work_case SET state = ?, level = ?, severity = ?, owner = ?, title = ?, verdict = ?, "
        "updated = ?, version = version + 1 WHERE id = ?",
        {static_cast<int>(state), static_cast<int>(level), static_cast<int>(change.severity.value_or(before.severity)),
         change.owner.value_or(before.owner), change.title.value_or(before.title),
         static_cast<int>(change.verdict.value_or(before.verdict)), now, before.id}));
    if (state != before.state) {
        TRY(
            t.execute("UPDATE work_case SET closed = ?, ended = CASE WHEN ? THEN coalesce(ended, ?) ELSE NULL END "
                      "WHERE id = ?",
                      {state == CaseState::closed ? std::optional(now) : std::nullopt, ended(state), now, before.id}));
    }
    for (const NewEntry& entry : entries) TRY(append_entry(t, before.id, now, actor, entry));

    if (state != before.state || level != before.level) {
        TRY_ASSIGN(ClockRecords clocks, load_clocks(t, before.id));
        ClockEvents events;
        if (level != before.level)
            if (const SlaLevel* rules = level_of(schemes_, before.scheme, level))
                events = change_level(*rules, clocks, before.state, now);
        if (state != before.state) {
            if (const SlaLevel* rules = level_of(schemes_, before.scheme, level)) {
                const auto moved = move_clocks(*rules, clocks, before.state, state, now, change.comment);
                events.insert(events.end(), moved.begin(), moved.end());
            }
        }
        TRY(save_clocks(t, before.id, clocks));
        TRY(append_events(t, before.id, now, clockwork(), events));
    }

    if (actor.kind == ledger::Actor::Kind::person) {
        std::string detail;
        for (const NewEntry& entry : entries)
            detail +=
                fmt::format("{}{}: {} -> {}", detail.empty() ? "" : "; ", to_string(entry.kind), entry.from, entry.to);
        TRY(audit_.append(t, actor,
                          {.action = "update_case",
                           .object = "case " + before.number,
                           .detail = std::move(detail),
                           .tenant = before.tenant}));
    }
    return find(t, scope, before.id);
}

Result<TimelineEntry> CaseDesk::add_note(Transaction& t, const TenantScope& scope, std::string_view number,
                                         std::string_view text, const ledger::Actor& actor) const {
    TRY_ASSIGN(const Case found, find(t, scope, number));
    if (base::trim(text).empty()) return base::fail(ErrorCode::invalid_argument, "text: must not be empty");
    TRY(check_text("text", text, kTextMax));
    TRY_ASSIGN(const int64_t entries,
               t.query_integer("SELECT count(*) FROM case_timeline WHERE case_id = ?", {found.id}));
    if (entries >= kTimelineMax) return base::fail(ErrorCode::resource_exhausted, "the case has too many notes");
    const Timestamp now = clock_.now();
    TRY_ASSIGN(TimelineEntry entry,
               append_entry(t, found.id, now, actor, {.kind = TimelineKind::note, .text = std::string(text)}));
    TRY(t.execute("UPDATE work_case SET updated = ?, version = version + 1 WHERE id = ?", {now, found.id}));
    TRY(audit_.append(t, actor, {.action = "add_case_note", .object = "case " + found.number, .tenant = found.tenant}));
    return entry;
}

Result<std::vector<Case>> CaseDesk::tick(Transaction& t) const {
    const Timestamp now = clock_.now();
    TRY_ASSIGN(
        const auto rows,
        t.query(
            "SELECT DISTINCT case_id FROM case_clock WHERE state = 0 AND (due < ? OR (warn_at <= ? AND reminded = 0)) "
            "ORDER BY case_id LIMIT 1000",
            {now, now}));
    std::vector<Case> changed;
    for (const ledger::Row& row : rows) {
        const int64_t id = row.integer("case_id");
        TRY_ASSIGN(ClockRecords clocks, load_clocks(t, id));
        const ClockEvents events = tick_clocks(clocks, now);
        if (events.empty()) continue;
        TRY(save_clocks(t, id, clocks));
        TRY(append_events(t, id, now, clockwork(), events));
        TRY(t.execute("UPDATE work_case SET updated = ?, version = version + 1 WHERE id = ?", {now, id}));
        TRY_ASSIGN(Case c, find(t, TenantScope::every_tenant(), id));
        changed.push_back(std::move(c));
    }
    return changed;
}

Result<Case> CaseDesk::attach(Transaction& t, const TenantScope& scope, std::string_view number,
                              const AttachedAlert& alert, const ledger::Actor& actor) const {
    TRY_ASSIGN(const Case found, find(t, scope, number));
    if (ended(found.state))
        return base::fail(ErrorCode::conflict, fmt::format("case {} is {}; reopen it first, or open another",
                                                           found.number, to_string(found.state)));
    const Timestamp now = clock_.now();
    auto linked =
        t.execute("INSERT INTO case_alert (alert, case_id, attached) VALUES (?, ?, ?)", {alert.id, found.id, now});
    if (!linked) {
        if (linked.error().code() == ErrorCode::already_exists)
            return base::fail(ErrorCode::conflict, fmt::format("alert {} belongs to a case already", alert.id));
        return base::fail(std::move(linked).error());
    }
    TRY(
        t.execute("UPDATE work_case SET alert_count = alert_count + 1, event_count = event_count + ?, "
                  "severity = max(severity, ?), updated = ?, version = version + 1 WHERE id = ?",
                  {alert.events, static_cast<int>(alert.severity), now, found.id}));
    const std::string title = base::replace_invalid_utf8(alert.title.substr(0, kEntityMax));
    TRY(append_entry(t, found.id, now, actor,
                     {.kind = TimelineKind::alert_attached,
                      .link_kind = "alert",
                      .link_id = std::to_string(alert.id),
                      .link_title = title}));
    if (alert.severity > found.severity)
        TRY(append_entry(t, found.id, now, actor,
                         {.kind = TimelineKind::severity,
                          .from = std::string(to_string(found.severity)),
                          .to = std::string(to_string(alert.severity))}));
    if (actor.kind == ledger::Actor::Kind::person)
        TRY(audit_.append(t, actor,
                          {.action = "open_alert_case",
                           .object = "case " + found.number,
                           .detail = fmt::format("alert {}", alert.id),
                           .tenant = found.tenant}));
    return find(t, scope, found.id);
}

Result<> CaseDesk::add_events(Transaction& t, int64_t id, int64_t events) const {
    TRY(t.execute("UPDATE work_case SET event_count = event_count + ? WHERE id = ?", {events, id}));
    return {};
}

Result<> CaseDesk::note_alert(Transaction& t, int64_t id, const AttachedAlert& alert, std::string_view from,
                              std::string_view to, std::string_view text, const ledger::Actor& actor) const {
    const Timestamp now = clock_.now();
    TRY(append_entry(t, id, now, actor,
                     {.kind = TimelineKind::alert_updated,
                      .from = std::string(from),
                      .to = std::string(to),
                      .text = std::string(text),
                      .link_kind = "alert",
                      .link_id = std::to_string(alert.id),
                      .link_title = alert.title}));
    TRY(t.execute("UPDATE work_case SET updated = ?, version = version + 1 WHERE id = ?", {now, id}));
    return {};
}

}  // namespace shuwei::work
