#include "shuwei/asset/asset_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "shuwei/ledger/where.hpp"

namespace shuwei::asset {

using base::ErrorCode;
using base::Result;
using ledger::Reader;
using ledger::Row;
using ledger::Transaction;

namespace {

Result<std::vector<Asset>> query(Reader& reader, const TenantScope& scope, const ledger::Where& where) {
    std::vector<Asset> assets;
    std::map<int64_t, size_t> places;
    TRY(reader.for_each("SELECT id, tenant, name, kind, vendor, product, created FROM asset" + where.sql() +
                            " ORDER BY name, id",
                        where.values(), [&](const Row& row) -> Result<> {
                            Asset& asset = assets.emplace_back();
                            asset.id = row.integer("id");
                            asset.tenant = static_cast<TenantNumber>(row.integer("tenant"));
                            asset.name = row.text("name");
                            asset.kind = row.text("kind");
                            asset.vendor = row.text("vendor");
                            asset.product = row.text("product");
                            asset.created = row.integer("created");
                            places[asset.id] = assets.size() - 1;
                            return {};
                        }));
    ledger::Where belonging(scope, "tenant");
    if (assets.size() == 1) belonging.add("asset = ?", {assets.front().id});
    else belonging.add("asset IS NOT NULL");
    TRY(reader.for_each("SELECT asset, address FROM asset_address" + belonging.sql() + " ORDER BY address",
                        belonging.values(), [&](const Row& row) -> Result<> {
                            const auto place = places.find(row.integer("asset"));
                            if (place != places.end()) assets[place->second].addresses.push_back(row.text("address"));
                            return {};
                        }));
    TRY(reader.for_each(
        "SELECT asset, id, CASE WHEN given_name <> '' THEN given_name WHEN host <> '' THEN host ELSE peer END AS name "
        "FROM source" + belonging.sql() + " ORDER BY name, id",
        belonging.values(), [&](const Row& row) -> Result<> {
            const auto place = places.find(row.integer("asset"));
            if (place != places.end()) assets[place->second].sources.emplace_back(row.integer("id"), row.text("name"));
            return {};
        }));
    return assets;
}

}  // namespace

Result<std::vector<Asset>> AssetStore::list(Reader& reader, const TenantScope& scope) {
    return query(reader, scope, ledger::Where(scope, "tenant"));
}

Result<Asset> AssetStore::find(Reader& reader, const TenantScope& scope, int64_t id) {
    TRY_ASSIGN(auto assets, query(reader, scope, ledger::Where(scope, "tenant").add("id = ?", {id})));
    if (assets.empty()) return base::fail(ErrorCode::not_found, fmt::format("no asset {}", id));
    return std::move(assets.front());
}

Result<int64_t> AssetStore::at_address(Reader& reader, TenantNumber tenant, const std::string& address) {
    return reader.query_integer("SELECT asset FROM asset_address WHERE tenant = ? AND address = ?", {tenant, address});
}

Result<int64_t> AssetStore::add(Transaction& t, const Asset& asset, base::Timestamp now) {
    TRY_ASSIGN(const int64_t have, t.query_integer("SELECT count(*) FROM asset WHERE tenant = ?", {asset.tenant}));
    if (have >= kAssetsPerTenant) {
        return base::fail(ErrorCode::resource_exhausted, fmt::format("a client has at most {} assets", kAssetsPerTenant));
    }
    TRY(t.execute("INSERT INTO asset (tenant, name, kind, vendor, product, created) VALUES (?, ?, ?, ?, ?, ?)",
                  {asset.tenant, asset.name, asset.kind, asset.vendor, asset.product, now}));
    TRY_ASSIGN(const int64_t id, t.query_integer("SELECT last_insert_rowid()"));
    for (const std::string& address : asset.addresses) TRY(give_address(t, asset.tenant, address, id));
    return id;
}

Result<> AssetStore::give_address(Transaction& t, TenantNumber tenant, const std::string& address, int64_t asset) {
    if (address.empty()) return {};
    TRY(t.execute("INSERT INTO asset_address (tenant, address, asset) VALUES (?, ?, ?) "
                  "ON CONFLICT (tenant, address) DO UPDATE SET asset = excluded.asset",
                  {tenant, address, asset}));
    return {};
}

Result<> AssetStore::merge(Transaction& t, TenantNumber tenant, int64_t from, int64_t into) {
    TRY(t.execute("UPDATE asset_address SET asset = ? WHERE tenant = ? AND asset = ?", {into, tenant, from}));
    TRY(t.execute("UPDATE source SET asset = ? WHERE tenant = ? AND asset = ?", {into, tenant, from}));
    TRY(t.execute("DELETE FROM asset WHERE tenant = ? AND id = ?", {tenant, from}));
    return {};
}

}  // namespace shuwei::asset
