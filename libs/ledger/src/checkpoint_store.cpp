#include "shuwei/ledger/checkpoint_store.hpp"

#include <fmt/format.h>

#include "shuwei/ledger/where.hpp"

namespace shuwei::ledger {

using base::ErrorCode;
using base::Result;

Result<std::optional<uint64_t>> CheckpointStore::get(Reader& reader, std::string_view name) {
    TRY_ASSIGN(const auto row, reader.query_one("SELECT seq FROM checkpoint WHERE name = ?", {name}));
    if (!row) return std::optional<uint64_t>();
    return std::optional<uint64_t>(static_cast<uint64_t>(row->integer("seq")));
}

Result<std::map<std::string, uint64_t>> CheckpointStore::list(Reader& reader, std::string_view prefix) {
    std::map<std::string, uint64_t> all;
    TRY(reader.for_each("SELECT name, seq FROM checkpoint ORDER BY name", {}, [&](const Row& row) -> Result<> {
        if (row.text("name").starts_with(prefix)) all[row.text("name")] = static_cast<uint64_t>(row.integer("seq"));
        return {};
    }));
    return all;
}

Result<> CheckpointStore::set(Transaction& transaction, std::string_view name, uint64_t seq) {
    TRY_ASSIGN(
        const int64_t changed,
        transaction.execute("INSERT INTO checkpoint (name, seq) VALUES (?, ?) "
                            "ON CONFLICT (name) DO UPDATE SET seq = excluded.seq WHERE excluded.seq >= checkpoint.seq",
                            {name, seq}));
    if (changed == 0)
        return base::fail(ErrorCode::conflict, fmt::format("checkpoint {} would step back to {}", name, seq));
    return {};
}

Result<int64_t> CheckpointStore::reserve_ids(Transaction& transaction, std::string_view name, int64_t count) {
    TRY_ASSIGN(const auto row,
               transaction.query_one("INSERT INTO id_block (name, next) VALUES (?, 1 + ?) "
                                     "ON CONFLICT (name) DO UPDATE SET next = id_block.next + ? RETURNING next",
                                     {name, count, count}));
    return row->integer("next") - count;
}

}  // namespace shuwei::ledger
