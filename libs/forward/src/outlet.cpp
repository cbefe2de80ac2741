#include "outlet.hpp"

namespace shuwei::forward {

base::Result<std::unique_ptr<Outlet>> make_outlet(const TargetSettings& settings, const TargetSecrets& secrets, std::string tenant) {
    switch (settings.kind) {
        case TargetKind::syslog_udp: return make_udp_outlet(settings);
        case TargetKind::syslog_tcp:
        case TargetKind::syslog_tls: return make_stream_outlet(settings, secrets);
        case TargetKind::http: return make_http_outlet(settings, secrets);
        case TargetKind::kafka: return make_kafka_outlet(settings, secrets);
        case TargetKind::nats: return make_nats_outlet(settings, secrets, std::move(tenant));
    }
    return base::fail(base::ErrorCode::invalid_argument, "unknown kind of target");
}

}  // namespace shuwei::forward
