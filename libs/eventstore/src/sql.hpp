// SQL text under construction: constants of ours go into the text, data only into parameters. One owner.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/event/predicate.hpp"
#include "shuwei/eventstore/event_store.hpp"

namespace shuwei::eventstore {

class Parameters {
public:
    // Placeholders, of which the same value makes one: "{p3:String}".
    std::string text(std::string_view bytes) { return add("String", escape(bytes)); }
    std::string integer(int64_t value) { return add("Int64", std::to_string(value)); }
    std::string unsigned_integer(uint64_t value) { return add("UInt64", std::to_string(value)); }
    std::string real(double value);
    std::string address(const base::IpAddress& address) { return add("IPv6", address_text(address)); }
    // Lists as one parameter each, for IN.
    std::string texts(const std::vector<std::string>& list);
    std::string addresses(const std::vector<base::IpAddress>& list);
    std::string integers(const std::vector<int64_t>& list);

    std::vector<std::pair<std::string, std::string>> take() { return std::move(values_); }

    // Bytes as ClickHouse's escaped text, in which parameters are passed: tabs, line ends and backslashes escaped.
    static std::string escape(std::string_view bytes);

private:
    std::string add(std::string_view type, std::string value);
    static std::string address_text(const base::IpAddress& address);
    std::vector<std::pair<std::string, std::string>> values_;
};

// The condition of a predicate on a row of an events table. invalid_argument beyond the limits on depth and terms.
base::Result<std::string> predicate_sql(const event::Predicate& predicate, Parameters& parameters);

// "FROM …" of the tenants' tables; several are merged and told apart by the column _table.
base::Result<std::string> from_events(const std::vector<uint32_t>& tenants);
base::Result<std::string> from_findings(const std::vector<uint32_t>& tenants);

// "ts >= … AND ts < … AND (predicate)", never empty.
base::Result<std::string> scope_sql(const Scope& scope, Parameters& parameters);

// A field's values, and whether it has any, as expressions.
struct FieldSql {
    std::string values;   // Array(String)
    std::string present;  // UInt8
};
FieldSql field_sql(std::string_view field, Parameters& parameters);

// Whether an expression of type Nullable(IPv6) lies in the network; false for what is no network.
std::string network_sql(const std::string& address, std::string_view network, Parameters& parameters);

// Microseconds since the epoch, as the table counts time; rounding down.
int64_t to_microseconds(base::Timestamp time);

}  // namespace shuwei::eventstore
