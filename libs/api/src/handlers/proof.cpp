// Seals of the event stream, their verification, proofs of single events, and how long events are kept.
#include <nlohmann/json.hpp>

#include "context.hpp"
#include "operations.hpp"
#include "render.hpp"
#include "shuwei/custody/retention.hpp"
#include "shuwei/custody/time_stamping.hpp"
#include "shuwei/custody/verification_job.hpp"

namespace shuwei::api::handlers {
namespace {

using nlohmann::json;

json render(Services& services, const custody::ChainSummary& summary) {
    json out = {{"tenant", tenant_name(services.access, summary.key.tenant)},
                {"class", summary.key.retention_class},
                {"seals", summary.seals},
                {"events", summary.events},
                {"retired_events", summary.retired_events},
                {"open_events", summary.open_events}};
    if (summary.open_events > 0) out["open_since"] = time_text(summary.open_since);
    if (summary.last) {
        out["last"] = {{"number", summary.last->number},
                       {"events", summary.last->events},
                       {"first_seq", summary.last->first_seq},
                       {"last_seq", summary.last->last_seq},
                       {"received", time_text(summary.last->last_received)},
                       {"link", crypto::to_hex(summary.last->link)},
                       {"time_stamped", !summary.last->time_stamp.empty()}};
    }
    return out;
}

// Of the last verification, what the asker may see: chains of other tenants are left out, and so are counts over them.
json render(Services& services, const custody::VerificationState& state, const ledger::TenantScope& scope) {
    if (state.id.empty()) return {{"id", ""}, {"state", "none"}};
    json out = {{"id", state.id}, {"state", state.running ? "running" : state.outcome ? "done" : "failed"}, {"started", time_text(state.started)}};
    if (state.finished != 0) out["finished"] = time_text(state.finished);
    if (!state.error.empty()) out["error"] = state.error;
    if (scope.sees_every_tenant() || scope.tenants() == state.scope.tenants()) {
        out["by"] = state.by;
        out["events_done"] = state.progress.events_done;
        out["events_total"] = state.progress.events_total;
    }
    if (state.outcome) {
        custody::Verification seen;
        for (const auto& chain : state.outcome->chains) {
            if (scope.contains(chain.chain.tenant)) seen.chains.push_back(chain);
        }
        const json outcome = json::parse(seen.to_json([&](ledger::TenantNumber tenant) { return tenant_name(services.access, tenant); }));
        out["ok"] = outcome.at("ok");
        out["chains"] = outcome.at("chains");
    }
    return out;
}

json render(Services& services, const custody::RetentionRule& rule, base::Timestamp now) {
    json out = {{"tenant", tenant_name(services.access, rule.chain.tenant)},
                {"days", rule.days_at(now)},
                {"set_by_hand", rule.set_by_hand}};
    if (rule.exception_until > now) {
        out["exception"] = {{"by", rule.exception_by}, {"reason", rule.exception_reason}, {"until", time_text(rule.exception_until)}};
    }
    return out;
}

}  // namespace

base::Result<net::HttpResponse> get_proof(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto summaries, services.ledger.read([&](ledger::Reader& reader) { return services.seals.summaries(reader, context.scope()); }));
    json chains = json::array();
    for (const auto& summary : summaries) chains.push_back(render(services, summary));
    json out = {{"chains", std::move(chains)}, {"verification", render(services, services.verification.state(), context.scope())}};
    const custody::TimeStampingState stamping = services.time_stamping();
    if (!stamping.authority.empty()) {
        out["time_stamping"] = {{"authority", stamping.authority}, {"error", stamping.error}};
        if (stamping.last != 0) out["time_stamping"]["last"] = time_text(stamping.last);
    }
    return reply(std::move(out));
}

base::Result<net::HttpResponse> start_verification(Context& context) {
    Services& services = context.services();
    custody::SealFilter filter;
    filter.since = context.body_time("since");
    filter.until = context.body_time("until");
    TRY_ASSIGN(const auto state, services.verification.start(context.scope(), filter, context.actor()));
    TRY(services.ledger.record(context.actor(), {"start_verification", "events", "verification " + state.id, 0, ledger::AuditResult::ok}));
    return reply(render(services, state, context.scope()), 202);
}

base::Result<net::HttpResponse> prove_event(Context& context) {
    TRY_ASSIGN(const auto proof, context.services().prove_event(context.scope(), static_cast<uint64_t>(context.integer("seq"))));
    return reply(json::parse(proof.to_json()));
}

base::Result<net::HttpResponse> close_seals(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const size_t closed, services.ledger.transaction([&](ledger::Transaction& transaction) -> base::Result<size_t> {
        TRY_ASSIGN(const size_t count, services.seals.close(transaction, std::nullopt));
        TRY(services.ledger.audit().append(transaction, context.actor(),
                                           {"close_seals", "seals", std::to_string(count) + " segments sealed", 0, ledger::AuditResult::ok}));
        return count;
    }));
    return reply({{"closed", closed}});
}

base::Result<net::HttpResponse> list_retention(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto tenants, services.access.tenants(context.scope()));
    json items = json::array();
    for (const access::Tenant& tenant : tenants) {
        TRY_ASSIGN(const auto rule, services.ledger.read([&](ledger::Reader& reader) { return services.retention.rule(reader, {tenant.number, 0}); }));
        items.push_back(render(services, rule, context.now()));
    }
    return reply({{"items", std::move(items)}});
}

base::Result<net::HttpResponse> set_retention(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto tenant, services.access.tenant(context.text("name")));
    if (!context.scope().contains(tenant.number)) return base::fail(base::ErrorCode::not_found, "there is no client " + tenant.name);
    custody::RetentionChange change;
    change.days = context.body().at("days").get<unsigned>();
    change.reason = context.body_text("reason");
    change.until = context.body_time("until").value_or(0);
    TRY_ASSIGN(const auto rule, services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.retention.set(transaction, {tenant.number, 0}, change, context.actor(), services.ledger.audit(), context.now());
    }));
    return reply(render(services, rule, context.now()));
}

}  // namespace shuwei::api::handlers
