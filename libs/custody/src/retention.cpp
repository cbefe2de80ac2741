#include "shuwei/custody/retention.hpp"

#include <fmt/format.h>

namespace shuwei::custody {

using base::ErrorCode;
using base::fail;
using base::Result;

Result<RetentionRule> Retention::rule(ledger::Reader& reader, ChainKey chain) const {
    RetentionRule rule;
    rule.chain = chain;
    rule.days = default_days_;
    TRY_ASSIGN(const auto row, reader.query_one("SELECT * FROM retention_rule WHERE tenant = ? AND class = ?",
                                                {chain.tenant, chain.retention_class}));
    if (!row) return rule;
    rule.set_by_hand = true;
    rule.days = static_cast<unsigned>(row->integer("days"));
    rule.exception_by = row->text("exception_by");
    rule.exception_reason = row->text("exception_reason");
    rule.exception_until = row->integer("exception_until");
    return rule;
}

Result<RetentionRule> Retention::set(ledger::Transaction& transaction, ChainKey chain, const RetentionChange& change,
                                     const ledger::Actor& actor, const ledger::AuditChain& audit, base::Timestamp now) const {
    const auto refuse = [](std::string why) { return fail(ErrorCode::invalid_argument, std::move(why)); };
    if (change.days == 0 || change.days > kLongestDays) return refuse(fmt::format("days: 1 to {}", kLongestDays));
    const bool exception = change.days < kLegalDays;
    if (exception && change.reason.empty()) {
        return refuse(fmt::format("logs are kept {} days at least; fewer days need a reason and until when that holds", kLegalDays));
    }
    if (exception && (change.until <= now || change.until > now + kLongestException)) {
        return refuse("an exception ends in the future, within a year");
    }
    if (!exception && (!change.reason.empty() || change.until != 0)) {
        return refuse(fmt::format("a reason and an end belong to an exception below {} days", kLegalDays));
    }
    TRY_ASSIGN(const RetentionRule before, rule(transaction, chain));
    RetentionRule after;
    after.chain = chain;
    after.set_by_hand = true;
    after.days = change.days;
    if (exception) {
        after.exception_by = actor.name;
        after.exception_reason = change.reason;
        after.exception_until = change.until;
    }
    TRY(transaction.execute("INSERT OR REPLACE INTO retention_rule (tenant, class, days, exception_by, exception_reason, exception_until) "
                            "VALUES (?, ?, ?, ?, ?, ?)",
                            {chain.tenant, chain.retention_class, after.days, after.exception_by, after.exception_reason, after.exception_until}));
    std::string detail = fmt::format("days {} -> {}", before.days, after.days);
    if (exception) detail += fmt::format("; exception until {}: {}", after.exception_until / base::kSecond, change.reason);
    TRY(audit.append(transaction, actor, {"set_retention", fmt::format("retention class {}", chain.retention_class), std::move(detail), chain.tenant,
                                          ledger::AuditResult::ok}));
    return after;
}

}  // namespace shuwei::custody
