#include "event_render.hpp"

#include <nlohmann/json.hpp>

#include "render.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::api {
namespace {

constexpr size_t kMaxSourcesLookedUp = 200;  // a page; events of further ones go without the source's name

}  // namespace

std::string EventRenderer::json(const eventstore::StoredEvent& event) {
    return with_names(event.json, event.tenant, source(event.tenant, event.source));
}

std::string EventRenderer::page(const eventstore::SearchResult& result) {
    // Events are long and come as JSON already, so the page is put together as text.
    std::string out = R"({"events":[)";
    for (size_t i = 0; i < result.events.size(); ++i) {
        if (i > 0) out += ',';
        out += json(result.events[i]);
    }
    out += "],";
    nlohmann::json rest = {{"took_ms", milliseconds(result.took)},
                           {"total", result.total},
                           {"total_relation", result.total_relation == eventstore::TotalRelation::exact ? "exact" : "lower_bound"}};
    if (result.next) rest["next_cursor"] = result.next->to_string();
    return out + rest.dump().substr(1);
}

std::string EventRenderer::json(access::TenantNumber tenant_number, std::string_view copy) {
    return with_names(copy, tenant_number, {});
}

std::string EventRenderer::with_names(std::string_view object, access::TenantNumber tenant_number, const std::string& source_name) {
    const std::pair<std::string_view, const std::string&> names[] = {{"shuwei.tenant", tenant(tenant_number)}, {"shuwei.source", source_name}};
    const auto holds = [&](std::string_view name) { return object.find("\"" + std::string(name) + "\":") != std::string_view::npos; };
    if (holds("shuwei.tenant") || (!source_name.empty() && holds("shuwei.source")) || object.size() <= 2) {
        // A sender may write these members too; ours count. Rare, so the slow way.
        auto value = nlohmann::json::parse(object, nullptr, false);
        if (!value.is_object()) value = nlohmann::json::object();
        for (const auto& [name, text] : names) {
            if (!text.empty()) value[std::string(name)] = text;
        }
        return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }
    std::string out = "{";
    for (const auto& [name, text] : names) {
        if (text.empty()) continue;
        base::append_json_string(out, name);
        out += ':';
        base::append_json_string(out, text);
        out += ',';
    }
    out += object.substr(1);
    return out;
}

const std::string& EventRenderer::tenant(access::TenantNumber number) {
    const auto [at, fresh] = tenants_.try_emplace(number);
    if (fresh) at->second = tenant_name(context_.services().access, number);
    return at->second;
}

const std::string& EventRenderer::source(uint32_t tenant_number, uint32_t number) {
    static const std::string none;
    if (number == 0) return none;
    const auto found = sources_.find(number);
    if (found != sources_.end()) return found->second;
    if (sources_.size() >= kMaxSourcesLookedUp) return none;
    std::string& name = sources_[number];
    const auto record = context_.services().ledger.read([&](ledger::Reader& reader) {
        return context_.services().sources.find(reader, access::TenantScope::only(tenant_number), number);
    });
    if (record) name = record->name;
    return name;
}

}  // namespace shuwei::api
