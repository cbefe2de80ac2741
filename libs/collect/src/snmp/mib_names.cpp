#include "mib_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "mib_table.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::collect {

namespace fs = std::filesystem;

namespace {

constexpr size_t kMaxFile = 8 << 20;
constexpr size_t kMaxFiles = 2'000;
constexpr int kMaxTypeDepth = 8;
constexpr int kMaxPasses = 64;  // a definition may stand before its parent's

// Sorted, so that the same files give the same names.
std::vector<fs::path> files_in(const fs::path& folder, const std::vector<std::string_view>& extensions, std::vector<std::string>& remarks) {
    std::vector<fs::path> files;
    if (folder.empty()) return files;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        std::error_code ignored;
        if (!at->is_regular_file(ignored)) continue;
        const std::string extension = base::to_ascii_lower(at->path().extension().string());
        if (std::find(extensions.begin(), extensions.end(), extension) != extensions.end()) files.push_back(at->path());
    }
    if (error) remarks.push_back(folder.string() + ": " + error.message());
    std::sort(files.begin(), files.end());
    if (files.size() > kMaxFiles) {
        remarks.push_back(fmt::format("{}: {} files, the first {} are read", folder.string(), files.size(), kMaxFiles));
        files.resize(kMaxFiles);
    }
    return files;
}

using Reader = base::Result<std::vector<MibModule>> (*)(std::string_view text);

size_t read_folder(const fs::path& folder, const std::vector<std::string_view>& extensions, Reader reader, std::vector<MibModule>& modules,
                   std::vector<std::string>& remarks) {
    size_t read = 0;
    for (const auto& file : files_in(folder, extensions, remarks)) {
        auto text = base::read_file(file, kMaxFile);
        auto found = text ? reader(*text) : base::Result<std::vector<MibModule>>(base::fail(text.error()));
        if (!found) {
            remarks.push_back(found.error().at(file.filename().string()).to_string());
            continue;
        }
        ++read;
        for (auto& module : *found) modules.push_back(std::move(module));
    }
    return read;
}

class Numbering {
public:
    explicit Numbering(const std::vector<MibModule>& modules) : modules_(modules) {
        for (const auto& module : modules) {
            for (const auto& [name, syntax] : module.types) types_[name].push_back({&module, &syntax});
        }
    }

    // Number after number until nothing more is found.
    void run(std::map<Oid, MibObject>& objects, std::vector<std::string>& remarks) {
        std::vector<std::pair<const MibModule*, const MibDefinition*>> waiting;
        for (const auto& module : modules_) {
            for (const auto& definition : module.definitions) waiting.emplace_back(&module, &definition);
        }
        for (int pass = 0; pass < kMaxPasses && !waiting.empty(); ++pass) {
            const size_t before = waiting.size();
            std::erase_if(waiting, [&](const auto& entry) { return place(*entry.first, *entry.second, objects); });
            if (waiting.size() == before) break;
        }
        std::map<std::string, size_t> orphans;
        for (const auto& [module, definition] : waiting) ++orphans[module->name];
        for (const auto& [module, count] : orphans) remarks.push_back(fmt::format("{}: {} names whose parents nobody defines", module, count));
    }

private:
    struct Placed {
        const MibModule* module;
        Oid oid;
    };
    struct Typed {
        const MibModule* module;
        const MibSyntax* syntax;
    };

    // What a module means by a name: its own, what it imports, else the first of that name.
    template <typename Entry>
    static const Entry* meant(const std::unordered_map<std::string, std::vector<Entry>>& all, const MibModule& module, const std::string& name) {
        const auto found = all.find(name);
        if (found == all.end()) return nullptr;
        const auto import = module.imports.find(name);
        const Entry* imported = nullptr;
        for (const Entry& entry : found->second) {
            if (entry.module->name == module.name) return &entry;
            if (imported == nullptr && import != module.imports.end() && entry.module->name == import->second) imported = &entry;
        }
        return imported != nullptr ? imported : &found->second.front();
    }

    bool place(const MibModule& module, const MibDefinition& definition, std::map<Oid, MibObject>& objects) {
        Oid oid;
        if (!definition.parent.empty()) {
            const Placed* parent = meant(placed_, module, definition.parent);
            if (parent == nullptr) return false;
            oid = parent->oid;
        }
        oid.insert(oid.end(), definition.arcs.begin(), definition.arcs.end());
        if (oid.size() > kMaxArcs) return false;
        placed_[definition.name].push_back({&module, oid});
        MibObject object = look_of(module, definition);
        const auto [at, fresh] = objects.emplace(std::move(oid), object);
        // Later files know better, but a bare node says less than an object.
        if (!fresh && object.kind != MibKind::node) at->second = std::move(object);
        return true;
    }

    MibObject look_of(const MibModule& module, const MibDefinition& definition) const {
        MibObject object{definition.name, module.name, definition.kind, false, definition.syntax.hint, definition.syntax.values};
        std::string type = definition.syntax.type;
        const MibModule* where = &module;
        for (int depth = 0; depth < kMaxTypeDepth && !type.empty(); ++depth) {
            if (type == "BITS") object.bits = true;
            const Typed* found = meant(types_, *where, type);
            if (found == nullptr) break;
            if (object.hint.empty()) object.hint = found->syntax->hint;
            if (object.values.empty()) object.values = found->syntax->values;
            where = found->module;
            type = found->syntax->type;
        }
        return object;
    }

    const std::vector<MibModule>& modules_;
    std::unordered_map<std::string, std::vector<Placed>> placed_;
    std::unordered_map<std::string, std::vector<Typed>> types_;
};

}  // namespace

MibNames::Loaded MibNames::load(const fs::path& content, const std::vector<fs::path>& mib_folders) {
    std::vector<MibModule> modules;
    std::vector<std::string> remarks;
    read_folder(content, {".yaml"}, read_mib_table, modules, remarks);
    size_t files = 0;
    for (const auto& folder : mib_folders) files += read_folder(folder, {".mib", ".txt", ".my"}, read_mib_file, modules, remarks);
    Loaded loaded = build(std::move(modules));
    loaded.files = files;
    loaded.unreadable = std::move(remarks);
    return loaded;
}

MibNames::Loaded MibNames::build(std::vector<MibModule> modules) {
    // Where everything begins (X.660).
    modules.insert(modules.begin(), {.name = "", .imports = {}, .types = {}, .definitions = {{.name = "ccitt", .arcs = {0}}, {.name = "iso", .arcs = {1}}}});
    Loaded loaded;
    Numbering(modules).run(loaded.names.objects_, loaded.orphans);
    return loaded;
}

MibNames::Found MibNames::find(const Oid& oid) const {
    Oid beginning = oid;
    while (!beginning.empty()) {
        auto at = objects_.upper_bound(beginning);
        if (at == objects_.begin()) return {};
        --at;
        if (starts_with(beginning, at->first)) return {&at->second, at->first.size()};
        const auto [here, there] = std::mismatch(beginning.begin(), beginning.end(), at->first.begin(), at->first.end());
        beginning.resize(static_cast<size_t>(here - beginning.begin()));
    }
    return {};
}

std::string MibNames::name_of(const Oid& oid) const {
    const Found found = find(oid);
    if (found.object == nullptr) return to_string(oid);
    std::string name = found.object->name;
    for (size_t i = found.arcs; i < oid.size(); ++i) name += '.' + std::to_string(oid[i]);
    return name;
}

}  // namespace shuwei::collect
