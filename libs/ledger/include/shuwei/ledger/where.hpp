// Builds the WHERE of a list query: conditions joined by AND, values always bound. It begins with a TenantScope, so
// a filter over tenants' records cannot forget it. Column names and operators come from the program, never from
// outside. One owner.
//
//   Where where(scope, "a.tenant");
//   where.add("a.state = ?", {"open"}).in("a.severity", severities);
//   reader.query("SELECT ... FROM alert a" + where.sql() + " ORDER BY ...", where.values());
#pragma once

#include <string>
#include <string_view>

#include "shuwei/ledger/tenant_scope.hpp"
#include "shuwei/ledger/transaction.hpp"

namespace shuwei::ledger {

class Where {
public:
    Where(const TenantScope& scope, std::string_view tenant_column);
    static Where without_tenant() { return Where(); }  // for tables that belong to no tenant

    Where& add(std::string_view condition, Values values = {});
    Where& in(std::string_view column, const Values& values);  // an empty list adds nothing
    // `text` as a part of the column, ASCII case ignored, % and _ taken literally; empty adds nothing.
    Where& contains(std::string_view column, std::string_view text);

    std::string sql() const;  // " WHERE ..." or ""
    const Values& values() const { return values_; }

private:
    Where() = default;

    std::string sql_;
    Values values_;
};

// "%" + text + "%" with the wildcards of LIKE escaped by '\'.
std::string like_pattern(std::string_view text);

}  // namespace shuwei::ledger
