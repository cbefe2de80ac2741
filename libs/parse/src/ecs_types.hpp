// What kind of value an ECS field holds: the catalogue first, then the rest of ECS by the form of the name.
#pragma once

#include <string_view>

#include "compiled_pack.hpp"

namespace shuwei::parse {

// as_is for names outside ECS.
TargetKind target_kind(std::string_view name);

// True when `name` is one of ECS (or of ours) and thus stands without a pack's prefix.
bool is_ecs_name(std::string_view name);

}  // namespace shuwei::parse
