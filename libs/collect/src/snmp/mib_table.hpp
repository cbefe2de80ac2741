// The content's own tables of MIB names (content/mibs/*.yaml, format in docs/formats/mib-names.md). Pure.
#pragma once

#include "mib_module.hpp"

namespace shuwei::collect {

// invalid_argument with the line.
base::Result<std::vector<MibModule>> read_mib_table(std::string_view text);

}  // namespace shuwei::collect
