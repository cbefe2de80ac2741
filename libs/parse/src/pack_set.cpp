#include "shuwei/parse/pack_set.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "pack_check_file.hpp"
#include "pack_compiler.hpp"
#include "recogniser.hpp"
#include "shuwei/parse/pack_overlay.hpp"

namespace shuwei::parse {

using base::fail;
using base::Result;
namespace fs = std::filesystem;

std::string_view to_string(Provenance provenance) {
    switch (provenance) {
        case Provenance::documented: return "documented";
        case Provenance::observed: return "observed";
        case Provenance::inferred: return "inferred";
    }
    return "inferred";
}

std::string PackProblem::to_string() const {
    return file.string() + (line > 0 ? ":" + std::to_string(line) : "") + ": " + reason;
}

namespace {
constexpr size_t kMostPacks = 65'000;
}

PackSet::PackSet() = default;
PackSet::~PackSet() = default;

namespace {

// Folders below `root` with a pack.yaml, in the order of their paths.
Result<std::vector<fs::path>> pack_folders(const fs::path& root) {
    std::vector<fs::path> folders;
    std::error_code error;
    fs::recursive_directory_iterator at(root, error);
    if (error) return fail(base::system_error(error.value(), "read " + root.string()));
    for (; at != fs::recursive_directory_iterator(); at.increment(error)) {
        if (error) return fail(base::system_error(error.value(), "read " + root.string()));
        if (at.depth() > 6) at.disable_recursion_pending();
        if (at->path().filename() == "pack.yaml") folders.push_back(at->path().parent_path());
    }
    std::sort(folders.begin(), folders.end());
    return folders;
}

// Reading YAML is most of loading, so every core does some of it.
std::vector<tl::expected<PackDefinition, PackProblem>> compile_all(const std::vector<std::pair<fs::path, fs::path>>& found) {
    std::vector<tl::expected<PackDefinition, PackProblem>> definitions(found.size());
    std::atomic<size_t> next{0};
    const auto work = [&] {
        for (size_t i = next++; i < found.size(); i = next++) {
            definitions[i] = compile_checked_pack(found[i].first, found[i].second);
            if (definitions[i]) definitions[i]->info.case_count = static_cast<uint32_t>(count_cases(found[i].first / "cases.yaml"));
        }
    };
    std::vector<std::jthread> helpers;
    const size_t threads = std::clamp<size_t>(std::thread::hardware_concurrency(), 1, 8);
    for (size_t i = 1; i < std::min(threads, found.size()); ++i) helpers.emplace_back(work);
    work();
    helpers.clear();
    return definitions;
}

}  // namespace

Result<PackSet::Loaded> PackSet::load(std::span<const fs::path> folders) {
    Loaded loaded;
    std::vector<std::pair<fs::path, fs::path>> found;  // folder of a pack, root
    for (const fs::path& root : folders) {
        TRY_ASSIGN(const std::vector<fs::path> below, pack_folders(root));
        for (const fs::path& folder : below) found.emplace_back(folder, root);
    }
    std::map<std::string, PackDefinition> by_name;  // names in order: the same packs get the same numbers
    for (tl::expected<PackDefinition, PackProblem>& definition : compile_all(found)) {
        if (definition) by_name.insert_or_assign(definition->info.name, std::move(*definition));
        else loaded.problems.push_back(definition.error());
    }
    std::shared_ptr<PackSet> set(new PackSet);
    if (!folders.empty()) set->include_folder_ = folders[0];
    std::vector<Recogniser::Entry> entries;
    for (auto& [name, definition] : by_name) {
        definition.info.number = static_cast<uint16_t>(set->infos_.size() + 1);
        for (Recognition& recognition : definition.recognitions) entries.push_back({definition.info.number, std::move(recognition)});
        set->infos_.push_back(std::move(definition.info));
        set->packs_.push_back(std::move(definition.compiled));
    }
    set->base_size_ = set->infos_.size();
    TRY_ASSIGN(set->recogniser_, Recogniser::compile(entries));
    loaded.set = std::move(set);
    return loaded;
}

Result<PackSet::Loaded> PackSet::load(const fs::path& folder) { return load(std::span(&folder, 1)); }

std::shared_ptr<const PackSet> PackSet::empty() { return load(std::span<const fs::path>{})->set; }

std::shared_ptr<const PackSet> PackSet::with_overlays(const std::shared_ptr<const PackSet>& set,
                                                      std::span<const std::shared_ptr<const PackOverlay>> overlays) {
    std::shared_ptr<PackSet> made(new PackSet);
    made->base_size_ = set->base_size_;
    made->infos_.assign(set->infos_.begin(), set->infos_.begin() + static_cast<ptrdiff_t>(set->base_size_));
    made->packs_.assign(set->packs_.begin(), set->packs_.begin() + static_cast<ptrdiff_t>(set->base_size_));
    made->recogniser_ = set->recogniser_;
    made->include_folder_ = set->include_folder_;
    made->overlays_.assign(overlays.begin(), overlays.end());
    std::erase_if(made->overlays_, [](const auto& overlay) { return overlay == nullptr; });
    std::sort(made->overlays_.begin(), made->overlays_.end(), [](const auto& a, const auto& b) { return a->tenant() < b->tenant(); });
    for (const std::shared_ptr<const PackOverlay>& overlay : made->overlays_) {
        if (made->infos_.size() + overlay->packs().size() >= kMostPacks) continue;  // numbers are 16 bits
        Layer layer{overlay, static_cast<uint16_t>(made->infos_.size()), {}};
        for (PackInfo info : overlay->packs()) {
            if (const uint16_t number = made->find(info.name)) layer.hidden.push_back(number);
            info.number = static_cast<uint16_t>(info.number + layer.offset);
            made->infos_.push_back(std::move(info));
        }
        made->packs_.insert(made->packs_.end(), overlay->compiled().begin(), overlay->compiled().end());
        std::sort(layer.hidden.begin(), layer.hidden.end());
        made->layers_.push_back(std::move(layer));
    }
    return made;
}

const PackSet::Layer* PackSet::layer(uint32_t tenant) const {
    if (layers_.empty() || tenant == 0) return nullptr;
    const auto found = std::lower_bound(layers_.begin(), layers_.end(), tenant,
                                        [](const Layer& layer, uint32_t wanted) { return layer.overlay->tenant() < wanted; });
    return found != layers_.end() && found->overlay->tenant() == tenant ? &*found : nullptr;
}

uint16_t PackSet::find(std::string_view name, uint32_t tenant) const {
    const auto find_in = [&](std::span<const PackInfo> sorted) {
        const auto found = std::lower_bound(sorted.begin(), sorted.end(), name, [](const PackInfo& info, std::string_view wanted) { return info.name < wanted; });
        return found != sorted.end() && found->name == name ? found->number : uint16_t{0};
    };
    const std::span<const PackInfo> all(infos_);
    if (const Layer* own = layer(tenant)) {
        if (const uint16_t number = find_in(all.subspan(own->offset, own->overlay->packs().size()))) return number;
    }
    return find_in(all.first(base_size_));
}

PackHealth PackSet::health(uint16_t number) const {
    const CompiledPack* pack = compiled(number);
    if (pack == nullptr) return {};
    return {pack->health.slow_lines.load(std::memory_order_relaxed), pack->health.set_aside.load(std::memory_order_relaxed)};
}

const PackInfo* PackSet::info(uint16_t number) const { return number >= 1 && number <= infos_.size() ? &infos_[number - 1u] : nullptr; }

std::string_view PackSet::name(uint16_t number) const {
    const PackInfo* found = info(number);
    return found != nullptr ? std::string_view(found->name) : std::string_view{};
}

const CompiledPack* PackSet::compiled(uint16_t number) const {
    return number >= 1 && number <= packs_.size() ? packs_[number - 1u].get() : nullptr;
}

}  // namespace shuwei::parse
