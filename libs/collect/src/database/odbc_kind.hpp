// Database tables as a kind of input.
#pragma once

#include "shuwei/collect/input.hpp"

namespace shuwei::collect {

extern const InputKind kOdbcKind;

}  // namespace shuwei::collect
