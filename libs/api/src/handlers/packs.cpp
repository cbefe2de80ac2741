// Device packs that people make: trying them on lines, keeping them, letting them read the stream.
#include <algorithm>
#include <semaphore>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "context.hpp"
#include "event_scope.hpp"
#include "operations.hpp"
#include "render.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/parse/pack_suggestion.hpp"
#include "shuwei/parse/pack_trial.hpp"

namespace shuwei::api::handlers {
namespace {

using intake::PackReach;
using intake::PackRecord;
using nlohmann::json;

constexpr size_t kSampleLines = 100;  // of a source
constexpr base::Duration kSampleSpan = 7 * base::kDay;
constexpr base::Duration kSampleTime = 10 * base::kSecond;
constexpr std::ptrdiff_t kTrialsAtOnce = 2;
std::counting_semaphore<kTrialsAtOnce> g_trials(kTrialsAtOnce);

// What came lately from the source and no pack understood; the newest first.
base::Result<std::vector<std::string>> lines_of_source(Context& context, int64_t source_id) {
    Services& services = context.services();
    TRY_ASSIGN(const auto source, services.ledger.read([&](ledger::Reader& reader) { return services.sources.find(reader, context.scope(), source_id); }));
    TRY_ASSIGN(auto scope, event_scope(context, fmt::format("log.source.address: {} and not shuwei.pack: *", json(source.key.peer).dump()),
                                       context.now() - kSampleSpan, std::nullopt));
    scope.tenants = {source.key.tenant};
    eventstore::SearchRequest request;
    request.scope = std::move(scope);
    request.limit = kSampleLines;
    request.fields = {"shuwei.seq"};
    request.total = eventstore::Total::none;
    request.limits.time = kSampleTime;
    TRY_ASSIGN(auto found, services.events.search(request));
    std::vector<std::string> lines;
    for (eventstore::StoredEvent& event : found.events) {
        // Of hosts behind a relay only what names the host.
        if (!source.key.host.empty() && event.raw.find(source.key.host) == std::string::npos) continue;
        // As the pack will see it: UTF-8 where it is, else what JSON can carry.
        const json stored = json::parse(event.json, nullptr, false);
        lines.push_back(stored.is_object() && stored.contains("event.original") ? stored.at("event.original").get<std::string>() : event.raw);
    }
    return lines;
}

base::Result<std::vector<std::string>> sample_lines(Context& context) {
    const json& body = context.body();
    if (body.contains("lines")) return body.at("lines").get<std::vector<std::string>>();
    if (body.contains("source_id")) return lines_of_source(context, body.at("source_id").get<int64_t>());
    return std::vector<std::string>();
}

json render(const parse::TrialValue& value) {
    json out{{"name", value.name}, {"text", value.text}};
    if (value.span) {
        out["begin"] = value.span->begin;
        out["end"] = value.span->end;
    }
    return out;
}

json render(const parse::TrialLine& line, const std::string& text) {
    json out{{"line", text},         {"recognised", line.recognised},
             {"parsed", line.outcome == parse::Outcome::parsed}, {"slow", line.slow},
             {"microseconds", static_cast<double>(line.took) / static_cast<double>(base::kMicrosecond)},
             {"fields", json::array()}, {"names", json::array()}};
    if (!line.others.empty()) out["others"] = line.others;
    if (line.message) {
        out["message_begin"] = line.message->begin;
        out["message_end"] = line.message->end;
    }
    const auto matched = std::find_if(line.steps.begin(), line.steps.end(), [](const parse::TrialStep& step) { return step.matched && step.message < 0; });
    if (matched != line.steps.end() && matched == line.steps.begin() && matched->alternative >= 0) out["pattern"] = matched->alternative;
    for (const parse::TrialValue& value : line.fields) out["fields"].push_back(render(value));
    for (const parse::TrialValue& value : line.names) out["names"].push_back(render(value));
    return out;
}

json render(const parse::PackProblem& problem) {
    json out{{"reason", problem.reason}};
    if (problem.line > 0) out["line"] = problem.line;
    if (problem.column > 0) out["column"] = problem.column;
    return out;
}

json render(Context& context, const PackRecord& record) {
    Services& services = context.services();
    std::string state = record.live_version == 0 ? "draft" : "live";
    std::string reason;
    uint64_t slow = 0;
    uint64_t events = 0;
    if (record.live_version > 0) {
        reason = services.pack_problem(record.id);
        if (!reason.empty()) state = "broken";
        const auto packs = services.packs();
        const auto counted = services.live_stats.pack_events();
        for (const parse::PackInfo& pack : packs->packs()) {
            const bool its = pack.name == record.name && (pack.tenant == record.tenant || (pack.tenant != 0 && record.reach == PackReach::everyone));
            if (!its) continue;
            const parse::PackHealth health = packs->health(pack.number);
            slow += health.slow_lines;
            if (health.set_aside) {
                state = "set_aside";
                reason = "too many lines took too long to read";
            }
            const auto found = counted.find(fmt::format("{}/{}", pack.tenant, pack.name));
            if (found != counted.end()) events += found->second;
        }
    }
    json out{{"id", record.id},
             {"tenant", tenant_name(services.access, record.tenant)},
             {"name", record.name},
             {"version", record.version},
             {"state", state},
             {"everyone", record.reach == PackReach::everyone},
             {"events", events},
             {"slow_lines", slow},
             {"created", time_text(record.created)},
             {"created_by", record.created_by},
             {"changed", time_text(record.changed)},
             {"changed_by", record.changed_by}};
    if (record.live_version > 0) out["live_version"] = record.live_version;
    if (!reason.empty()) out["reason"] = reason;
    return out;
}

base::Result<> may_touch_everyone(Context& context) {
    const access::Principal& principal = context.principal();
    if (principal.account.role == access::Role::admin && principal.scope.sees_every_tenant()) return {};
    return base::fail(base::ErrorCode::permission_denied, "a pack for everybody is for administrators of all clients");
}

// A pack that lives for everybody is not changed in the stream by those who answer for one client.
base::Result<> may_touch(Context& context, int64_t id) {
    Services& services = context.services();
    TRY_ASSIGN(const auto record, services.ledger.read([&](ledger::Reader& reader) { return services.user_packs.find(reader, context.scope(), id); }));
    if (record.reach == PackReach::everyone) return may_touch_everyone(context);
    return {};
}

}  // namespace

base::Result<net::HttpResponse> get_pack_text(Context& context) {
    const auto packs = context.services().packs();
    const parse::PackInfo* const info = packs->info(packs->find(context.text("pack_name")));
    if (info == nullptr) return base::fail(base::ErrorCode::not_found, "no shipped pack of this name");
    TRY_ASSIGN(auto text, base::read_file(info->folder / "pack.yaml", intake::PackStore::kTextBytes));
    return reply({{"name", info->name}, {"text", std::move(text)}});
}

base::Result<net::HttpResponse> try_pack(Context& context) {
    TRY_ASSIGN(const auto lines, sample_lines(context));
    if (!g_trials.try_acquire()) return base::fail(base::ErrorCode::resource_exhausted, "others are trying packs at this moment");
    parse::TrialOptions options;
    options.received = context.now();
    const auto trial = parse::try_pack(context.body_text("text"), lines, context.services().packs(), options);
    g_trials.release();
    json out{{"lines", json::array()}};
    if (!trial) out["problem"] = render(trial.error());
    else out["name"] = trial->info.name;
    for (size_t at = 0; at < lines.size(); ++at) {
        static const parse::TrialLine nothing;
        out["lines"].push_back(render(trial && at < trial->lines.size() ? trial->lines[at] : nothing, lines[at]));
    }
    return reply(out);
}

base::Result<net::HttpResponse> suggest_pack(Context& context) {
    TRY_ASSIGN(const auto lines, sample_lines(context));
    const auto made = parse::suggest_pack(lines, context.body_text("name"));
    return reply({{"shape", parse::to_string(made.shape)}, {"text", made.yaml}, {"lines", lines}});
}

base::Result<net::HttpResponse> list_user_packs(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto records, services.ledger.read([&](ledger::Reader& reader) { return services.user_packs.list(reader, context.scope()); }));
    json items = json::array();
    for (const PackRecord& record : records) items.push_back(render(context, record));
    return reply({{"items", std::move(items)}});
}

base::Result<net::HttpResponse> create_user_pack(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto tenant, context.tenant_for_writing());
    TRY_ASSIGN(const auto record, services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.user_packs.add(transaction, tenant, context.body_text("name"), context.body_text("text"), context.actor(), services.ledger.audit());
    }));
    return reply(render(context, record), 201);
}

base::Result<net::HttpResponse> get_user_pack(Context& context) {
    Services& services = context.services();
    const int64_t id = context.integer("pack_id");
    return services.ledger.read([&](ledger::Reader& reader) -> base::Result<net::HttpResponse> {
        TRY_ASSIGN(const auto record, services.user_packs.find(reader, context.scope(), id));
        const int64_t version = context.has("version") ? context.integer("version") : record.version;
        json out = render(context, record);
        TRY_ASSIGN(out["text"], services.user_packs.text(reader, id, version));
        out["text_version"] = version;
        out["versions"] = json::array();
        TRY_ASSIGN(const auto versions, services.user_packs.versions(reader, id));
        for (const intake::PackVersion& one : versions) {
            out["versions"].push_back({{"version", one.version}, {"made", time_text(one.made)}, {"made_by", one.made_by}});
        }
        return reply(out);
    });
}

base::Result<net::HttpResponse> update_user_pack(Context& context) {
    Services& services = context.services();
    TRY_ASSIGN(const auto record, services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.user_packs.save(transaction, context.scope(), context.integer("pack_id"), context.body().at("version").get<int64_t>(),
                                        context.body_text("text"), context.actor(), services.ledger.audit());
    }));
    return reply(render(context, record));
}

base::Result<net::HttpResponse> delete_user_pack(Context& context) {
    Services& services = context.services();
    TRY(may_touch(context, context.integer("pack_id")));
    TRY(services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.user_packs.remove(transaction, context.scope(), context.integer("pack_id"), context.actor(), services.ledger.audit());
    }));
    return no_content();
}

base::Result<net::HttpResponse> activate_user_pack(Context& context) {
    Services& services = context.services();
    const int64_t id = context.integer("pack_id");
    const PackReach reach = context.body().at("everyone").get<bool>() ? PackReach::everyone : PackReach::tenant;
    TRY(may_touch(context, id));
    if (reach == PackReach::everyone) TRY(may_touch_everyone(context));
    int64_t version = 0;
    std::string text;
    TRY_ASSIGN(const auto before, services.ledger.read([&](ledger::Reader& reader) -> base::Result<PackRecord> {
        TRY_ASSIGN(auto record, services.user_packs.find(reader, context.scope(), id));
        version = context.body().contains("version") ? context.body().at("version").get<int64_t>() : record.version;
        TRY_ASSIGN(text, services.user_packs.text(reader, id, version));
        return record;
    }));
    const auto trial = parse::try_pack(text, {}, services.packs(), {});
    if (!trial) {
        const auto& problem = trial.error();
        return base::fail(base::ErrorCode::invalid_argument, problem.line > 0 ? fmt::format("line {}: {}", problem.line, problem.reason) : problem.reason);
    }
    if (trial->info.name != before.name) {
        return base::fail(base::ErrorCode::invalid_argument, fmt::format("the text says `pack: {}`, the pack is called '{}'", trial->info.name, before.name));
    }
    TRY_ASSIGN(const auto record, services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.user_packs.activate(transaction, context.scope(), id, version, reach, context.actor(), services.ledger.audit());
    }));
    return reply(render(context, record));
}

base::Result<net::HttpResponse> deactivate_user_pack(Context& context) {
    Services& services = context.services();
    TRY(may_touch(context, context.integer("pack_id")));
    TRY_ASSIGN(const auto record, services.ledger.transaction([&](ledger::Transaction& transaction) {
        return services.user_packs.deactivate(transaction, context.scope(), context.integer("pack_id"), context.actor(), services.ledger.audit());
    }));
    return reply(render(context, record));
}

}  // namespace shuwei::api::handlers
