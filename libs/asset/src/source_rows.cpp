#include "source_rows.hpp"

namespace shuwei::asset {

using base::Result;
using ledger::Reader;
using ledger::Row;

namespace {

Source source_of(const Row& row) {
    Source source;
    source.id = row.integer("id");
    source.key = {static_cast<TenantNumber>(row.integer("tenant")), row.text("listener"), row.text("peer"),
                  row.text("host")};
    source.given_name = row.text("given_name");
    source.name = source.given_name.empty() ? source.address() : source.given_name;
    source.confirmed = row.boolean("confirmed");
    source.learning = SourceLearning::decode(row.text("learning"));
    source.pack_bound = !row.text("bound_pack").empty();
    source.pack = source.pack_bound ? row.text("bound_pack") : source.learning.main_pack();
    if (source.pack.empty()) source.pack = row.text("recognised_pack");  // of the time before packs were counted
    source.zone = row.text("zone");
    source.charset = row.text("charset");
    source.lines = row.integer("lines");
    source.unparsed = row.integer("unparsed");
    source.bytes = row.integer("bytes");
    source.first_seen = row.integer("first_seen");
    source.last_seen = row.integer("last_seen");
    source.silence_rule = static_cast<SilenceRule>(row.integer("silence_rule"));
    source.own_silence = row.integer("own_silence");
    source.silent_since = row.maybe_integer("silent_since");
    source.silence_alert = row.integer("silence_alert");
    source.asset = row.integer("asset");
    source.asset_name = row.text("asset_name");
    source.asset_at_address = row.integer("asset_at_address");
    source.asset_at_address_name = row.text("asset_at_address_name");
    return source;
}

}  // namespace

Result<std::vector<Source>> query_sources(Reader& reader, const ledger::Where& where) {
    std::vector<Source> sources;
    TRY(reader.for_each(
        "SELECT s.id, s.tenant, s.listener, s.peer, s.host, s.given_name, s.confirmed, s.bound_pack, s.recognised_pack, "
        "s.learning, s.zone, s.charset, s.lines, s.unparsed, s.bytes, s.first_seen, s.last_seen, s.silence_rule, "
        "s.own_silence, s.silent_since, s.silence_alert, s.asset, a.name AS asset_name, k.asset AS asset_at_address, "
        "b.name AS asset_at_address_name FROM source s LEFT JOIN asset a ON a.id = s.asset "
        "LEFT JOIN asset_address k ON k.tenant = s.tenant "
        "AND k.address = CASE WHEN s.host <> '' THEN s.host ELSE s.peer END "
        "LEFT JOIN asset b ON b.id = k.asset" + where.sql() + " ORDER BY s.tenant, s.listener, s.peer, s.host",
        where.values(), [&](const Row& row) -> Result<> {
            sources.push_back(source_of(row));
            return {};
        }));
    return sources;
}

}  // namespace shuwei::asset
