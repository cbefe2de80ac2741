#include "shuwei/intake/pack_shelf.hpp"

#include <fmt/format.h>

#include <charconv>

#include "shuwei/base/log.hpp"

namespace shuwei::intake {

namespace {

std::string place_of(const parse::PackProblem& problem) {
    return problem.line > 0 ? fmt::format("line {}: {}", problem.line, problem.reason) : problem.reason;
}

}  // namespace

std::shared_ptr<const parse::PackSet> PackShelf::compile(const std::shared_ptr<const parse::PackSet>& base, std::span<const LivePack> live,
                                                         std::span<const TenantNumber> tenants) {
    if (base != base_) layers_.clear();
    base_ = base;
    std::map<TenantNumber, Layer> layers;
    for (const TenantNumber tenant : tenants) {
        std::vector<const LivePack*> packs;
        // Of two packs with one name the later wins: the tenant's own.
        for (const LivePack& pack : live) {
            if (pack.reach == PackReach::everyone && pack.tenant != tenant) packs.push_back(&pack);
        }
        for (const LivePack& pack : live) {
            if (pack.tenant == tenant) packs.push_back(&pack);
        }
        if (packs.empty()) continue;
        Layer layer;
        for (const LivePack* pack : packs) layer.made_of.emplace_back(pack->id, pack->version);
        if (const auto before = layers_.find(tenant); before != layers_.end() && before->second.made_of == layer.made_of) {
            layers.emplace(tenant, std::move(before->second));
            continue;
        }
        std::vector<std::string> texts;
        for (const LivePack* pack : packs) texts.push_back(pack->text);
        auto compiled = parse::PackOverlay::compile(tenant, texts, *base);
        layer.overlay = std::move(compiled.overlay);
        for (const parse::PackProblem& problem : compiled.problems) {
            const std::string number = problem.file.string();
            size_t index = packs.size();
            std::from_chars(number.data(), number.data() + number.size(), index);
            if (index >= packs.size()) continue;
            const std::string reason = place_of(problem);
            base::log::warning("a client's device pack passed over", {{"pack", packs[index]->name}, {"problem", reason}});
            layer.problems.emplace(packs[index]->id, reason);
        }
        layers.emplace(tenant, std::move(layer));
    }
    layers_ = std::move(layers);
    std::vector<std::shared_ptr<const parse::PackOverlay>> overlays;
    std::map<int64_t, std::string> problems;
    for (const auto& [tenant, layer] : layers_) {
        overlays.push_back(layer.overlay);
        problems.insert(layer.problems.begin(), layer.problems.end());
    }
    {
        const std::scoped_lock lock(mutex_);
        problems_ = std::move(problems);
    }
    return parse::PackSet::with_overlays(base, overlays);
}

std::string PackShelf::problem(int64_t id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = problems_.find(id);
    return found == problems_.end() ? std::string() : found->second;
}

}  // namespace shuwei::intake
