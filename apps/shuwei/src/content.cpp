#include "content.hpp"

#include "home.hpp"
#include "shuwei/base/log.hpp"

namespace shuwei::app {

using base::Result;

Result<std::shared_ptr<const parse::PackSet>> load_packs(const std::vector<std::filesystem::path>& further) {
    std::vector<std::filesystem::path> folders{content_folder() / "packs"};
    folders.insert(folders.end(), further.begin(), further.end());
    TRY_ASSIGN(auto loaded, parse::PackSet::load(std::span<const std::filesystem::path>(folders)));
    for (const auto& problem : loaded.problems) base::log::warning("device pack passed over", {{"problem", problem.to_string()}});
    return std::move(loaded.set);
}

Result<std::shared_ptr<const detect::RuleSet>> load_rules(const std::vector<std::filesystem::path>& folders,
                                                          const std::filesystem::path& cache) {
    detect::RuleSetOptions options;
    options.folders = folders;
    options.content = content_folder() / "sigma";
    options.cache = cache;
    TRY_ASSIGN(auto rules, detect::RuleSet::load(options));
    for (const auto& failure : rules->report().failures) {
        base::log::warning("rule passed over", {{"file", failure.file}, {"line", std::to_string(failure.line)}, {"error", failure.text}});
    }
    return rules;
}

std::shared_ptr<const sigma::ValueGroup> value_group(const asset::ResourceContent& content) {
    if (content.resource.kind == asset::ResourceKind::addresses) {
        std::vector<sigma::ValueGroup::Range> ranges;
        for (const asset::ResourceEntry& entry : content.entries) {
            if (const auto range = asset::address_range(entry.value)) ranges.push_back(*range);
        }
        return sigma::ValueGroup::of_addresses(std::move(ranges));
    }
    std::vector<std::string> values;
    for (const asset::ResourceEntry& entry : content.entries) values.push_back(entry.value);
    return sigma::ValueGroup::of_values(values);
}

Result<std::shared_ptr<const knowledge::KnowledgeBase>> load_knowledge(const std::filesystem::path& folder) {
    TRY_ASSIGN(auto loaded, knowledge::KnowledgeBase::load(folder));
    for (const auto& problem : loaded.problems) base::log::warning("event codes passed over", {{"problem", problem.to_string()}});
    return std::move(loaded.base);
}

}  // namespace shuwei::app
