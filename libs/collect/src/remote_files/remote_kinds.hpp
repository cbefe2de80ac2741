// Files pulled from servers, as kinds of inputs.
#pragma once

#include "shuwei/collect/input.hpp"

namespace shuwei::collect {

extern const InputKind kFtpKind;
extern const InputKind kSftpKind;

}  // namespace shuwei::collect
