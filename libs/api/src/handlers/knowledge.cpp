// What event codes mean.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "context.hpp"
#include "knowledge_render.hpp"
#include "operations.hpp"
#include "render.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::api::handlers {

using nlohmann::json;

base::Result<net::HttpResponse> list_knowledge(Context& context) {
    const knowledge::KnowledgeBase& known = context.services().knowledge;
    const auto found = known.search({.family = context.text("family"), .type = context.text("type"), .code = context.text("code"), .text = context.text("q")});

    // The list is the same until the program starts anew, so the cursor is a position in it.
    size_t from = 0;
    if (context.has("cursor")) {
        const auto position = base::parse_uint(context.text("cursor"));
        if (!position) return base::fail(place_error("query.cursor", "is not a cursor of this list"));
        from = std::min<size_t>(*position, found.size());
    }
    const size_t until = std::min(found.size(), from + static_cast<size_t>(context.limit()));
    json items = json::array();
    for (size_t i = from; i < until; ++i) items.push_back(render(known, *found[i], known.conditions_of(*found[i])));

    json families = json::array();
    for (const knowledge::Family& family : known.families()) {
        families.push_back({{"name", family.name}, {"title_zh", family.title.zh}, {"title_en", family.title.en}, {"entries", family.entries}});
    }
    json types = json::array();
    for (const knowledge::Type& type : known.types()) {
        const auto entries = std::ranges::count_if(known.entries(), [&](const knowledge::Entry& entry) { return &known.type_of(entry) == &type; });
        types.push_back({{"name", type.name}, {"title_zh", type.title.zh}, {"title_en", type.title.en}, {"entries", entries}});
    }
    json out = {{"items", std::move(items)}, {"total", found.size()}, {"families", std::move(families)}, {"types", std::move(types)}};
    if (until < found.size()) out["next_cursor"] = std::to_string(until);
    return reply(out);
}

}  // namespace shuwei::api::handlers
