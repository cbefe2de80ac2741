// Which packs could understand a line. Every entry of every pack is woken by the rarest thing it asks for: the program's name,
// the message id, the beginning of the message, or a literal, all of which one Hyperscan pass looks for; only what is awake is
// checked in full. Immutable; each thread brings a RecogniserScratch.
#pragma once

#include <algorithm>
#include <array>
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

constexpr uint32_t kRecogniseSteps = 4'000;     // of backtracking for one expression

class RecogniserScratch {
public:
    RecogniserScratch() = default;
    ~RecogniserScratch();
    RecogniserScratch(RecogniserScratch&& other) noexcept;
    RecogniserScratch& operator=(RecogniserScratch&& other) noexcept;

private:
    friend class Recogniser;
    hs_scratch* hyperscan_ = nullptr;
    RegexScratch regex_{kRecogniseSteps};
    std::vector<uint32_t> woken_in_;    // by entry: the line in which it woke last
    uint32_t line_ = 0;
    // Of the line at hand:
    std::vector<uint32_t> awake_;       // entries, best first
    size_t next_ = 0;
    std::vector<uint16_t> given_;       // packs already given
    std::string_view message_;
    std::string_view msgid_;
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
    static base::Result<std::unique_ptr<Recogniser>> compile(const std::vector<Entry>& entries);
    // Whether the entry's expressions are usable at all; empty = yes.
    static std::string check(const Recognition& recognition);
    ~Recogniser();
    Recogniser(const Recogniser&) = delete;
    Recogniser& operator=(const Recogniser&) = delete;

    // Makes the scratch large enough for this recogniser; one scratch serves several.
    base::Result<> prepare(RecogniserScratch& scratch) const;

    // Packs that the program's name alone gives; best first.
    const std::vector<Candidate>* by_appname(std::string_view appname) const;

    // Begins a line; the texts must live until its last next().
    void start(std::string_view message, std::string_view appname, std::string_view msgid, RecogniserScratch& scratch) const;
    // The next best pack all of whose conditions hold, each once; nullptr when there are no more. Packs for which skip(pack) is
    // true are passed over; overran(pack) tells of expressions that ran into their limit.
    template <typename Skip, typename Overran>
    const Candidate* next(RecogniserScratch& scratch, Skip skip, Overran overran) const {
        while (scratch.next_ < scratch.awake_.size()) {
            const Rule& rule = rules_[scratch.awake_[scratch.next_++]];
            const uint16_t pack = rule.candidate.pack;
            if (std::find(scratch.given_.begin(), scratch.given_.end(), pack) != scratch.given_.end() || skip(pack)) continue;
            const bool fits = holds(rule, scratch);
            if (scratch.regex_.take_overruns() > 0) overran(pack);
            if (!fits) continue;
            scratch.given_.push_back(pack);
            return &rule.candidate;
        }
        return nullptr;
    }

private:
    Recogniser() = default;
    struct Rule {
        Candidate candidate;
        std::vector<std::string> msgids;    // any of; empty = no condition, or what wakes it
        std::vector<std::string> contains;  // all of, without the one that wakes it
        std::vector<std::string> starts;    // any of; empty = no condition, or what wakes it
        std::vector<uint16_t> regexes;      // all of
    };
    struct Start {
        std::string text;
        uint32_t rule;
    };
    static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void* context);
    static void wake(uint32_t rule, RecogniserScratch& scratch);
    bool holds(const Rule& rule, RecogniserScratch& scratch) const;

    std::vector<Rule> rules_;                              // best first
    std::vector<Regex> regexes_;
    std::vector<std::vector<uint32_t>> rules_of_literal_;  // literal id -> rules it wakes
    StringMap<std::vector<uint32_t>> rules_of_appname_;
    StringMap<std::vector<uint32_t>> rules_of_msgid_;
    std::array<std::vector<Start>, 256> starts_;           // by first byte
    std::array<std::vector<uint32_t>, 256> awake_at_;      // nothing in them can be looked for; by the message's first byte
    StringMap<std::vector<Candidate>> appname_alone_;
    hs_database* database_ = nullptr;
};

}  // namespace shuwei::parse
