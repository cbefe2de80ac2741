// Loading what is data: device packs and rules, the shipped ones and the user's. What cannot be loaded is reported on
// stderr and passed over.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "shuwei/asset/resource_store.hpp"
#include "shuwei/base/result.hpp"
#include "shuwei/detect/rule_set.hpp"
#include "shuwei/knowledge/knowledge_base.hpp"
#include "shuwei/parse/pack_set.hpp"
#include "shuwei/sigma/value_groups.hpp"

namespace shuwei::app {

// content/packs and the further folders.
base::Result<std::shared_ptr<const parse::PackSet>> load_packs(const std::vector<std::filesystem::path>& further);

// The given rule folders; `cache` empty: no cache of the compiled program.
base::Result<std::shared_ptr<const detect::RuleSet>> load_rules(const std::vector<std::filesystem::path>& folders,
                                                                const std::filesystem::path& cache);

// A resource as rules ask it.
std::shared_ptr<const sigma::ValueGroup> value_group(const asset::ResourceContent& content);

// What event codes mean.
base::Result<std::shared_ptr<const knowledge::KnowledgeBase>> load_knowledge(const std::filesystem::path& folder);

}  // namespace shuwei::app
