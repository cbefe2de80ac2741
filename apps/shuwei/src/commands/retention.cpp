// How long events are kept: shown and set in the ledger, beside a running server.
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "configuration.hpp"
#include "exit_code.hpp"
#include "local_records.hpp"
#include "output.hpp"
#include "shuwei/custody/retention.hpp"
#include "shuwei/event/time_parse.hpp"

namespace shuwei::app {
namespace {

using Json = nlohmann::ordered_json;
using base::Result;

Result<> show(const RetentionOptions& options) {
    Configuration configuration;
    if (!options.config.empty()) TRY(read_configuration(options.config, configuration));
    const custody::Retention retention(configuration.retention_days);
    TRY_ASSIGN(auto records, open_records(options.data, DataFolder::must_exist));
    TRY_ASSIGN(const auto tenants, records->access->tenants(ledger::TenantScope::every_tenant()));
    const base::Timestamp now = records->clock.now();
    std::vector<Json> rows;
    for (const auto& tenant : tenants) {
        TRY_ASSIGN(const auto rule, records->ledger->read([&](ledger::Reader& reader) { return retention.rule(reader, {tenant.number, 0}); }));
        rows.push_back({{"tenant", tenant.name},
                        {"days", rule.days_at(now)},
                        {"set_by_hand", rule.set_by_hand},
                        {"exception_by", rule.exception_by},
                        {"exception_until", rule.exception_until == 0 ? "" : event::format_rfc3339(rule.exception_until)},
                        {"exception_reason", rule.exception_reason}});
    }
    print_rows(rows, options.output);
    return {};
}

Result<> set(const RetentionOptions& options) {
    TRY_ASSIGN(auto records, open_records(options.data, DataFolder::must_exist));
    TRY_ASSIGN(const auto tenant, records->access->tenant(options.tenant));
    const base::Timestamp now = records->clock.now();
    custody::RetentionChange change;
    change.days = options.days;
    change.reason = options.reason;
    if (!options.until.empty()) {
        auto until = event::parse_time_argument(options.until, now);
        if (!until) return base::fail(std::move(until).error().at("--until"));
        change.until = *until;
    }
    const custody::Retention retention(custody::kLegalDays);
    TRY(records->ledger->transaction([&](ledger::Transaction& transaction) {
        return retention.set(transaction, {tenant.number, 0}, change, ledger::Actor::person("local", ""), records->ledger->audit(), now);
    }));
    return {};
}

}  // namespace

int run_retention_show(const RetentionOptions& options) {
    const auto done = show(options);
    return done ? kFine : report(done.error());
}

int run_retention_set(const RetentionOptions& options) {
    const auto done = set(options);
    return done ? kFine : report(done.error());
}

}  // namespace shuwei::app
