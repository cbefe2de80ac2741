// Syntax trees to a program. Used once, by Program::compile.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "content_hash.hpp"
#include "program_parts.hpp"

namespace shuwei::sigma {

struct HsJob;

class Compiler {
public:
    Compiler(Program::Parts& parts, const LogSourceMap& sources, const FieldMap& fields, CompiledCache* cache)
        : parts_(parts), sources_(sources), fields_(fields), cache_(cache) {}

    base::Result<> run();

private:
    // The condition with selections put in and negations pushed down to the items.
    struct Node {
        enum class Kind : uint8_t { all, any, at_least, item, constant };
        Kind kind = Kind::all;
        bool negated = false;  // of an item
        bool value = false;    // of a constant
        uint32_t item = 0;
        uint32_t minimum = 0;
        std::vector<Node> children;
    };
    // While compiling: which strings an item looks for, to judge how telling it is.
    struct ItemDraft {
        uint32_t slot = 0;
        bool coverable = true;  // only strings and expressions
        std::vector<std::pair<PatternPlan, uint32_t>> plans;  // plan, number into confirms or kNone
        std::vector<const ValueTest*> expressions;
        double cost = 0;
        bool eager = false;
    };
    struct Cover {
        bool possible = false;
        double cost = 0;
        std::vector<uint32_t> items;
    };

    void make_partitions();
    uint32_t slot_of(const LogSource& source, const std::string& field);
    Node node_of_condition(const DetectionRule& rule, const Condition& condition, bool negated);
    Node node_of_detection(const DetectionRule& rule, const Detection& detection, bool negated);
    Node node_of_test(const DetectionRule& rule, const FieldTest& test, bool negated);
    Node item_node(const DetectionRule& rule, const FieldTest& test, const std::vector<const ValueTest*>& values, bool negated);
    void plan_values(uint32_t number, const std::vector<const ValueTest*>& values, const DetectionRule& rule);
    uint32_t confirm_of(const Pattern& pattern, bool cased);
    uint32_t expression_of(const ValueTest& test);
    void count_popularity(const Node& node, uint32_t rule);
    void judge_items();
    Cover cover_of(const Node& node) const;
    void choose_covers();
    void build_tables();
    void order(Node& node) const;
    int effort_of(const Node& node) const;
    uint32_t emit(const Node& node, uint32_t on_true, uint32_t on_false);
    uint32_t emit_at_least(const Node& node, uint32_t on_true, uint32_t on_false);
    void build_slots();
    base::Result<> build_expressions();
    base::Result<> build_databases();
    base::Result<> finish_jobs(std::vector<std::unique_ptr<HsJob>>& jobs);

    Program::Parts& parts_;
    const LogSourceMap& sources_;
    const FieldMap& fields_;
    CompiledCache* cache_;

    std::vector<uint32_t> partition_of_rule_;
    std::vector<Node> conditions_;
    std::map<std::vector<event::FieldId>, uint32_t> slots_;
    std::unordered_map<ContentHash, uint32_t, ContentHashHasher> items_;      // by partition, slot and values
    std::unordered_map<ContentHash, uint32_t, ContentHashHasher> confirms_;
    std::unordered_map<ContentHash, uint32_t, ContentHashHasher> expressions_;
    std::vector<const ValueTest*> expression_tests_;
    std::unordered_map<ContentHash, std::pair<uint32_t, uint32_t>, ContentHashHasher> popularity_;  // string -> (rules, last rule)
    std::vector<ItemDraft> drafts_;
    std::vector<uint32_t> item_partition_;
    std::vector<std::vector<uint32_t>> rules_of_item_;
    uint32_t partition_ = 0;  // being worked on
};

}  // namespace shuwei::sigma
