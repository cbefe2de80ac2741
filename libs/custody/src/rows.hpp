// Rows of the ledger as seals. Private to the library.
#pragma once

#include "shuwei/custody/seal_log.hpp"

namespace shuwei::custody::rows {

ChainKey chain_of(const ledger::Row& row);
base::Result<Seal> seal_of(const ledger::Row& row);
base::Result<OpenSegment> open_of(const ledger::Row& row);
base::Result<Retirement> retirement_of(const ledger::Row& row);

}  // namespace shuwei::custody::rows
