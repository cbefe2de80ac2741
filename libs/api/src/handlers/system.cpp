// Health and version.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "context.hpp"
#include "operations.hpp"
#include "render.hpp"

namespace shuwei::api::handlers {

base::Result<net::HttpResponse> get_about(Context& context) {
    const About& about = context.services().about;
    nlohmann::json out = {{"product", about.product}, {"version", about.version}};
    if (!about.revision.empty()) out["revision"] = about.revision;
    if (about.started > 0) out["started"] = time_text(about.started);
    return reply(out);
}

base::Result<net::HttpResponse> get_health(Context&) { return net::HttpResponse::text(200, "ok\n"); }

base::Result<net::HttpResponse> get_readiness(Context& context) {
    const auto readiness = context.services().live_stats.readiness();
    bool ready = true;
    nlohmann::json parts = nlohmann::json::array();
    for (const ReadinessPart& part : readiness) {
        ready = ready && part.ok;
        nlohmann::json item = {{"name", part.name}, {"ok", part.ok}};
        if (!part.message.empty()) item["message"] = part.message;
        parts.push_back(std::move(item));
    }
    return reply({{"ready", ready}, {"parts", std::move(parts)}}, ready ? 200 : 503);
}

base::Result<net::HttpResponse> get_metrics(Context& context) {
    return net::HttpResponse::text(200, context.services().metrics.to_prometheus(), "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace shuwei::api::handlers
