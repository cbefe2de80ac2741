#include "shuwei/sigma/lint.hpp"

#include "shuwei/sigma/rule_collection.hpp"

namespace shuwei::sigma {

base::Result<LoadReport> lint(std::span<const std::filesystem::path> paths, const std::filesystem::path& content) {
    CollectionOptions options;
    options.paths.assign(paths.begin(), paths.end());
    options.content = content;
    TRY_ASSIGN(RuleCollection collection, RuleCollection::load(options));
    return std::move(collection.report);
}

}  // namespace shuwei::sigma
