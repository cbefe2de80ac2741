// Which of our events a rule's log source means: content/sigma/logsources.yaml (format: docs/formats/sigma.md).
// Immutable after loading; thread-safe.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/event/field.hpp"
#include "shuwei/sigma/rule_info.hpp"

namespace shuwei::sigma {

// One test on one field of an event: any of its values equals one of `values` (without regard to case), or `present`
// and it has the field, or `absent` and it has not. The field shuwei.pack also stands for Event::pack.
struct RoutingTest {
    std::vector<event::FieldId> fields;  // the name, and others under which the same is found
    std::vector<std::string> values;  // folded
    bool present = false;
    bool absent = false;
    bool operator==(const RoutingTest&) const = default;
};
using RoutingClause = std::vector<RoutingTest>;  // all must hold
struct RoutingPredicate {
    std::vector<RoutingClause> any;              // one must hold
    bool operator==(const RoutingPredicate&) const = default;
};

class LogSourceMap {
public:
    static base::Result<LogSourceMap> load(const std::filesystem::path& file);
    static base::Result<LogSourceMap> parse(std::string_view text);

    // The predicate of the most specific entry whose parts all agree with `source`; of the fallback when there is none
    // (then `known` becomes false).
    RoutingPredicate predicate(const LogSource& source, bool& known) const;

private:
    struct Entry {
        LogSource source;
        RoutingPredicate predicate;
    };
    // A clause of the fallback: values may hold {product}, {category}, {service}.
    struct TemplateTest {
        std::vector<event::FieldId> fields;
        std::vector<std::string> values;
    };
    std::vector<Entry> entries_;
    std::vector<std::vector<TemplateTest>> fallback_;
};

}  // namespace shuwei::sigma
