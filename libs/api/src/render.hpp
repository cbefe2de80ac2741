// Domain values as the JSON of the contract. Pure apart from looking up names of people and tenants in `Access`, which
// answers from its cache. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "shuwei/access/access.hpp"
#include "shuwei/api/live_stats.hpp"
#include "shuwei/asset/source_store.hpp"
#include "shuwei/eventstore/event_store.hpp"
#include "shuwei/ledger/audit_chain.hpp"
#include "shuwei/net/http.hpp"
#include "shuwei/triage/alert.hpp"
#include "shuwei/work/case.hpp"

namespace shuwei::api {

// ---- answers
net::HttpResponse reply(const nlohmann::json& value, int status = 200);
net::HttpResponse no_content();

// ---- small values
std::string time_text(base::Timestamp time);
double seconds(base::Duration duration);
double milliseconds(base::Duration duration);
std::string tenant_name(access::Access& access, access::TenantNumber tenant);
nlohmann::json person(access::Access& access, const std::string& account);
nlohmann::json value_counts(const std::vector<eventstore::ValueCount>& values);
nlohmann::json severity_counts(const triage::SeverityCounts& counts);
nlohmann::json entities(const work::Entity& source, const work::Entity& target);

// ---- records
nlohmann::json render(access::Access& access, const access::Account& account);
nlohmann::json render(access::Access& access, const access::Token& token);
nlohmann::json render(const access::Tenant& tenant);
nlohmann::json render(access::Access& access, const triage::Alert& alert);
nlohmann::json render(access::Access& access, const work::Case& record);
nlohmann::json render(access::Access& access, const work::TimelineEntry& entry);
nlohmann::json render(access::Access& access, const ledger::AuditEntry& entry);

}  // namespace shuwei::api
