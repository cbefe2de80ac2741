#include "shuwei/parse/pack_set.hpp"

#include <algorithm>
#include <map>

#include "pack_check_file.hpp"
#include "pack_compiler.hpp"
#include "recogniser.hpp"
#include "shuwei/base/file.hpp"

namespace shuwei::parse {

using base::ErrorCode;
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

}  // namespace

Result<PackSet::Loaded> PackSet::load(std::span<const fs::path> folders) {
    Loaded loaded;
    std::map<std::string, PackDefinition> by_name;  // names in order: the same packs get the same numbers
    for (const fs::path& root : folders) {
        TRY_ASSIGN(const std::vector<fs::path> found, pack_folders(root));
        for (const fs::path& folder : found) {
            auto definition = compile_pack(folder, root);
            std::string refused;
            int line = 0;
            if (definition) {
                for (const Recognition& recognition : definition->recognitions) {
                    refused = Recogniser::check(recognition);
                    line = recognition.line;
                    if (!refused.empty()) break;
                }
                if (refused.empty()) {
                    by_name.insert_or_assign(definition->info.name, std::move(*definition));
                    continue;
                }
                loaded.problems.push_back({folder / "pack.yaml", line, refused});
            } else {
                loaded.problems.push_back(definition.error());
            }
        }
    }
    std::shared_ptr<PackSet> set(new PackSet);
    while (true) {  // once, unless a pattern turns out unusable only together with the others
        std::vector<Recogniser::Entry> entries;
        std::vector<const PackDefinition*> owners;
        uint16_t number = 0;
        for (auto& [name, definition] : by_name) {
            definition.info.number = ++number;
            for (const Recognition& recognition : definition.recognitions) {
                entries.push_back({number, recognition});
                owners.push_back(&definition);
            }
        }
        auto recogniser = Recogniser::compile(entries);
        if (recogniser) {
            set->recogniser_ = std::move(*recogniser);
            break;
        }
        if (recogniser.error().entry >= owners.size()) {
            return fail(ErrorCode::internal, "the recogniser of all packs cannot be compiled: " + recogniser.error().reason);
        }
        const PackDefinition& owner = *owners[recogniser.error().entry];
        loaded.problems.push_back({owner.file, entries[recogniser.error().entry].recognition.line, recogniser.error().reason});
        by_name.erase(owner.info.name);
    }
    for (auto& [name, definition] : by_name) {
        definition.info.case_count = static_cast<uint32_t>(count_cases(definition.info.folder / "cases.yaml"));
        set->infos_.push_back(std::move(definition.info));
        set->packs_.push_back(std::move(definition.compiled));
    }
    loaded.set = std::move(set);
    return loaded;
}

Result<PackSet::Loaded> PackSet::load(const fs::path& folder) { return load(std::span(&folder, 1)); }

std::shared_ptr<const PackSet> PackSet::empty() { return load(std::span<const fs::path>{})->set; }

uint16_t PackSet::find(std::string_view name) const {
    const auto found = std::lower_bound(infos_.begin(), infos_.end(), name, [](const PackInfo& info, std::string_view wanted) { return info.name < wanted; });
    return found != infos_.end() && found->name == name ? found->number : uint16_t{0};
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
