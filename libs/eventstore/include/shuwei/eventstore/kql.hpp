// KQL, the query language of event search: text in, event::Predicate out. docs/formats/kql.md describes it.
// Pure functions; thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/event/predicate.hpp"

namespace shuwei::eventstore {

constexpr size_t kMaxQueryBytes = 32 * 1024;
constexpr size_t kMaxQueryTerms = 500;
constexpr size_t kMaxQueryDepth = 32;

// Where and why a query could not be understood. Positions count Unicode code points from 0.
struct QueryProblem {
    size_t position = 0;
    size_t length = 0;
    std::string message;  // "a value is missing after ':'"
    std::string hint;     // what was probably meant; may be empty

    // "at character 12: a value is missing after ':' (…)" with code invalid_argument; characters count from 1.
    base::Error to_error() const;
};

// What @name stands for: comparisons of which one must hold. Nothing when there is no group of this name.
struct GroupEntry {
    event::Comparison comparison = event::Comparison::equals;
    std::string value;
};
using GroupLookup = std::function<std::optional<std::vector<GroupEntry>>(std::string_view name)>;

// Without a lookup, named groups are refused. A group becomes any_of over its entries; it counts as few terms.
tl::expected<event::Predicate, QueryProblem> parse_kql(std::string_view query, const GroupLookup& groups = {});

// Field names that occur in the predicate, each once, in order of first use.
std::vector<std::string> fields_of(const event::Predicate& predicate);

}  // namespace shuwei::eventstore
