#include "shuwei/asset/source_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "shuwei/base/text.hpp"
#include "shuwei/ledger/where.hpp"

namespace shuwei::asset {

using base::ErrorCode;
using base::Result;
using ledger::Reader;
using ledger::Row;
using ledger::Transaction;

namespace {

constexpr std::string_view kOverflow = "overflow";
constexpr std::string_view kColumns =
    "id, tenant, listener, peer, host, given_name, bound_pack, recognised_pack, zone, charset, lines, unparsed, bytes, "
    "drift, first_seen, last_seen";

Source source_of(const Row& row) {
    Source source;
    source.id = row.integer("id");
    source.key = {static_cast<TenantNumber>(row.integer("tenant")), row.text("listener"), row.text("peer"),
                  row.text("host")};
    source.name = row.text("given_name");
    if (source.name.empty()) source.name = source.key.host.empty() ? source.key.peer : source.key.host;
    source.pack_bound = !row.text("bound_pack").empty();
    source.pack = source.pack_bound ? row.text("bound_pack") : row.text("recognised_pack");
    source.zone = row.text("zone");
    source.charset = row.text("charset");
    source.lines = row.integer("lines");
    source.unparsed = row.integer("unparsed");
    source.bytes = row.integer("bytes");
    source.drift = row.maybe_integer("drift");
    source.first_seen = row.integer("first_seen");
    source.last_seen = row.integer("last_seen");
    return source;
}

Result<std::vector<Source>> query(Reader& reader, const ledger::Where& where) {
    std::vector<Source> sources;
    TRY(reader.for_each(
        fmt::format("SELECT {} FROM source{} ORDER BY tenant, listener, peer, host", kColumns, where.sql()),
        where.values(), [&](const Row& row) -> Result<> {
            sources.push_back(source_of(row));
            return {};
        }));
    return sources;
}

// Adds to a source that exists; the number of rows changed.
Result<int64_t> add(Transaction& t, const SourceDelta& delta, std::string_view peer, std::string_view host) {
    return t.execute(
        "UPDATE source SET lines = lines + ?, unparsed = unparsed + ?, bytes = bytes + ?, "
        "first_seen = min(first_seen, ?), last_seen = max(last_seen, ?), "
        "recognised_pack = CASE WHEN ? = '' THEN recognised_pack ELSE ? END, drift = coalesce(?, drift) "
        "WHERE tenant = ? AND listener = ? AND peer = ? AND host = ?",
        {delta.lines, delta.unparsed, delta.bytes, delta.first, delta.last, delta.recognised_pack,
         delta.recognised_pack, delta.drift, delta.key.tenant, delta.key.listener, peer, host});
}

}  // namespace

ledger::MigrationSet migrations() {
    return {"asset", {{1, "sources", R"sql(
CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL REFERENCES tenant (number),
    listener TEXT NOT NULL,
    peer TEXT NOT NULL,
    host TEXT NOT NULL,
    given_name TEXT NOT NULL DEFAULT '',
    bound_pack TEXT NOT NULL DEFAULT '',
    recognised_pack TEXT NOT NULL DEFAULT '',
    zone TEXT NOT NULL DEFAULT '',
    charset TEXT NOT NULL DEFAULT 'auto',
    lines INTEGER NOT NULL DEFAULT 0,
    unparsed INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    drift INTEGER,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    UNIQUE (tenant, listener, peer, host)
) STRICT;
)sql"}}};
}

Result<> SourceStore::record(Transaction& t, std::span<const SourceDelta> deltas) {
    std::map<TenantNumber, int64_t> sources_of;  // counted once a batch, and only where something is new
    for (const SourceDelta& delta : deltas) {
        const std::string host = base::replace_invalid_utf8(delta.key.host.substr(0, 256));
        TRY_ASSIGN(const int64_t known, add(t, delta, delta.key.peer, host));
        if (known > 0) continue;
        const auto [counted, first] = sources_of.try_emplace(delta.key.tenant, 0);
        if (first) {
            TRY_ASSIGN(counted->second,
                       t.query_integer("SELECT count(*) FROM source WHERE tenant = ?", {delta.key.tenant}));
        }
        int64_t& sources = counted->second;
        const bool overflow = sources >= kSourcesPerTenant;
        const std::string_view peer = overflow ? kOverflow : std::string_view(delta.key.peer);
        const std::string_view its_host = overflow ? std::string_view() : std::string_view(host);
        if (overflow) {
            TRY_ASSIGN(const int64_t gathered, add(t, delta, peer, its_host));
            if (gathered > 0) continue;
        }
        ++sources;
        TRY(t.execute(
            "INSERT INTO source (tenant, listener, peer, host, recognised_pack, lines, unparsed, bytes, drift, "
            "first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            {delta.key.tenant, delta.key.listener, peer, its_host, delta.recognised_pack, delta.lines, delta.unparsed,
             delta.bytes, delta.drift, delta.first, delta.last}));
    }
    return {};
}

Result<std::vector<Source>> SourceStore::list(Reader& reader, const TenantScope& scope) {
    TRY_ASSIGN(auto sources, query(reader, ledger::Where(scope, "tenant")));
    std::stable_sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) { return a.name < b.name; });
    return sources;
}

Result<Source> SourceStore::find(Reader& reader, const TenantScope& scope, int64_t id) {
    TRY_ASSIGN(auto sources, query(reader, ledger::Where(scope, "tenant").add("id = ?", {id})));
    if (sources.empty()) return base::fail(ErrorCode::not_found, fmt::format("no source {}", id));
    return std::move(sources.front());
}

Result<std::vector<Source>> SourceStore::bound(Reader& reader) {
    return query(reader, ledger::Where(TenantScope::every_tenant(), "tenant")
                             .add("bound_pack <> '' OR zone <> '' OR charset <> 'auto'"));
}

Result<Source> SourceStore::update(Transaction& t, const TenantScope& scope, int64_t id, const SourceChange& change,
                                   const ledger::Actor& actor, const ledger::AuditChain& audit) {
    TRY_ASSIGN(const Source before, find(t, scope, id));
    const auto too_long = [](const std::optional<std::string>& text, size_t bytes) {
        return text && (text->size() > bytes || !base::is_valid_utf8(*text));
    };
    if (too_long(change.name, 512)) return base::fail(ErrorCode::invalid_argument, "name: at most 128 characters");
    if (too_long(change.pack, 128)) return base::fail(ErrorCode::invalid_argument, "pack: at most 128 characters");
    if (too_long(change.zone, 64)) return base::fail(ErrorCode::invalid_argument, "zone: at most 64 characters");
    const std::string charset = change.charset && change.charset->empty() ? "auto" : change.charset.value_or("");
    if (change.charset && charset != "auto" && charset != "utf-8" && charset != "gb18030")
        return base::fail(ErrorCode::invalid_argument, "charset: one of auto, utf-8, gb18030");

    std::string detail;
    const auto set = [&](std::string_view sql, std::string_view name, const std::string& value) -> Result<> {
        detail += fmt::format("{}{} = '{}'", detail.empty() ? "" : ", ", name, value);
        TRY(t.execute(sql, {value, id}));
        return {};
    };
    if (change.name) TRY(set("UPDATE source SET given_name = ? WHERE id = ?", "name", *change.name));
    if (change.pack) TRY(set("UPDATE source SET bound_pack = ? WHERE id = ?", "pack", *change.pack));
    if (change.zone) TRY(set("UPDATE source SET zone = ? WHERE id = ?", "zone", *change.zone));
    if (change.charset) TRY(set("UPDATE source SET charset = ? WHERE id = ?", "charset", charset));
    TRY(audit.append(t, actor,
                     {.action = "update_source",
                      .object = fmt::format("source {} ({})", id, before.name),
                      .detail = detail,
                      .tenant = before.key.tenant}));
    return find(t, scope, id);
}

}  // namespace shuwei::asset
