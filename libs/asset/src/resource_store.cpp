#include "shuwei/asset/resource_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "shuwei/base/file.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/ledger/where.hpp"

namespace shuwei::asset {

using base::ErrorCode;
using base::fail;
using base::Result;
using ledger::Reader;
using ledger::Row;
using ledger::TenantNumber;
using ledger::TenantScope;
using ledger::Transaction;

namespace {

constexpr size_t kMaxShippedBytes = size_t{8} << 20;
constexpr std::string_view kColumns = "id, tenant, name, kind, description, entries, updated_by, updated";

Resource resource_of(const Row& row) {
    Resource resource;
    resource.id = row.integer("id");
    resource.tenant = static_cast<TenantNumber>(row.integer("tenant"));
    resource.name = row.text("name");
    resource.kind = resource_kind_from(row.text("kind")).value_or(ResourceKind::values);
    resource.description = row.text("description");
    resource.entries = static_cast<size_t>(row.integer("entries"));
    resource.updated_by = row.text("updated_by");
    resource.updated = row.integer("updated");
    return resource;
}

Result<std::vector<Resource>> query(Reader& reader, const ledger::Where& where) {
    std::vector<Resource> resources;
    TRY(reader.for_each(fmt::format("SELECT {} FROM resource{} ORDER BY name, tenant", kColumns, where.sql()), where.values(),
                        [&](const Row& row) -> Result<> {
                            resources.push_back(resource_of(row));
                            return {};
                        }));
    return resources;
}

Result<> check_description(std::string_view description) {
    if (description.size() <= 1024 && base::is_valid_utf8(description)) return {};
    return fail(ErrorCode::invalid_argument, "description: at most 1024 bytes");
}

Result<> bump(Transaction& t) {
    TRY(t.execute("UPDATE resource_revision SET revision = revision + 1"));
    return {};
}

Result<> touch(Transaction& t, int64_t id, base::Timestamp now, const ledger::Actor& actor) {
    TRY(t.execute("UPDATE resource SET entries = (SELECT count(*) FROM resource_entry WHERE resource = ?), updated = ?, updated_by = ? WHERE id = ?",
                  {id, now, actor.name, id}));
    return bump(t);
}

Result<> put(Transaction& t, int64_t id, const std::vector<ResourceEntry>& entries, size_t place) {
    for (const ResourceEntry& entry : entries) {
        TRY(t.execute("INSERT INTO resource_entry (resource, place, value, remark) VALUES (?, ?, ?, ?)", {id, place++, entry.value, entry.remark}));
    }
    return {};
}

std::string object_of(const Resource& resource) { return fmt::format("resource {} ({})", resource.id, resource.name); }

// "added 10.0.0.1, 10.0.0.2 and 3 more" for the audit chain.
void tell(std::string& detail, std::string_view what, const std::vector<std::string>& values) {
    if (values.empty()) return;
    detail += fmt::format("{}{} ", detail.empty() ? "" : "; ", what);
    for (size_t i = 0; i < values.size() && i < 20; ++i) detail += (i == 0 ? "" : ", ") + values[i].substr(0, 100);
    if (values.size() > 20) detail += fmt::format(" and {} more", values.size() - 20);
}

}  // namespace

ledger::MigrationSet resource_migrations() {
    return {"resource", {{1, "resources", R"sql(
CREATE TABLE resource (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL REFERENCES tenant (number),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    entries INTEGER NOT NULL DEFAULT 0,
    updated_by TEXT NOT NULL,
    updated INTEGER NOT NULL,
    UNIQUE (tenant, name)
) STRICT;
CREATE TABLE resource_entry (
    resource INTEGER NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    value TEXT NOT NULL,
    remark TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (resource, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE resource_revision (revision INTEGER NOT NULL) STRICT;
INSERT INTO resource_revision VALUES (1);
)sql"}}};
}

Result<ResourceStore> ResourceStore::load(const std::filesystem::path& folder) {
    ResourceStore store;
    std::error_code error;
    for (const auto& file : std::filesystem::directory_iterator(folder, error)) {
        if (file.path().extension() != ".csv") continue;
        const auto refuse = [&](base::Error problem) { return fail(std::move(problem).at(file.path().string())); };
        ResourceContent content;
        content.resource.name = file.path().stem().string();
        if (!is_resource_name(content.resource.name)) return refuse(base::Error(ErrorCode::invalid_argument, "the file's name is no resource name"));
        auto text = base::read_file(file.path(), kMaxShippedBytes);
        if (!text) return refuse(std::move(text).error());
        for (std::string_view rest = *text; rest.starts_with('#');) {
            const size_t end = rest.find('\n');
            const std::string_view line = base::trim(rest.substr(1, end - 1));
            if (line.starts_with("kind:")) {
                const auto kind = resource_kind_from(base::trim(line.substr(5)));
                if (!kind) return refuse(base::Error(ErrorCode::invalid_argument, "kind: addresses or values"));
                content.resource.kind = *kind;
            }
            if (line.starts_with("description:")) content.resource.description = base::trim(line.substr(12));
            rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        }
        auto entries = parse_resource_text(content.resource.kind, *text);
        if (!entries) return refuse(std::move(entries).error());
        content.entries = std::move(*entries);
        content.resource.entries = content.entries.size();
        content.resource.updated_by = "shuwei";
        store.shipped_.emplace(content.resource.name, std::move(content));
    }
    if (error) return fail(base::system_error(error.value(), "read folder " + folder.string()));
    int64_t id = 0;
    for (auto& [name, content] : store.shipped_) content.resource.id = --id;
    return store;
}

Result<std::vector<Resource>> ResourceStore::list(Reader& reader, const TenantScope& scope) const {
    std::vector<Resource> resources;
    for (const auto& [name, content] : shipped_) resources.push_back(content.resource);
    TRY_ASSIGN(const auto own, query(reader, ledger::Where(scope, "tenant")));
    resources.insert(resources.end(), own.begin(), own.end());
    return resources;
}

Result<Resource> ResourceStore::find(Reader& reader, const TenantScope& scope, int64_t id) const {
    for (const auto& [name, content] : shipped_) {
        if (content.resource.id == id) return content.resource;
    }
    TRY_ASSIGN(auto resources, query(reader, ledger::Where(scope, "tenant").add("id = ?", {id})));
    if (resources.empty()) return fail(ErrorCode::not_found, fmt::format("no resource {}", id));
    return std::move(resources.front());
}

Result<std::vector<ResourceEntry>> ResourceStore::entries(Reader& reader, const Resource& resource) const {
    if (resource.id < 0) {
        const auto at = shipped_.find(resource.name);
        return at == shipped_.end() ? std::vector<ResourceEntry>() : at->second.entries;
    }
    std::vector<ResourceEntry> entries;
    entries.reserve(resource.entries);
    TRY(reader.for_each("SELECT value, remark FROM resource_entry WHERE resource = ? ORDER BY place", {resource.id}, [&](const Row& row) -> Result<> {
        entries.push_back({row.text(0), row.text(1)});
        return {};
    }));
    return entries;
}

Result<std::optional<ResourceContent>> ResourceStore::named(Reader& reader, TenantNumber tenant, std::string_view name) const {
    TRY_ASSIGN(auto own, query(reader, ledger::Where(TenantScope::only(tenant), "tenant").add("name = ?", {name})));
    if (!own.empty()) {
        ResourceContent content{std::move(own.front()), {}};
        TRY_ASSIGN(content.entries, entries(reader, content.resource));
        return content;
    }
    const auto at = shipped_.find(name);
    if (at == shipped_.end()) return std::nullopt;
    return at->second;
}

Result<std::vector<ResourceContent>> ResourceStore::everything(Reader& reader) const {
    std::vector<ResourceContent> all;
    TRY_ASSIGN(const auto resources, list(reader, TenantScope::every_tenant()));
    for (const Resource& resource : resources) {
        TRY_ASSIGN(auto its, entries(reader, resource));
        all.push_back({resource, std::move(its)});
    }
    return all;
}

Result<int64_t> ResourceStore::revision(Reader& reader) const { return reader.query_integer("SELECT revision FROM resource_revision"); }

Result<Resource> ResourceStore::create(Transaction& t, const Resource& resource, std::vector<ResourceEntry> given, base::Timestamp now,
                                       const ledger::Actor& actor, const ledger::AuditChain& audit) const {
    if (!is_resource_name(resource.name)) {
        return fail(ErrorCode::invalid_argument, "name: a small letter, then up to 63 small letters, digits, _ and -");
    }
    TRY(check_description(resource.description));
    TRY_ASSIGN(const auto entries, checked_entries(resource.kind, std::move(given)));
    TRY_ASSIGN(const int64_t known, t.query_integer("SELECT count(*) FROM resource WHERE tenant = ?", {resource.tenant}));
    if (known >= kResourcesPerTenant) return fail(ErrorCode::resource_exhausted, fmt::format("a client has at most {} resources", kResourcesPerTenant));
    TRY_ASSIGN(const int64_t same, t.query_integer("SELECT count(*) FROM resource WHERE tenant = ? AND name = ?", {resource.tenant, resource.name}));
    if (same > 0) return fail(ErrorCode::already_exists, fmt::format("there is a resource '{}' already", resource.name));
    TRY(t.execute("INSERT INTO resource (tenant, name, kind, description, updated_by, updated) VALUES (?, ?, ?, ?, ?, ?)",
                  {resource.tenant, resource.name, to_string(resource.kind), resource.description, actor.name, now}));
    TRY_ASSIGN(const int64_t id, t.query_integer("SELECT last_insert_rowid()"));
    TRY(put(t, id, entries, 0));
    TRY(touch(t, id, now, actor));
    TRY_ASSIGN(Resource made, find(t, TenantScope::only(resource.tenant), id));
    TRY(audit.append(t, actor, {.action = "create_resource", .object = object_of(made),
                                .detail = fmt::format("{}, {} entries", to_string(made.kind), made.entries), .tenant = made.tenant}));
    return made;
}

Result<Resource> ResourceStore::describe(Transaction& t, const TenantScope& scope, int64_t id, std::string_view description, base::Timestamp now,
                                         const ledger::Actor& actor, const ledger::AuditChain& audit) const {
    TRY_ASSIGN(const Resource before, find(t, scope, id));
    if (before.tenant == 0) return fail(ErrorCode::invalid_argument, "a shipped resource is not changed: make one of the same name");
    TRY(check_description(description));
    TRY(t.execute("UPDATE resource SET description = ? WHERE id = ?", {description, id}));
    TRY(touch(t, id, now, actor));
    TRY(audit.append(t, actor, {.action = "update_resource", .object = object_of(before),
                                .detail = fmt::format("description = '{}'", description), .tenant = before.tenant}));
    return find(t, scope, id);
}

Result<Resource> ResourceStore::change_entries(Transaction& t, const TenantScope& scope, int64_t id, EntryChange change,
                                               std::vector<ResourceEntry> given, base::Timestamp now, const ledger::Actor& actor,
                                               const ledger::AuditChain& audit) const {
    TRY_ASSIGN(const Resource before, find(t, scope, id));
    if (before.tenant == 0) return fail(ErrorCode::invalid_argument, "a shipped resource is not changed: make one of the same name");
    TRY_ASSIGN(const auto old, entries(t, before));
    TRY_ASSIGN(auto asked, checked_entries(before.kind, std::move(given)));
    std::unordered_set<std::string> had;
    std::unordered_set<std::string> named;
    for (const ResourceEntry& entry : old) had.insert(base::to_ascii_lower(entry.value));
    for (const ResourceEntry& entry : asked) named.insert(base::to_ascii_lower(entry.value));
    std::vector<ResourceEntry> kept;
    std::vector<std::string> added;
    std::vector<std::string> removed;
    for (const ResourceEntry& entry : old) {
        const bool is_named = named.contains(base::to_ascii_lower(entry.value));
        if (change == EntryChange::remove ? is_named : (change == EntryChange::replace && !is_named)) removed.push_back(entry.value);
        if (change == EntryChange::remove ? !is_named : (change == EntryChange::add)) kept.push_back(entry);
    }
    if (change != EntryChange::remove) {
        for (const ResourceEntry& entry : asked) {
            if (!had.contains(base::to_ascii_lower(entry.value))) added.push_back(entry.value);
        }
        kept.insert(kept.end(), std::make_move_iterator(asked.begin()), std::make_move_iterator(asked.end()));
        TRY_ASSIGN(kept, checked_entries(before.kind, std::move(kept)));
    }
    if (kept == old) return before;
    TRY(t.execute("DELETE FROM resource_entry WHERE resource = ?", {id}));
    TRY(put(t, id, kept, 0));
    TRY(touch(t, id, now, actor));
    std::string detail;
    tell(detail, "added", added);
    tell(detail, "removed", removed);
    if (detail.empty()) detail = "remarks or order";
    TRY(audit.append(t, actor, {.action = "change_resource_entries", .object = object_of(before), .detail = detail, .tenant = before.tenant}));
    return find(t, scope, id);
}

Result<> ResourceStore::remove(Transaction& t, const TenantScope& scope, int64_t id, const ledger::Actor& actor,
                               const ledger::AuditChain& audit) const {
    TRY_ASSIGN(const Resource before, find(t, scope, id));
    if (before.tenant == 0) return fail(ErrorCode::invalid_argument, "a shipped resource is not removed");
    TRY(t.execute("DELETE FROM resource_entry WHERE resource = ?", {id}));
    TRY(t.execute("DELETE FROM resource WHERE id = ?", {id}));
    TRY(bump(t));
    TRY(audit.append(t, actor, {.action = "delete_resource", .object = object_of(before),
                                .detail = fmt::format("{} entries", before.entries), .tenant = before.tenant}));
    return {};
}

}  // namespace shuwei::asset
