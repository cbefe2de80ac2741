#include "shuwei/custody/day_care.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shuwei/base/log.hpp"

namespace shuwei::custody {

using base::Result;
namespace log = base::log;

// The record comes first: a crash in between leaves days that are dropped with the next round, never events that are gone
// without a record.
Result<> DayCare::retire(uint32_t tenant, base::Timestamp now) {
    TRY_ASSIGN(const auto stats, store_.stats(tenant));
    base::Timestamp findings_kept_since = now;
    std::vector<eventstore::RetentionClass> classes{0};
    for (const auto& day : stats.partitions) {
        if (std::find(classes.begin(), classes.end(), day.retention_class) == classes.end()) classes.push_back(day.retention_class);
    }
    for (const auto retention_class : classes) {
        const ChainKey chain{tenant, retention_class};
        TRY_ASSIGN(const auto rule, ledger_.read([&](ledger::Reader& reader) { return retention_.rule(reader, chain); }));
        const base::Timestamp kept_since = now - rule.days_at(now) * base::kDay;
        findings_kept_since = std::min(findings_kept_since, kept_since);
        const uint32_t first_kept = day_of(kept_since);
        std::vector<uint32_t> days;
        for (const auto& day : stats.partitions) {
            if (day.retention_class != retention_class || day.day >= first_kept) continue;
            days.push_back(day.day);
            TRY(ledger_.transaction([&](ledger::Transaction& transaction) -> Result<> {
                TRY_ASSIGN(const auto retired, seals_.retire(transaction, chain, day.day, day.rows, now));
                TRY(ledger_.audit().append(transaction, ledger::Actor::system("retention"),
                                           {"retire_events", fmt::format("day {}, retention class {}", day.day, retention_class),
                                            fmt::format("kept {} days; {} events stored, {} sealed in {} seals up to number {}, roots {}",
                                                        rule.days_at(now), retired.rows, retired.events, retired.seals,
                                                        retired.through_number, crypto::to_hex(retired.roots)),
                                            tenant, ledger::AuditResult::ok}));
                return {};
            }));
        }
        if (days.empty()) continue;
        TRY_ASSIGN(const uint64_t rows, store_.apply_retention(tenant, retention_class, kept_since));
        for (const uint32_t day : days) TRY(seals_.remove_tags(chain, day));
        log::info("days retired", {{"tenant", std::to_string(tenant)}, {"days", std::to_string(days.size())}, {"events", std::to_string(rows)}});
    }
    TRY(store_.apply_findings_retention(tenant, findings_kept_since));
    return {};
}

void DayCare::care(uint32_t tenant, base::Timestamp now, const std::stop_token& stop) {
    const auto report = [](std::string_view what, const auto& outcome) {
        if (!outcome && outcome.error().code() != base::ErrorCode::cancelled) log::error(what, {{"error", outcome.error().to_string()}});
    };
    report("days were not retired", retire(tenant, now));
    report("stored days were not indexed", store_.index_days(tenant, now - now % base::kDay, stop));  // partitions are days of UTC
    if (archive_after_days_) {
        const auto moved = store_.archive_days(tenant, now - *archive_after_days_ * base::kDay, stop);
        report("days were not moved to the archive", moved);
        if (moved && *moved > 0) log::info("days moved to the archive", {{"tenant", std::to_string(tenant)}, {"days", std::to_string(*moved)}});
    }
}

}  // namespace shuwei::custody
