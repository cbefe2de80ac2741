// KQL, the query language of event search: text in, event::Predicate out. docs/formats/kql.md describes it.
// Pure functions; thread-safe.
#pragma once

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

tl::expected<event::Predicate, QueryProblem> parse_kql(std::string_view query);

// Field names that occur in the predicate, each once, in order of first use.
std::vector<std::string> fields_of(const event::Predicate& predicate);

}  // namespace shuwei::eventstore
