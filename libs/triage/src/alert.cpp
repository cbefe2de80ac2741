#include "shuwei/triage/alert.hpp"

#include <array>

#include "shuwei/base/text.hpp"

namespace shuwei::triage {
namespace {

constexpr std::array<std::string_view, 3> kStateNames{"open", "acknowledged", "closed"};

// ATT&CK's enterprise tactics along the chain.
constexpr std::array<Stage, 14> kStages{{
    {"reconnaissance", "侦察", "Reconnaissance", 1},
    {"resource-development", "资源准备", "Resource development", 2},
    {"initial-access", "初始访问", "Initial access", 3},
    {"execution", "执行", "Execution", 4},
    {"persistence", "持久化", "Persistence", 5},
    {"privilege-escalation", "权限提升", "Privilege escalation", 6},
    {"defense-evasion", "防御规避", "Defense evasion", 7},
    {"credential-access", "凭据访问", "Credential access", 8},
    {"discovery", "内部发现", "Discovery", 9},
    {"lateral-movement", "横向移动", "Lateral movement", 10},
    {"collection", "信息收集", "Collection", 11},
    {"command-and-control", "命令与控制", "Command and control", 12},
    {"exfiltration", "数据外传", "Exfiltration", 13},
    {"impact", "影响破坏", "Impact", 14},
}};

}  // namespace

std::string_view to_string(AlertState state) { return kStateNames[static_cast<size_t>(state)]; }

std::optional<AlertState> alert_state_from(std::string_view name) {
    for (size_t i = 0; i < kStateNames.size(); ++i)
        if (kStateNames[i] == name) return static_cast<AlertState>(i);
    return std::nullopt;
}

const Stage* stage_named(std::string_view name) {
    for (const Stage& stage : kStages)
        if (stage.name == name) return &stage;
    return nullptr;
}

const Stage* stage_of(const std::vector<std::string>& tags) {
    constexpr std::string_view kPrefix = "attack.";
    const Stage* furthest = nullptr;
    for (const std::string& tag : tags) {
        std::string name = base::to_ascii_lower(tag);
        if (!name.starts_with(kPrefix)) continue;
        name.erase(0, kPrefix.size());
        for (char& c : name)
            if (c == '_') c = '-';
        const Stage* stage = stage_named(name);
        if (stage != nullptr && (furthest == nullptr || stage->order > furthest->order)) furthest = stage;
    }
    return furthest;
}

}  // namespace shuwei::triage
