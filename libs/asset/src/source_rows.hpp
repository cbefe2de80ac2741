// Rows of the table `source`, read the same way by the store and the watch.
#pragma once

#include <string_view>
#include <vector>

#include "shuwei/asset/source_store.hpp"
#include "shuwei/ledger/where.hpp"

namespace shuwei::asset {

constexpr std::string_view kOverflow = "overflow";

// Conditions of `where` name columns of the source as s.column.
base::Result<std::vector<Source>> query_sources(ledger::Reader& reader, const ledger::Where& where);

}  // namespace shuwei::asset
