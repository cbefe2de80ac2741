// How far a stage has come, kept in the same transaction as what the stage wrote: after a crash both are there or
// neither. Findings are flushed per tenant, so the pipeline keeps one checkpoint a tenant ("pipeline/1") or one of
// all, as it likes: names are free. Stateless.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "shuwei/base/result.hpp"
#include "shuwei/ledger/transaction.hpp"

namespace shuwei::ledger {

class CheckpointStore {
public:
    static base::Result<std::optional<uint64_t>> get(Reader& reader, std::string_view name);
    static base::Result<std::map<std::string, uint64_t>> list(Reader& reader, std::string_view prefix);

    // A checkpoint never steps back: conflict when `seq` is below the one recorded.
    static base::Result<> set(Transaction& transaction, std::string_view name, uint64_t seq);

    // A rising number that is never given twice, even after a crash: the first of `count` reserved ones.
    static base::Result<int64_t> reserve_ids(Transaction& transaction, std::string_view name, int64_t count);
};

}  // namespace shuwei::ledger
