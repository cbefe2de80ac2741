#include "event_render.hpp"

#include "render.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::api {
namespace {

constexpr size_t kMaxSourcesLookedUp = 200;  // a page; events of further ones go without the source's name

}  // namespace

std::string EventRenderer::json(const eventstore::StoredEvent& event) {
    return with_names(event.json, event.tenant, source(event.tenant, event.source));
}

std::string EventRenderer::json(access::TenantNumber tenant_number, std::string_view copy) {
    return with_names(copy, tenant_number, {});
}

std::string EventRenderer::with_names(std::string_view object, access::TenantNumber tenant_number, const std::string& source_name) {
    // The object is ours: "{" and at least one member. A member that is there already stays the only one.
    std::string out = "{";
    const auto add = [&](std::string_view name, const std::string& value) {
        if (value.empty() || object.find("\"" + std::string(name) + "\":") != std::string_view::npos) return;
        base::append_json_string(out, name);
        out += ':';
        base::append_json_string(out, value);
        out += ',';
    };
    add("shuwei.tenant", tenant(tenant_number));
    add("shuwei.source", source_name);
    if (object.size() <= 2) {
        if (out.size() > 1) out.pop_back();
        out += '}';
        return out;
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
