#include "shuwei/triage/policy.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <set>

#include "shuwei/base/file.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/work/calendar.hpp"

namespace shuwei::triage {

using base::ErrorCode;
using base::Result;

namespace {

constexpr size_t kFileLimit = 1 << 20;

struct Wrong {
    int line;
    std::string message;
};
[[noreturn]] void refuse(const YAML::Node& node, std::string message) {
    throw Wrong{node.Mark().line + 1, std::move(message)};
}

void only_keys(const YAML::Node& node, const std::set<std::string>& known, std::string_view what) {
    if (!node.IsMap()) refuse(node, fmt::format("{} must be a map", what));
    for (const auto& member : node)
        if (!known.contains(member.first.Scalar()))
            refuse(member.first, fmt::format("{} does not know '{}'", what, member.first.Scalar()));
}

void read_duration(const YAML::Node& node, const char* key, base::Duration& into) {
    const YAML::Node member = node[key];
    if (!member) return;
    const auto duration = member.IsScalar() ? work::duration_from(member.Scalar()) : std::nullopt;
    if (!duration || *duration <= 0) refuse(member, fmt::format("{}: not a duration like 300s, 15m, 2h or 3d", key));
    into = *duration;
}

void read_number(const YAML::Node& node, const char* key, int64_t& into) {
    const YAML::Node member = node[key];
    if (!member) return;
    const auto number = member.IsScalar() ? base::parse_int(member.Scalar()) : std::nullopt;
    if (!number || *number < 1 || *number > 1'000'000'000)
        refuse(member, fmt::format("{}: not a number above zero", key));
    into = *number;
}

CaseRule case_rule_of(const YAML::Node& node) {
    only_keys(node, {"severity", "count", "level"}, "cases.open");
    CaseRule rule;
    const YAML::Node severity = node["severity"];
    const YAML::Node level = node["level"];
    if (!severity || !severity.IsScalar()) refuse(node, "severity is missing");
    if (!level || !level.IsScalar()) refuse(node, "level is missing");
    const auto known_severity = work::severity_from(severity.Scalar());
    const auto known_level = work::problem_level_from(level.Scalar());
    if (!known_severity) refuse(severity, fmt::format("no severity '{}'", severity.Scalar()));
    if (!known_level) refuse(level, fmt::format("no problem level '{}'", level.Scalar()));
    rule.severity = *known_severity;
    rule.level = *known_level;
    read_number(node, "count", rule.count);
    return rule;
}

Policy policy_of(const YAML::Node& root) {
    Policy policy;
    only_keys(root, {"aggregation", "limits", "cases"}, "the policy");
    if (const YAML::Node aggregation = root["aggregation"]) {
        only_keys(aggregation, {"quiet", "longest"}, "aggregation");
        read_duration(aggregation, "quiet", policy.quiet);
        read_duration(aggregation, "longest", policy.longest);
        if (policy.longest < policy.quiet) refuse(aggregation, "longest must not be shorter than quiet");
    }
    if (const YAML::Node limits = root["limits"]) {
        only_keys(limits, {"new_per_hour", "open_per_tenant"}, "limits");
        read_number(limits, "open_per_tenant", policy.open_per_tenant);
        if (const YAML::Node per_hour = limits["new_per_hour"]) {
            only_keys(per_hour, {"rule_and_source", "rule", "tenant"}, "new_per_hour");
            read_number(per_hour, "rule_and_source", policy.new_per_hour_rule_and_source);
            read_number(per_hour, "rule", policy.new_per_hour_rule);
            read_number(per_hour, "tenant", policy.new_per_hour_tenant);
        }
    }
    if (const YAML::Node cases = root["cases"]) {
        only_keys(cases, {"open", "join", "per_hour"}, "cases");
        read_duration(cases, "join", policy.case_join);
        read_number(cases, "per_hour", policy.cases_per_hour);
        for (const auto& rule : cases["open"]) policy.cases.push_back(case_rule_of(rule));
    }
    return policy;
}

}  // namespace

Result<Policy> Policy::load(const std::filesystem::path& file) {
    TRY_ASSIGN(const std::string text, base::read_file(file, kFileLimit));
    const auto wrong = [&](int line, std::string message) {
        return base::fail(base::Error(ErrorCode::invalid_argument, std::move(message))
                              .at(fmt::format("line {}", line))
                              .at(file.filename().string()));
    };
    try {
        const YAML::Node root = YAML::Load(text);
        if (!root.IsMap()) return wrong(1, "the file must be a map");
        return policy_of(root);
    } catch (const Wrong& found) {
        return wrong(found.line, found.message);
    } catch (const YAML::Exception& thrown) {
        return wrong(thrown.mark.line + 1, thrown.msg);
    }
}

}  // namespace shuwei::triage
