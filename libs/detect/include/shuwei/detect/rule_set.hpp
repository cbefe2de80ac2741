// RuleSet: everything detection needs, loaded and compiled, immutable: the one program of all detection rules and the
// correlations that feed on them. Made by load(), shared by pointer, swapped whole. Thread-safe by being constant.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/sigma/load_report.hpp"
#include "shuwei/sigma/program.hpp"
#include "shuwei/sigma/rule_info.hpp"

namespace shuwei::sigma {
struct CorrelationRule;
class FieldMap;
}

namespace shuwei::detect {

struct CorrelationPlan;  // a correlation with its fields resolved; inside this library

struct RuleSetOptions {
    std::vector<std::filesystem::path> folders;   // rule folders or single files; missing ones are an error
    std::filesystem::path content;                // content/sigma: logsources.yaml, fields.yaml
    std::filesystem::path cache;                  // folder for the compiled program; empty = no cache
    // Values for |expand placeholders, by name without the percent signs.
    std::map<std::string, std::vector<std::string>> placeholders;
};

class RuleSet {
public:
    // Loads what can be loaded: a bad rule is refused alone and told in report(). An error only when a folder or the
    // content files cannot be read, so the caller keeps the set it has.
    static base::Result<std::shared_ptr<const RuleSet>> load(const RuleSetOptions& options);
    static std::shared_ptr<const RuleSet> empty();
    ~RuleSet();

    const sigma::LoadReport& report() const { return report_; }
    const sigma::Program& program() const { return *program_; }
    const std::shared_ptr<const sigma::Program>& shared_program() const { return program_; }
    // All loaded rules: detections first (index = rule number of the program), then correlations.
    std::span<const sigma::RuleHandle> rules() const { return rules_; }
    sigma::RuleHandle find(std::string_view id) const;  // null when unknown

    // Whether a match of detection rule `rule` is a finding by itself: false for rules that only feed correlations
    // (those without `generate`).
    bool generates(uint32_t rule) const { return generates_[rule]; }
    // Correlations that detection rule `rule` feeds, as numbers into correlations().
    std::span<const uint32_t> feeds(uint32_t rule) const { return feeds_[rule]; }
    std::span<const std::shared_ptr<const sigma::CorrelationRule>> correlations() const { return correlations_; }
    const std::vector<CorrelationPlan>& plans() const { return plans_; }

private:
    RuleSet();
    void plan_correlations(const sigma::FieldMap& fields);
    sigma::LoadReport report_;
    std::shared_ptr<const sigma::Program> program_;
    std::vector<sigma::RuleHandle> rules_;
    std::vector<std::shared_ptr<const sigma::CorrelationRule>> correlations_;
    std::vector<CorrelationPlan> plans_;
    std::vector<char> generates_;
    std::vector<std::vector<uint32_t>> feeds_;
};

}  // namespace shuwei::detect
