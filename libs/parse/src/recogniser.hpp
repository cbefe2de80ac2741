// Which packs could understand a line: the literals and expressions of all packs in one Hyperscan pass. Immutable; each
// thread brings a RecogniserScratch.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compiled_pack.hpp"
#include "shuwei/base/result.hpp"

struct hs_database;
struct hs_scratch;

namespace shuwei::parse {

constexpr size_t kRecognisedBytes = 64 * 1024;  // of a message; what a device is shows early

class RecogniserScratch {
public:
    RecogniserScratch() = default;
    ~RecogniserScratch();
    RecogniserScratch(RecogniserScratch&& other) noexcept;
    RecogniserScratch& operator=(RecogniserScratch&& other) noexcept;

private:
    friend class Recogniser;
    hs_scratch* hyperscan_ = nullptr;
    std::vector<uint8_t> matched_;      // conditions met, by entry
    std::vector<uint32_t> touched_;     // entries with matched_ > 0
};

struct Candidate {
    uint16_t pack = 0;
    int priority = 0;
    uint32_t specificity = 0;  // bytes of literals that matched
};

class Recogniser {
public:
    struct Entry {
        uint16_t pack;
        Recognition recognition;
    };
    // A pattern that Hyperscan refuses is named by its entry's index.
    struct Refusal {
        size_t entry;
        std::string reason;
    };
    static tl::expected<std::unique_ptr<Recogniser>, Refusal> compile(const std::vector<Entry>& entries);
    // Whether the entry's expressions are usable at all; empty = yes.
    static std::string check(const Recognition& recognition);
    ~Recogniser();
    Recogniser(const Recogniser&) = delete;
    Recogniser& operator=(const Recogniser&) = delete;

    base::Result<> prepare(RecogniserScratch& scratch) const;

    // Packs that the program's name alone gives; best first.
    const std::vector<Candidate>* by_appname(std::string_view appname) const;
    // Packs whose conditions hold, best first, each once; at most `limit`.
    void recognise(std::string_view message, std::string_view appname, std::string_view msgid, RecogniserScratch& scratch,
                   std::vector<Candidate>& found, size_t limit) const;

private:
    Recogniser() = default;
    struct Rule {
        Candidate candidate;
        uint8_t needed = 0;
    };
    static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void* context);

    std::vector<Rule> rules_;
    std::vector<std::vector<uint32_t>> rules_of_atom_;  // pattern id -> rules
    StringMap<std::vector<uint32_t>> rules_of_appname_;
    StringMap<std::vector<uint32_t>> rules_of_msgid_;
    StringMap<std::vector<Candidate>> appname_alone_;
    hs_database* database_ = nullptr;
};

}  // namespace shuwei::parse
