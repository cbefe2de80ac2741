#include "stream_stats.hpp"

#include <numeric>

#include <nlohmann/json.hpp>

#include "render.hpp"
#include "shuwei/custody/verification_job.hpp"

namespace shuwei::api {

std::string stream_stats(Services& services, const ledger::TenantScope& scope) {
    nlohmann::json stats = {{"at", time_text(services.clock.now())},
                            {"events_per_second", services.live_stats.events_per_second(scope)},
                            {"spool_events", services.live_stats.waiting_events()}};
    auto notices = nlohmann::json::array();
    if (services.live_stats.room_is_out()) notices.push_back("no_room");
    if (services.verification.found_flaws(scope)) notices.push_back("proof_broken");
    if (!notices.empty()) stats["notices"] = std::move(notices);
    const auto read = services.ledger.read([&](ledger::Reader& reader) -> base::Result<> {
        TRY_ASSIGN(const auto open, services.triage.open_by_severity(reader, scope));
        stats["open_alerts"] = std::accumulate(open.begin(), open.end(), int64_t{0});
        TRY_ASSIGN(const auto figures, services.desk.figures(reader, scope));
        stats["open_cases"] = figures.open;
        TRY_ASSIGN(const auto sources, services.sources.count(reader, scope));
        stats["silent_sources"] = sources.silent;
        return {};
    });
    (void)read;  // without the ledger the stream still tells the rate
    return stats.dump();
}

}  // namespace shuwei::api
