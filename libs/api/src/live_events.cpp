#include "shuwei/api/live_events.hpp"

#include <nlohmann/json.hpp>

#include "render.hpp"
#include "source_render.hpp"

namespace shuwei::api {
namespace {

std::string text_of(const nlohmann::json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void LiveEvents::alert_changed(const triage::Alert& alert) {
    stream_.publish(alert.tenant, "alert", text_of(render(access_, alert)));
}

void LiveEvents::case_changed(const work::Case& record) {
    stream_.publish(record.tenant, "case", text_of(render(access_, record)));
}

void LiveEvents::source_changed(const asset::Source& source, const SourceRate* rate, const parse::PackSet& packs) {
    stream_.publish(source.key.tenant, "source", text_of(render(access_, source, rate, packs)));
}

}  // namespace shuwei::api
