// Where a field of a rule is found in our events: content/sigma/fields.yaml (format: docs/formats/sigma.md).
// Sigma matches original values: the original name first, ECS names after it. Immutable after loading; thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/event/field.hpp"
#include "shuwei/sigma/rule_info.hpp"

namespace shuwei::sigma {

class FieldMap {
public:
    static base::Result<FieldMap> load(const std::filesystem::path& file);
    static base::Result<FieldMap> parse(std::string_view text);

    // Ids of the fields to look at, in order: the first that the event has is the one meant. Interns names.
    std::vector<event::FieldId> candidates(const LogSource& source, std::string_view field) const;

private:
    struct Section {
        LogSource source;  // empty parts fit everything
        std::vector<std::string> originals;
        std::map<std::string, std::vector<std::string>, std::less<>> first;
        std::map<std::string, std::vector<std::string>, std::less<>> aliases;
    };
    std::vector<Section> sections_;  // the general one last
};

}  // namespace shuwei::sigma
