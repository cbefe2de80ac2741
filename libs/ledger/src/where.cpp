#include "shuwei/ledger/where.hpp"

#include "shuwei/base/assert.hpp"

namespace shuwei::ledger {

Where::Where(const TenantScope& scope, std::string_view tenant_column) {
    if (scope.sees_every_tenant()) return;
    if (scope.tenants().empty()) {
        add("1 = 0");
        return;
    }
    Values tenants;
    for (const TenantNumber tenant : scope.tenants()) tenants.emplace_back(tenant);
    in(tenant_column, tenants);
}

Where& Where::add(std::string_view condition, Values values) {
    sql_ += sql_.empty() ? " WHERE (" : " AND (";
    sql_ += condition;
    sql_ += ')';
    for (auto& value : values) values_.push_back(std::move(value));
    return *this;
}

Where& Where::in(std::string_view column, const Values& values) {
    if (values.empty()) return *this;
    std::string condition(column);
    condition += " IN (?";
    for (size_t i = 1; i < values.size(); ++i) condition += ", ?";
    condition += ')';
    return add(condition, values);
}

Where& Where::contains(std::string_view column, std::string_view text) {
    if (text.empty()) return *this;
    return add(std::string(column) + " LIKE ? ESCAPE '\\'", {like_pattern(text)});
}

std::string Where::sql() const { return sql_; }

std::string like_pattern(std::string_view text) {
    std::string pattern = "%";
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
    }
    pattern += '%';
    return pattern;
}

}  // namespace shuwei::ledger
