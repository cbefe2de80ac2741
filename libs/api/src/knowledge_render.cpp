#include "knowledge_render.hpp"

#include <nlohmann/json.hpp>

namespace shuwei::api {

using nlohmann::json;

json render(const knowledge::KnowledgeBase& base, const knowledge::Entry& entry, const std::vector<knowledge::Condition>& conditions) {
    const knowledge::Family& family = base.families()[entry.family];
    const knowledge::Type& type = base.type_of(entry);
    const knowledge::Topic& topic = base.topic_of(entry);
    json out = {{"family", family.name},
                {"family_zh", family.title.zh},
                {"family_en", family.title.en},
                {"explains", family.explains == knowledge::Explains::event ? "event" : "value"},
                {"code", entry.code},
                {"type", type.name},
                {"type_zh", type.title.zh},
                {"type_en", type.title.en},
                {"severity", entry.severity},
                {"name_zh", entry.name.zh},
                {"name_en", entry.name.en},
                {"look_zh", topic.look.zh},
                {"look_en", topic.look.en},
                {"conditions", json::array()}};
    if (!entry.symbol.empty()) out["symbol"] = entry.symbol;
    if (!entry.meaning.zh.empty()) {
        out["meaning_zh"] = entry.meaning.zh;
        out["meaning_en"] = entry.meaning.en;
    }
    for (const knowledge::Condition& condition : conditions) out["conditions"].push_back({{"field", condition.field}, {"values", condition.values}});
    return out;
}

json explain(const knowledge::KnowledgeBase& base, const json& event) {
    json out = json::array();
    if (!event.is_object()) return out;
    const auto read = [&](std::string_view field) -> std::optional<std::string> {
        const auto found = event.find(field);
        if (found == event.end()) return std::nullopt;
        if (found->is_string()) return found->get<std::string>();
        if (found->is_number_integer()) return found->dump();
        return std::nullopt;
    };
    for (const auto& explanation : base.explain(read)) out.push_back(render(base, *explanation.entry, explanation.conditions));
    return out;
}

}  // namespace shuwei::api
