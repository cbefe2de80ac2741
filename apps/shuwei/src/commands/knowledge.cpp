#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "content.hpp"
#include "exit_code.hpp"
#include "home.hpp"
#include "output.hpp"

namespace shuwei::app {

int run_knowledge_check(const KnowledgeCheckOptions& options) {
    const auto loaded = knowledge::KnowledgeBase::load(options.folder.empty() ? content_folder() / "knowledge" : options.folder);
    if (!loaded) return report(loaded.error());
    for (const auto& problem : loaded->problems) std::fprintf(stderr, "%s\n", problem.to_string().c_str());
    std::vector<nlohmann::ordered_json> rows;
    for (const knowledge::Family& family : loaded->base->families()) {
        rows.push_back({{"family", family.name}, {"title", family.title.zh}, {"codes", family.entries}, {"topics", family.topics.size()}});
    }
    print_rows(rows, options.output);
    return loaded->problems.empty() ? kFine : kFindings;
}

int run_knowledge_search(const KnowledgeSearchOptions& options) {
    const auto known = load_knowledge(content_folder() / "knowledge");
    if (!known) return report(known.error());
    std::vector<nlohmann::ordered_json> rows;
    for (const knowledge::Entry* entry : (*known)->search({.family = options.family, .type = {}, .code = {}, .text = options.text})) {
        rows.push_back({{"family", (*known)->families()[entry->family].name},
                        {"code", entry->code},
                        {"symbol", entry->symbol},
                        {"type", (*known)->type_of(*entry).title.zh},
                        {"severity", entry->severity},
                        {"name", entry->name.zh},
                        {"name_en", entry->name.en},
                        {"meaning", entry->meaning.zh},
                        {"meaning_en", entry->meaning.en},
                        {"look", (*known)->topic_of(*entry).look.zh},
                        {"look_en", (*known)->topic_of(*entry).look.en}});
    }
    const bool for_people = options.output == OutputFormat::table;
    print_rows(rows, options.output, for_people ? std::vector<std::string>{"family", "code", "symbol", "type", "severity", "name", "name_en"} : std::vector<std::string>{});
    return kFine;
}

}  // namespace shuwei::app
