// PackSet: all active device packs, compiled together. Immutable and shared: a worker holds it through a
// shared_ptr and is given a new one between batches. The pack format is docs/formats/device-pack.md.
//
// A set is a base, the same for everybody, and on top of it for some tenants an overlay of their own packs. Each overlay is
// compiled by itself (PackOverlay), so that one tenant's change costs neither the base nor the others anything. Only lines
// of its tenant see an overlay: its packs are tried first, and one named like a pack of the base stands in its place.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shuwei/base/result.hpp"

namespace shuwei::parse {

enum class Provenance : uint8_t { documented, observed, inferred };
std::string_view to_string(Provenance provenance);

struct PackInfo {
    uint16_t number = 0;          // 1 .. size(), valid within its set only; the name is what is kept
    uint32_t tenant = 0;          // whose pack it is; 0 = everybody's
    std::string name;             // "cisco-asa"
    std::string version = "1";    // as the pack states it
    std::string vendor;           // "Cisco"
    std::string product;          // "ASA"
    std::string device_type;      // observer.type: firewall, ids, host, database …
    std::string title_zh;
    std::string title_en;
    Provenance provenance = Provenance::inferred;
    std::vector<std::string> references;
    std::filesystem::path folder;
    uint32_t case_count = 0;      // sample lines in cases.yaml
    uint32_t message_count = 0;   // forms of messages it knows
};

// Why a pack was passed over. `line` and `column` count from 1; 0 = the whole file.
struct PackProblem {
    std::filesystem::path file;
    int line = 0;
    std::string reason;
    int column = 0;
    std::string to_string() const;  // "packs/x/pack.yaml:12: …"
};

// How a pack does in the running stream. A tenant's pack whose lines cost far too much, again and again, is set aside: it is
// tried no more until it is compiled anew, and lines go on to the other packs. A pack of the base is only reported: its cost
// is bounded, and a flood of lines made for it must not blind everybody to a kind of device.
struct PackHealth {
    uint64_t slow_lines = 0;   // found over the budget; not every line is measured
    bool set_aside = false;
};

class CompiledPack;  // src/
class PackOverlay;
class Recogniser;    // src/

class PackSet {
public:
    struct Loaded {
        std::shared_ptr<const PackSet> set;   // never null
        std::vector<PackProblem> problems;    // the packs named here are not in the set
    };
    // Every folder below the given ones that has a pack.yaml, compiled; where a name occurs twice the later folder's
    // pack wins. Fails only when a folder cannot be read or nothing at all can be compiled into one recogniser.
    static base::Result<Loaded> load(std::span<const std::filesystem::path> folders);
    static base::Result<Loaded> load(const std::filesystem::path& folder);
    // The base of `set` with these overlays in place of those it has, at most one a tenant; microseconds. The packs of the
    // base keep their numbers.
    static std::shared_ptr<const PackSet> with_overlays(const std::shared_ptr<const PackSet>& set,
                                                        std::span<const std::shared_ptr<const PackOverlay>> overlays);
    // A set without packs: every line stays unrecognised.
    static std::shared_ptr<const PackSet> empty();

    PackSet(const PackSet&) = delete;
    PackSet& operator=(const PackSet&) = delete;
    ~PackSet();

    size_t size() const { return infos_.size(); }
    // The number of the pack that `tenant` knows as `name`, or 0.
    uint16_t find(std::string_view name, uint32_t tenant = 0) const;
    // Facts about pack `number`; nullptr for 0 and numbers out of range.
    const PackInfo* info(uint16_t number) const;
    // Its name; empty for 0 and numbers out of range.
    std::string_view name(uint16_t number) const;
    // All of them, the base first; whoever shows them to a tenant looks at PackInfo::tenant.
    std::span<const PackInfo> packs() const { return infos_; }
    PackHealth health(uint16_t number) const;
    const std::vector<std::shared_ptr<const PackOverlay>>& overlays() const { return overlays_; }

    // For Parser: an overlay as a part of this set.
    struct Layer {
        std::shared_ptr<const PackOverlay> overlay;
        uint16_t offset = 0;            // its pack number n has the number offset + n here
        std::vector<uint16_t> hidden;   // packs of the base that it stands in for; sorted
    };
    const Layer* layer(uint32_t tenant) const;  // nullptr: the tenant has only the base
    const CompiledPack* compiled(uint16_t number) const;
    const Recogniser& recogniser() const { return *recogniser_; }  // of the base
    const std::filesystem::path& include_folder() const { return include_folder_; }

private:
    PackSet();
    size_t base_size_ = 0;
    std::vector<PackInfo> infos_;  // index = number - 1; the base's sorted by name
    std::vector<std::shared_ptr<const CompiledPack>> packs_;
    std::shared_ptr<const Recogniser> recogniser_;
    std::vector<std::shared_ptr<const PackOverlay>> overlays_;  // sorted by tenant, as layers_
    std::vector<Layer> layers_;
    std::filesystem::path include_folder_;
};

}  // namespace shuwei::parse
