// Entries of the knowledge base as KnowledgeEntry of the contract.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "shuwei/knowledge/knowledge_base.hpp"

namespace shuwei::api {

nlohmann::json render(const knowledge::KnowledgeBase& base, const knowledge::Entry& entry, const std::vector<knowledge::Condition>& conditions);

// What the codes of a stored event (one flat object) mean.
nlohmann::json explain(const knowledge::KnowledgeBase& base, const nlohmann::json& event);

}  // namespace shuwei::api
