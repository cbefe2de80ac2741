// How findings become alerts and when an alert opens a case: content/triage/policy.yaml, documented there and in
// docs/formats/triage-policy.md. Immutable after loading.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/work/terms.hpp"

namespace shuwei::triage {

struct CaseRule {
    work::Severity severity = work::Severity::high;  // of the alert, or worse
    int64_t count = 1;                               // matched events from which on it applies
    work::ProblemLevel level = work::ProblemLevel::serious;
};

struct Policy {
    // An alert collects findings while the next one comes within `quiet` of the last (by event time, either way) and
    // the whole stays within `longest`.
    base::Duration quiet = base::kHour;
    base::Duration longest = base::kDay;

    // New alerts within one hour (by time received), beyond which findings are gathered in wider alerts.
    int64_t new_per_hour_rule_and_source = 50;  // then one alert of (rule, source, any target)
    int64_t new_per_hour_rule = 500;            // then one alert of (rule, any, any)
    int64_t new_per_hour_tenant = 5000;         // the same for all rules of the tenant
    int64_t open_per_tenant = 50'000;           // likewise while so many alerts are not closed

    std::vector<CaseRule> cases;            // the first that applies, in order
    base::Duration case_join = base::kDay;  // an alert joins the open case of its key when that is not older
    int64_t cases_per_hour = 20;            // opened by policy, per tenant; then alerts join one case of their rule

    static base::Result<Policy> load(const std::filesystem::path& file);
};

}  // namespace shuwei::triage
