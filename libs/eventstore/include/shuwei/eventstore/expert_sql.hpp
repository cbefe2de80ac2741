// SQL as analysts may write it: one SELECT over `events` or `findings` of their tenants, from a list of clauses,
// operators and functions; everything else is refused with its place. docs/formats/expert-sql.md describes it.
// What is accepted becomes a tree; EventStore::expert_query() writes its own text from that tree, so no byte of the
// user's text reaches the database except as a parameter. Pure function; thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/event/predicate.hpp"
#include "shuwei/eventstore/kql.hpp"

namespace shuwei::eventstore {

constexpr size_t kMaxExpertBytes = 16 * 1024;
constexpr size_t kMaxExpertNodes = 500;
constexpr size_t kMaxExpertDepth = 24;
constexpr size_t kMaxExpertColumns = 50;
constexpr uint64_t kMaxExpertRows = 10'000;

enum class ExpertTable : uint8_t { events, findings };
enum class ExpertType : uint8_t { null, text, number, time, boolean };
std::string_view to_string(ExpertType type);

struct ExpertExpression {
    enum class Kind : uint8_t {
        field,     // `text` is its name
        literal,   // `text`, of `type`
        call,      // `text` is a function of the list or an operator, `children` its arguments
        matches,   // a KQL condition
    };
    Kind kind = Kind::literal;
    ExpertType type = ExpertType::null;  // of its value
    bool aggregated = false;             // contains an aggregate function
    bool bare = false;                   // contains a field outside any aggregate function
    std::string text;
    std::vector<ExpertExpression> children;
    event::Predicate predicate;          // of matches()
    size_t begin = 0, end = 0;           // place, in bytes

    bool same_as(const ExpertExpression& other) const;  // but for the place
};

struct ExpertColumn {
    ExpertExpression value;
    std::string name;  // the alias, else the text as it was written
};

struct ExpertOrder {
    ExpertExpression value;
    bool descending = false;
};

struct ExpertQuery {
    ExpertTable table = ExpertTable::events;
    bool distinct = false;
    std::vector<ExpertColumn> columns;
    std::vector<ExpertExpression> where;   // none or one
    std::vector<ExpertExpression> groups;
    std::vector<ExpertExpression> having;  // none or one
    std::vector<ExpertOrder> order;
    uint64_t limit = 1000;                 // at most kMaxExpertRows
    uint64_t offset = 0;
};

tl::expected<ExpertQuery, QueryProblem> parse_expert_sql(std::string_view text);

}  // namespace shuwei::eventstore
