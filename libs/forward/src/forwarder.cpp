#include "shuwei/forward/forwarder.hpp"

#include <algorithm>
#include <mutex>

#include "shuwei/base/log.hpp"
#include "shuwei/eventstore/kql.hpp"
#include "target_runner.hpp"

namespace shuwei::forward {

using base::Result;

std::string_view to_string(TargetState state) {
    switch (state) {
        case TargetState::waiting: return "waiting";
        case TargetState::delivering: return "delivering";
        case TargetState::retrying: return "retrying";
        case TargetState::paused: return "paused";
    }
    return "";
}

struct Forwarder::State {
    Surroundings around;
    std::function<std::string(ledger::TenantNumber)> tenant_name;
    mutable std::mutex mutex;
    std::map<int64_t, std::unique_ptr<TargetRunner>> runners;
    std::map<int64_t, std::string> broken;  // why a target could not be started
    bool stopped = false;

    Result<> start(const Target& target) {
        TRY_ASSIGN(const TargetSecrets secrets,
                   around.ledger.read([&](ledger::Reader& reader) { return around.targets.secrets(reader, target.id); }));
        auto filter = eventstore::parse_kql(target.settings.filter);
        if (!filter) return base::fail(filter.error().to_error().at("filter"));
        const std::string tenant = tenant_name(target.tenant);
        TRY_ASSIGN(auto outlet, make_outlet(target.settings, secrets, tenant));
        runners[target.id] = std::make_unique<TargetRunner>(target, std::move(*filter), std::move(outlet), tenant, around);
        return {};
    }
};

Forwarder::Forwarder(ledger::Ledger& ledger, const TargetStore& targets, EventLog log,
                     std::function<std::string(ledger::TenantNumber)> tenant_name, const base::Clock& clock, base::Random& random,
                     base::Metrics& metrics, ForwarderOptions options)
    : state_(new State{{ledger, targets, std::move(log), clock, random, metrics, options, std::counting_semaphore<>(options.reads_at_once)},
                       std::move(tenant_name), {}, {}, {}, false}) {}

Forwarder::~Forwarder() { stop(); }

Result<> Forwarder::refresh() {
    const std::lock_guard lock(state_->mutex);
    if (state_->stopped) return {};
    // Those that have ended first: they wrote their place, which is read now.
    std::erase_if(state_->runners, [](const auto& entry) { return entry.second->finished(); });
    TRY_ASSIGN(const auto targets, state_->around.ledger.read([&](ledger::Reader& reader) {
        return state_->around.targets.list(reader, ledger::TenantScope::every_tenant());
    }));
    for (auto& [id, runner] : state_->runners) {
        const auto target = std::find_if(targets.begin(), targets.end(), [id = id](const Target& t) { return t.id == id; });
        if (target == targets.end() || target->paused || target->version != runner->target().version) runner->request_stop();
    }
    for (const Target& target : targets) {
        if (target.paused || state_->runners.count(target.id) > 0) continue;
        if (auto started = state_->start(target); !started) {
            std::string& why = state_->broken[target.id];
            if (why != started.error().to_string()) {
                why = started.error().to_string();
                base::log::error("a forwarding target cannot start", {{"target", target.settings.name}, {"error", why}});
            }
        } else {
            state_->broken.erase(target.id);
        }
    }
    return {};
}

TargetStatus Forwarder::status(const Target& target) const {
    const std::lock_guard lock(state_->mutex);
    if (const auto runner = state_->runners.find(target.id); runner != state_->runners.end() && !target.paused) {
        return runner->second->status();
    }
    TargetStatus status;
    status.state = target.paused ? TargetState::paused : TargetState::waiting;
    if (const auto why = state_->broken.find(target.id); why != state_->broken.end() && !target.paused) {
        status.state = TargetState::retrying;
        status.last_error = why->second;
    }
    status.delivered_seq = target.delivered_seq;
    status.delivered_events = target.delivered_events;
    const uint64_t committed = state_->around.log.committed();
    status.lag_events = committed > target.delivered_seq ? committed - target.delivered_seq : 0;
    return status;
}

Result<> Forwarder::test(const TargetSettings& settings, const TargetSecrets& secrets, ledger::TenantNumber tenant) const {
    TRY(check(settings, secrets));
    const std::string name = state_->tenant_name(tenant);
    TRY_ASSIGN(const auto outlet, make_outlet(settings, secrets, name));
    eventstore::StoredEvent event;
    event.tenant = tenant;
    event.time = event.received = state_->around.clock.now();
    event.raw = "shuwei: test of forwarding target " + settings.name;
    event.json = R"({"event.kind":"state","message":"test of a forwarding target","shuwei.seq":0})";
    const Message message = EventFormatter(settings.format, envelope_of(settings.kind, settings.format), name).format(event);
    const Delivered done = outlet->deliver({&message, 1}, {});
    if (done.error) return base::fail(*done.error);
    return {};
}

void Forwarder::stop() {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
    for (auto& [id, runner] : state_->runners) runner->request_stop();
    state_->runners.clear();
}

}  // namespace shuwei::forward
