#include "shuwei/asset/silence_watch.hpp"

#include <algorithm>
#include <set>

#include "source_rows.hpp"

namespace shuwei::asset {

using base::Result;
using ledger::Reader;
using ledger::Row;
using ledger::Transaction;

namespace {

constexpr Listener kEveryListener{};

// Goes on with the stretch that ended at the look before, or begins one.
Result<> note_deaf(Transaction& t, const Listener& listener, base::Timestamp since, base::Timestamp until) {
    TRY_ASSIGN(const int64_t longer,
               t.execute("UPDATE deaf_time SET until = ? WHERE tenant = ? AND listener = ? AND until = ?",
                         {until, listener.tenant, listener.name, since}));
    if (longer > 0) return {};
    TRY(t.execute("INSERT INTO deaf_time (tenant, listener, since, until) VALUES (?, ?, ?, ?)",
                  {listener.tenant, listener.name, since, until}));
    return {};
}

// Up to when we were looking until now, and now look; 0: never before.
Result<base::Timestamp> go_on(Transaction& t, base::Timestamp now) {
    TRY_ASSIGN(const base::Timestamp before, t.query_integer("SELECT until FROM silence_watch"));
    if (before != 0 && now - before > SilenceWatch::kAttentionSpan) TRY(note_deaf(t, kEveryListener, before, now));
    TRY(t.execute("DELETE FROM silence_watch"));
    TRY(t.execute("INSERT INTO silence_watch (until) VALUES (?)", {now}));
    return before;
}

}  // namespace

Result<> SilenceWatch::begin(Transaction& t, base::Timestamp now) {
    TRY(go_on(t, now));
    return {};
}

Result<base::Duration> SilenceWatch::deaf_within(Reader& reader, const Listener& listener, base::Timestamp since,
                                                 base::Timestamp until) {
    base::Duration deaf = 0;
    base::Timestamp counted_until = since;  // stretches of one listener and of all may overlap
    TRY(reader.for_each("SELECT since, until FROM deaf_time WHERE until > ? AND since < ? AND "
                        "((tenant = ? AND listener = ?) OR (tenant = 0 AND listener = '')) ORDER BY since",
                        {since, until, listener.tenant, listener.name}, [&](const Row& row) -> Result<> {
                            const base::Timestamp from = std::max(row.integer("since"), counted_until);
                            const base::Timestamp to = std::min(row.integer("until"), until);
                            if (to > from) {
                                deaf += to - from;
                                counted_until = to;
                            }
                            return {};
                        }));
    return deaf;
}

Result<std::vector<SilenceChange>> SilenceWatch::look(Transaction& t, base::Timestamp horizon,
                                                      const std::vector<Listener>& deaf) {
    TRY_ASSIGN(const base::Timestamp before, go_on(t, horizon));
    const std::set<Listener> deaf_now(deaf.begin(), deaf.end());
    if (before != 0 && horizon > before) {
        for (const Listener& listener : deaf_now) TRY(note_deaf(t, listener, before, horizon));
    }
    TRY(t.execute("DELETE FROM deaf_time WHERE until < ?", {horizon - SourceStore::kLongestOwnSilence - kLongestSilence}));

    TRY_ASSIGN(const auto sources,
               query_sources(t, ledger::Where(TenantScope::every_tenant(), "s.tenant")
                                    .add("(s.silent_since IS NOT NULL OR (s.silence_rule = 1 AND s.last_seen < ? - s.own_silence)"
                                         " OR (s.silence_rule = 0 AND s.last_seen < ?))",
                                         {horizon, horizon - kShortestSilence})));
    std::vector<SilenceChange> changes;
    for (const Source& source : sources) {
        const Listener listener{source.key.tenant, source.key.listener};
        TRY_ASSIGN(const base::Duration not_heard, deaf_within(t, listener, source.last_seen, horizon));
        SilenceChange change;
        change.quiet = horizon - source.last_seen - not_heard;
        const auto threshold = silence_threshold(source);
        const bool silent = threshold && change.quiet > *threshold;
        if (!source.silent_since) {
            if (!silent || deaf_now.contains(listener)) continue;
            change.kind = SilenceChange::Kind::fell_silent;
            change.allowed = *threshold;
            TRY(t.execute("UPDATE source SET silent_since = ?, silence_alert = 0 WHERE id = ?", {source.last_seen, source.id}));
        } else if (source.last_seen > *source.silent_since) {
            change.kind = SilenceChange::Kind::spoke_again;
            change.quiet = source.last_seen - *source.silent_since;
        } else if (!silent) {
            change.kind = SilenceChange::Kind::excused;
        } else {
            continue;
        }
        if (change.kind != SilenceChange::Kind::fell_silent) {
            TRY(t.execute("UPDATE source SET silent_since = NULL, silence_alert = 0 WHERE id = ?", {source.id}));
        }
        change.source = source;
        changes.push_back(std::move(change));
    }
    return changes;
}

Result<> SilenceWatch::set_alert(Transaction& t, int64_t source, int64_t alert) {
    TRY(t.execute("UPDATE source SET silence_alert = ? WHERE id = ?", {alert, source}));
    return {};
}

}  // namespace shuwei::asset
