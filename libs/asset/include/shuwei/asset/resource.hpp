// A resource: a named group of addresses or of values, which searches call @name and rules %name%. Its text form, by
// which people paste, import and export it, is docs/formats/resource.md. Values and pure functions; thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shuwei/base/clock.hpp"
#include "shuwei/base/ip_address.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/ledger/tenant_scope.hpp"

namespace shuwei::asset {

constexpr size_t kMaxResourceEntries = 50'000;
constexpr size_t kMaxResourceWildcards = 500;  // entries of a group with * or ?
constexpr size_t kMaxResourceValueBytes = 1024;
constexpr size_t kMaxRemarkBytes = 512;

enum class ResourceKind : uint8_t { addresses, values };
std::string_view to_string(ResourceKind kind);
std::optional<ResourceKind> resource_kind_from(std::string_view name);

struct ResourceEntry {
    std::string value;  // addresses: "10.0.0.1", "10.0.0.0/8", "10.0.0.1-10.0.0.9"; values: text, * and ? as wildcards
    std::string remark;
    bool operator==(const ResourceEntry&) const = default;
};

struct Resource {
    int64_t id = 0;
    ledger::TenantNumber tenant = 0;  // 0: shipped with the program, for every tenant that has none of this name
    std::string name;
    ResourceKind kind = ResourceKind::addresses;
    std::string description;
    size_t entries = 0;
    std::string updated_by;
    base::Timestamp updated = 0;
};

bool is_resource_name(std::string_view name);  // [a-z][a-z0-9_-]{0,63}

// The address range of an entry of kind addresses.
std::optional<std::pair<base::IpAddress, base::IpAddress>> address_range(std::string_view value);
// The fewest networks that make up first..last.
std::vector<base::IpNetwork> networks_of(const base::IpAddress& first, const base::IpAddress& last);

// An entry of kind values: what is looked for, without escapes; or a pattern in which \ takes the next character as it
// is (event::Comparison::wildcard).
struct ResourceValue {
    bool wildcard = false;
    std::string text;
};
ResourceValue resource_value(std::string_view entry);

// Entries checked, in one spelling, each value once (the last remark counts). invalid_argument names the entry.
base::Result<std::vector<ResourceEntry>> checked_entries(ResourceKind kind, std::vector<ResourceEntry> entries);

// The text form: an entry a line, "value", "value,remark" (CSV) or "value # remark"; # begins a line of comment.
// invalid_argument names the line.
base::Result<std::vector<ResourceEntry>> parse_resource_text(ResourceKind kind, std::string_view text);
std::string resource_text(const std::vector<ResourceEntry>& entries);  // CSV

}  // namespace shuwei::asset
