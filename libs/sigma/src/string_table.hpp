// All patterns of one field within one log source: whole values, prefixes and suffixes in hash tables, substrings and
// expressions in Hyperscan databases, the little that is left in a list. Built once, immutable afterwards.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "content_hash.hpp"
#include "regex.hpp"
#include "shuwei/sigma/pattern.hpp"

namespace shuwei::sigma {

constexpr uint32_t kNone = 0xffffffff;
constexpr char kValueSeparator = '\x1f';  // between the values of an event where keywords are looked for in all at once

// What to do when a string is found: mark `item`, after the whole pattern `confirm` has matched, too (kNone: at once).
struct Hit {
    uint32_t item = 0;
    uint32_t confirm = kNone;
};

// Hash table from strings to runs of hits. Keys longer than kMaxKey are found by their outer kMaxKey bytes.
class AffixTable {
public:
    enum class Side : uint8_t { whole, prefix, suffix };
    static constexpr uint32_t kMaxKey = 32;

    struct Entry {
        std::string text;
        uint32_t next = kNone;  // another entry under the same key
        std::vector<Hit> hits;
    };

    explicit AffixTable(Side side) : side_(side) {}
    void add(const std::string& text, Hit hit);
    void finish();
    bool empty() const { return entries_.empty(); }
    size_t size() const { return entries_.size(); }
    size_t bytes() const;

    // Calls found(entry) for each entry that is the whole text, or its beginning, or its end.
    template <typename Found>
    void find(std::string_view text, Found&& found) const {
        if (side_ == Side::whole) {
            if (text.size() < 64 ? (lengths_ >> text.size() & 1) == 0 : !long_) return;
            visit(hash_text(text), text, found);
            return;
        }
        if (has_empty_) visit_empty(found);
        const auto longest = static_cast<uint32_t>(std::min<size_t>(text.size(), longest_));
        if (longest == 0) return;
        uint64_t hash = kSeed;
        const char* at = side_ == Side::prefix ? text.data() : text.data() + text.size() - 1;
        const ptrdiff_t step = side_ == Side::prefix ? 1 : -1;
        for (uint32_t length = 1; length <= longest; ++length, at += step) {
            hash = extend(hash, *at);
            if (lengths_ >> length & 1) visit(hash, text, found);
        }
    }

private:
    static constexpr uint64_t kSeed = 0x9E3779B97F4A7C15ULL;
    static uint64_t extend(uint64_t hash, char c) { return (hash ^ static_cast<uint8_t>(c)) * 0xD6E8FEB86659FD93ULL; }
    uint64_t key_of(std::string_view text) const;
    bool fits(const Entry& entry, std::string_view text) const {
        switch (side_) {
            case Side::whole: return text == entry.text;
            case Side::prefix: return text.starts_with(entry.text);
            case Side::suffix: return text.ends_with(entry.text);
        }
        return false;
    }
    template <typename Found>
    void visit(uint64_t hash, std::string_view text, Found&& found) const {
        hash ^= hash >> 29;
        for (size_t slot = hash & mask_;; slot = (slot + 1) & mask_) {
            const Cell& cell = cells_[slot];
            if (cell.entry == kNone) return;
            if (cell.tag != static_cast<uint32_t>(hash >> 32)) continue;
            for (uint32_t i = cell.entry; i != kNone; i = entries_[i].next) {
                if (fits(entries_[i], text)) found(entries_[i]);
            }
        }
    }
    template <typename Found>
    void visit_empty(Found&& found) const {
        for (const Entry& entry : entries_) {
            if (entry.text.empty()) found(entry);
        }
    }

    struct Cell {
        uint32_t tag = 0;
        uint32_t entry = kNone;
    };
    Side side_;
    bool long_ = false;
    bool has_empty_ = false;
    uint32_t longest_ = 0;
    uint64_t lengths_ = 0;
    size_t mask_ = 0;
    std::vector<Cell> cells_;
    std::vector<Entry> entries_;
    std::unordered_map<std::string, uint32_t> index_;  // while building
};

struct TableRegex {
    std::string text;
    RegexFlags flags;
    uint32_t item = 0;
    uint32_t expression = 0;  // by itself: number into Parts::expressions
};

struct StringTable {
    uint32_t slot = 0;
    AffixTable whole{AffixTable::Side::whole};
    AffixTable prefixes{AffixTable::Side::prefix};
    AffixTable suffixes{AffixTable::Side::suffix};
    // Substrings: literal i of `literals` (folded) has hits literal_hits[i].
    std::vector<std::string> literals;
    std::vector<std::vector<Hit>> literal_hits;
    HsDatabase literal_database;   // null when there are few enough to look for one by one
    size_t shortest_literal = 0;
    bool joinable = true;          // no literal holds kValueSeparator: values may be scanned in one go
    // Patterns without any literal, and `*`.
    std::vector<Hit> others;
    // Expressions that some rule depends on; the number in the database is the index. Without a database (one only, or
    // they do not go together) they are looked for one by one.
    std::vector<TableRegex> expressions;
    HsDatabase expression_database;

    size_t strings() const { return whole.size() + prefixes.size() + suffixes.size() + literals.size(); }
};

// Where a pattern is looked up, by the part of it that is most telling.
struct PatternPlan {
    enum class Kind : uint8_t { whole, prefix, suffix, substring, other } kind = Kind::other;
    std::string literal;   // folded
    bool confirm = false;  // finding the literal is not enough
};
PatternPlan plan_pattern(const Pattern& pattern, bool cased);

// A pattern with every combination of its dashes, when these are few; else as it is.
std::vector<Pattern> spell_few_dashes(const Pattern& pattern);

}  // namespace shuwei::sigma
