// Counting findings into alerts, and alerts into cases.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "alert_rows.hpp"
#include "shuwei/base/text.hpp"
#include "state.hpp"

namespace shuwei::triage {

using base::ErrorCode;
using base::Result;
using ledger::Transaction;

namespace {

std::string clean(std::string_view text, size_t bytes = kTextBytes) {
    return base::replace_invalid_utf8(text.substr(0, bytes));
}

std::pair<Entity, Entity> entities(const FindingInput& finding) {
    std::pair<Entity, Entity> pair(finding.source, finding.target);
    normalise(pair.first);
    normalise(pair.second);
    return pair;
}

// The findings of one alert in one apply, in their order.
struct Group {
    int64_t alert_id;
    std::vector<const FindingInput*> findings;
};

std::vector<Group> grouped(std::span<const FindingInput> findings) {
    std::vector<Group> groups;
    std::unordered_map<int64_t, size_t> place;
    for (const FindingInput& finding : findings) {
        const auto [at, first] = place.try_emplace(finding.alert_id, groups.size());
        if (first) groups.push_back({finding.alert_id, {}});
        groups[at->second].findings.push_back(&finding);
    }
    return groups;
}

// An alert names the entities that all its findings have in common.
void narrow_entities(Alert& alert, const Entity& source, const Entity& target) {
    if (alert.source.kind != source.kind || alert.source.value != source.value) {
        alert.source = {};
        alert.coalesced = Alert::Coalesced::both;
    }
    if (alert.target.kind != target.kind || alert.target.value != target.value) {
        alert.target = {};
        alert.coalesced = std::max(alert.coalesced, Alert::Coalesced::target);
    }
}

Alert alert_from(const FindingInput& finding, const Entity& source, const Entity& target, base::Timestamp now) {
    Alert alert;
    alert.id = finding.alert_id;
    alert.tenant = finding.tenant;
    alert.rule_id = clean(finding.rule_id, 256);
    alert.rule_title = clean(finding.rule_title, 1024);
    alert.rule_title_zh = clean(finding.rule_title_zh, 1024);
    alert.severity = finding.level;
    alert.first_seen = alert.last_seen = sane_time(finding.event_time);
    alert.created = now;
    alert.source = source;
    alert.target = target;
    const size_t tags = std::min<size_t>(finding.tags.size(), 64);
    alert.tags.assign(finding.tags.begin(), finding.tags.begin() + static_cast<std::ptrdiff_t>(tags));
    if (const Stage* stage = stage_of(alert.tags)) alert.stage = stage->name;
    return alert;
}

Result<> insert_alert(Transaction& t, const Alert& alert, const std::string& key, const Sparkline& sparkline,
                      const FindingInput& first) {
    TRY(
        t.execute("INSERT INTO alert (id, tenant, rule_id, rule_title, rule_title_zh, severity, state, verdict, "
                  "verdict_by, count, "
                  "first_seen, last_seen, created, source_kind, source_value, source_field, source_label, target_kind, "
                  "target_value, "
                  "target_field, target_label, coalesced, match_key, tags, stage, sparkline) "
                  "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  {alert.id,
                   alert.tenant,
                   alert.rule_id,
                   alert.rule_title,
                   alert.rule_title_zh,
                   static_cast<int>(alert.severity),
                   static_cast<int>(alert.state),
                   static_cast<int>(alert.verdict),
                   alert.verdict_by,
                   alert.count,
                   alert.first_seen,
                   alert.last_seen,
                   alert.created,
                   alert.source.kind,
                   alert.source.value,
                   alert.source.field,
                   alert.source.label,
                   alert.target.kind,
                   alert.target.value,
                   alert.target.field,
                   alert.target.label,
                   static_cast<int>(alert.coalesced),
                   key,
                   encode_list(alert.tags),
                   alert.stage,
                   sparkline.encode()}));
    TRY(t.execute("INSERT INTO alert_detail (alert, description, advice, reason) VALUES (?, ?, ?, ?)",
                  {alert.id, clean(first.description), encode_list(first.advice), clean(first.reason_json)}));
    return {};
}

Result<> update_alert(Transaction& t, const Alert& alert, const Sparkline& sparkline) {
    TRY(t.execute(
        "UPDATE alert SET severity = ?, count = ?, first_seen = ?, last_seen = ?, source_kind = ?, "
        "source_value = ?, source_field = ?, source_label = ?, target_kind = ?, target_value = ?, "
        "target_field = ?, target_label = ?, coalesced = ?, sparkline = ? WHERE id = ?",
        {static_cast<int>(alert.severity), alert.count, alert.first_seen, alert.last_seen, alert.source.kind,
         alert.source.value, alert.source.field, alert.source.label, alert.target.kind, alert.target.value,
         alert.target.field, alert.target.label, static_cast<int>(alert.coalesced), sparkline.encode(), alert.id}));
    return {};
}

// Copies of the group's events that belong to the first or the last ten of the alert.
Result<> keep_events(Transaction& t, const Group& group, int64_t count_before, int64_t count_after) {
    int64_t ordinal = count_before;
    for (const FindingInput* finding : group.findings) {
        ++ordinal;
        if (ordinal > kCopies && ordinal <= count_after - kCopies) continue;
        if (finding->event_json.empty() || finding->event_json.size() > kEventBytes) continue;
        TRY(t.execute("INSERT INTO alert_event (alert, ordinal, seq, event) VALUES (?, ?, ?, ?)",
                      {group.alert_id, ordinal, finding->seq, base::replace_invalid_utf8(finding->event_json)}));
    }
    if (count_before > kCopies)
        TRY(t.execute("DELETE FROM alert_event WHERE alert = ? AND ordinal > ? AND ordinal <= ?",
                      {group.alert_id, kCopies, count_after - kCopies}));
    return {};
}

}  // namespace

Result<std::optional<Triage::State::CaseStep>> Triage::State::place_in_case(Transaction& t, const Alert& alert,
                                                                            std::string_view description) {
    const auto rule = std::find_if(policy.cases.begin(), policy.cases.end(), [&](const CaseRule& candidate) {
        return alert.severity >= candidate.severity && alert.count >= candidate.count;
    });
    const bool judged_harmless = alert.verdict == Verdict::false_positive || alert.verdict == Verdict::benign;
    if (rule == policy.cases.end() || alert.state == AlertState::closed || judged_harmless)
        return std::optional<CaseStep>();

    const base::Timestamp now = ledger.clock().now();
    const TenantScope scope = TenantScope::only(alert.tenant);
    const ledger::Actor actor = ledger::Actor::system("triage");
    std::string key = case_key_of(alert);
    TRY_ASSIGN(auto open, desk.find_open(t, alert.tenant, key, now - policy.case_join));
    if (!open) {
        TRY_ASSIGN(const int64_t opened, desk.opened_by_system(t, alert.tenant, now - base::kHour));
        if (opened >= policy.cases_per_hour) {
            key = rule_case_key_of(alert);
            TRY_ASSIGN(open, desk.find_open(t, alert.tenant, key, now - policy.case_join));
        }
    }
    CaseStep step;
    if (!open) {
        TRY_ASSIGN(open, desk.open(t,
                                   {.tenant = alert.tenant,
                                    .title = title_of(alert),
                                    .description = clean(description, 16384),
                                    .level = rule->level,
                                    .severity = alert.severity,
                                    .source = alert.source,
                                    .target = alert.target,
                                    .key = key},
                                   actor));
        step.opened = true;
    } else if (rule->level > open->level) {
        TRY_ASSIGN(open,
                   desk.update(t, scope, open->number, {.level = rule->level, .comment = title_of(alert)}, actor));
    }
    TRY_ASSIGN(step.joined, desk.attach(t, scope, open->number, attached(alert), actor));
    TRY(set_case(t, alert.id, step.joined));
    return std::optional<CaseStep>(std::move(step));
}

Result<std::vector<AlertChange>> Triage::apply(Transaction& t, std::span<const FindingInput> findings) {
    State& s = *state_;
    const base::Timestamp now = s.ledger.clock().now();
    std::vector<AlertChange> changes;
    std::map<std::pair<TenantNumber, std::string>, RuleMatches> matches;
    std::map<int64_t, int64_t> case_events;
    std::vector<Group> groups = grouped(findings);
    changes.reserve(groups.size());

    for (const Group& group : groups) {
        const FindingInput& first = *group.findings.front();
        const auto [first_source, first_target] = entities(first);
        if (group.alert_id <= 0)
            return base::fail(ErrorCode::internal,
                              fmt::format("finding of event {} has no alert; assign() first", first.seq));
        TRY_ASSIGN(const auto row,
                   t.query_one(fmt::format("SELECT {} FROM alert a WHERE a.id = ?", kAlertColumns), {group.alert_id}));
        AlertChange change;
        change.created = !row;
        change.added = static_cast<int64_t>(group.findings.size());
        Alert& alert = change.alert;
        Sparkline sparkline;
        if (row) {
            alert = alert_of(*row);
            sparkline = Sparkline::decode(row->text("sparkline"));
        } else {
            alert = alert_from(first, first_source, first_target, now);
            // Known here before its row: what assign() decided about its width.
            const std::scoped_lock lock(s.mutex);
            if (const Window* window = s.windows.find(group.alert_id)) alert.coalesced = window->coalesced;
        }
        const Alert::Coalesced wanted = alert.coalesced;
        const int64_t count_before = alert.count;
        for (const FindingInput* finding : group.findings) {
            if (finding->tenant != alert.tenant)
                return base::fail(ErrorCode::internal,
                                  fmt::format("alert {} of tenant {} was given a finding of tenant {}", alert.id,
                                              alert.tenant, finding->tenant));
            ++alert.count;
            const base::Timestamp at = sane_time(finding->event_time);
            alert.first_seen = std::min(alert.first_seen, at);
            alert.last_seen = std::max(alert.last_seen, at);
            alert.severity = std::max(alert.severity, finding->level);
            sparkline.add(at);
            const auto [source, target] = entities(*finding);
            narrow_entities(alert, source, target);
            RuleMatches& rule = matches[{finding->tenant, alert.rule_id}];
            ++rule.matches;
            rule.last_match = std::max(rule.last_match, at);
        }
        alert.sparkline = sparkline.between(alert.first_seen, alert.last_seen);
        if (row) {
            TRY(update_alert(t, alert, sparkline));
        } else {
            TRY(insert_alert(t, alert, match_key(first.rule_id, first_source, first_target, wanted), sparkline, first));
        }
        TRY(keep_events(t, group, count_before, alert.count));

        if (alert.case_id != 0) {
            case_events[alert.case_id] += change.added;
        } else {
            TRY_ASSIGN(auto step, s.place_in_case(t, alert, first.description));
            if (step) {
                alert.case_id = step->joined.id;
                alert.case_number = step->joined.number;
                if (step->opened) change.new_case = std::move(step->joined);
            }
        }
        changes.push_back(std::move(change));
    }

    for (const auto& [case_id, events] : case_events) TRY(s.desk.add_events(t, case_id, events));
    for (const auto& [key, rule] : matches)
        TRY(
            t.execute("INSERT INTO rule_match (tenant, rule_id, matches, last_match) VALUES (?, ?, ?, ?) "
                      "ON CONFLICT (tenant, rule_id) DO UPDATE SET matches = rule_match.matches + excluded.matches, "
                      "last_match = max(rule_match.last_match, excluded.last_match)",
                      {key.first, key.second, rule.matches, rule.last_match}));

    t.on_commit([this, groups = std::move(groups)] {
        State& state = *state_;
        const std::scoped_lock lock(state.mutex);
        for (const Group& group : groups) {
            Window* window = state.windows.find(group.alert_id);
            if (window == nullptr) continue;
            const auto added = static_cast<int64_t>(group.findings.size());
            window->pending = std::max<int64_t>(0, window->pending - added);
            window->committed += added;
        }
    });
    return changes;
}

}  // namespace shuwei::triage
