#include <algorithm>

#include "content_hash.hpp"
#include "program_parts.hpp"
#include "shuwei/sigma/value_groups.hpp"
#include "shuwei/base/assert.hpp"
#include "value_tests.hpp"

namespace shuwei::sigma {

using event::Event;
using event::EventBatch;
using event::FieldValue;
using event::ValueKind;

namespace {

struct RoutingKeyHash {
    size_t operator()(const RoutingKey& key) const {
        return hash_text(reinterpret_cast<const char*>(key.data()), key.size() * sizeof(RoutingPair));
    }
};

// What events of one kind need.
struct Profile {
    std::vector<uint32_t> tables;
    std::vector<uint32_t> always;
};

constexpr size_t kKeptFoldBytes = size_t{1} << 20;  // an event that needed more gives it back

}  // namespace

struct Matcher::State {
    std::shared_ptr<const Program> program;
    const Program::Parts& parts;
    HsScratch scratch;
    Counters counters;

    std::unordered_map<RoutingKey, Profile, RoutingKeyHash> profiles;
    RoutingKey key;
    std::vector<uint32_t> pack_values;  // by pack number

    // Everything below is of the event at hand; what carries another generation is of an earlier one.
    uint32_t generation = 0;
    const EventBatch* batch = nullptr;
    const Event* event = nullptr;
    std::span<const FieldValue> values;
    struct SlotState {
        uint32_t generation = 0;
        uint32_t first = 0;  // index of the first value
        uint32_t count = 0;
        uint32_t rank = 0;
    };
    std::vector<SlotState> slots;
    std::vector<uint32_t> table_seen;    // generation: scanned
    std::vector<uint32_t> item_hit;      // generation: true
    std::shared_ptr<const ValueGroups> groups;
    std::vector<uint32_t> item_known;    // generation: its lazy tests were made
    std::vector<uint32_t> rule_seen;     // generation: is a candidate
    std::vector<uint32_t> candidates;
    struct Folded {
        uint32_t generation = 0;
        uint32_t offset = 0;
    };
    std::vector<Folded> folded;          // by value index; the raw line is behind the last value
    std::vector<char> fold_bytes;
    size_t fold_used = 0;

    explicit State(std::shared_ptr<const Program> shared) : program(std::move(shared)), parts(*program->parts_) {
        if (parts.scratch != nullptr) {
            hs_scratch_t* copy = nullptr;
            SHUWEI_ASSERT(hs_clone_scratch(parts.scratch.get(), &copy) == HS_SUCCESS);
            scratch.reset(copy);
        }
        slots.resize(parts.slots.size());
        table_seen.resize(parts.tables.size());
        item_hit.resize(parts.items.size());
        item_known.resize(parts.items.size());
        rule_seen.resize(parts.rules.size());
        folded.resize(event::kMaxFieldsPerEvent + 8);
        fold_bytes.resize(16 * 1024);
        key.reserve(kMaxRoutingPairs + 1);
    }

    void next_generation() {
        if (++generation != 0) return;
        for (auto& slot : slots) slot.generation = 0;
        for (auto* stamps : {&table_seen, &item_hit, &item_known, &rule_seen}) std::fill(stamps->begin(), stamps->end(), 0);
        for (auto& one : folded) one.generation = 0;
        generation = 1;
    }

    const Profile& profile() {
        if (const auto found = profiles.find(key); found != profiles.end()) return found->second;
        if (profiles.size() >= kMaxRoutingProfiles) profiles.clear();
        Profile made;
        for (const uint32_t partition : parts.router.evaluate(key)) {
            const Partition& one = parts.partitions[partition];
            made.tables.insert(made.tables.end(), one.tables.begin(), one.tables.end());
            made.always.insert(made.always.end(), one.always.begin(), one.always.end());
        }
        return profiles.emplace(key, std::move(made)).first->second;
    }

    void find_slots() {
        const size_t fields = parts.field_begin.size() - 1;
        for (uint32_t i = 0; i < values.size(); ++i) {
            const event::FieldId field = values[i].field;
            if (field >= fields) continue;
            for (uint32_t at = parts.field_begin[field]; at < parts.field_begin[field + 1]; ++at) {
                const SlotCandidate& candidate = parts.field_slots[at];
                SlotState& slot = slots[candidate.slot];
                if (slot.generation != generation || candidate.rank < slot.rank) {
                    slot = {generation, i, 1, candidate.rank};
                } else if (candidate.rank == slot.rank) {
                    ++slot.count;
                }
            }
        }
    }

    // Calls visit(index) for each value of the slot until it returns true. Keywords: all values, and the line behind
    // them; of a line that is a JSON object its values say everything.
    template <typename Visit>
    bool any_value(uint32_t slot_number, Visit&& visit) const {
        if (slot_number == kKeywordSlot) {
            for (uint32_t i = 0; i < values.size(); ++i) {
                if (visit(i)) return true;
            }
            const bool all_said = !values.empty() && event->raw.starts_with('{');
            return !all_said && !event->raw.empty() && visit(static_cast<uint32_t>(values.size()));
        }
        const SlotState& slot = slots[slot_number];
        if (slot.generation != generation) return false;
        if (slot.count == 1) return visit(slot.first);
        const event::FieldId field = values[slot.first].field;
        uint32_t left = slot.count;
        for (uint32_t i = slot.first; left > 0; ++i) {
            if (values[i].field != field) continue;
            if (visit(i)) return true;
            --left;
        }
        return false;
    }

    std::string_view text_of(uint32_t index) const {
        return index == values.size() ? event->raw : values[index].text();
    }
    bool is_null(uint32_t index) const { return index < values.size() && values[index].kind == ValueKind::null; }

    // The value folded; the view lives until the next call.
    std::string_view folded_text(uint32_t index) {
        const std::string_view text = text_of(index);
        Folded& one = folded[index];
        if (one.generation != generation) {
            if (fold_used + text.size() > fold_bytes.size()) fold_bytes.resize(std::max(fold_used + text.size(), fold_bytes.size() * 2));
            fold_case(text, fold_bytes.data() + fold_used);
            one = {generation, static_cast<uint32_t>(fold_used)};
            fold_used += text.size();
        }
        return {fold_bytes.data() + one.offset, text.size()};
    }

    void hit(uint32_t item) {
        if (item_hit[item] == generation) return;
        item_hit[item] = generation;
        const Item& one = parts.items[item];
        for (uint32_t i = one.first_rule; i < one.first_rule + one.rule_count; ++i) {
            const uint32_t rule = parts.cover_rules[i];
            if (rule_seen[rule] == generation) continue;
            rule_seen[rule] = generation;
            candidates.push_back(rule);
        }
    }

    void apply(const std::vector<Hit>& hits, std::string_view original, std::string_view lower) {
        for (const Hit& one : hits) {
            if (one.confirm == kNone) {
                hit(one.item);
            } else if (item_hit[one.item] != generation &&
                       parts.confirms[one.confirm].matches(parts.confirm_cased[one.confirm] != 0 ? original : lower)) {
                hit(one.item);
            }
        }
    }

    struct ScanContext {
        State* state;
        const StringTable* table;
        uint32_t index;  // of the value; kNone: all of them joined
    };
    static int on_literal(unsigned id, unsigned long long, unsigned long long, unsigned, void* context) {
        const auto& scan = *static_cast<ScanContext*>(context);
        scan.state->found_literal(*scan.table, id, scan.index);
        return 0;
    }
    static int on_expression(unsigned id, unsigned long long, unsigned long long, unsigned, void* context) {
        const auto& scan = *static_cast<ScanContext*>(context);
        scan.state->hit(scan.table->expressions[id].item);
        return 0;
    }
    static int on_any(unsigned, unsigned long long, unsigned long long, unsigned, void* context) {
        *static_cast<bool*>(context) = true;
        return 1;
    }

    void found_literal(const StringTable& table, uint32_t literal, uint32_t index) {
        const std::vector<Hit>& hits = table.literal_hits[literal];
        if (index != kNone) {
            apply(hits, text_of(index), folded_text(index));
            return;
        }
        for (const Hit& one : hits) {
            if (one.confirm == kNone) {
                hit(one.item);
                continue;
            }
            if (item_hit[one.item] == generation) continue;
            const Pattern& pattern = parts.confirms[one.confirm];
            const bool cased = parts.confirm_cased[one.confirm] != 0;
            const bool found = any_value(kKeywordSlot, [&](uint32_t value) {
                return !is_null(value) && pattern.matches(cased ? text_of(value) : folded_text(value));
            });
            if (found) hit(one.item);
        }
    }

    void scan_literals(const StringTable& table, std::string_view lower, uint32_t index) {
        if (lower.size() < table.shortest_literal) return;
        counters.bytes += lower.size();
        if (table.literal_database != nullptr) {
            ScanContext context{this, &table, index};
            hs_scan(table.literal_database.get(), lower.data(), static_cast<unsigned>(lower.size()), 0, scratch.get(), on_literal, &context);
        } else if (lower.find(table.literals[0]) != std::string_view::npos) {
            found_literal(table, 0, index);
        }
    }

    // Everything but substrings.
    void scan_whole(const StringTable& table, uint32_t index) {
        const std::string_view original = text_of(index);
        const std::string_view lower = folded_text(index);
        const auto found = [&](const AffixTable::Entry& entry) { apply(entry.hits, original, lower); };
        if (!table.whole.empty()) table.whole.find(lower, found);
        if (!table.prefixes.empty()) table.prefixes.find(lower, found);
        if (!table.suffixes.empty()) table.suffixes.find(lower, found);
        if (!table.others.empty()) apply(table.others, original, lower);
        if (table.expressions.empty()) return;
        counters.bytes += original.size();
        if (table.expression_database != nullptr) {
            ScanContext context{this, &table, index};
            hs_scan(table.expression_database.get(), original.data(), static_cast<unsigned>(original.size()), 0, scratch.get(), on_expression, &context);
            return;
        }
        for (const TableRegex& expression : table.expressions) {
            if (item_hit[expression.item] != generation && expression_matches(expression.expression, original)) hit(expression.item);
        }
    }

    // All values folded, one behind the other with a separator between them; the view lives as folded_text's do.
    std::string_view joined_values() {
        size_t size = 0;
        any_value(kKeywordSlot, [&](uint32_t index) {
            size += text_of(index).size() + 1;
            return false;
        });
        const size_t begin = fold_used;
        if (begin + size > fold_bytes.size()) fold_bytes.resize(std::max(begin + size, fold_bytes.size() * 2));
        any_value(kKeywordSlot, [&](uint32_t index) {
            if (is_null(index)) return false;
            const std::string_view text = text_of(index);
            fold_case(text, fold_bytes.data() + fold_used);
            folded[index] = {generation, static_cast<uint32_t>(fold_used)};
            fold_used += text.size();
            fold_bytes[fold_used++] = kValueSeparator;
            return false;
        });
        return {fold_bytes.data() + begin, fold_used - begin};
    }

    void scan_table(uint32_t number) {
        if (table_seen[number] == generation) return;
        table_seen[number] = generation;
        const StringTable& table = parts.tables[number];
        const bool joined = table.slot == kKeywordSlot && table.joinable;
        if (joined && !table.literals.empty()) scan_literals(table, joined_values(), kNone);
        const bool literals = !joined && !table.literals.empty();
        const bool others = table.strings() > table.literals.size() || !table.others.empty() || !table.expressions.empty();
        if (!literals && !others) return;
        any_value(table.slot, [&](uint32_t index) {
            if (is_null(index)) return false;
            if (others) scan_whole(table, index);
            if (literals) scan_literals(table, folded_text(index), index);
            return false;
        });
    }

    bool expression_matches(uint32_t number, std::string_view text) {
        const Expression& expression = parts.expressions[number];
        if (expression.pcre == nullptr) {
            bool found = false;
            hs_scan(expression.database.get(), text.data(), static_cast<unsigned>(text.size()), 0, scratch.get(), on_any, &found);
            return found;
        }
        const PcreRegex::Outcome outcome = expression.pcre->search(text);
        counters.limits += outcome == PcreRegex::Outcome::limit;
        return outcome == PcreRegex::Outcome::yes;
    }

    bool reference_holds(const LazyTest& lazy) {
        const bool cased = lazy.test->cased;
        return any_value(lazy.slot, [&](uint32_t index) {
            return any_value(lazy.other_slot, [&](uint32_t other) {
                if (is_null(index) || is_null(other)) return false;
                if (cased) return reference_matches(lazy.test->anchor, text_of(index), text_of(other));
                folded_text(index);
                const std::string_view right = folded_text(other);
                const std::string_view left = folded_text(index);  // the bytes may have moved meanwhile
                return reference_matches(lazy.test->anchor, left, right);
            });
        });
    }

    bool holds(const LazyTest& lazy) {
        switch (lazy.operation) {
            case Operation::exists: return (slots[lazy.slot].generation == generation) == lazy.test->flag;
            case Operation::null_value:
                return slots[lazy.slot].generation != generation || any_value(lazy.slot, [&](uint32_t index) { return is_null(index); });
            case Operation::regex:
                return any_value(lazy.slot, [&](uint32_t index) { return !is_null(index) && expression_matches(lazy.expression, text_of(index)); });
            case Operation::cidr:
                return any_value(lazy.slot, [&](uint32_t index) { return cidr_matches(*lazy.test, text_of(index)); });
            case Operation::compare:
                return any_value(lazy.slot, [&](uint32_t index) { return compare_matches(*lazy.test, text_of(index)); });
            case Operation::field_reference: return reference_holds(lazy);
            case Operation::group: return group_has(*lazy.test, lazy.slot);
            case Operation::pattern:
            case Operation::never: break;
        }
        return false;
    }

    bool group_has(const ValueTest& test, uint32_t slot) {
        const ValueGroup* group = groups == nullptr ? nullptr : groups->find(event->tenant, test.text);
        if (group == nullptr) return false;
        return any_value(slot, [&](uint32_t index) { return !is_null(index) && group->has(text_of(index), test.anchor); });
    }

    bool test(uint32_t number) {
        if (item_hit[number] == generation) return true;
        const Item& item = parts.items[number];
        if (item.table != kNone && table_seen[item.table] != generation) {
            scan_table(item.table);
            if (item_hit[number] == generation) return true;
        }
        if (item.lazy_count == 0 || item_known[number] == generation) return false;
        item_known[number] = generation;
        for (uint32_t i = item.first_lazy; i < item.first_lazy + item.lazy_count; ++i) {
            if (!holds(parts.lazy_tests[i])) continue;
            item_hit[number] = generation;
            return true;
        }
        return false;
    }

    bool evaluate(uint32_t rule) {
        ++counters.candidates;
        uint32_t at = parts.entry[rule];
        while (at < kReject) {
            const Instruction& instruction = parts.code[at];
            at = test(instruction.item) ? instruction.on_true : instruction.on_false;
        }
        return at == kAccept;
    }

    void match(const EventBatch& the_batch, const Event& the_event, std::vector<uint32_t>& rules) {
        ++counters.events;
        const uint32_t pack = the_event.pack < pack_values.size() ? pack_values[the_event.pack] : 0;
        parts.router.key_of(the_batch, the_event, pack, key);
        const Profile& kind = profile();
        if (kind.tables.empty() && kind.always.empty()) return;
        ++counters.routed;
        next_generation();
        batch = &the_batch;
        event = &the_event;
        values = the_batch.fields(the_event);
        if (folded.size() <= values.size()) folded.resize(values.size() + 8);
        fold_used = 0;
        candidates.clear();
        find_slots();
        for (const uint32_t table : kind.tables) scan_table(table);
        const size_t before = rules.size();
        for (const uint32_t rule : candidates) {
            if (evaluate(rule)) rules.push_back(rule);
        }
        for (const uint32_t rule : kind.always) {
            if (evaluate(rule)) rules.push_back(rule);
        }
        std::sort(rules.begin() + static_cast<ptrdiff_t>(before), rules.end());
        counters.matches += rules.size() - before;
        if (fold_bytes.size() > kKeptFoldBytes) {
            fold_bytes.resize(kKeptFoldBytes);
            fold_bytes.shrink_to_fit();
        }
    }
};

Matcher::Matcher(std::shared_ptr<const Program> program) : state_(std::make_unique<State>(std::move(program))) {}
Matcher::~Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;

const std::shared_ptr<const Program>& Matcher::program() const { return state_->program; }

void Matcher::set_pack_names(std::span<const std::string> names) {
    state_->pack_values.clear();
    for (const std::string& name : names) state_->pack_values.push_back(state_->parts.router.pack_value(name));
}

void Matcher::set_groups(std::shared_ptr<const ValueGroups> groups) { state_->groups = std::move(groups); }

void Matcher::match(const EventBatch& batch, const Event& event, std::vector<uint32_t>& rules) { state_->match(batch, event, rules); }

const Matcher::Counters& Matcher::counters() const { return state_->counters; }

}  // namespace shuwei::sigma
