// Forwarder: passes stored events on to every target that is not paused, each on its own thread. The queue of a target is
// the event store itself and a number in the ledger: how far the target has come. It survives whatever happens to either
// side, costs no second copy, and a new target may begin in the past (docs/decisions/0004-a-target-is-a-cursor.md).
//
// At least once: the number moves after the target has acknowledged; forwarded-events.md says what each kind acknowledges.
// Thread-safe. What it is given must outlive it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/metrics.hpp"
#include "shuwei/base/random.hpp"
#include "shuwei/eventstore/event_store.hpp"
#include "shuwei/forward/target.hpp"
#include "shuwei/forward/target_store.hpp"

namespace shuwei::forward {

// Where events come from, as EventStore gives them.
struct EventLog {
    std::function<base::Result<uint64_t>(const eventstore::ReplayRequest&, const std::function<bool(eventstore::StoredEvent&&)>&)> replay;
    std::function<uint64_t()> committed;  // every seq up to here is stored for good or will never be
};

struct ForwarderOptions {
    base::Duration poll = 200 * base::kMillisecond;  // between looks for new events
    base::Duration keep_every = base::kSecond;       // how far a target has come is written so often
    base::Duration retry_first = 500 * base::kMillisecond;
    base::Duration retry_longest = base::kMinute;
    uint64_t range = 65'536;                         // numbers looked through at once
    size_t chunk_bytes = size_t{16} << 20;           // of events read and not yet delivered, per target
    std::ptrdiff_t reads_at_once = 2;                // of all targets: analysts' searches use the same store
};

enum class TargetState : uint8_t {
    waiting,     // has everything
    delivering,
    retrying,    // last_error says why
    paused,
};
std::string_view to_string(TargetState state);

struct TargetStatus {
    TargetState state = TargetState::waiting;
    uint64_t delivered_seq = 0;
    uint64_t delivered_events = 0;  // since the target was made
    double per_second = 0;          // mean over the last minute
    uint64_t errors = 0;            // since the start
    uint64_t refused = 0;           // events passed over since the start: too large for the target
    uint64_t lag_events = 0;        // numbers it has not looked at; at most so many events wait
    base::Duration lag = 0;         // since the oldest waiting event was received
    std::string last_error;
    base::Timestamp last_error_at = 0;
    base::Timestamp last_delivered_at = 0;
};

class Forwarder {
public:
    Forwarder(ledger::Ledger& ledger, const TargetStore& targets, EventLog log,
              std::function<std::string(ledger::TenantNumber)> tenant_name, const base::Clock& clock, base::Random& random,
              base::Metrics& metrics, ForwarderOptions options = {});
    ~Forwarder();  // stop()
    Forwarder(const Forwarder&) = delete;
    Forwarder& operator=(const Forwarder&) = delete;

    // Brings what runs into line with the ledger, which another process may have changed. Waits for targets it must stop.
    base::Result<> refresh();
    TargetStatus status(const Target& target) const;

    // Delivers one event made up for the purpose, on the calling thread, at most 20 s; ok when it was acknowledged.
    base::Result<> test(const TargetSettings& settings, const TargetSecrets& secrets, ledger::TenantNumber tenant) const;

    void stop();  // idempotent

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::forward
