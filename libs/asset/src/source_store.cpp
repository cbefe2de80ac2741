#include "shuwei/asset/source_store.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "shuwei/asset/silence_watch.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/event/time_parse.hpp"
#include "source_rows.hpp"

namespace shuwei::asset {

using base::ErrorCode;
using base::fail;
using base::Result;
using ledger::Reader;
using ledger::Transaction;

namespace {

constexpr double kUnrecognisedShare = 0.05;

// What a batch teaches. Time in which we could not hear it is no pause of its.
Result<> learn(Transaction& t, const SourceDelta& delta, const ledger::Row& row, SourceLearning& learning) {
    for (const auto& [pack, lines] : delta.packs) learning.add_pack(pack, lines);
    learning.add_host(base::replace_invalid_utf8(delta.named_host.substr(0, 256)));
    if (delta.drift) learning.clock.add(*delta.drift, delta.zone_offset);

    const base::Timestamp last_seen = row.integer("last_seen");
    base::Duration pause = delta.first - last_seen;
    if (pause < 0) return {};  // batches of one second in another order
    if (pause >= PauseHistory::kShortest) {
        TRY_ASSIGN(const base::Duration deaf,
                   SilenceWatch::deaf_within(t, {delta.key.tenant, delta.key.listener}, last_seen, delta.first));
        pause -= deaf;
        // An alarm is not what is usual. A pause that comes again and again is: what is learned grows step by step.
        if (!row.is_null("silent_since")) {
            const base::Timestamp known_for = last_seen - row.integer("first_seen");
            const auto threshold = learned_silence(learning.pauses, row.integer("lines"), known_for);
            if (threshold) pause = std::min(pause, *threshold);
        }
    }
    learning.pauses.add(pause, delta.first);
    learning.pauses.add_talk(delta.last - delta.first);
    return {};
}

// Adds to a source that exists; false when there is none.
Result<bool> add(Transaction& t, const SourceDelta& delta, std::string_view peer, std::string_view host) {
    TRY_ASSIGN(const auto row,
               t.query_one("SELECT id, lines, first_seen, last_seen, silent_since, learning FROM source "
                           "WHERE tenant = ? AND listener = ? AND peer = ? AND host = ?",
                           {delta.key.tenant, delta.key.listener, peer, host}));
    if (!row) return false;
    SourceLearning learning = SourceLearning::decode(row->text("learning"));
    TRY(learn(t, delta, *row, learning));
    TRY(t.execute("UPDATE source SET lines = lines + ?, unparsed = unparsed + ?, bytes = bytes + ?, "
                  "first_seen = min(first_seen, ?), last_seen = max(last_seen, ?), learning = ? WHERE id = ?",
                  {delta.lines, delta.unparsed, delta.bytes, delta.first, delta.last, learning.encode(), row->integer("id")}));
    return true;
}

std::string check_text(std::string_view what, const std::string& text, size_t characters) {
    if (text.size() <= 4 * characters && base::is_valid_utf8(text)) return {};
    return fmt::format("{}: at most {} characters", what, characters);
}

}  // namespace

std::string_view to_string(SilenceRule rule) {
    switch (rule) {
        case SilenceRule::learned: return "learned";
        case SilenceRule::own: return "own";
        case SilenceRule::allowed: return "allowed";
    }
    return "learned";
}

std::optional<SilenceRule> silence_rule_from(std::string_view name) {
    for (const SilenceRule rule : {SilenceRule::learned, SilenceRule::own, SilenceRule::allowed}) {
        if (name == to_string(rule)) return rule;
    }
    return std::nullopt;
}

std::optional<base::Duration> silence_threshold(const Source& source) {
    switch (source.silence_rule) {
        case SilenceRule::allowed: return std::nullopt;
        case SilenceRule::own: return source.own_silence;
        case SilenceRule::learned: break;
    }
    if (source.key.peer == kOverflow) return std::nullopt;  // nobody in particular
    return learned_silence(source.learning.pauses, source.lines, source.last_seen - source.first_seen);
}

std::string_view to_string(SourceCondition condition) {
    switch (condition) {
        case SourceCondition::proposed: return "proposed";
        case SourceCondition::silent: return "silent";
        case SourceCondition::zone: return "zone";
        case SourceCondition::clock: return "clock";
        case SourceCondition::unrecognised: return "unrecognised";
    }
    return "proposed";
}

std::vector<SourceCondition> conditions_of(const Source& source) {
    std::vector<SourceCondition> conditions;
    if (!source.confirmed) conditions.push_back(SourceCondition::proposed);
    if (source.silent_since) conditions.push_back(SourceCondition::silent);
    switch (judge_clock(source.learning.clock).verdict) {
        case ClockVerdict::unknown:
        case ClockVerdict::right: break;
        case ClockVerdict::zone: conditions.push_back(SourceCondition::zone); break;
        case ClockVerdict::stated_zone:
        case ClockVerdict::ahead:
        case ClockVerdict::behind:
        case ClockVerdict::unsteady: conditions.push_back(SourceCondition::clock); break;
    }
    if (static_cast<double>(source.unparsed) > kUnrecognisedShare * static_cast<double>(source.lines)) {
        conditions.push_back(SourceCondition::unrecognised);
    }
    return conditions;
}

Result<> SourceStore::record(Transaction& t, std::span<const SourceDelta> deltas) {
    std::map<TenantNumber, int64_t> sources_of;  // counted once a batch, and only where something is new
    for (const SourceDelta& delta : deltas) {
        const std::string host = base::replace_invalid_utf8(delta.key.host.substr(0, 256));
        TRY_ASSIGN(const bool known, add(t, delta, delta.key.peer, host));
        if (known) continue;
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
            TRY_ASSIGN(const bool gathered, add(t, delta, peer, its_host));
            if (gathered) continue;
        }
        ++sources;
        TRY(t.execute("INSERT INTO source (tenant, listener, peer, host, first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?)",
                      {delta.key.tenant, delta.key.listener, peer, its_host, delta.first, delta.first}));
        TRY(add(t, delta, peer, its_host));
    }
    return {};
}

Result<std::vector<Source>> SourceStore::list(Reader& reader, const TenantScope& scope) {
    TRY_ASSIGN(auto sources, query_sources(reader, ledger::Where(scope, "s.tenant")));
    std::stable_sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) { return a.name < b.name; });
    return sources;
}

Result<SourceCounts> SourceStore::count(Reader& reader, const TenantScope& scope) {
    const ledger::Where where(scope, "tenant");
    TRY_ASSIGN(const auto row, reader.query_one("SELECT count(*) AS total, count(silent_since) AS silent, "
                                                "sum(confirmed = 0) AS proposed FROM source" + where.sql(),
                                                where.values()));
    SourceCounts counts;
    if (row) counts = {row->integer("total"), row->integer("silent"), row->integer("proposed")};
    return counts;
}

Result<Source> SourceStore::find(Reader& reader, const TenantScope& scope, int64_t id) {
    TRY_ASSIGN(auto sources, query_sources(reader, ledger::Where(scope, "s.tenant").add("s.id = ?", {id})));
    if (sources.empty()) return fail(ErrorCode::not_found, fmt::format("no source {}", id));
    return std::move(sources.front());
}

Result<std::vector<Source>> SourceStore::bound(Reader& reader) {
    return query_sources(reader, ledger::Where(TenantScope::every_tenant(), "s.tenant")
                                     .add("(s.bound_pack <> '' OR s.zone <> '' OR s.charset <> 'auto')"));
}

Result<Source> SourceStore::update(Transaction& t, const TenantScope& scope, int64_t id, const SourceChange& change,
                                   const ledger::Actor& actor, const ledger::AuditChain& audit) {
    TRY_ASSIGN(const Source before, find(t, scope, id));
    const auto refuse = [](std::string message) { return fail(ErrorCode::invalid_argument, std::move(message)); };
    if (auto wrong = check_text("name", change.name.value_or(""), 128); !wrong.empty()) return refuse(wrong);
    if (auto wrong = check_text("pack", change.pack.value_or(""), 128); !wrong.empty()) return refuse(wrong);
    if (change.zone && !change.zone->empty()) {
        if (auto zone = event::TimeZone::find(*change.zone); !zone) return refuse("zone: " + zone.error().message());
    }
    const std::string charset = change.charset && change.charset->empty() ? "auto" : change.charset.value_or("");
    if (change.charset && charset != "auto" && charset != "utf-8" && charset != "gb18030")
        return refuse("charset: one of auto, utf-8, gb18030");
    SilenceRule rule = change.silence_rule.value_or(before.silence_rule);
    if (change.own_silence) {
        if (*change.own_silence < base::kSecond || *change.own_silence > kLongestOwnSilence)
            return refuse("silent_after_s: from one second to 30 days");
        rule = change.silence_rule.value_or(SilenceRule::own);
    }
    if (rule == SilenceRule::own && !change.own_silence && before.own_silence == 0)
        return refuse("silent_after_s: is missing, since the rule is own");

    std::string detail;
    const auto tell = [&](std::string_view name, std::string_view value) {
        detail += fmt::format("{}{} = '{}'", detail.empty() ? "" : ", ", name, value);
    };
    const auto set = [&](std::string_view sql, std::string_view name, const std::string& value) -> Result<> {
        tell(name, value);
        TRY(t.execute(sql, {value, id}));
        return {};
    };
    if (change.name) TRY(set("UPDATE source SET given_name = ? WHERE id = ?", "name", *change.name));
    if (change.pack) TRY(set("UPDATE source SET bound_pack = ? WHERE id = ?", "pack", *change.pack));
    if (change.charset) TRY(set("UPDATE source SET charset = ? WHERE id = ?", "charset", charset));
    if (change.zone && *change.zone != before.zone) {
        TRY(set("UPDATE source SET zone = ? WHERE id = ?", "zone", *change.zone));
        SourceLearning learning = before.learning;
        learning.clock.begin_anew();
        TRY(t.execute("UPDATE source SET learning = ? WHERE id = ?", {learning.encode(), id}));
    }
    if (change.silence_rule || change.own_silence) {
        tell("silence", to_string(rule));
        if (change.own_silence) tell("silent_after_s", std::to_string(*change.own_silence / base::kSecond));
        TRY(t.execute("UPDATE source SET silence_rule = ?, own_silence = ? WHERE id = ?",
                      {static_cast<int>(rule), change.own_silence.value_or(before.own_silence), id}));
    }
    if (change.asset && *change.asset != before.asset) {
        const TenantScope its_tenant = TenantScope::only(before.key.tenant);
        TRY_ASSIGN(const Asset into, assets_.find(t, its_tenant, *change.asset));
        tell("asset", fmt::format("{} ({})", into.id, into.name));
        TRY(t.execute("UPDATE source SET asset = ? WHERE id = ?", {into.id, id}));
        TRY(assets_.give_address(t, before.key.tenant, before.address(), into.id));
        if (before.asset != 0) {
            TRY_ASSIGN(const Asset left, assets_.find(t, its_tenant, before.asset));
            if (left.sources.empty()) {
                tell("merged asset", fmt::format("{} ({})", left.id, left.name));
                TRY(assets_.merge(t, before.key.tenant, left.id, into.id));
            }
        }
    }
    TRY(audit.append(t, actor,
                     {.action = "update_source",
                      .object = fmt::format("source {} ({})", id, before.name),
                      .detail = detail,
                      .tenant = before.key.tenant}));
    return find(t, scope, id);
}

// The asset that the confirmation binds the source to, made where it has to be.
Result<int64_t> SourceStore::asset_for(Transaction& t, const Source& source, const SourceConfirmation& confirmation,
                                       base::Timestamp now) {
    const TenantNumber tenant = source.key.tenant;
    if (confirmation.asset != 0) {
        TRY_ASSIGN(const Asset chosen, assets_.find(t, TenantScope::only(tenant), confirmation.asset));
        TRY(assets_.give_address(t, tenant, source.address(), chosen.id));
        return chosen.id;
    }
    TRY_ASSIGN(const int64_t known, assets_.at_address(t, tenant, source.address()));
    if (known != 0) return known;
    Asset stub;
    stub.tenant = tenant;
    stub.name = confirmation.name.empty() ? source.name : confirmation.name;
    stub.kind = confirmation.kind;
    stub.vendor = confirmation.vendor;
    stub.product = confirmation.product;
    if (!source.address().empty()) stub.addresses = {source.address()};
    return assets_.add(t, stub, now);
}

Result<std::vector<Source>> SourceStore::confirm(Transaction& t, const TenantScope& scope,
                                                 std::span<const SourceConfirmation> confirmations, base::Timestamp now,
                                                 const ledger::Actor& actor, const ledger::AuditChain& audit) {
    std::vector<Source> confirmed;
    for (const SourceConfirmation& confirmation : confirmations) {
        for (const auto& [what, text] : {std::pair("name", &confirmation.name), std::pair("kind", &confirmation.kind),
                                         std::pair("vendor", &confirmation.vendor), std::pair("product", &confirmation.product),
                                         std::pair("pack", &confirmation.pack)}) {
            if (auto wrong = check_text(what, *text, 128); !wrong.empty()) return fail(ErrorCode::invalid_argument, wrong);
        }
        TRY_ASSIGN(const Source source, find(t, scope, confirmation.id));
        if (source.confirmed) {
            return fail(ErrorCode::conflict, fmt::format("source {} ({}) is confirmed already", source.id, source.name));
        }
        TRY_ASSIGN(const int64_t asset, asset_for(t, source, confirmation, now));
        TRY(t.execute("UPDATE source SET confirmed = 1, asset = ?, given_name = ?, bound_pack = ? WHERE id = ?",
                      {asset, confirmation.name.empty() ? source.given_name : confirmation.name, confirmation.pack, source.id}));
        TRY_ASSIGN(auto now_is, find(t, scope, source.id));
        TRY(audit.append(t, actor,
                         {.action = "confirm_source",
                          .object = fmt::format("source {} ({})", source.id, source.name),
                          .detail = fmt::format("name = '{}', asset = '{} ({})', pack = '{}'", now_is.name, now_is.asset,
                                                now_is.asset_name, confirmation.pack),
                          .tenant = source.key.tenant}));
        confirmed.push_back(std::move(now_is));
    }
    return confirmed;
}

}  // namespace shuwei::asset
