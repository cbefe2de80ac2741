// A correlation with everything resolved that does not depend on events. Immutable.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "shuwei/event/field.hpp"
#include "shuwei/sigma/rule.hpp"

namespace shuwei::detect {

struct CorrelationPlan {
    // One rule it refers to, and where in that rule's events its fields are found.
    struct Input {
        bool correlation = false;
        uint32_t number = 0;  // detection rule number, or correlation number
        std::vector<std::vector<event::FieldId>> group;  // candidates of each group-by field
        std::vector<std::string> group_names;            // what group-by means for this input (aliases applied)
        std::vector<std::vector<event::FieldId>> values; // candidates of each condition field
        std::vector<std::string> value_names;
    };

    std::shared_ptr<const sigma::CorrelationRule> rule;
    std::string key;              // id and content hash: state survives reloads under it
    std::vector<Input> inputs;    // in the order of `rules`
    bool supported = true;
    bool generates = true;        // false when only other correlations use it
    bool at_close = false;        // only upper bounds: judged when the window closes
    std::vector<std::pair<uint32_t, uint32_t>> feeds;  // correlations fed by this one: number, input
};

}  // namespace shuwei::detect
