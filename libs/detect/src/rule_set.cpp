#include "shuwei/detect/rule_set.hpp"

#include <algorithm>

#include "correlation_plan.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/sigma/compiled_cache.hpp"
#include "shuwei/sigma/field_map.hpp"
#include "shuwei/sigma/log_source_map.hpp"
#include "shuwei/sigma/rule_collection.hpp"

namespace shuwei::detect {

using base::Result;

RuleSet::RuleSet() = default;
RuleSet::~RuleSet() = default;

Result<std::shared_ptr<const RuleSet>> RuleSet::load(const RuleSetOptions& options) {
    const base::Timestamp started = base::monotonic_now();
    std::unique_ptr<sigma::CompiledCache> cache;
    if (!options.cache.empty()) cache = std::make_unique<sigma::CompiledCache>(options.cache);
    TRY_ASSIGN(sigma::RuleCollection collection,
               sigma::RuleCollection::load({options.folders, options.content, options.placeholders}, cache.get()));
    const std::shared_ptr<RuleSet> set(new RuleSet());
    TRY_ASSIGN(set->program_, sigma::Program::compile(collection.detections, *collection.log_sources, *collection.fields, cache.get()));
    set->report_ = std::move(collection.report);
    for (const auto& rule : collection.detections) set->rules_.push_back(rule->info);
    for (const auto& rule : collection.correlations) set->rules_.push_back(rule->info);
    set->correlations_ = std::move(collection.correlations);
    set->generates_.assign(collection.detections.size(), 1);
    set->feeds_.resize(collection.detections.size());
    set->plan_correlations(*collection.fields);
    if (cache != nullptr) {
        set->report_.cached = !cache->missed();
        if (auto saved = cache->save(); !saved) base::log::warning("rule cache not written", {{"error", saved.error().to_string()}});
    }
    set->report_.seconds = static_cast<double>(base::monotonic_now() - started) / 1e9;
    return set;
}

std::shared_ptr<const RuleSet> RuleSet::empty() {
    const std::shared_ptr<RuleSet> set(new RuleSet());
    const auto sources = sigma::LogSourceMap::parse("sources: []");
    const auto fields = sigma::FieldMap::parse("first: {}");
    auto program = sigma::Program::compile({}, *sources, *fields);
    set->program_ = std::move(*program);
    return set;
}

sigma::RuleHandle RuleSet::find(std::string_view id) const {
    for (const sigma::RuleHandle& rule : rules_) {
        if (rule->id == id) return rule;
    }
    return nullptr;
}

void RuleSet::plan_correlations(const sigma::FieldMap& fields) {
    std::vector<char> wanted(rules_.size(), 0);      // some correlation says generate
    std::vector<char> referred(rules_.size(), 0);
    const size_t detections = generates_.size();
    for (uint32_t number = 0; number < correlations_.size(); ++number) {
        const sigma::CorrelationRule& rule = *correlations_[number];
        CorrelationPlan plan;
        plan.rule = correlations_[number];
        plan.key = rule.info->id + " " + rule.info->content_hash;
        plan.supported = rule.type != sigma::CorrelationType::value_percentile;
        if (!plan.supported) {
            report_.warnings.push_back({rule.info->file, rule.info->line,
                                        "correlations of type " + std::string(to_string(rule.type)) + " are not supported yet: it never fires"});
        }
        plan.at_close = !rule.bounds.empty() && std::all_of(rule.bounds.begin(), rule.bounds.end(), [](const sigma::Bound& bound) {
            return bound.comparison == sigma::Comparison::lt || bound.comparison == sigma::Comparison::lte || bound.comparison == sigma::Comparison::ne;
        });
        for (uint32_t at = 0; at < rule.references.size(); ++at) {
            CorrelationPlan::Input input;
            input.correlation = rule.references[at].correlation;
            input.number = rule.references[at].number;
            const sigma::RuleHandle& referred_rule = rules_[input.number + (input.correlation ? detections : 0)];
            const auto meant = [&](const std::string& name) {
                for (const sigma::FieldAlias& alias : rule.aliases) {
                    if (alias.alias != name) continue;
                    for (const auto& [rule_name, field] : alias.fields) {
                        if (rule_name == rule.rules[at] || rule_name == referred_rule->name || rule_name == referred_rule->id) return field;
                    }
                }
                return name;
            };
            for (const std::string& name : rule.group_by) {
                input.group_names.push_back(meant(name));
                input.group.push_back(fields.candidates(referred_rule->log_source, input.group_names.back()));
            }
            for (const std::string& name : rule.fields) {
                input.value_names.push_back(meant(name));
                input.values.push_back(fields.candidates(referred_rule->log_source, input.value_names.back()));
            }
            const size_t index = input.number + (input.correlation ? detections : 0);
            referred[index] = 1;
            if (rule.generate) wanted[index] = 1;
            if (input.correlation) {
                plans_[input.number].feeds.emplace_back(number, at);
            } else {
                auto& feeds = feeds_[input.number];
                if (feeds.empty() || feeds.back() != number) feeds.push_back(number);
            }
            plan.inputs.push_back(std::move(input));
        }
        plans_.push_back(std::move(plan));
    }
    for (size_t i = 0; i < rules_.size(); ++i) {
        const bool generates = referred[i] == 0 || wanted[i] != 0;
        if (i < detections) {
            generates_[i] = generates;
        } else {
            plans_[i - detections].generates = generates;
        }
    }
}

}  // namespace shuwei::detect
