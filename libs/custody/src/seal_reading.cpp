// Reading the chains back, each link and keyed hash checked; retirements, time stamps and exported heads.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "rows.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/ledger/checkpoint_store.hpp"

namespace shuwei::custody {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

// Links exported earlier, of one chain by number; a damaged line is passed over, since the chain itself decides.
Result<std::map<int64_t, std::string>> exported_links(const std::filesystem::path& path, ChainKey chain) {
    std::map<int64_t, std::string> links;
    auto text = base::read_file(path);
    if (!text) {
        if (text.error().code() == ErrorCode::not_found) return links;
        return fail(std::move(text).error());
    }
    const std::string prefix = fmt::format("{} {} ", chain.tenant, chain.retention_class);
    std::string_view rest = *text;
    while (!rest.empty()) {
        const size_t end = std::min(rest.find('\n'), rest.size());
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (!line.starts_with(prefix)) continue;
        line.remove_prefix(prefix.size());
        const size_t space = line.find(' ');
        if (space == std::string_view::npos) continue;
        if (const auto number = base::parse_int(line.substr(0, space))) links[*number] = std::string(base::trim(line.substr(space + 1)));
    }
    return links;
}

std::string in_scope(const ledger::TenantScope& scope, ledger::Values& values) {
    if (scope.sees_every_tenant()) return "1";
    std::string list;
    for (const auto tenant : scope.tenants()) {
        list += list.empty() ? "?" : ", ?";
        values.emplace_back(tenant);
    }
    return list.empty() ? "0" : "tenant IN (" + list + ")";
}

}  // namespace

std::string SealLog::mac_of_link(const crypto::Digest& link) const { return audit_->mac_of_text("shuwei seal 1", crypto::to_hex(link)); }

std::string SealLog::mac_of_origin(uint64_t sealed_after) const {
    return audit_->mac_of_text("shuwei seal origin 1", std::to_string(sealed_after));
}

std::string SealLog::mac_of(const OpenSegment& open) const {
    return audit_->mac_of_text(
        "shuwei open segment 1",
        fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {}", open.chain.tenant, open.chain.retention_class, open.number, open.first_seq,
                    open.last_seq, open.events, open.first_received, open.last_received, open.day, open.tags_at, open.tags_bytes,
                    open.tree.subtrees(), crypto::to_hex(open.previous)));
}

std::string SealLog::mac_of(const Retirement& retirement) const {
    return audit_->mac_of_text("shuwei retirement 1",
                               fmt::format("{} {} {} {} {} {} {} {} {}", retirement.chain.tenant, retirement.chain.retention_class,
                                           retirement.day, retirement.through_number, retirement.seals, retirement.events,
                                           retirement.rows, crypto::to_hex(retirement.roots), retirement.at));
}

Result<std::vector<ChainKey>> SealLog::chains(ledger::Reader& reader) const {
    TRY_ASSIGN(const auto rows, reader.query("SELECT tenant, class FROM seal_open UNION SELECT tenant, class FROM seal ORDER BY 1, 2"));
    std::vector<ChainKey> keys;
    for (const ledger::Row& row : rows) keys.push_back(rows::chain_of(row));
    return keys;
}

Result<Chain> SealLog::read(ledger::Reader& reader, ChainKey key, std::string_view checkpoint) const {
    Chain chain;
    chain.key = key;
    const auto broken = [&](int64_t number, std::string problem) {
        if (chain.first_bad_seal) return;
        chain.first_bad_seal = number;
        chain.problem = std::move(problem);
    };
    TRY_ASSIGN(const auto done, ledger::CheckpointStore::get(reader, checkpoint));
    chain.checkpoint = done.value_or(0);
    TRY_ASSIGN(const auto origin, reader.query_one("SELECT sealed_after, mac FROM seal_origin"));
    if (origin) {
        chain.sealed_after = static_cast<uint64_t>(origin->integer("sealed_after"));
        if (!crypto::constant_time_equal(origin->text("mac"), mac_of_origin(chain.sealed_after))) {
            broken(1, "the record of where sealing began was changed");
        }
    }
    TRY_ASSIGN(const auto exported, exported_links(folder_ / "seal.heads", key));
    const ledger::Values of_chain{key.tenant, key.retention_class};
    crypto::Digest previous{};
    int64_t number = 0;
    TRY(reader.for_each("SELECT * FROM seal WHERE tenant = ? AND class = ? ORDER BY number", of_chain, [&](const ledger::Row& row) -> Result<> {
        auto read_seal = rows::seal_of(row);
        if (!read_seal) {
            broken(number + 1, read_seal.error().message());
            return {};
        }
        const Seal& seal = *read_seal;
        if (seal.number != number + 1) broken(number + 1, fmt::format("seal {} is missing", number + 1));
        if (seal.previous != previous || seal.link != link_digest(previous, content_digest(seal)) ||
            !crypto::constant_time_equal(seal.mac, mac_of_link(seal.link))) {
            broken(seal.number, fmt::format("seal {} was changed, or another was put in its place", seal.number));
        }
        if (const auto known = exported.find(seal.number); known != exported.end() && known->second != crypto::to_hex(seal.link)) {
            broken(seal.number, fmt::format("seal {} is not the one whose head was exported", seal.number));
        }
        previous = seal.link;
        number = seal.number;
        chain.seals.push_back(seal);
        return {};
    }));
    TRY_ASSIGN(const auto row, reader.query_one("SELECT * FROM seal_open WHERE tenant = ? AND class = ?", of_chain));
    if (row) {
        auto open = rows::open_of(*row);
        if (!open || !crypto::constant_time_equal(row->text("mac"), mac_of(*open))) {
            broken(number + 1, "the record of the open segment was changed");
        } else if (open->number != number + 1 || open->previous != previous) {
            broken(number + 1, fmt::format("seals are missing from the end: {} is the last, {} should be", number, open->number - 1));
        }
        if (open) chain.open = std::move(*open);
    } else if (number > 0) {
        broken(number + 1, "the record of the open segment is missing");
    }
    if (!exported.empty() && exported.rbegin()->first > number) {
        broken(number + 1, fmt::format("seals {} to {} are missing from the end", number + 1, exported.rbegin()->first));
    }
    TRY(reader.for_each("SELECT * FROM seal_retirement WHERE tenant = ? AND class = ?", of_chain, [&](const ledger::Row& retired) -> Result<> {
        TRY_ASSIGN(const Retirement retirement, rows::retirement_of(retired));
        // One that does not bear the key's hash is as if it were not there: its events are then missing.
        if (crypto::constant_time_equal(retired.text("mac"), mac_of(retirement))) chain.retired[retirement.day] = retirement;
        return {};
    }));
    return chain;
}

Result<std::optional<Seal>> SealLog::seal_of(ledger::Reader& reader, const ledger::TenantScope& scope, uint64_t seq) const {
    ledger::Values values;
    std::string where = in_scope(scope, values);
    values.emplace_back(seq);
    values.emplace_back(seq);
    TRY_ASSIGN(const auto found, reader.query("SELECT * FROM seal WHERE " + where + " AND first_seq <= ? AND last_seq >= ?", values));
    // Ranges of several tenants overlap: whose event it is, is in the tags.
    for (const ledger::Row& row : found) {
        TRY_ASSIGN(Seal seal, rows::seal_of(row));
        const auto its_tags = tags(seal);
        const bool covers = !its_tags || std::binary_search(its_tags->begin(), its_tags->end(), Tag{seq, {}},
                                                            [](const Tag& a, const Tag& b) { return a.seq < b.seq; });
        if (covers) return seal;
    }
    return std::optional<Seal>{};
}

Result<bool> SealLog::is_open(ledger::Reader& reader, const ledger::TenantScope& scope, uint64_t seq) const {
    ledger::Values values;
    std::string where = in_scope(scope, values);
    values.emplace_back(seq);
    values.emplace_back(seq);
    TRY_ASSIGN(const int64_t rows, reader.query_integer("SELECT count(*) FROM seal_open WHERE " + where +
                                                            " AND events > 0 AND first_seq <= ? AND last_seq >= ?",
                                                        values));
    return rows > 0;
}

Result<std::optional<Seal>> SealLog::last_seal(ledger::Reader& reader, ChainKey chain) const {
    TRY_ASSIGN(const auto row, reader.query_one("SELECT * FROM seal WHERE tenant = ? AND class = ? ORDER BY number DESC LIMIT 1",
                                                {chain.tenant, chain.retention_class}));
    if (!row) return std::optional<Seal>{};
    TRY_ASSIGN(Seal seal, rows::seal_of(*row));
    return seal;
}

Result<std::vector<ChainSummary>> SealLog::summaries(ledger::Reader& reader, const ledger::TenantScope& scope) const {
    std::vector<ChainSummary> summaries;
    TRY_ASSIGN(const auto keys, chains(reader));
    for (const ChainKey key : keys) {
        if (!scope.contains(key.tenant)) continue;
        ChainSummary& summary = summaries.emplace_back();
        summary.key = key;
        const ledger::Values of_chain{key.tenant, key.retention_class};
        TRY_ASSIGN(const auto sums, reader.query_one("SELECT count(*) AS seals, coalesce(sum(events), 0) AS events FROM seal WHERE tenant = ? "
                                                     "AND class = ?", of_chain));
        if (sums) {
            summary.seals = static_cast<uint64_t>(sums->integer("seals"));
            summary.events = static_cast<uint64_t>(sums->integer("events"));
        }
        TRY_ASSIGN(const int64_t retired, reader.query_integer("SELECT coalesce(sum(events), 0) FROM seal_retirement WHERE tenant = ? AND class = ?",
                                                               of_chain));
        summary.retired_events = static_cast<uint64_t>(retired);
        TRY_ASSIGN(summary.last, last_seal(reader, key));
        TRY_ASSIGN(const OpenSegment open, open_segment(reader, key));
        summary.open_events = open.events;
        summary.open_since = open.first_received;
    }
    return summaries;
}

Result<Retirement> SealLog::retire(ledger::Transaction& transaction, ChainKey chain, uint32_t day, uint64_t stored, base::Timestamp now) const {
    Retirement retirement;
    retirement.chain = chain;
    retirement.day = day;
    retirement.rows = stored;
    retirement.at = now;
    crypto::Sm3 roots;
    TRY(transaction.for_each("SELECT number, events, root FROM seal WHERE tenant = ? AND class = ? AND day = ? ORDER BY number",
                             {chain.tenant, chain.retention_class, day}, [&](const ledger::Row& row) -> Result<> {
                                 retirement.through_number = row.integer("number");
                                 retirement.events += static_cast<uint64_t>(row.integer("events"));
                                 ++retirement.seals;
                                 roots.update(row.text("root"));
                                 return {};
                             }));
    retirement.roots = roots.finish();
    TRY(transaction.execute("INSERT OR REPLACE INTO seal_retirement (tenant, class, day, through_number, seals, events, stored_rows, "
                            "roots, at, mac) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                            {chain.tenant, chain.retention_class, day, retirement.through_number, retirement.seals, retirement.events,
                             retirement.rows, crypto::to_hex(retirement.roots), retirement.at, mac_of(retirement)}));
    return retirement;
}

Result<> SealLog::set_time_stamp(ledger::Transaction& transaction, const Seal& seal, std::string_view token, std::string_view authority) const {
    TRY(transaction.execute("UPDATE seal SET time_stamp = ?, time_stamp_authority = ? WHERE tenant = ? AND class = ? AND number = ?",
                            {base::base64_encode(token), std::string(authority), seal.chain.tenant, seal.chain.retention_class, seal.number}));
    return {};
}

Result<> SealLog::export_heads(ledger::Reader& reader) const {
    TRY_ASSIGN(const auto keys, chains(reader));
    std::string lines;
    for (const ChainKey key : keys) {
        TRY_ASSIGN(const auto last, last_seal(reader, key));
        if (last) lines += fmt::format("{} {} {} {}\n", key.tenant, key.retention_class, last->number, crypto::to_hex(last->link));
    }
    if (lines.empty()) return {};
    const auto path = folder_ / "seal.heads";
    const base::FileDescriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    if (!file) return fail(base::system_error(errno, "open " + path.string()));
    TRY(base::write_all(file.get(), lines));
    if (::fdatasync(file.get()) != 0) return fail(base::system_error(errno, "sync " + path.string()));
    return {};
}

}  // namespace shuwei::custody
