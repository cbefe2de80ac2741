// The compiler of one pack: its sections are compiled by the pack_*_compiler.cpp files. Every method answers false after
// refuse(), which keeps the first problem and its line.
#pragma once

#include <initializer_list>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "pack_compiler.hpp"

namespace shuwei::parse {

class PackCompiler {
public:
    PackCompiler(std::filesystem::path file, std::filesystem::path root);

    // The whole pack; the result is in definition() unless problem() says otherwise.
    bool compile(const YAML::Node& pack);
    const PackProblem& problem() const { return problem_; }
    PackDefinition take_definition() { return std::move(definition_); }
    bool refuse(const YAML::Node& node, std::string reason);

private:
    struct Scope {  // emissions being collected, in the order of writing
        std::vector<std::pair<Register, Emission>> emissions;
        std::unordered_map<Register, bool> dropped;  // `name: ~`
    };

    // pack_compiler.cpp
    bool read_facts(const YAML::Node& pack);
    bool read_recognise(const YAML::Node& pack);
    bool read_recognition(const YAML::Node& entry, int priority);
    bool include(const YAML::Node& pack, std::vector<YAML::Node>& sections);
    bool read_messages(const YAML::Node& pack);
    bool read_message(const YAML::Node& entry);
    bool read_layout(const YAML::Node& pack);
    bool read_rename(const YAML::Node& rename);
    void index_first_bytes();
    // pack_step_compiler.cpp
    bool read_extract(const YAML::Node& steps, std::vector<Step>& out);
    bool read_step(const YAML::Node& step, std::vector<Step>& out);
    bool read_step_kind(const YAML::Node& step, std::string_view key, Step& out);
    bool read_key_value(const YAML::Node& node, Step& out);
    bool read_delimited(const YAML::Node& node, Step& out);
    // pack_field_compiler.cpp
    bool read_tables(const YAML::Node& tables);
    bool read_fields(const YAML::Node& fields, Scope& scope);
    bool read_mapping(Register reg, const YAML::Node& node, Scope& scope);
    bool read_conversion(const YAML::Node& node, Conversion& out);
    bool read_time(const YAML::Node& node, Conversion& out);
    bool add_emission(Register reg, const YAML::Node& place, const std::string& target, uint16_t conversion, Scope& scope);
    void finish_emissions(const Scope& scope);
    void finish_message_emissions(const Scope& scope, Message& message);
    EmissionRange place_emissions(const std::vector<std::pair<Register, Emission>>& all, Register reg);
    uint16_t target_of(const std::string& written, const YAML::Node& place);
    // pack_rule_compiler.cpp
    bool read_set(const YAML::Node& set, std::vector<Rule>& rules);
    bool read_rules(const YAML::Node& rules_node, std::vector<Rule>& rules);
    bool read_assignments(const YAML::Node& set, Rule& rule);
    bool read_conditions(const YAML::Node& when, std::vector<Condition>& conditions);
    bool read_test(const YAML::Node& test, Condition condition, std::vector<Condition>& conditions);
    bool read_compute(const YAML::Node& compute);
    bool read_template(const std::string& text, const YAML::Node& place, Template& out);
    bool read_constant(const YAML::Node& value, uint16_t& out);

    // Helpers for all of them.
    bool check_keys(const YAML::Node& map, std::initializer_list<std::string_view> known, std::string_view what);
    bool read_texts(const YAML::Node& node, std::vector<std::string>& out, std::string_view what);  // one or a list
    bool read_text(const YAML::Node& node, std::string& out, std::string_view what);
    bool read_flag(const YAML::Node& node, bool& out, std::string_view what);
    Register reg(std::string_view name) { return definition_.compiled->names.add(name); }
    Register reg(const YAML::Node& place, std::string_view name);  // refuses when there is none

    std::filesystem::path root_;
    PackDefinition definition_;
    CompiledPack& pack_;
    PackProblem problem_;
    bool refused_ = false;
    Scope scope_;
    std::unordered_map<std::string, uint16_t> table_numbers_;
    std::unordered_map<std::string, uint16_t> target_numbers_;
    std::set<Register> captured_;  // named by the pack, not by the device: captures, columns, computed
    bool takes_text_apart_ = false;  // dissect or regex: the message is worth keeping as a summary
};

}  // namespace shuwei::parse
