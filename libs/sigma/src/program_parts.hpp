// What a compiled program consists of. Built by the compiler, read by matchers and explain; immutable afterwards.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "regex.hpp"
#include "router.hpp"
#include "shuwei/sigma/program.hpp"
#include "shuwei/sigma/rule.hpp"
#include "string_table.hpp"

namespace shuwei::sigma {

// A slot is a place a rule's field is looked up in: its candidates in order, the first that the event has counts.
// Slot 0 stands for keywords: the raw line and every value.
constexpr uint32_t kKeywordSlot = 0;

struct SlotCandidate {
    uint32_t slot = 0;
    uint32_t rank = 0;  // 0 is looked at first
};

// A test that no table answers; made only when a rule gets that far.
struct LazyTest {
    Operation operation = Operation::never;
    uint32_t slot = 0;
    uint32_t other_slot = 0;      // of a field reference
    uint32_t expression = kNone;  // number into Parts::expressions
    const ValueTest* test = nullptr;  // of the rule, which the program keeps alive
};

// One distinct field test within a partition: true when its table found one of its strings, or a lazy test holds.
struct Item {
    uint32_t table = kNone;
    uint32_t first_lazy = 0;
    uint32_t lazy_count = 0;
    uint32_t first_rule = 0;  // rules that become candidates when this item is hit: into Parts::cover_rules
    uint32_t rule_count = 0;
};

// Rules are decision programs: test an item, go on where that says.
struct Instruction {
    uint32_t item = 0;
    uint32_t on_true = 0;
    uint32_t on_false = 0;
};
constexpr uint32_t kAccept = 0xffffffff;
constexpr uint32_t kReject = 0xfffffffe;

// An expression that is looked for only when a rule asks.
struct Expression {
    HsDatabase database;
    std::unique_ptr<PcreRegex> pcre;  // when Hyperscan cannot
};

// All rules with one predicate over events.
struct Partition {
    std::vector<uint32_t> tables;  // to be scanned for every event, since their items make candidates
    std::vector<uint32_t> always;  // rules without a necessary item
};

// Log source and field of a rule as one key.
inline std::string slot_name(const LogSource& source, std::string_view field) {
    return source.product + '\n' + source.category + '\n' + source.service + '\n' + std::string(field);
}

struct Program::Parts {
    std::vector<std::shared_ptr<const DetectionRule>> rules;
    ProgramStats stats;
    Router router;                              // predicate number = partition number
    std::vector<Partition> partitions;
    std::vector<std::vector<event::FieldId>> slots;
    std::unordered_map<std::string, uint32_t> slot_by_name;  // slot_name() -> slot
    std::vector<uint32_t> field_begin;          // by FieldId: first of its SlotCandidates; one past the last field
    std::vector<SlotCandidate> field_slots;
    std::vector<StringTable> tables;
    std::vector<Item> items;
    std::vector<LazyTest> lazy_tests;
    std::vector<Expression> expressions;
    std::vector<Pattern> confirms;              // whole patterns, folded unless cased
    std::vector<char> confirm_cased;
    std::vector<uint32_t> cover_rules;
    std::vector<Instruction> code;
    std::vector<uint32_t> entry;                // by rule: its first instruction, or kAccept / kReject
    HsScratch scratch;                          // the prototype, large enough for every database
};

}  // namespace shuwei::sigma
