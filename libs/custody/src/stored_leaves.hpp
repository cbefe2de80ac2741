// The leaves of what the event store holds, for comparison with the seals.
#pragma once

#include <stop_token>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/custody/leaf.hpp"
#include "shuwei/custody/seal.hpp"
#include "shuwei/eventstore/event_store.hpp"

namespace shuwei::custody {

eventstore::QueryLimits reading_limits(const std::stop_token& stop);

// Of every row of the chain with a seq in [first_seq, last_seq], by seq, doubles included; none when the tenant has no table.
base::Result<std::vector<Leaf>> stored_leaves(eventstore::EventStore& store, ChainKey chain, uint64_t first_seq, uint64_t last_seq,
                                              const std::stop_token& stop);

}  // namespace shuwei::custody
