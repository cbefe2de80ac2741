// How what is sent comes in.
#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "context.hpp"
#include "operations.hpp"
#include "render.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::api::handlers {
namespace {

using intake::InputRecord;
using nlohmann::json;

// What came in by each input: its sources taken together.
struct Intake {
    double events_per_second = 0;
    int64_t lines = 0;
    int64_t sources = 0;
    base::Timestamp last_line = 0;
};
using IntakeByInput = std::map<std::pair<ledger::TenantNumber, std::string>, Intake>;

base::Result<IntakeByInput> intake_of(Context& context, const access::TenantScope& scope) {
    Services& services = context.services();
    TRY_ASSIGN(const auto sources, services.ledger.read([&](ledger::Reader& reader) { return services.sources.list(reader, scope); }));
    IntakeByInput sums;
    for (const asset::Source& source : sources) {
        Intake& sum = sums[{source.key.tenant, source.key.listener}];
        sum.lines += source.lines;
        sum.last_line = std::max(sum.last_line, source.last_seen);
        ++sum.sources;
    }
    for (const SourceRate& rate : services.live_stats.source_rates(scope)) {
        sums[{rate.key.tenant, rate.key.listener}].events_per_second += rate.events_per_second;
    }
    return sums;
}

std::string_view state_of(const InputRecord& record, const intake::InputRunner::Running& running) {
    if (record.state == intake::InputState::paused) return "paused";
    // Neither running nor failed: added a moment ago.
    if (!running.running) return running.status.last_error.empty() ? "running" : "failed";
    return running.status.working ? "running" : "trouble";
}

json render(Context& context, const InputRecord& record, const IntakeByInput& sums) {
    Services& services = context.services();
    const auto running = services.input_status(record.id);
    const auto& status = running.status;
    const auto found = sums.find({record.tenant, record.name});
    const Intake sum = found == sums.end() ? Intake{} : found->second;
    json out{{"id", record.id},
             {"tenant", tenant_name(services.access, record.tenant)},
             {"name", record.name},
             {"kind", record.kind},
             {"zone", record.zone},
             {"charset", record.charset},
             {"pack", record.pack},
             {"settings", json::object()},
             {"secrets", record.secrets},
             {"origin", record.origin == intake::InputOrigin::file ? "file" : "people"},
             {"state", state_of(record, running)},
             {"errors", status.errors},
             {"events_per_second", sum.events_per_second},
             {"total", sum.lines},
             {"sources", sum.sources},
             {"changed", time_text(record.changed)},
             {"changed_by", record.changed_by}};
    for (const auto& [field, value] : record.values) out["settings"][field] = value;
    if (!status.address.empty()) out["address"] = status.address;
    if (!status.last_error.empty()) {
        out["last_error"] = status.last_error;
        out["last_error_at"] = time_text(status.last_error_at);
    }
    if (sum.last_line != 0) out["last_line"] = time_text(sum.last_line);
    return out;
}

collect::InputValues body_settings(const json& body) {
    collect::InputValues values;
    for (const auto& [field, value] : body.at("settings").items()) values[field] = value.get<std::string>();
    return values;
}

// Zone and pack are other libraries' knowledge: they are looked at here, the rest by the store.
base::Result<> check_names(Context& context, const std::optional<std::string>& zone, const std::optional<std::string>& pack) {
    if (zone) {
        if (auto known = event::TimeZone::find(*zone); !known) return base::fail(place_error("body.zone", "is not a time zone"));
    }
    if (pack && !pack->empty() && context.services().packs()->find(*pack) == 0) {
        return base::fail(place_error("body.pack", "is not the name of a device pack"));
    }
    return {};
}

}  // namespace

base::Result<net::HttpResponse> list_input_kinds(Context&) {
    json items = json::array();
    for (const collect::InputKind* kind : collect::input_kinds()) {
        json fields = json::array();
        for (const collect::InputField& field : kind->fields) {
            json out{{"name", field.name},
                     {"type", collect::to_string(field.type)},
                     {"required", field.need == collect::InputFieldNeed::required}};
            if (!field.fallback.empty()) out["fallback"] = field.fallback;
            if (field.type == collect::InputFieldType::choice) out["choices"] = field.choices;
            if (field.type == collect::InputFieldType::integer) {
                out["least"] = field.least;
                out["most"] = field.most;
            }
            fields.push_back(std::move(out));
        }
        items.push_back({{"name", kind->name}, {"fields", std::move(fields)}});
    }
    return reply({{"items", std::move(items)}});
}

base::Result<net::HttpResponse> list_inputs(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto records, services.ledger.read([&](ledger::Reader& reader) { return services.inputs.list(reader, context.scope()); }));
    TRY_ASSIGN(const auto sums, intake_of(context, context.scope()));
    json items = json::array();
    for (const InputRecord& record : records) items.push_back(render(context, record, sums));
    return reply({{"items", std::move(items)}});
}

base::Result<net::HttpResponse> create_input(Context& context) {
    Services& services = context.services();
    intake::InputDraft draft;
    TRY_ASSIGN(draft.tenant, context.tenant_for_writing());
    draft.name = context.body_text("name");
    draft.kind = context.body_text("kind");
    draft.zone = context.body_text("zone");
    draft.charset = context.body_text("charset");
    draft.pack = context.body_text("pack");
    draft.values = body_settings(context.body());
    TRY(check_names(context, draft.zone, draft.pack));
    TRY_ASSIGN(const auto record, services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.inputs.add(transaction, draft, context.actor(), services.ledger.audit());
    }));
    return reply(render(context, record, {}), 201);
}

base::Result<net::HttpResponse> update_input(Context& context) {
    Services& services = context.services();
    intake::InputChange change;
    change.zone = context.maybe_body_text("zone");
    change.charset = context.maybe_body_text("charset");
    change.pack = context.maybe_body_text("pack");
    if (context.body().contains("settings")) change.values = body_settings(context.body());
    if (context.body().contains("paused")) change.paused = context.body().at("paused").get<bool>();
    TRY(check_names(context, change.zone, change.pack));
    TRY_ASSIGN(const auto record, services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.inputs.change(transaction, context.scope(), context.integer("input_id"), change, context.actor(), services.ledger.audit());
    }));
    TRY_ASSIGN(const auto sums, intake_of(context, access::TenantScope::only(record.tenant)));
    return reply(render(context, record, sums));
}

base::Result<net::HttpResponse> delete_input(Context& context) {
    Services& services = context.services();
    TRY(services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.inputs.remove(transaction, context.scope(), context.integer("input_id"), context.actor(), services.ledger.audit());
    }));
    return no_content();
}

base::Result<net::HttpResponse> try_input(Context& context) {
    Services& services = context.services();
    intake::InputDraft draft;
    draft.name = "trial";
    draft.kind = context.body_text("kind");
    draft.values = body_settings(context.body());
    const bool of_record = context.body().contains("input_id");
    TRY_ASSIGN(draft.tenant, context.tenant_for_writing());
    TRY_ASSIGN(const auto settings, services.ledger.read([&](ledger::Reader& reader) -> base::Result<collect::InputSettings> {
        if (!of_record) return services.inputs.settings(reader, draft, nullptr);
        TRY_ASSIGN(const auto record, services.inputs.find(reader, context.scope(), context.body().at("input_id").get<int64_t>()));
        return services.inputs.settings(reader, draft, &record);
    }));
    const auto trial = collect::find_input_kind(draft.kind)->test(settings);
    TRY(services.ledger.record(context.actor(), {.action = "try_input", .object = "kind " + draft.kind, .tenant = draft.tenant}));
    json out{{"ok", trial.has_value()}, {"found", json::array()}};
    if (trial) out["found"] = trial->found;
    else out["error"] = trial.error().to_string();
    return reply(out);
}

}  // namespace shuwei::api::handlers
