// What the placeholders of rules stand for, tenant by tenant: sets that a matcher asks when a rule gets there, so that a
// change needs no new program. Immutable once made, shared by pointer; thread-safe by being constant.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "shuwei/base/ip_address.hpp"
#include "shuwei/sigma/rule.hpp"

namespace shuwei::sigma {

class ValueGroup {
public:
    using Range = std::pair<base::IpAddress, base::IpAddress>;  // first and last, both inside
    static std::shared_ptr<const ValueGroup> of_addresses(std::vector<Range> ranges);
    // Sigma's text: * and ? are wildcards, \ before them and before itself escapes.
    static std::shared_ptr<const ValueGroup> of_values(const std::vector<std::string>& values);

    // Whether `value` is one of the group; with an anchor, whether it begins with, ends with or contains one.
    // Addresses: whether it is an address inside. Letter case is ignored.
    bool has(std::string_view value, Anchor anchor) const;

private:
    bool has_part(std::string_view folded, Anchor anchor) const;

    std::vector<Range> ranges_;  // sorted, apart from one another
    std::unordered_set<std::string> texts_;  // folded
    std::vector<size_t> lengths_;            // of `texts_`, each once, ascending
    std::vector<Pattern> patterns_;          // folded
};

class ValueGroups {
public:
    // Tenant 0: for every tenant that has none of this name.
    void set(uint32_t tenant, std::string_view name, std::shared_ptr<const ValueGroup> group);
    // Null where the name stands for nothing. Letter case of the name is ignored.
    const ValueGroup* find(uint32_t tenant, std::string_view name) const;

private:
    std::map<std::pair<uint32_t, std::string>, std::shared_ptr<const ValueGroup>> groups_;
};

}  // namespace shuwei::sigma
