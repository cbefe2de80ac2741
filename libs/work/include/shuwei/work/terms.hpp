// The words of the desk, shared by alerts and cases: severity, verdict, problem level, case state, entity. Values.
// The names are those of the HTTP contract.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shuwei/ledger/tenant_scope.hpp"

namespace shuwei::work {

using ledger::TenantNumber;
using ledger::TenantScope;

// Ordered: a higher number is worse. Stored as the number.
enum class Severity { informational = 0, low = 1, medium = 2, high = 3, critical = 4 };
constexpr int kSeverities = 5;

enum class Verdict { undetermined = 0, true_positive = 1, false_positive = 2, benign = 3 };

// 一般 general, 严重 serious, 紧急 urgent. Ordered.
enum class ProblemLevel { general = 0, serious = 1, urgent = 2 };

enum class CaseState { fresh = 0, in_progress = 1, on_hold = 2, resolved = 3, closed = 4 };  // `fresh` is "new"
constexpr int kCaseStates = 5;

std::string_view to_string(Severity severity);
std::string_view to_string(Verdict verdict);
std::string_view to_string(ProblemLevel level);
std::string_view to_string(CaseState state);
std::optional<Severity> severity_from(std::string_view name);
std::optional<Verdict> verdict_from(std::string_view name);
std::optional<ProblemLevel> problem_level_from(std::string_view name);
std::optional<CaseState> case_state_from(std::string_view name);

// Who or what something is about.
struct Entity {
    std::string kind;   // ip, host, user, domain, url, hash, process, file, other
    std::string value;  // empty: no entity
    std::string field;  // ECS field it came from; may be empty
    std::string label;  // known name of it; may be empty

    bool empty() const { return value.empty(); }
    bool operator==(const Entity&) const = default;
};

}  // namespace shuwei::work
