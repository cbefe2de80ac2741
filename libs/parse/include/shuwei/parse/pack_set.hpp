// PackSet: all active device packs, compiled together. Immutable and shared: a worker holds it through a
// shared_ptr and is given a new one between batches. The pack format is docs/formats/device-pack.md.
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

// Why a pack was passed over. `line` counts from 1; 0 = the whole file.
struct PackProblem {
    std::filesystem::path file;
    int line = 0;
    std::string reason;
    std::string to_string() const;  // "packs/x/pack.yaml:12: …"
};

class CompiledPack;  // src/
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
    // A set without packs: every line stays unrecognised.
    static std::shared_ptr<const PackSet> empty();

    PackSet(const PackSet&) = delete;
    PackSet& operator=(const PackSet&) = delete;
    ~PackSet();

    size_t size() const { return infos_.size(); }
    // The number of the pack called `name`, or 0.
    uint16_t find(std::string_view name) const;
    // Facts about pack `number`; nullptr for 0 and numbers out of range.
    const PackInfo* info(uint16_t number) const;
    // Its name; empty for 0 and numbers out of range.
    std::string_view name(uint16_t number) const;
    std::span<const PackInfo> packs() const { return infos_; }

    const CompiledPack* compiled(uint16_t number) const;  // for Parser
    const Recogniser& recogniser() const { return *recogniser_; }

private:
    PackSet();
    std::vector<PackInfo> infos_;  // index = number - 1
    std::vector<std::unique_ptr<CompiledPack>> packs_;
    std::unique_ptr<Recogniser> recogniser_;
};

}  // namespace shuwei::parse
