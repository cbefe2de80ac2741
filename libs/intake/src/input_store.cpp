#include "shuwei/intake/input_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "shuwei/base/text.hpp"
#include "shuwei/ledger/where.hpp"

namespace shuwei::intake {

using base::ErrorCode;
using base::Result;
using collect::InputFieldType;
using collect::InputKind;
using collect::InputSettings;
using collect::InputValues;
using ledger::Actor;
using ledger::AuditChain;
using ledger::Reader;
using ledger::Row;
using ledger::Transaction;
using nlohmann::json;

namespace {

constexpr std::string_view kColumns =
    "id, tenant, name, kind, zone, charset, pack, \"values\", secrets, origin, state, revision, created, changed, changed_by";

base::Error wrong(std::string field, std::string what) {
    return base::Error(ErrorCode::invalid_argument, std::move(what)).at(std::move(field));
}

std::string sealed_for(int64_t id, std::string_view field) { return fmt::format("input/{}/{}", id, field); }

// Our own JSON: an object of texts.
InputValues values_of(const std::string& text) {
    InputValues values;
    const auto object = json::parse(text, nullptr, false);
    if (!object.is_object()) return values;
    for (const auto& [name, value] : object.items()) {
        if (value.is_string()) values[name] = value.get<std::string>();
    }
    return values;
}

std::string text_of(const InputValues& values) {
    json object = json::object();
    for (const auto& [name, value] : values) object[name] = value;
    return object.dump();
}

InputRecord record_of(const Row& row) {
    InputRecord record;
    record.id = row.integer("id");
    record.tenant = static_cast<TenantNumber>(row.integer("tenant"));
    record.name = row.text("name");
    record.kind = row.text("kind");
    record.zone = row.text("zone");
    record.charset = row.text("charset");
    record.pack = row.text("pack");
    record.values = values_of(row.text("values"));
    for (const auto& [field, sealed] : values_of(row.text("secrets"))) record.secrets.insert(field);
    record.origin = static_cast<InputOrigin>(row.integer("origin"));
    record.state = static_cast<InputState>(row.integer("state"));
    record.revision = row.integer("revision");
    record.created = row.integer("created");
    record.changed = row.integer("changed");
    record.changed_by = row.text("changed_by");
    return record;
}

Result<std::vector<InputRecord>> query(Reader& reader, const ledger::Where& where) {
    std::vector<InputRecord> records;
    TRY(reader.for_each(fmt::format("SELECT {} FROM input{} ORDER BY tenant, name, id", kColumns, where.sql()), where.values(),
                        [&](const Row& row) -> Result<> {
                            records.push_back(record_of(row));
                            return {};
                        }));
    return records;
}

bool is_name(std::string_view name) {
    const auto small = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !name.empty() && name.size() <= 48 && small(name.front()) &&
           std::all_of(name.begin(), name.end(), [&](char c) { return small(c) || c == '_' || c == '-'; });
}

Result<> audited(Transaction& t, const AuditChain& audit, const Actor& actor, std::string action, const InputRecord& record,
                 std::string detail) {
    TRY(audit.append(t, actor, {.action = std::move(action),
                                .object = fmt::format("input {} ({})", record.id, record.name),
                                .detail = std::move(detail),
                                .tenant = record.tenant}));
    return {};
}

}  // namespace

ledger::MigrationSet migrations() {
    return {"intake", {{1, "inputs", R"sql(
CREATE TABLE input (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL REFERENCES tenant (number),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    zone TEXT NOT NULL,
    charset TEXT NOT NULL,
    pack TEXT NOT NULL,
    "values" TEXT NOT NULL DEFAULT '{}',
    secrets TEXT NOT NULL DEFAULT '{}',
    origin INTEGER NOT NULL,
    state INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL DEFAULT 1,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    changed_by TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX input_name ON input (tenant, name) WHERE state <> 2;
)sql"},
                       {2, "packs", R"sql(
CREATE TABLE pack (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL REFERENCES tenant (number),
    name TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    live_version INTEGER NOT NULL DEFAULT 0,
    everyone INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    changed INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    UNIQUE (tenant, name)
) STRICT;
CREATE TABLE pack_version (
    pack INTEGER NOT NULL REFERENCES pack (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    "text" TEXT NOT NULL,
    made INTEGER NOT NULL,
    made_by TEXT NOT NULL,
    PRIMARY KEY (pack, version)
) STRICT;
CREATE TABLE pack_revision (value INTEGER NOT NULL) STRICT;
INSERT INTO pack_revision VALUES (1);
)sql"}}};
}

Result<std::vector<InputRecord>> InputStore::list(Reader& reader, const TenantScope& scope) const {
    return query(reader, ledger::Where(scope, "tenant").add("state <> ?", {static_cast<int>(InputState::removed)}));
}

Result<std::vector<InputRecord>> InputStore::every(Reader& reader) const {
    return query(reader, ledger::Where(TenantScope::every_tenant(), "tenant"));
}

Result<InputRecord> InputStore::find(Reader& reader, const TenantScope& scope, int64_t id) const {
    TRY_ASSIGN(auto records, query(reader, ledger::Where(scope, "tenant").add("id = ? AND state <> ?", {id, static_cast<int>(InputState::removed)})));
    if (records.empty()) return base::fail(ErrorCode::not_found, fmt::format("no input {}", id));
    return std::move(records.front());
}

Result<InputSettings> InputStore::check(const InputDraft& draft, InputOrigin origin) const {
    if (!is_name(draft.name)) return base::fail(wrong("name", "small letters, digits, '-' and '_', at most 48, no '-' or '_' first"));
    const InputKind* const kind = collect::find_input_kind(draft.kind);
    if (kind == nullptr) return base::fail(wrong("kind", "'" + draft.kind + "' is not a kind of input"));
    if (draft.charset != "auto" && draft.charset != "utf-8" && draft.charset != "gb18030") {
        return base::fail(wrong("charset", "one of auto, utf-8, gb18030"));
    }
    if (draft.zone.size() > 64 || draft.pack.size() > 128) return base::fail(wrong("zone", "zone or pack is too long"));
    auto settings = InputSettings::check(*kind, draft.values);
    if (!settings) return base::fail(std::move(settings).error().at("settings"));
    if (origin == InputOrigin::people) {
        const auto closed = [](std::string field, const std::string& path) {
            return base::fail(wrong(std::move(field),
                                    "'" + path + "' lies below none of the folders that `input_folders` of the configuration opens"));
        };
        for (const auto& field : kind->fields) {
            if (field.type != InputFieldType::paths) continue;
            for (const std::string& path : settings->list(field.name)) {
                if (!readable_.hold_pattern(path)) return closed(fmt::format("settings.{}", field.name), path);
            }
        }
        if (kind->files != nullptr) {
            for (const std::string& file : kind->files(*settings)) {
                if (!readable_.hold_file(file)) return closed("settings", file);
            }
        }
    }
    return settings;
}

Result<> InputStore::write_values(Transaction& t, int64_t id, const std::string& kind_name, const InputValues& values) const {
    const InputKind* const kind = collect::find_input_kind(kind_name);
    InputValues open;
    InputValues sealed;
    for (const auto& [name, value] : values) {
        const auto* const field = kind->field(name);
        if (value.empty() || field == nullptr) continue;
        if (field->type == InputFieldType::secret) {
            sealed[name] = box_.seal(sealed_for(id, name), value);
        } else {
            open[name] = value;
        }
    }
    TRY(t.execute("UPDATE input SET \"values\" = ?, secrets = ? WHERE id = ?", {text_of(open), text_of(sealed), id}));
    return {};
}

Result<int64_t> InputStore::insert(Transaction& t, const InputDraft& draft, InputOrigin origin, const std::string& by) const {
    const base::Timestamp now = clock_.now();
    auto inserted = t.execute(
        "INSERT INTO input (tenant, name, kind, zone, charset, pack, origin, created, changed, changed_by) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {draft.tenant, draft.name, draft.kind, draft.zone, draft.charset, draft.pack, static_cast<int>(origin), now, now, by});
    if (!inserted) {
        if (inserted.error().code() != ErrorCode::already_exists) return base::fail(std::move(inserted).error());
        return base::fail(base::Error(ErrorCode::already_exists, "there is an input '" + draft.name + "' already").at("name"));
    }
    TRY_ASSIGN(const int64_t id, t.query_integer("SELECT max(id) FROM input"));
    TRY(write_values(t, id, draft.kind, draft.values));
    return id;
}

Result<InputRecord> InputStore::add(Transaction& t, const InputDraft& draft, const Actor& actor, const AuditChain& audit) const {
    TRY(check(draft, InputOrigin::people));
    TRY_ASSIGN(const int64_t count, t.query_integer("SELECT count(*) FROM input WHERE tenant = ? AND state <> ?",
                                                    {draft.tenant, static_cast<int>(InputState::removed)}));
    if (count >= kInputsPerTenant) return base::fail(ErrorCode::resource_exhausted, fmt::format("a client has at most {} inputs", kInputsPerTenant));
    TRY_ASSIGN(const int64_t id, insert(t, draft, InputOrigin::people, actor.name));
    TRY_ASSIGN(auto record, find(t, TenantScope::only(draft.tenant), id));
    TRY(audited(t, audit, actor, "create_input", record, "kind " + draft.kind));
    return record;
}

Result<InputValues> InputStore::opened(Reader& reader, const InputRecord& record) const {
    InputValues values = record.values;
    TRY_ASSIGN(const auto row, reader.query_one("SELECT secrets FROM input WHERE id = ?", {record.id}));
    if (!row) return values;
    for (const auto& [field, sealed] : values_of(row->text("secrets"))) {
        TRY_ASSIGN(values[field], box_.open_sealed(sealed_for(record.id, field), sealed));
    }
    return values;
}

Result<InputSettings> InputStore::settings(Reader& reader, const InputRecord& record) const {
    TRY_ASSIGN(auto values, opened(reader, record));
    const InputKind* const kind = collect::find_input_kind(record.kind);
    if (kind == nullptr) return base::fail(wrong("kind", "'" + record.kind + "' is not a kind of input"));
    return InputSettings::check(*kind, std::move(values));
}

Result<InputSettings> InputStore::settings(Reader& reader, const InputDraft& draft, const InputRecord* record) const {
    InputDraft whole = draft;
    if (record != nullptr && record->kind == draft.kind) {
        TRY_ASSIGN(const auto kept, opened(reader, *record));
        for (const std::string& field : record->secrets) whole.values.try_emplace(field, kept.at(field));
    }
    return check(whole, InputOrigin::people);
}

Result<InputRecord> InputStore::change(Transaction& t, const TenantScope& scope, int64_t id, const InputChange& change,
                                       const Actor& actor, const AuditChain& audit) const {
    TRY_ASSIGN(const InputRecord before, find(t, scope, id));
    const bool more_than_pause = change.zone || change.charset || change.pack || change.values;
    if (before.origin == InputOrigin::file && more_than_pause) {
        return base::fail(ErrorCode::conflict, "this input stands in the configuration file: change it there");
    }
    std::string detail;
    const auto note = [&](std::string_view text) { detail.append(detail.empty() ? "" : ", ").append(text); };
    InputDraft after{before.tenant, before.name, before.kind, before.zone, before.charset, before.pack, {}};
    TRY_ASSIGN(after.values, opened(t, before));
    if (change.zone) after.zone = *change.zone, note("zone = '" + after.zone + "'");
    if (change.charset) after.charset = *change.charset, note("charset = '" + after.charset + "'");
    if (change.pack) after.pack = *change.pack, note("pack = '" + after.pack + "'");
    if (change.values) {
        InputValues values = *change.values;
        for (const std::string& field : before.secrets) values.try_emplace(field, after.values[field]);
        after.values = std::move(values);
        note("settings");
    }
    InputState state = before.state;
    if (change.paused) {
        state = *change.paused ? InputState::paused : InputState::active;
        note(*change.paused ? "paused" : "resumed");
    }
    if (more_than_pause) TRY(check(after, before.origin));
    TRY(t.execute("UPDATE input SET zone = ?, charset = ?, pack = ?, state = ?, revision = revision + 1, changed = ?, changed_by = ? WHERE id = ?",
                  {after.zone, after.charset, after.pack, static_cast<int>(state), clock_.now(), actor.name, id}));
    if (change.values) TRY(write_values(t, id, after.kind, after.values));
    TRY(audited(t, audit, actor, "update_input", before, detail));
    return find(t, scope, id);
}

Result<> InputStore::remove(Transaction& t, const TenantScope& scope, int64_t id, const Actor& actor, const AuditChain& audit) const {
    TRY_ASSIGN(const InputRecord before, find(t, scope, id));
    if (before.origin == InputOrigin::file) {
        return base::fail(ErrorCode::conflict, "this input stands in the configuration file: remove it there");
    }
    TRY(t.execute("UPDATE input SET state = ?, secrets = '{}', revision = revision + 1, changed = ?, changed_by = ? WHERE id = ?",
                  {static_cast<int>(InputState::removed), clock_.now(), actor.name, id}));
    return audited(t, audit, actor, "delete_input", before, "kind " + before.kind);
}

Result<> InputStore::adopt(Transaction& t, std::span<const InputDraft> drafts) const {
    TRY_ASSIGN(const auto known, query(t, ledger::Where(TenantScope::every_tenant(), "tenant")
                                              .add("origin = ? AND state <> ?", {static_cast<int>(InputOrigin::file), static_cast<int>(InputState::removed)})));
    const auto same_name = [](const auto& a, const auto& b) { return a.tenant == b.tenant && a.name == b.name; };
    for (const InputRecord& record : known) {
        const bool there = std::any_of(drafts.begin(), drafts.end(), [&](const InputDraft& d) { return same_name(d, record) && d.kind == record.kind; });
        if (!there) {
            TRY(t.execute("UPDATE input SET state = ?, secrets = '{}', revision = revision + 1, changed = ? WHERE id = ?",
                          {static_cast<int>(InputState::removed), clock_.now(), record.id}));
        }
    }
    for (const InputDraft& draft : drafts) {
        if (auto checked = check(draft, InputOrigin::file); !checked) return base::fail(std::move(checked).error().at("input '" + draft.name + "'"));
        const auto record = std::find_if(known.begin(), known.end(), [&](const InputRecord& r) { return same_name(draft, r) && draft.kind == r.kind; });
        if (record == known.end()) {
            auto inserted = insert(t, draft, InputOrigin::file, "configuration");
            if (!inserted) return base::fail(std::move(inserted).error().at("input '" + draft.name + "'"));
            continue;
        }
        TRY(t.execute("UPDATE input SET zone = ?, charset = ?, pack = ?, revision = revision + 1 WHERE id = ?",
                      {draft.zone, draft.charset, draft.pack, record->id}));
        TRY(write_values(t, record->id, draft.kind, draft.values));
    }
    return {};
}

}  // namespace shuwei::intake
