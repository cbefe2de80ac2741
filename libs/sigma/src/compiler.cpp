#include "compiler.hpp"

#include <algorithm>
#include <cstdio>

#include "serialise.hpp"
#include "shuwei/base/assert.hpp"
#include "shuwei/sigma/compiled_cache.hpp"
#include "shuwei/sigma/field_map.hpp"
#include "shuwei/sigma/log_source_map.hpp"

namespace shuwei::sigma {

using base::Result;

Result<> Compiler::run() {
    parts_.slots.emplace_back();  // kKeywordSlot
    make_partitions();
    for (uint32_t i = 0; i < parts_.rules.size(); ++i) {
        const DetectionRule& rule = *parts_.rules[i];
        partition_ = partition_of_rule_[i];
        conditions_.push_back(node_of_condition(rule, rule.condition, false));
        count_popularity(conditions_.back(), i);
    }
    TRY(build_expressions());
    judge_items();
    choose_covers();
    build_tables();
    for (Node& condition : conditions_) {
        order(condition);
        parts_.entry.push_back(emit(condition, kAccept, kReject));
    }
    build_slots();
    TRY(build_databases());
    ProgramStats& stats = parts_.stats;
    stats.rules = parts_.rules.size();
    stats.partitions = parts_.partitions.size();
    stats.items = parts_.items.size();
    for (const Partition& partition : parts_.partitions) stats.always += partition.always.size();
    stats.bytes += parts_.code.size() * sizeof(Instruction) + parts_.items.size() * sizeof(Item);
    return {};
}

void Compiler::make_partitions() {
    std::map<std::string, uint32_t> known;
    for (const auto& rule : parts_.rules) {
        const LogSource& source = rule->info->log_source;
        const auto [at, fresh] = known.emplace(source.to_string(), 0);
        if (fresh) {
            bool mapped = false;
            at->second = parts_.router.add(sources_.predicate(source, mapped));
        }
        partition_of_rule_.push_back(at->second);
    }
    parts_.router.finish();
    parts_.partitions.resize(parts_.router.size());
}

uint32_t Compiler::slot_of(const LogSource& source, const std::string& field) {
    if (field.empty()) return kKeywordSlot;
    const auto [at, fresh] = parts_.slot_by_name.emplace(slot_name(source, field), 0);
    if (!fresh) return at->second;
    std::vector<event::FieldId> candidates = fields_.candidates(source, field);
    const auto [slot, made] = slots_.emplace(std::move(candidates), static_cast<uint32_t>(parts_.slots.size()));
    if (made) parts_.slots.push_back(slot->first);
    at->second = slot->second;
    return at->second;
}

Compiler::Node Compiler::node_of_condition(const DetectionRule& rule, const Condition& condition, bool negated) {
    Node node;
    switch (condition.kind) {
        case Condition::Kind::negation: return node_of_condition(rule, condition.children[0], !negated);
        case Condition::Kind::selection:
            return node_of_detection(rule, rule.selections[condition.selection].detection, negated);
        case Condition::Kind::all:
        case Condition::Kind::any:
            node.kind = (condition.kind == Condition::Kind::all) != negated ? Node::Kind::all : Node::Kind::any;
            break;
        case Condition::Kind::at_least:
            node.kind = Node::Kind::at_least;
            // not (at least m of n) = at least n-m+1 of the negations
            node.minimum = negated ? static_cast<uint32_t>(condition.children.size()) - condition.minimum + 1 : condition.minimum;
            break;
    }
    for (const Condition& child : condition.children) node.children.push_back(node_of_condition(rule, child, negated));
    return node;
}

Compiler::Node Compiler::node_of_detection(const DetectionRule& rule, const Detection& detection, bool negated) {
    if (detection.kind == Detection::Kind::test) return node_of_test(rule, detection.test, negated);
    Node node;
    node.kind = (detection.kind == Detection::Kind::all) != negated ? Node::Kind::all : Node::Kind::any;
    for (const Detection& child : detection.children) node.children.push_back(node_of_detection(rule, child, negated));
    return node;
}

Compiler::Node Compiler::node_of_test(const DetectionRule& rule, const FieldTest& test, bool negated) {
    negated = negated != test.negated;
    std::vector<const ValueTest*> values;
    if (!test.all) {
        for (const auto& alternatives : test.values) {
            for (const ValueTest& value : alternatives) values.push_back(&value);
        }
        return item_node(rule, test, values, negated);
    }
    Node node;
    node.kind = negated ? Node::Kind::any : Node::Kind::all;
    for (const auto& alternatives : test.values) {
        values.clear();
        for (const ValueTest& value : alternatives) values.push_back(&value);
        node.children.push_back(item_node(rule, test, values, negated));
    }
    return node;
}

Compiler::Node Compiler::item_node(const DetectionRule& rule, const FieldTest& test, const std::vector<const ValueTest*>& values, bool negated) {
    const uint32_t slot = slot_of(rule.info->log_source, test.field);
    ByteWriter key;
    for (const ValueTest* value : values) members(key, *value);
    ContentHasher hasher;
    hasher.add(partition_).add(slot).add(key.out);
    for (const ValueTest* value : values) {
        if (value->operation == Operation::field_reference) hasher.add(slot_of(rule.info->log_source, value->text));
    }
    const auto [at, fresh] = items_.emplace(hasher.finish(), static_cast<uint32_t>(parts_.items.size()));
    if (fresh) {
        parts_.items.emplace_back();
        drafts_.emplace_back().slot = slot;
        item_partition_.push_back(partition_);
        plan_values(at->second, values, rule);
    }
    Node node;
    node.kind = Node::Kind::item;
    node.item = at->second;
    node.negated = negated;
    return node;
}

void Compiler::plan_values(uint32_t number, const std::vector<const ValueTest*>& values, const DetectionRule& rule) {
    ItemDraft& draft = drafts_[number];
    Item& item = parts_.items[number];
    item.first_lazy = static_cast<uint32_t>(parts_.lazy_tests.size());
    const auto add_lazy = [&](const ValueTest& value) {
        LazyTest lazy;
        lazy.operation = value.operation;
        lazy.slot = draft.slot;
        lazy.test = &value;
        if (value.operation == Operation::field_reference) lazy.other_slot = slot_of(rule.info->log_source, value.text);
        if (value.operation == Operation::regex) lazy.expression = expression_of(value);
        parts_.lazy_tests.push_back(lazy);
        ++item.lazy_count;
    };
    for (const ValueTest* value : values) {
        switch (value->operation) {
            case Operation::pattern:
                for (const Pattern& pattern : spell_few_dashes(value->pattern)) {
                    PatternPlan plan = plan_pattern(pattern, value->cased);
                    const uint32_t confirm = plan.confirm ? confirm_of(pattern, value->cased) : kNone;
                    draft.plans.emplace_back(std::move(plan), confirm);
                }
                break;
            case Operation::regex:
                draft.expressions.push_back(value);
                add_lazy(*value);
                break;
            case Operation::never: break;
            default:
                draft.coverable = false;
                add_lazy(*value);
                break;
        }
    }
}

uint32_t Compiler::confirm_of(const Pattern& pattern, bool cased) {
    Pattern kept = cased ? pattern : pattern.folded();
    ByteWriter key;
    members(key, kept);
    const auto [at, fresh] = confirms_.emplace(ContentHasher().add(cased).add(key.out).finish(), static_cast<uint32_t>(parts_.confirms.size()));
    if (fresh) {
        parts_.confirms.push_back(std::move(kept));
        parts_.confirm_cased.push_back(cased);
    }
    return at->second;
}

uint32_t Compiler::expression_of(const ValueTest& test) {
    const ContentHash key = ContentHasher().add(test.text).add(hs_flags(test.regex)).finish();
    const auto [at, fresh] = expressions_.emplace(key, static_cast<uint32_t>(parts_.expressions.size()));
    if (fresh) {
        parts_.expressions.emplace_back();
        expression_tests_.push_back(&test);
    }
    return at->second;
}

namespace {
// One string looked for in one slot of one partition.
ContentHash string_key(uint32_t partition, uint32_t slot, const PatternPlan& plan) {
    return ContentHasher().add(partition).add(slot).add(static_cast<uint64_t>(plan.kind)).add(plan.literal).finish();
}
}  // namespace

// In how many rules of its partition each string stands: what many rules ask for tells little.
void Compiler::count_popularity(const Node& node, uint32_t rule) {
    for (const Node& child : node.children) count_popularity(child, rule);
    if (node.kind != Node::Kind::item || node.negated) return;
    const ItemDraft& draft = drafts_[node.item];
    for (const auto& [plan, confirm] : draft.plans) {
        auto& [rules, last] = popularity_[string_key(partition_, draft.slot, plan)];
        if (rules == 0 || last != rule) ++rules;
        last = rule;
    }
}

void Compiler::judge_items() {
    const event::FieldId event_ids = event::intern_field("winlog.event_id");
    for (size_t i = 0; i < drafts_.size(); ++i) {
        ItemDraft& draft = drafts_[i];
        const auto& candidates = parts_.slots[draft.slot];
        const bool tells_kinds = !candidates.empty() && candidates[0] == event_ids;
        for (const auto& [plan, confirm] : draft.plans) {
            const double rules = std::max<uint32_t>(1, popularity_[string_key(item_partition_[i], draft.slot, plan)].first);
            const size_t length = plan.literal.size();
            const double short_ones = length >= 7 ? 1 : length >= 5 ? 2 : length >= 4 ? 4 : length >= 3 ? 10 : 40;
            switch (plan.kind) {
                case PatternPlan::Kind::whole: draft.cost += tells_kinds ? 0.001 : 0.5 * rules; break;
                case PatternPlan::Kind::prefix:
                case PatternPlan::Kind::suffix: draft.cost += rules * short_ones; break;
                case PatternPlan::Kind::substring: draft.cost += 2 * rules * short_ones; break;
                case PatternPlan::Kind::other: draft.cost += 10'000; break;
            }
        }
        draft.cost += 200.0 * static_cast<double>(draft.expressions.size());
        if (draft.slot == kKeywordSlot) draft.cost += 1;
        const Item& item = parts_.items[i];
        for (uint32_t lazy = item.first_lazy; lazy < item.first_lazy + item.lazy_count; ++lazy) {
            const uint32_t expression = parts_.lazy_tests[lazy].expression;
            if (expression != kNone && parts_.expressions[expression].pcre != nullptr) draft.coverable = false;
        }
    }
}

// A set of items of which at least one is true whenever the node is.
Compiler::Cover Compiler::cover_of(const Node& node) const {
    Cover cover;
    switch (node.kind) {
        case Node::Kind::constant:
            cover.possible = !node.value;
            return cover;
        case Node::Kind::item:
            if (node.negated || !drafts_[node.item].coverable) return cover;
            return {true, drafts_[node.item].cost, {node.item}};
        case Node::Kind::all:
            for (const Node& child : node.children) {
                Cover one = cover_of(child);
                if (one.possible && (!cover.possible || one.cost < cover.cost)) cover = std::move(one);
            }
            return cover;
        case Node::Kind::any:
        case Node::Kind::at_least: {
            std::vector<Cover> covers;
            for (const Node& child : node.children) covers.push_back(cover_of(child));
            size_t needed = covers.size();  // if m of n are true, then one of any n-m+1
            if (node.kind == Node::Kind::at_least) needed = covers.size() - node.minimum + 1;
            std::sort(covers.begin(), covers.end(), [](const Cover& a, const Cover& b) {
                return a.possible != b.possible ? a.possible : a.cost < b.cost;
            });
            cover.possible = needed > 0;
            for (size_t i = 0; i < needed; ++i) {
                if (!covers[i].possible) return {};
                cover.cost += covers[i].cost;
                cover.items.insert(cover.items.end(), covers[i].items.begin(), covers[i].items.end());
            }
            return cover;
        }
    }
    return cover;
}

void Compiler::choose_covers() {
    rules_of_item_.resize(parts_.items.size());
    for (uint32_t rule = 0; rule < conditions_.size(); ++rule) {
        const Cover cover = cover_of(conditions_[rule]);
        if (!cover.possible) {
            parts_.partitions[partition_of_rule_[rule]].always.push_back(rule);
            continue;
        }
        for (const uint32_t item : cover.items) {
            drafts_[item].eager = true;
            auto& rules = rules_of_item_[item];
            if (rules.empty() || rules.back() != rule) rules.push_back(rule);
        }
    }
    for (size_t i = 0; i < parts_.items.size(); ++i) {
        parts_.items[i].first_rule = static_cast<uint32_t>(parts_.cover_rules.size());
        parts_.items[i].rule_count = static_cast<uint32_t>(rules_of_item_[i].size());
        parts_.cover_rules.insert(parts_.cover_rules.end(), rules_of_item_[i].begin(), rules_of_item_[i].end());
    }
}

void Compiler::build_tables() {
    std::map<std::pair<uint32_t, uint32_t>, uint32_t> known;  // partition, slot -> table
    std::vector<std::unordered_map<std::string, uint32_t>> literal_numbers;
    std::vector<char> eager;
    for (uint32_t number = 0; number < drafts_.size(); ++number) {
        ItemDraft& draft = drafts_[number];
        Item& item = parts_.items[number];
        const bool expressions = draft.eager && !draft.expressions.empty();
        if (draft.plans.empty() && !expressions) continue;
        const auto [at, fresh] = known.emplace(std::pair{item_partition_[number], draft.slot}, static_cast<uint32_t>(parts_.tables.size()));
        if (fresh) {
            parts_.tables.emplace_back().slot = draft.slot;
            literal_numbers.emplace_back();
            eager.push_back(0);
        }
        const uint32_t table_number = at->second;
        StringTable& table = parts_.tables[table_number];
        item.table = table_number;
        for (const auto& [plan, confirm] : draft.plans) {
            const Hit hit{number, confirm};
            switch (plan.kind) {
                case PatternPlan::Kind::whole: table.whole.add(plan.literal, hit); break;
                case PatternPlan::Kind::prefix: table.prefixes.add(plan.literal, hit); break;
                case PatternPlan::Kind::suffix: table.suffixes.add(plan.literal, hit); break;
                case PatternPlan::Kind::other: table.others.push_back(hit); break;
                case PatternPlan::Kind::substring: {
                    const auto [literal, made] = literal_numbers[table_number].emplace(plan.literal, static_cast<uint32_t>(table.literals.size()));
                    if (made) {
                        table.literals.push_back(plan.literal);
                        table.literal_hits.emplace_back();
                    }
                    auto& hits = table.literal_hits[literal->second];
                    const bool there = std::any_of(hits.begin(), hits.end(), [&](const Hit& one) { return one.item == hit.item && one.confirm == hit.confirm; });
                    if (!there) hits.push_back(hit);
                    break;
                }
            }
        }
        if (expressions) {
            for (const ValueTest* value : draft.expressions) {
                table.expressions.push_back({value->text, value->regex, number, expression_of(*value)});
            }
            item.lazy_count = 0;  // all of them expressions, found with the table now
        }
        if (draft.eager && eager[table_number] == 0) {
            eager[table_number] = 1;
            parts_.partitions[item_partition_[number]].tables.push_back(table_number);
        }
    }
    for (StringTable& table : parts_.tables) {
        table.whole.finish();
        table.prefixes.finish();
        table.suffixes.finish();
        parts_.stats.literals += table.strings();
        parts_.stats.bytes += table.whole.bytes() + table.prefixes.bytes() + table.suffixes.bytes();
    }
}

// 0: known already when a rule is evaluated; then what costs more and more.
int Compiler::effort_of(const Node& node) const {
    if (node.kind == Node::Kind::constant) return 0;
    if (node.kind == Node::Kind::item) {
        const ItemDraft& draft = drafts_[node.item];
        if (!draft.expressions.empty()) return 6;
        const Item& item = parts_.items[node.item];
        if (item.table == kNone) return 1;
        const StringTable& table = parts_.tables[item.table];
        const auto& eager = parts_.partitions[item_partition_[node.item]].tables;
        if (std::find(eager.begin(), eager.end(), item.table) != eager.end()) return 0;
        return table.slot == kKeywordSlot ? 5 : table.literals.empty() ? 2 : 3;
    }
    int effort = 0;
    for (const Node& child : node.children) effort = std::max(effort, effort_of(child));
    return effort;
}

void Compiler::order(Node& node) const {
    for (Node& child : node.children) order(child);
    if (node.kind != Node::Kind::all && node.kind != Node::Kind::any) return;
    std::stable_sort(node.children.begin(), node.children.end(), [this](const Node& a, const Node& b) { return effort_of(a) < effort_of(b); });
}

// Written back to front, so that where to go on is known.
uint32_t Compiler::emit(const Node& node, uint32_t on_true, uint32_t on_false) {
    switch (node.kind) {
        case Node::Kind::constant: return node.value ? on_true : on_false;
        case Node::Kind::item:
            parts_.code.push_back({node.item, node.negated ? on_false : on_true, node.negated ? on_true : on_false});
            return static_cast<uint32_t>(parts_.code.size() - 1);
        case Node::Kind::all: {
            uint32_t next = on_true;
            for (size_t i = node.children.size(); i-- > 0;) next = emit(node.children[i], next, on_false);
            return next;
        }
        case Node::Kind::any: {
            uint32_t next = on_false;
            for (size_t i = node.children.size(); i-- > 0;) next = emit(node.children[i], on_true, next);
            return next;
        }
        case Node::Kind::at_least: return emit_at_least(node, on_true, on_false);
    }
    return on_false;
}

// State (i, m): children i.. are left and m of them must still be true.
uint32_t Compiler::emit_at_least(const Node& node, uint32_t on_true, uint32_t on_false) {
    const size_t count = node.children.size();
    std::vector<uint32_t> next(node.minimum + 1, on_false);  // states behind the last child
    next[0] = on_true;
    for (size_t i = count; i-- > 0;) {
        std::vector<uint32_t> now(node.minimum + 1, on_false);
        now[0] = on_true;
        for (uint32_t missing = 1; missing <= node.minimum; ++missing) {
            if (missing > count - i || node.minimum - missing > i) continue;  // cannot come true, or cannot come about
            now[missing] = emit(node.children[i], next[missing - 1], next[missing]);
        }
        next = std::move(now);
    }
    return next[node.minimum];
}

void Compiler::build_slots() {
    std::vector<std::vector<SlotCandidate>> by_field;
    for (uint32_t slot = 1; slot < parts_.slots.size(); ++slot) {
        for (uint32_t rank = 0; rank < parts_.slots[slot].size(); ++rank) {
            const event::FieldId field = parts_.slots[slot][rank];
            if (by_field.size() <= field) by_field.resize(size_t{field} + 1);
            by_field[field].push_back({slot, rank});
        }
    }
    for (const auto& slots : by_field) {
        parts_.field_begin.push_back(static_cast<uint32_t>(parts_.field_slots.size()));
        parts_.field_slots.insert(parts_.field_slots.end(), slots.begin(), slots.end());
    }
    parts_.field_begin.push_back(static_cast<uint32_t>(parts_.field_slots.size()));
}

}  // namespace shuwei::sigma
