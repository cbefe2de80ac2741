#include "compiled_pack.hpp"

#include <mutex>
#include <set>

namespace shuwei::parse {

std::string_view immortal(std::string_view text) {
    static std::mutex& mutex = *new std::mutex;
    static std::set<std::string, std::less<>>& texts = *new std::set<std::string, std::less<>>;
    const std::scoped_lock lock(mutex);
    const auto found = texts.find(text);
    return found != texts.end() ? *found : *texts.emplace(text).first;
}

std::pair<std::string, bool> CompiledPack::canonical(std::string_view name) const {
    if (const auto exact = renames.find(name); exact != renames.end()) return {exact->second, true};
    for (const PrefixRename& rename : prefix_renames) {
        const bool takes = rename.from.empty() ? name.find('.') == std::string_view::npos : name.starts_with(rename.from);
        if (!takes) continue;
        std::string_view rest = name.substr(rename.from.size());
        if (!rename.behind.empty()) {
            const size_t dot = rest.find('.');
            if (dot == std::string_view::npos || !rest.substr(dot).starts_with(rename.behind)) continue;
            rest.remove_prefix(dot + rename.behind.size());
        }
        return {rename.to + std::string(rest), true};
    }
    return {std::string(name), false};
}

bool CompiledPack::is_renamed_to(std::string_view name) const {
    for (const auto& [from, to] : renames) {
        if (to == name) return true;
    }
    for (const PrefixRename& rename : prefix_renames) {
        if (name.starts_with(rename.to)) return true;
    }
    return false;
}

}  // namespace shuwei::parse
