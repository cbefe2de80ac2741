// Targets that events are passed on to.
#include <nlohmann/json.hpp>

#include "context.hpp"
#include "operations.hpp"
#include "render.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::api::handlers {
namespace {

using forward::Target;
using forward::TargetSettings;
using nlohmann::json;

json render_target(Context& context, const Target& target) {
    const TargetSettings& settings = target.settings;
    const forward::TargetStatus status = context.services().forwarder.status(target);
    json out{{"id", target.id},
             {"tenant", tenant_name(context.services().access, target.tenant)},
             {"origin", target.origin == forward::TargetOrigin::file ? "file" : "page"},
             {"name", settings.name},
             {"kind", forward::to_string(settings.kind)},
             {"format", forward::to_string(settings.format)},
             {"address", settings.address},
             {"topic", settings.topic},
             {"filter", settings.filter},
             {"user", settings.user},
             {"mechanism", settings.mechanism},
             {"tls", settings.tls},
             {"verify", settings.verification == forward::Verification::peer},
             {"authorities", settings.authorities},
             {"certificate", settings.certificate},
             {"has_password", target.has_password},
             {"has_key", target.has_key},
             {"paused", target.paused},
             {"state", forward::to_string(status.state)},
             {"delivered_seq", status.delivered_seq},
             {"delivered_events", status.delivered_events},
             {"events_per_second", status.per_second},
             {"errors", status.errors},
             {"refused", status.refused},
             {"lag_events", status.lag_events},
             {"lag_s", seconds(status.lag)},
             {"created", time_text(target.created)}};
    if (!status.last_error.empty()) out["last_error"] = base::replace_invalid_utf8(status.last_error);
    if (status.last_error_at != 0) out["last_error_at"] = time_text(status.last_error_at);
    if (status.last_delivered_at != 0) out["last_delivered_at"] = time_text(status.last_delivered_at);
    return out;
}

// What the body says, over what was there.
TargetSettings settings_of(const Context& context, TargetSettings settings) {
    const auto take = [&](const char* member, std::string& into) {
        if (auto given = context.maybe_body_text(member)) into = std::move(*given);
    };
    take("name", settings.name);
    take("address", settings.address);
    take("topic", settings.topic);
    take("filter", settings.filter);
    take("user", settings.user);
    take("mechanism", settings.mechanism);
    take("authorities", settings.authorities);
    take("certificate", settings.certificate);
    if (const auto kind = context.maybe_body_text("kind")) settings.kind = forward::target_kind_from(*kind).value_or(settings.kind);
    if (const auto format = context.maybe_body_text("format")) settings.format = forward::format_from(*format).value_or(settings.format);
    const json& body = context.body();
    settings.tls = body.value("tls", settings.tls);
    if (body.contains("verify")) settings.verification = body.at("verify").get<bool>() ? forward::Verification::peer : forward::Verification::none;
    return settings;
}

// The target runs as the ledger says before the answer is given, where it can; the program looks again every second.
void follow(Context& context) {
    if (auto done = context.services().forwarder.refresh(); !done) {
        base::log::warning("forwarding targets were not looked after", {{"error", done.error().to_string()}});
    }
}

}  // namespace

base::Result<net::HttpResponse> list_forward_targets(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto targets, services.ledger.read([&](ledger::Reader& reader) { return services.targets.list(reader, context.scope()); }));
    json items = json::array();
    for (const Target& target : targets) items.push_back(render_target(context, target));
    return reply({{"items", std::move(items)}});
}

base::Result<net::HttpResponse> create_forward_target(Context& context) {
    Services& services = context.services();
    forward::NewTarget target;
    TRY_ASSIGN(target.tenant, context.tenant_for_writing());
    target.settings = settings_of(context, {});
    target.secrets = {context.body_text("password"), context.body_text("key")};
    target.paused = context.body().value("paused", false);
    target.created = context.now();
    TRY_ASSIGN(target.after, services.place_for_target(target.tenant, context.body_time("since")));
    TRY_ASSIGN(const Target added, services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.targets.add(transaction, target, context.actor(), services.ledger.audit());
    }));
    follow(context);
    return reply(render_target(context, added), 201);
}

base::Result<net::HttpResponse> update_forward_target(Context& context) {
    Services& services = context.services();
    const int64_t id = context.integer("target_id");
    const json& body = context.body();
    const bool only_paused = body.size() == 1 && body.contains("paused");
    TRY_ASSIGN(const Target updated, services.ledger.transaction([&](ledger::Transaction& transaction) -> base::Result<Target> {
        TRY_ASSIGN(Target target, services.targets.find(transaction, context.scope(), id));
        if (!only_paused) {
            TRY_ASSIGN(target, services.targets.update(transaction, context.scope(), id, settings_of(context, target.settings),
                                                       {context.maybe_body_text("password"), context.maybe_body_text("key")},
                                                       forward::TargetOrigin::page, context.actor(), services.ledger.audit()));
        }
        if (body.contains("paused")) {
            TRY_ASSIGN(target, services.targets.set_paused(transaction, context.scope(), id, body.at("paused").get<bool>(), context.actor(),
                                                           services.ledger.audit()));
        }
        return target;
    }));
    follow(context);
    return reply(render_target(context, updated));
}

base::Result<net::HttpResponse> delete_forward_target(Context& context) {
    Services& services = context.services();
    TRY(services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.targets.remove(transaction, context.scope(), context.integer("target_id"), forward::TargetOrigin::page, context.actor(),
                                       services.ledger.audit());
    }));
    follow(context);
    return no_content();
}

base::Result<net::HttpResponse> test_forward_target(Context& context) {
    Services& services = context.services();
    TargetSettings before;
    forward::TargetSecrets secrets;
    ledger::TenantNumber tenant = 0;
    if (context.body().contains("id")) {
        const auto id = context.body().at("id").get<int64_t>();
        TRY_ASSIGN(secrets, services.ledger.read([&](ledger::Reader& reader) -> base::Result<forward::TargetSecrets> {
            TRY_ASSIGN(const Target target, services.targets.find(reader, context.scope(), id));
            before = target.settings;
            tenant = target.tenant;
            return services.targets.secrets(reader, id);
        }));
        // A kept secret goes to the address it was given for and to no other.
        const TargetSettings now = settings_of(context, before);
        if (now.address != before.address || now.kind != before.kind || now.tls != before.tls || now.verification != before.verification ||
            now.authorities != before.authorities) {
            secrets = {};
        }
    } else {
        TRY_ASSIGN(tenant, context.tenant_for_writing());
    }
    if (const auto password = context.maybe_body_text("password")) secrets.password = *password;
    if (const auto key = context.maybe_body_text("key")) secrets.key = *key;
    const TargetSettings settings = settings_of(context, before);
    const auto done = services.forwarder.test(settings, secrets, tenant);
    TRY(services.ledger.record(context.actor(), {.action = "test_forward_target",
                                                 .object = "forward target " + settings.name,
                                                 .detail = settings.address,
                                                 .tenant = tenant,
                                                 .result = done ? ledger::AuditResult::ok : ledger::AuditResult::failed}));
    if (!done && done.error().code() == base::ErrorCode::invalid_argument) return base::fail(done.error());
    return reply({{"ok", done.has_value()}, {"message", done ? std::string() : base::replace_invalid_utf8(done.error().to_string())}});
}

}  // namespace shuwei::api::handlers
