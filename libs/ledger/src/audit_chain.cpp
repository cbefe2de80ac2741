#include "shuwei/ledger/audit_chain.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "shuwei/base/file.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/crypto/digest.hpp"
#include "shuwei/crypto/key_file.hpp"
#include "shuwei/ledger/where.hpp"

namespace shuwei::ledger {

using base::ErrorCode;
using base::Result;

namespace {

constexpr std::string_view kGenesis = "shuwei audit chain 1";

std::filesystem::path key_path(const std::filesystem::path& folder) { return folder / "audit.key"; }
std::filesystem::path heads_path(const std::filesystem::path& folder) { return folder / "audit.heads"; }

void append_field(std::string& text, std::string_view field) {
    text += std::to_string(field.size());
    text += ':';
    text += field;
}

AuditEntry entry_of(const Row& row) {
    AuditEntry entry;
    entry.id = row.integer("id");
    entry.at = row.integer("at");
    entry.actor = row.text("actor");
    entry.peer = row.text("peer");
    entry.record.action = row.text("action");
    entry.record.object = row.text("object");
    entry.record.detail = row.text("detail");
    entry.record.tenant = static_cast<TenantNumber>(row.integer("tenant"));
    entry.record.result = static_cast<AuditResult>(row.integer("result"));
    entry.mac = row.text("mac");
    return entry;
}

constexpr std::string_view kColumns = "id, at, actor, peer, action, object, detail, tenant, result, mac";

// The heads exported earlier, by id; a damaged line is passed over, since the chain itself decides.
Result<std::map<int64_t, std::string>> exported_heads(const std::filesystem::path& folder) {
    std::map<int64_t, std::string> heads;
    auto text = base::read_file(heads_path(folder));
    if (!text) {
        if (text.error().code() == ErrorCode::not_found) return heads;
        return base::fail(text.error());
    }
    std::string_view rest = *text;
    while (!rest.empty()) {
        const auto line = base::trim(rest.substr(0, rest.find('\n')));
        rest.remove_prefix(
            std::min(rest.size(), rest.find('\n') == std::string_view::npos ? rest.size() : rest.find('\n') + 1));
        const size_t space = line.find(' ');
        if (space == std::string_view::npos) continue;
        if (const auto id = base::parse_int(line.substr(0, space))) heads[*id] = std::string(line.substr(space + 1));
    }
    return heads;
}

}  // namespace

std::string_view to_string(AuditResult result) {
    switch (result) {
        case AuditResult::ok: return "ok";
        case AuditResult::denied: return "denied";
        case AuditResult::failed: return "failed";
    }
    return "failed";
}

Result<AuditChain> AuditChain::open(const std::filesystem::path& folder, bool may_create, const base::Clock& clock,
                                    base::Random& random) {
    const auto path = key_path(folder);
    auto key = crypto::read_key_file(path);
    if (!key && may_create &&
        (key.error().code() == ErrorCode::not_found || key.error().code() == ErrorCode::data_corrupt)) {
        // A partly written key of a crashed first start has no chain beside it yet, so replacing it is harmless; two
        // processes cannot be here at once, since the caller holds the ledger's write lock.
        TRY(crypto::create_key_file(path, random));
        key = crypto::read_key_file(path);
    }
    if (!key) {
        if (key.error().code() == ErrorCode::not_found)
            return base::fail(ErrorCode::data_corrupt,
                              path.string() + ": the key of the existing audit chain is missing; put it back");
        return base::fail(std::move(key).error());
    }
    return AuditChain(folder, std::move(*key), clock);
}

std::string AuditChain::mac_of(const AuditEntry& entry, std::string_view previous) const {
    std::string text;
    text.reserve(256);
    append_field(text, kGenesis);
    append_field(text, previous);
    append_field(text, std::to_string(entry.id));
    append_field(text, std::to_string(entry.at));
    append_field(text, entry.actor);
    append_field(text, entry.peer);
    append_field(text, entry.record.action);
    append_field(text, entry.record.object);
    append_field(text, entry.record.detail);
    append_field(text, std::to_string(entry.record.tenant));
    append_field(text, to_string(entry.record.result));
    return crypto::to_hex(crypto::hmac_sm3(key_, text));
}

std::string AuditChain::mac_of_text(std::string_view purpose, std::string_view text) const {
    std::string bytes;
    append_field(bytes, purpose);
    append_field(bytes, text);
    return crypto::to_hex(crypto::hmac_sm3(key_, bytes));
}

Result<AuditEntry> AuditChain::append(Transaction& transaction, const Actor& actor, const AuditRecord& record) const {
    AuditEntry entry;
    entry.at = clock_->now();
    entry.actor = base::replace_invalid_utf8(actor.name);
    entry.peer = base::replace_invalid_utf8(actor.peer);
    entry.record = record;
    for (std::string* text : {&entry.record.action, &entry.record.object, &entry.record.detail})
        *text = base::replace_invalid_utf8(*text);
    TRY_ASSIGN(const auto last, transaction.query_one("SELECT id, mac FROM audit_entry ORDER BY id DESC LIMIT 1"));
    TRY_ASSIGN(const auto head, transaction.query_one("SELECT id, mac FROM audit_head"));
    // The head outlives a cut tail: going on after it keeps the gap visible.
    const bool from_head = head && (!last || head->integer("id") > last->integer("id"));
    const std::optional<Row>& previous = from_head ? head : last;
    entry.id = previous ? previous->integer("id") + 1 : 1;
    entry.mac = mac_of(entry, previous ? std::string_view(previous->text("mac")) : std::string_view());
    TRY(transaction.execute(
        "INSERT INTO audit_entry (id, at, actor, peer, action, object, detail, tenant, result, mac) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {entry.id, entry.at, entry.actor, entry.peer, entry.record.action, entry.record.object, entry.record.detail,
         entry.record.tenant, static_cast<int>(entry.record.result), entry.mac}));
    TRY(
        transaction.execute("INSERT INTO audit_head (only_row, id, mac) VALUES (1, ?, ?) "
                            "ON CONFLICT (only_row) DO UPDATE SET id = excluded.id, mac = excluded.mac",
                            {entry.id, entry.mac}));
    return entry;
}

Result<std::vector<AuditEntry>> AuditChain::list(Reader& reader, const AuditFilter& filter) const {
    Where where = Where::without_tenant();
    if (!filter.actor.empty()) where.add("actor = ?", {filter.actor});
    where.contains("action", filter.action);
    if (filter.since) where.add("at >= ?", {*filter.since});
    if (filter.until) where.add("at < ?", {*filter.until});
    if (filter.before_id) where.add("id < ?", {*filter.before_id});
    Values values = where.values();
    values.emplace_back(filter.limit);
    std::vector<AuditEntry> entries;
    TRY(reader.for_each(fmt::format("SELECT {} FROM audit_entry{} ORDER BY id DESC LIMIT ?", kColumns, where.sql()),
                        values, [&entries](const Row& row) -> Result<> {
                            entries.push_back(entry_of(row));
                            return {};
                        }));
    return entries;
}

Result<AuditVerification> AuditChain::verify(Reader& reader) const {
    AuditVerification verification;
    TRY_ASSIGN(const auto heads, exported_heads(folder_));
    int64_t previous_id = 0;
    const auto broken = [&](int64_t id, std::string message) {
        if (verification.first_bad_id) return;
        verification.first_bad_id = id;
        verification.message = std::move(message);
    };
    TRY(reader.for_each(
        fmt::format("SELECT {} FROM audit_entry ORDER BY id", kColumns), {}, [&](const Row& row) -> Result<> {
            if (verification.first_bad_id) return {};
            const AuditEntry entry = entry_of(row);
            if (entry.id != previous_id + 1) {
                broken(previous_id + 1, fmt::format("entry {} is missing", previous_id + 1));
                return {};
            }
            if (!crypto::constant_time_equal(entry.mac, mac_of(entry, verification.head))) {
                broken(entry.id, fmt::format("entry {} was changed, or others were put in its place", entry.id));
                return {};
            }
            if (const auto known = heads.find(entry.id); known != heads.end() && known->second != entry.mac) {
                broken(entry.id, fmt::format("entry {} is not the one whose head was exported", entry.id));
                return {};
            }
            previous_id = entry.id;
            verification.head = entry.mac;
            ++verification.entries;
            return {};
        }));
    TRY_ASSIGN(const auto head, reader.query_one("SELECT id, mac FROM audit_head"));
    const int64_t head_id = head ? head->integer("id") : 0;
    const int64_t exported_id = heads.empty() ? 0 : heads.rbegin()->first;
    if (std::max(head_id, exported_id) > previous_id)
        broken(previous_id + 1, fmt::format("entries {} to {} are missing from the end", previous_id + 1,
                                            std::max(head_id, exported_id)));
    if (!verification.first_bad_id && (head_id != previous_id || (head && head->text("mac") != verification.head)))
        broken(previous_id == 0 ? 1 : previous_id, "the recorded head does not fit the last entry");
    verification.ok = !verification.first_bad_id;
    return verification;
}

Result<> AuditChain::export_head(Reader& reader) const {
    TRY_ASSIGN(const auto last, reader.query_one("SELECT id, mac FROM audit_entry ORDER BY id DESC LIMIT 1"));
    if (!last) return {};
    const auto path = heads_path(folder_);
    const base::FileDescriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
    if (!file) return base::fail(base::system_error(errno, "open " + path.string()));
    TRY(base::write_all(file.get(), fmt::format("{} {}\n", last->integer("id"), last->text("mac"))));
    if (::fdatasync(file.get()) != 0) return base::fail(base::system_error(errno, "sync " + path.string()));
    return {};
}

}  // namespace shuwei::ledger
