// A finding of the detection stage as triage takes it: plain values, independent of how it was detected. The
// pipeline fills it, keeps it until the ledger has it, and can make it again from the event store.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/work/terms.hpp"

namespace shuwei::triage {

using ledger::TenantNumber;
using ledger::TenantScope;
using work::Entity;
using work::Severity;
using work::Verdict;

struct FindingInput {
    TenantNumber tenant = 0;
    uint64_t seq = 0;  // of the event that matched, or that completed a correlation
    base::Timestamp event_time = 0;
    base::Timestamp received = 0;
    std::string rule_id;
    std::string rule_title;
    std::string rule_title_zh;  // may be empty
    Severity level = Severity::medium;
    std::vector<std::string> tags;    // Sigma tags: attack.credential_access, attack.t1110
    std::string description;          // the rule in words
    std::vector<std::string> advice;  // what to do next, a step each
    std::string reason_json;          // AlertReason of the HTTP contract, a JSON object; empty: none
    Entity source;                    // empty value: none
    Entity target;

    // Filled by Triage::assign, and stored by the pipeline in the finding's row before the ledger commits. Already
    // filled where the finding was read back from the event store after a crash.
    int64_t alert_id = 0;

    // Filled by Triage::assign: the alert keeps a copy of this event, so `event_json` (Event of the HTTP contract) is
    // wanted by apply(). Others need not be made.
    bool keep_event = false;
    std::string event_json;
};

}  // namespace shuwei::triage
