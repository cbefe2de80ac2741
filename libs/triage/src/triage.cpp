// What people do with alerts.
#include "shuwei/triage/triage.hpp"

#include <fmt/format.h>

#include "alert_rows.hpp"
#include "shuwei/base/text.hpp"
#include "state.hpp"

namespace shuwei::triage {

using base::ErrorCode;
using base::Result;
using ledger::Transaction;

namespace {

work::ProblemLevel level_for(Severity severity) {
    if (severity == Severity::critical) return work::ProblemLevel::urgent;
    if (severity == Severity::high) return work::ProblemLevel::serious;
    return work::ProblemLevel::general;
}

}  // namespace

Triage::Triage(ledger::Ledger& ledger, const work::CaseDesk& desk, Policy policy)
    : state_(std::make_unique<State>(ledger, desk, std::move(policy))) {}
Triage::~Triage() = default;

Result<Alert> Triage::update(Transaction& t, const TenantScope& scope, int64_t id, const AlertUpdate& change,
                             const ledger::Actor& actor) {
    State& s = *state_;
    if (change.comment.size() > 16384 || !base::is_valid_utf8(change.comment))
        return base::fail(ErrorCode::invalid_argument, "comment: at most 4096 characters of UTF-8");
    TRY_ASSIGN(const Alert before, find(t, scope, id));
    const Verdict verdict = change.verdict.value_or(before.verdict);
    const AlertState state = change.state.value_or(before.state);
    if (verdict == before.verdict && state == before.state && change.comment.empty()) return before;
    const std::string verdict_by = verdict != before.verdict ? actor.name : before.verdict_by;
    TRY(t.execute("UPDATE alert SET verdict = ?, verdict_by = ?, state = ? WHERE id = ?",
                  {static_cast<int>(verdict), verdict_by, static_cast<int>(state), id}));
    std::string from, to;
    const auto told = [&](std::string_view was, std::string_view is) {
        if (was == is) return;
        from += fmt::format("{}{}", from.empty() ? "" : ", ", was);
        to += fmt::format("{}{}", to.empty() ? "" : ", ", is);
    };
    told(work::to_string(before.verdict), work::to_string(verdict));
    told(to_string(before.state), to_string(state));
    if (before.case_id != 0)
        TRY(s.desk.note_alert(t, before.case_id, attached(before), from, to, change.comment, actor));
    TRY(s.ledger.audit().append(
        t, actor,
        {.action = "update_alert",
         .object = fmt::format("alert {}", id),
         .detail = fmt::format("{} -> {}{}{}", from, to, change.comment.empty() ? "" : ": ", change.comment),
         .tenant = before.tenant}));
    t.on_commit([this, id, before, state] {
        State& shared = *state_;
        const std::scoped_lock lock(shared.mutex);
        const bool was_closed = before.state == AlertState::closed;
        const bool is_closed = state == AlertState::closed;
        if (Window* window = shared.windows.find(id)) window->closed = is_closed;
        if (const auto open = shared.open_alerts.find(before.tenant);
            open != shared.open_alerts.end() && was_closed != is_closed)
            open->second += is_closed ? -1 : 1;
    });
    return find(t, scope, id);
}

Result<work::Case> Triage::open_case(Transaction& t, const TenantScope& scope, int64_t id,
                                     const AlertCaseRequest& request, const ledger::Actor& actor) {
    State& s = *state_;
    TRY_ASSIGN(const AlertDetail found, detail(t, scope, id));
    const Alert& alert = found.alert;
    if (alert.case_id != 0)
        return base::fail(ErrorCode::conflict, fmt::format("alert {} belongs to case {}", id, alert.case_number));
    const TenantScope its_tenant = TenantScope::only(alert.tenant);
    std::string number = request.case_number;
    if (number.empty()) {
        TRY_ASSIGN(const work::Case opened,
                   s.desk.open(t,
                               {.tenant = alert.tenant,
                                .title = request.title.empty() ? title_of(alert) : request.title,
                                .description = found.description.substr(0, 16384),
                                .level = request.level.value_or(level_for(alert.severity)),
                                .severity = alert.severity,
                                .source = alert.source,
                                .target = alert.target,
                                .key = case_key_of(alert)},
                               actor));
        number = opened.number;
    }
    TRY_ASSIGN(work::Case joined, s.desk.attach(t, its_tenant, number, attached(alert), actor));
    TRY(set_case(t, id, joined));
    return joined;
}

Result<work::Case> Triage::open_case_with(Transaction& t, const TenantScope& scope, const work::NewCase& opening,
                                          std::span<const int64_t> alerts, const ledger::Actor& actor) {
    State& s = *state_;
    if (!scope.contains(opening.tenant)) return base::fail(ErrorCode::not_found, "no such tenant");
    const TenantScope its_tenant = TenantScope::only(opening.tenant);
    std::vector<Alert> found;
    for (const int64_t id : alerts) {
        TRY_ASSIGN(Alert alert, find(t, its_tenant, id));
        if (alert.case_id != 0)
            return base::fail(ErrorCode::conflict, fmt::format("alert {} belongs to case {}", id, alert.case_number));
        found.push_back(std::move(alert));
    }
    work::NewCase whole = opening;
    if (!found.empty() && whole.source.empty() && whole.target.empty()) {
        whole.source = found.front().source;
        whole.target = found.front().target;
    }
    TRY_ASSIGN(work::Case made, s.desk.open(t, whole, actor));
    for (const Alert& alert : found) {
        TRY_ASSIGN(made, s.desk.attach(t, its_tenant, made.number, attached(alert), actor));
        TRY(set_case(t, alert.id, made));
    }
    return made;
}

}  // namespace shuwei::triage
