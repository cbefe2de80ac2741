#include "shuwei/parse/pack_overlay.hpp"

#include <map>

#include "pack_compiler.hpp"
#include "recogniser.hpp"

namespace shuwei::parse {

PackOverlay::PackOverlay() = default;
PackOverlay::~PackOverlay() = default;

PackOverlay::Compiled PackOverlay::compile(uint32_t tenant, std::span<const std::string> texts, const PackSet& base) {
    Compiled compiled;
    std::map<std::string, PackDefinition> by_name;
    for (size_t i = 0; i < texts.size(); ++i) {
        const std::filesystem::path place = std::to_string(i);
        if (i >= kMaxOverlayPacks) {
            compiled.problems.push_back({place, 0, "more than " + std::to_string(kMaxOverlayPacks) + " own packs"});
            continue;
        }
        auto definition = compile_checked_pack_text(texts[i], place, base.include_folder());
        if (definition) by_name.insert_or_assign(definition->info.name, std::move(*definition));
        else compiled.problems.push_back(definition.error());
    }
    std::shared_ptr<PackOverlay> overlay(new PackOverlay);
    overlay->tenant_ = tenant;
    std::vector<Recogniser::Entry> entries;
    for (auto& [name, definition] : by_name) {
        definition.info.number = static_cast<uint16_t>(overlay->infos_.size() + 1);
        definition.info.tenant = tenant;
        definition.info.folder.clear();
        for (Recognition& recognition : definition.recognitions) entries.push_back({definition.info.number, std::move(recognition)});
        overlay->infos_.push_back(std::move(definition.info));
        overlay->packs_.push_back(std::move(definition.compiled));
    }
    auto recogniser = Recogniser::compile(entries);
    if (!recogniser) {  // memory only: what can be wrong with one pack has been seen
        compiled.problems.push_back({{}, 0, recogniser.error().to_string()});
        recogniser = Recogniser::compile({});
    }
    overlay->recogniser_ = std::move(*recogniser);
    compiled.overlay = std::move(overlay);
    return compiled;
}

}  // namespace shuwei::parse
