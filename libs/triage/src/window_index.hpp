// Which alert a finding joins: the alerts that still collect, by tenant and match key, in memory; alerts that are not
// here are looked up in the ledger. Bounded; entries with findings that are not committed yet stay. Not thread-safe:
// Triage holds its mutex.
//
// Match keys: 'e' rule source target, 's' rule source (targets gathered), 'r' rule (all gathered), each part with
// its length before it, so that no two triples give one key.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "shuwei/triage/alert.hpp"
#include "shuwei/triage/policy.hpp"

namespace shuwei::triage {

std::string match_key(const FindingInput& finding, Alert::Coalesced coalesced);
std::string match_key(std::string_view rule_id, const Entity& source, const Entity& target, Alert::Coalesced coalesced);

// One alert that collects.
struct Window {
    int64_t alert_id = 0;
    base::Timestamp first = 0;  // event times, assigned ones included
    base::Timestamp last = 0;
    int64_t committed = 0;  // findings counted in the ledger
    int64_t pending = 0;    // assigned and not committed
    bool closed = false;    // by a person: collects no more
    Alert::Coalesced coalesced = Alert::Coalesced::none;

    bool takes(base::Timestamp at, const Policy& policy) const;
    void stretch(base::Timestamp at) {
        first = std::min(first, at);
        last = std::max(last, at);
    }
};

class WindowIndex {
public:
    explicit WindowIndex(size_t capacity) : capacity_(capacity) {}

    // The window of this key that takes a finding at `at`; null when none is in memory.
    Window* find(TenantNumber tenant, const std::string& key, base::Timestamp at, const Policy& policy);
    Window* find(int64_t alert_id);
    // The window as added; an alert that is here already stays as it is.
    Window* add(TenantNumber tenant, const std::string& key, const Window& window);
    void forget(int64_t alert_id);

    size_t size() const { return by_alert_.size(); }

private:
    struct Group {
        std::string key;  // tenant and match key
        std::vector<Window> windows;
    };
    using Groups = std::list<Group>;  // the most recently used first

    static std::string whole_key(TenantNumber tenant, const std::string& key);
    Groups::iterator touch(Groups::iterator group);
    void evict();

    size_t capacity_;
    Groups groups_;
    std::unordered_map<std::string, Groups::iterator> by_key_;
    std::unordered_map<int64_t, Groups::iterator> by_alert_;
};

}  // namespace shuwei::triage
