// The figures of this moment that no record holds: rates, queues, listeners, readiness. The program implements it from
// its running parts; the interface only shows it. Called from any thread, several times a second: answer from counters.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "shuwei/asset/source_store.hpp"
#include "shuwei/ledger/tenant_scope.hpp"

namespace shuwei::api {

struct SourceRate {
    asset::SourceKey key;
    double events_per_second = 0;  // mean over the last minute
    std::vector<double> series;    // events per second, a point a minute, oldest first, at most 60
};

struct ListenerState {
    std::string name;
    std::string kind;     // http, or a kind of input
    std::string address;  // "0.0.0.0:5514" as bound, or the path
    ledger::TenantNumber tenant = 0;
};

struct ReadinessPart {
    std::string name;  // ledger, event_store, spool, syslog, rules, packs
    bool ok = true;
    std::string message;  // why not, or a remark; may be empty
};

class LiveStats {
public:
    virtual ~LiveStats() = default;
    virtual double events_per_second(const ledger::TenantScope& scope) const = 0;  // mean over the last minute
    virtual std::vector<SourceRate> source_rates(const ledger::TenantScope& scope) const = 0;
    virtual std::vector<ListenerState> listeners() const = 0;
    virtual uint64_t waiting_events() const = 0;                                    // received and not yet stored
    virtual uint64_t stored_bytes(const ledger::TenantScope& scope) const = 0;      // at rest, indexes included
    virtual std::map<std::string, uint64_t> pack_events() const = 0;                // parsed since the start, by pack; "7/acme" is tenant 7's
    virtual std::vector<ReadinessPart> readiness() const = 0;
    virtual bool room_is_out() const = 0;  // inputs are refused for want of room on the disk or in the spool
};

}  // namespace shuwei::api
