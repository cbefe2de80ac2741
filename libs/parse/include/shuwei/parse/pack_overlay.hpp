// PackOverlay: the packs one tenant has made, compiled from their texts (pack.yaml) in milliseconds, to be laid over a base
// by PackSet::with_overlays. Immutable and shared. Stricter than files: at most kMaxOverlayPacks, and expressions that would
// take long to compile are refused.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "shuwei/parse/pack_set.hpp"

namespace shuwei::parse {

constexpr size_t kMaxOverlayPacks = 200;

class PackOverlay {
public:
    struct Compiled {
        std::shared_ptr<const PackOverlay> overlay;  // never null; without the packs named in problems
        std::vector<PackProblem> problems;           // `file` is the pack's place in `texts`, as a number from 0
    };
    // `include` in a text means the shared sections of `base`. Of two packs with one name the later wins.
    static Compiled compile(uint32_t tenant, std::span<const std::string> texts, const PackSet& base);

    PackOverlay(const PackOverlay&) = delete;
    PackOverlay& operator=(const PackOverlay&) = delete;
    ~PackOverlay();

    uint32_t tenant() const { return tenant_; }
    std::span<const PackInfo> packs() const { return infos_; }  // sorted by name; numbers count from 1 within the overlay

    const std::vector<std::shared_ptr<const CompiledPack>>& compiled() const { return packs_; }
    const Recogniser& recogniser() const { return *recogniser_; }

private:
    PackOverlay();
    uint32_t tenant_ = 0;
    std::vector<PackInfo> infos_;
    std::vector<std::shared_ptr<const CompiledPack>> packs_;
    std::shared_ptr<const Recogniser> recogniser_;
};

}  // namespace shuwei::parse
