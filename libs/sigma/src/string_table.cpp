#include "string_table.hpp"

#include <algorithm>

#include "pattern_variants.hpp"

namespace shuwei::sigma {

uint64_t AffixTable::key_of(std::string_view text) const {
    if (side_ == Side::whole) return hash_text(text);
    uint64_t hash = kSeed;
    const size_t size = std::min<size_t>(text.size(), kMaxKey);
    for (size_t i = 0; i < size; ++i) hash = extend(hash, side_ == Side::prefix ? text[i] : text[text.size() - 1 - i]);
    return hash;
}

void AffixTable::add(const std::string& text, Hit hit) {
    const auto [at, fresh] = index_.emplace(text, static_cast<uint32_t>(entries_.size()));
    if (fresh) entries_.push_back({text, kNone, {}});
    std::vector<Hit>& hits = entries_[at->second].hits;
    for (const Hit& one : hits) {
        if (one.item == hit.item && one.confirm == hit.confirm) return;
    }
    hits.push_back(hit);
}

void AffixTable::finish() {
    index_ = {};
    size_t capacity = 4;
    while (capacity < entries_.size() * 2) capacity *= 2;
    cells_.assign(capacity, {});
    mask_ = capacity - 1;
    for (uint32_t i = 0; i < entries_.size(); ++i) {
        const std::string& text = entries_[i].text;
        if (side_ == Side::whole) {
            if (text.size() < 64) {
                lengths_ |= uint64_t{1} << text.size();
            } else {
                long_ = true;
            }
        } else if (text.empty()) {
            has_empty_ = true;
            continue;
        } else {
            const auto length = static_cast<uint32_t>(std::min<size_t>(text.size(), kMaxKey));
            lengths_ |= uint64_t{1} << length;
            longest_ = std::max(longest_, length);
        }
        uint64_t hash = key_of(text);
        hash ^= hash >> 29;
        const auto tag = static_cast<uint32_t>(hash >> 32);
        for (size_t slot = hash & mask_;; slot = (slot + 1) & mask_) {
            Cell& cell = cells_[slot];
            if (cell.entry == kNone) {
                cell = {tag, i};
                break;
            }
            // The same key: chained. (Another key with the same tag in the chain does no harm: texts are compared.)
            if (cell.tag == tag) {
                entries_[i].next = cell.entry;
                cell.entry = i;
                break;
            }
        }
    }
}

size_t AffixTable::bytes() const {
    size_t bytes = cells_.size() * sizeof(Cell);
    for (const Entry& entry : entries_) bytes += sizeof entry + entry.text.size() + entry.hits.size() * sizeof(Hit);
    return bytes;
}

PatternPlan plan_pattern(const Pattern& pattern, bool cased) {
    using Kind = PatternPart::Kind;
    PatternPlan plan;
    const auto& parts = pattern.parts;
    if (parts.empty()) {
        plan.kind = PatternPlan::Kind::whole;
        return plan;
    }
    if (parts.size() == 1 && parts[0].kind == Kind::any) return plan;  // matches whatever is there
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < parts.size(); ++i) {
        if (parts[i].kind != Kind::literal) continue;
        if (best == SIZE_MAX || parts[i].text.size() > parts[best].text.size()) best = i;
    }
    plan.confirm = true;
    if (best == SIZE_MAX) return plan;
    plan.literal = fold_case(parts[best].text);
    const bool first = best == 0;
    const bool last = best + 1 == parts.size();
    plan.kind = first && last ? PatternPlan::Kind::whole
                : first       ? PatternPlan::Kind::prefix
                : last        ? PatternPlan::Kind::suffix
                              : PatternPlan::Kind::substring;
    const size_t wildcards = parts.size() - 1;
    const bool simple = wildcards == (first ? 0U : 1U) + (last ? 0U : 1U) &&
                        std::all_of(parts.begin(), parts.end(), [](const PatternPart& part) { return part.kind == Kind::literal || part.kind == Kind::any; });
    plan.confirm = cased || !simple;
    return plan;
}

std::vector<Pattern> spell_few_dashes(const Pattern& pattern) {
    const auto dashes = std::count_if(pattern.parts.begin(), pattern.parts.end(),
                                      [](const PatternPart& part) { return part.kind == PatternPart::Kind::dash; });
    if (dashes == 0 || dashes > 2) return {pattern};
    return spell_dashes(pattern);
}

}  // namespace shuwei::sigma
