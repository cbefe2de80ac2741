// Files that grow, as a configured input.
#pragma once

#include "shuwei/collect/input.hpp"

namespace shuwei::collect {

extern const InputKind kFileKind;

}  // namespace shuwei::collect
