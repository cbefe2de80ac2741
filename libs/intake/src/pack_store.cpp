#include "shuwei/intake/pack_store.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shuwei/ledger/where.hpp"

namespace shuwei::intake {

using base::ErrorCode;
using base::Result;
using ledger::Actor;
using ledger::AuditChain;
using ledger::Reader;
using ledger::Row;
using ledger::Transaction;

namespace {

PackRecord record_of(const Row& row) {
    PackRecord record;
    record.id = row.integer("id");
    record.tenant = static_cast<TenantNumber>(row.integer("tenant"));
    record.name = row.text("name");
    record.version = row.integer("version");
    record.live_version = row.integer("live_version");
    record.reach = row.boolean("everyone") ? PackReach::everyone : PackReach::tenant;
    record.created = row.integer("created");
    record.created_by = row.text("created_by");
    record.changed = row.integer("changed");
    record.changed_by = row.text("changed_by");
    return record;
}

Result<std::vector<PackRecord>> query(Reader& reader, const ledger::Where& where) {
    std::vector<PackRecord> records;
    TRY(reader.for_each("SELECT id, tenant, name, version, live_version, everyone, created, created_by, changed, changed_by FROM pack" +
                            where.sql() + " ORDER BY name, tenant",
                        where.values(), [&](const Row& row) -> Result<> {
                            records.push_back(record_of(row));
                            return {};
                        }));
    return records;
}

bool is_name(std::string_view name) {
    const auto small = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !name.empty() && name.size() <= 64 && small(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return small(c) || c == '_' || c == '-'; });
}

base::Error wrong(std::string field, std::string what) {
    return base::Error(ErrorCode::invalid_argument, std::move(what)).at(std::move(field));
}

Result<> check_text(const std::string& text) {
    if (text.empty()) return base::fail(wrong("text", "is empty"));
    if (text.size() > PackStore::kTextBytes) return base::fail(wrong("text", fmt::format("is longer than {} bytes", PackStore::kTextBytes)));
    if (text.find('\0') != std::string::npos) return base::fail(wrong("text", "holds a zero byte"));
    return {};
}

Result<> audited(Transaction& t, const AuditChain& audit, const Actor& actor, std::string action, const PackRecord& record, std::string detail) {
    TRY(audit.append(t, actor, {.action = std::move(action),
                                .object = fmt::format("pack {} ({})", record.id, record.name),
                                .detail = std::move(detail),
                                .tenant = record.tenant}));
    return {};
}

Result<> live_changed(Transaction& t) {
    TRY(t.execute("UPDATE pack_revision SET value = value + 1"));
    return {};
}

}  // namespace

Result<std::vector<PackRecord>> PackStore::list(Reader& reader, const TenantScope& scope) const {
    return query(reader, ledger::Where(scope, "tenant"));
}

Result<PackRecord> PackStore::find(Reader& reader, const TenantScope& scope, int64_t id) const {
    TRY_ASSIGN(auto records, query(reader, ledger::Where(scope, "tenant").add("id = ?", {id})));
    if (records.empty()) return base::fail(ErrorCode::not_found, fmt::format("no pack {}", id));
    return std::move(records.front());
}

Result<std::vector<PackVersion>> PackStore::versions(Reader& reader, int64_t id) const {
    std::vector<PackVersion> versions;
    TRY(reader.for_each("SELECT version, made, made_by FROM pack_version WHERE pack = ? ORDER BY version DESC", {id}, [&](const Row& row) -> Result<> {
        versions.push_back({row.integer("version"), row.integer("made"), row.text("made_by")});
        return {};
    }));
    return versions;
}

Result<std::string> PackStore::text(Reader& reader, int64_t id, int64_t version) const {
    TRY_ASSIGN(const auto row, reader.query_one("SELECT \"text\" FROM pack_version WHERE pack = ? AND version = ?", {id, version}));
    if (!row) return base::fail(ErrorCode::not_found, fmt::format("pack {} has no version {}", id, version));
    return row->text("text");
}

Result<std::vector<LivePack>> PackStore::live(Reader& reader) const {
    std::vector<LivePack> packs;
    TRY(reader.for_each("SELECT p.id, p.tenant, p.live_version, p.everyone, p.name, v.\"text\" AS body FROM pack p "
                        "JOIN pack_version v ON v.pack = p.id AND v.version = p.live_version WHERE p.live_version > 0 ORDER BY p.id",
                        {}, [&](const Row& row) -> Result<> {
                            packs.push_back({row.integer("id"), static_cast<TenantNumber>(row.integer("tenant")), row.integer("live_version"),
                                             row.boolean("everyone") ? PackReach::everyone : PackReach::tenant, row.text("name"), row.text("body")});
                            return {};
                        }));
    return packs;
}

Result<int64_t> PackStore::revision(Reader& reader) const { return reader.query_integer("SELECT value FROM pack_revision"); }

Result<PackRecord> PackStore::add(Transaction& t, TenantNumber tenant, const std::string& name, const std::string& text,
                                  const Actor& actor, const AuditChain& audit) const {
    if (!is_name(name)) return base::fail(wrong("name", "small letters, digits, '-' and '_', at most 64, no '-' or '_' first"));
    TRY(check_text(text));
    TRY_ASSIGN(const int64_t count, t.query_integer("SELECT count(*) FROM pack WHERE tenant = ?", {tenant}));
    if (count >= kPacksPerTenant) return base::fail(ErrorCode::resource_exhausted, fmt::format("a client has at most {} packs of its own", kPacksPerTenant));
    const base::Timestamp now = clock_.now();
    auto inserted = t.execute("INSERT INTO pack (tenant, name, created, created_by, changed, changed_by) VALUES (?, ?, ?, ?, ?, ?)",
                              {tenant, name, now, actor.name, now, actor.name});
    if (!inserted) {
        if (inserted.error().code() != ErrorCode::already_exists) return base::fail(std::move(inserted).error());
        return base::fail(base::Error(ErrorCode::already_exists, "there is a pack '" + name + "' already").at("name"));
    }
    TRY_ASSIGN(const int64_t id, t.query_integer("SELECT id FROM pack WHERE tenant = ? AND name = ?", {tenant, name}));
    TRY(t.execute("INSERT INTO pack_version (pack, version, \"text\", made, made_by) VALUES (?, 1, ?, ?, ?)", {id, text, now, actor.name}));
    TRY_ASSIGN(auto record, find(t, TenantScope::only(tenant), id));
    TRY(audited(t, audit, actor, "create_pack", record, fmt::format("{} bytes", text.size())));
    return record;
}

Result<PackRecord> PackStore::save(Transaction& t, const TenantScope& scope, int64_t id, int64_t seen, const std::string& text,
                                   const Actor& actor, const AuditChain& audit) const {
    TRY_ASSIGN(const PackRecord before, find(t, scope, id));
    TRY(check_text(text));
    if (seen != before.version) {
        return base::fail(ErrorCode::conflict, fmt::format("{} has saved version {} meanwhile", before.changed_by, before.version));
    }
    const base::Timestamp now = clock_.now();
    const int64_t version = before.version + 1;
    TRY(t.execute("INSERT INTO pack_version (pack, version, \"text\", made, made_by) VALUES (?, ?, ?, ?, ?)", {id, version, text, now, actor.name}));
    TRY(t.execute("DELETE FROM pack_version WHERE pack = ? AND version <= ? AND version <> ?", {id, version - kVersionsKept, before.live_version}));
    TRY(t.execute("UPDATE pack SET version = ?, changed = ?, changed_by = ? WHERE id = ?", {version, now, actor.name, id}));
    TRY(audited(t, audit, actor, "update_pack", before, fmt::format("version {}, {} bytes", version, text.size())));
    return find(t, scope, id);
}

Result<PackRecord> PackStore::activate(Transaction& t, const TenantScope& scope, int64_t id, int64_t version, PackReach reach,
                                       const Actor& actor, const AuditChain& audit) const {
    TRY_ASSIGN(const PackRecord before, find(t, scope, id));
    TRY(text(t, id, version));
    if (reach == PackReach::everyone) {
        TRY_ASSIGN(const int64_t same, t.query_integer("SELECT count(*) FROM pack WHERE name = ? AND everyone = 1 AND live_version > 0 AND id <> ?", {before.name, id}));
        if (same > 0) return base::fail(ErrorCode::conflict, "another client's pack '" + before.name + "' is live for everybody");
        TRY_ASSIGN(const int64_t count, t.query_integer("SELECT count(*) FROM pack WHERE everyone = 1 AND live_version > 0 AND id <> ?", {id}));
        if (count >= kPacksOfEveryone) return base::fail(ErrorCode::resource_exhausted, fmt::format("at most {} packs live for everybody", kPacksOfEveryone));
    }
    TRY(t.execute("UPDATE pack SET live_version = ?, everyone = ?, changed = ?, changed_by = ? WHERE id = ?",
                  {version, reach == PackReach::everyone, clock_.now(), actor.name, id}));
    TRY(live_changed(t));
    TRY(audited(t, audit, actor, "activate_pack", before, fmt::format("version {}{}", version, reach == PackReach::everyone ? ", for everybody" : "")));
    return find(t, scope, id);
}

Result<PackRecord> PackStore::deactivate(Transaction& t, const TenantScope& scope, int64_t id, const Actor& actor, const AuditChain& audit) const {
    TRY_ASSIGN(const PackRecord before, find(t, scope, id));
    TRY(t.execute("UPDATE pack SET live_version = 0, everyone = 0, changed = ?, changed_by = ? WHERE id = ?", {clock_.now(), actor.name, id}));
    TRY(live_changed(t));
    TRY(audited(t, audit, actor, "deactivate_pack", before, fmt::format("was version {}", before.live_version)));
    return find(t, scope, id);
}

Result<> PackStore::remove(Transaction& t, const TenantScope& scope, int64_t id, const Actor& actor, const AuditChain& audit) const {
    TRY_ASSIGN(const PackRecord before, find(t, scope, id));
    TRY(t.execute("DELETE FROM pack_version WHERE pack = ?", {id}));
    TRY(t.execute("DELETE FROM pack WHERE id = ?", {id}));
    if (before.live_version > 0) TRY(live_changed(t));
    return audited(t, audit, actor, "delete_pack", before, fmt::format("version {}", before.version));
}

}  // namespace shuwei::intake
