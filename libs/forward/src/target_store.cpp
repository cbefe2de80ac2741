#include "shuwei/forward/target_store.hpp"

#include <fmt/format.h>

#include "shuwei/ledger/where.hpp"

namespace shuwei::forward {

using base::ErrorCode;
using base::fail;
using base::Result;
using ledger::Reader;
using ledger::Row;
using ledger::TenantScope;
using ledger::Transaction;

namespace {

constexpr std::string_view kColumns =
    "id, tenant, origin, name, kind, format, address, topic, filter, user_name, mechanism, tls, verified, authorities, "
    "certificate, password, private_key, paused, delivered_seq, delivered_events, created, version";

// Sealed secrets are bound to their place.
std::string place_of(int64_t id, std::string_view member) { return fmt::format("forward/{}/{}", id, member); }

Target target_of(const Row& row) {
    Target target;
    target.id = row.integer("id");
    target.tenant = static_cast<ledger::TenantNumber>(row.integer("tenant"));
    target.origin = row.text("origin") == "file" ? TargetOrigin::file : TargetOrigin::page;
    TargetSettings& settings = target.settings;
    settings.name = row.text("name");
    settings.kind = target_kind_from(row.text("kind")).value_or(TargetKind::syslog_tcp);
    settings.format = format_from(row.text("format")).value_or(Format::raw);
    settings.address = row.text("address");
    settings.topic = row.text("topic");
    settings.filter = row.text("filter");
    settings.user = row.text("user_name");
    settings.mechanism = row.text("mechanism");
    settings.tls = row.integer("tls") != 0;
    settings.verification = row.integer("verified") != 0 ? Verification::peer : Verification::none;
    settings.authorities = row.text("authorities");
    settings.certificate = row.text("certificate");
    target.has_password = !row.text("password").empty();
    target.has_key = !row.text("private_key").empty();
    target.paused = row.integer("paused") != 0;
    target.delivered_seq = static_cast<uint64_t>(row.integer("delivered_seq"));
    target.delivered_events = static_cast<uint64_t>(row.integer("delivered_events"));
    target.created = row.integer("created");
    target.version = row.integer("version");
    return target;
}

Result<std::vector<Target>> query(Reader& reader, const ledger::Where& where) {
    std::vector<Target> targets;
    TRY(reader.for_each(fmt::format("SELECT {} FROM forward_target{} ORDER BY name, id", kColumns, where.sql()), where.values(),
                        [&](const Row& row) -> Result<> {
                            targets.push_back(target_of(row));
                            return {};
                        }));
    return targets;
}

std::string object_of(const Target& target) { return fmt::format("forward target {} ({})", target.id, target.settings.name); }

std::string describe(const TargetSettings& settings) {
    return fmt::format("{} {} to {}{}{}{}{}", to_string(settings.kind), to_string(settings.format), settings.address,
                       settings.topic.empty() ? "" : " " + settings.topic,
                       settings.filter.empty() ? "" : ", filter " + settings.filter,
                       settings.user.empty() ? "" : ", user " + settings.user,
                       settings.verification == Verification::none ? ", certificate not verified" : "");
}

Result<> may_change(const Target& target, TargetOrigin origin) {
    if (target.origin == TargetOrigin::file && origin != TargetOrigin::file) {
        return fail(ErrorCode::conflict, fmt::format("'{}' is defined in the configuration file: change it there", target.settings.name));
    }
    return {};
}

}  // namespace

ledger::MigrationSet migrations() {
    return {"forward", {{1, "forward targets", R"sql(
CREATE TABLE forward_target (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant INTEGER NOT NULL REFERENCES tenant (number),
    origin TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    format TEXT NOT NULL,
    address TEXT NOT NULL,
    topic TEXT NOT NULL,
    filter TEXT NOT NULL,
    user_name TEXT NOT NULL,
    mechanism TEXT NOT NULL,
    tls INTEGER NOT NULL,
    verified INTEGER NOT NULL,
    authorities TEXT NOT NULL,
    certificate TEXT NOT NULL,
    password TEXT NOT NULL DEFAULT '',
    private_key TEXT NOT NULL DEFAULT '',
    paused INTEGER NOT NULL,
    delivered_seq INTEGER NOT NULL,
    delivered_events INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    UNIQUE (tenant, name)
) STRICT;
)sql"}}};
}

Result<std::vector<Target>> TargetStore::list(Reader& reader, const TenantScope& scope) const {
    return query(reader, ledger::Where(scope, "tenant"));
}

Result<Target> TargetStore::find(Reader& reader, const TenantScope& scope, int64_t id) const {
    TRY_ASSIGN(auto targets, query(reader, ledger::Where(scope, "tenant").add("id = ?", {id})));
    if (targets.empty()) return fail(ErrorCode::not_found, fmt::format("no forwarding target {}", id));
    return std::move(targets.front());
}

Result<TargetSecrets> TargetStore::secrets(Reader& reader, int64_t id) const {
    TRY_ASSIGN(const auto row, reader.query_one("SELECT password, private_key FROM forward_target WHERE id = ?", {id}));
    if (!row) return fail(ErrorCode::not_found, fmt::format("no forwarding target {}", id));
    TargetSecrets secrets;
    if (!row->text("password").empty()) {
        TRY_ASSIGN(secrets.password, box_->open_sealed(place_of(id, "password"), row->text("password")));
    }
    if (!row->text("private_key").empty()) {
        TRY_ASSIGN(secrets.key, box_->open_sealed(place_of(id, "key"), row->text("private_key")));
    }
    return secrets;
}

Result<Target> TargetStore::add(Transaction& t, const NewTarget& target, const ledger::Actor& actor,
                                const ledger::AuditChain& audit) const {
    TRY(check(target.settings, target.secrets));
    TRY_ASSIGN(const int64_t there, t.query_integer("SELECT count(*) FROM forward_target WHERE tenant = ?", {target.tenant}));
    if (there >= kTargetsPerTenant) {
        return fail(ErrorCode::resource_exhausted, fmt::format("a tenant has at most {} forwarding targets", kTargetsPerTenant));
    }
    const TargetSettings& s = target.settings;
    const auto inserted = t.execute(
        "INSERT INTO forward_target (tenant, origin, name, kind, format, address, topic, filter, user_name, mechanism, tls, "
        "verified, authorities, certificate, paused, delivered_seq, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
        "?, ?, ?)",
        {target.tenant, target.origin == TargetOrigin::file ? "file" : "page", s.name, to_string(s.kind), to_string(s.format),
         s.address, s.topic, s.filter, s.user, s.mechanism, s.tls, s.verification == Verification::peer, s.authorities,
         s.certificate, target.paused, target.after, target.created});
    if (!inserted && inserted.error().code() == ErrorCode::already_exists) {
        return fail(ErrorCode::already_exists, fmt::format("there is a forwarding target '{}' already", s.name));
    }
    TRY(inserted);
    TRY_ASSIGN(const int64_t id, t.query_integer("SELECT last_insert_rowid()"));
    const auto sealed = [&](std::string_view member, const std::string& secret) {
        return secret.empty() ? std::string() : box_->seal(place_of(id, member), secret);
    };
    TRY(t.execute("UPDATE forward_target SET password = ?, private_key = ? WHERE id = ?",
                  {sealed("password", target.secrets.password), sealed("key", target.secrets.key), id}));
    TRY_ASSIGN(Target added, find(t, TenantScope::only(target.tenant), id));
    TRY(audit.append(t, actor, {.action = "create_forward_target", .object = object_of(added),
                                .detail = fmt::format("{}, from seq {}", describe(s), target.after + 1), .tenant = target.tenant}));
    return added;
}

Result<Target> TargetStore::update(Transaction& t, const TenantScope& scope, int64_t id, const TargetSettings& s,
                                   const SecretChange& change, TargetOrigin origin, const ledger::Actor& actor,
                                   const ledger::AuditChain& audit) const {
    TRY_ASSIGN(const Target before, find(t, scope, id));
    TRY(may_change(before, origin));
    TRY_ASSIGN(TargetSecrets now, secrets(t, id));
    const TargetSecrets old = now;
    if (change.password) now.password = *change.password;
    if (change.key) now.key = *change.key;
    if (s.certificate.empty()) now.key.clear();
    TRY(check(s, now));
    if (s == before.settings && now == old) return before;
    const auto sealed = [&](std::string_view member, const std::string& secret) {
        return secret.empty() ? std::string() : box_->seal(place_of(id, member), secret);
    };
    const auto updated = t.execute(
        "UPDATE forward_target SET name = ?, kind = ?, format = ?, address = ?, topic = ?, filter = ?, user_name = ?, "
        "mechanism = ?, tls = ?, verified = ?, authorities = ?, certificate = ?, password = ?, private_key = ?, "
        "version = version + 1 WHERE id = ?",
        {s.name, to_string(s.kind), to_string(s.format), s.address, s.topic, s.filter, s.user, s.mechanism, s.tls,
         s.verification == Verification::peer, s.authorities, s.certificate, sealed("password", now.password), sealed("key", now.key), id});
    if (!updated && updated.error().code() == ErrorCode::already_exists) {
        return fail(ErrorCode::already_exists, fmt::format("there is a forwarding target '{}' already", s.name));
    }
    TRY(updated);
    TRY(audit.append(t, actor, {.action = "update_forward_target", .object = object_of(before), .detail = describe(s), .tenant = before.tenant}));
    return find(t, scope, id);
}

Result<Target> TargetStore::set_paused(Transaction& t, const TenantScope& scope, int64_t id, bool paused,
                                       const ledger::Actor& actor, const ledger::AuditChain& audit) const {
    TRY_ASSIGN(const Target before, find(t, scope, id));
    if (before.paused == paused) return before;
    TRY(t.execute("UPDATE forward_target SET paused = ? WHERE id = ?", {paused, id}));
    TRY(audit.append(t, actor, {.action = "update_forward_target", .object = object_of(before),
                                .detail = paused ? "paused" : "resumed", .tenant = before.tenant}));
    return find(t, scope, id);
}

Result<> TargetStore::remove(Transaction& t, const TenantScope& scope, int64_t id, TargetOrigin origin,
                             const ledger::Actor& actor, const ledger::AuditChain& audit) const {
    TRY_ASSIGN(const Target before, find(t, scope, id));
    TRY(may_change(before, origin));
    TRY(t.execute("DELETE FROM forward_target WHERE id = ?", {id}));
    TRY(audit.append(t, actor, {.action = "delete_forward_target", .object = object_of(before),
                                .detail = fmt::format("delivered up to seq {}", before.delivered_seq), .tenant = before.tenant}));
    return {};
}

Result<> TargetStore::advance(Transaction& t, int64_t id, uint64_t delivered_seq, uint64_t events) const {
    TRY(t.execute("UPDATE forward_target SET delivered_seq = max(delivered_seq, ?), delivered_events = delivered_events + ? WHERE id = ?",
                  {delivered_seq, events, id}));
    return {};
}

}  // namespace shuwei::forward
