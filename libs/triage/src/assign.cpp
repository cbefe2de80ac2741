// Which alert each finding belongs to.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "shuwei/base/text.hpp"
#include "shuwei/ledger/checkpoint_store.hpp"
#include "state.hpp"

namespace shuwei::triage {

using base::Result;
using base::Timestamp;
using ledger::Reader;
using ledger::Row;

namespace {

std::string tenant_key(const FindingInput& finding) { return std::to_string(finding.tenant); }
std::string rule_key(const FindingInput& finding) { return fmt::format("{}/{}", finding.tenant, finding.rule_id); }
std::string source_key(const FindingInput& finding) {
    return fmt::format("{}/{}/{}", finding.tenant, finding.rule_id, finding.source.value);
}

// Windows of this key in the ledger that may take a finding at `at`.
Result<> look_up(Reader& reader, TenantNumber tenant, const std::string& key, Timestamp at, const Policy& policy,
                 WindowIndex& windows) {
    return reader.for_each(
        "SELECT id, first_seen, last_seen, count, coalesced FROM alert "
        "WHERE tenant = ? AND match_key = ? AND state <> 2 AND last_seen >= ? AND first_seen <= ? "
        "ORDER BY last_seen DESC LIMIT 4",
        {tenant, key, at - policy.quiet, at + policy.quiet}, [&](const Row& row) -> Result<> {
            Window window;
            window.alert_id = row.integer("id");
            window.first = row.integer("first_seen");
            window.last = row.integer("last_seen");
            window.committed = row.integer("count");
            window.coalesced = static_cast<Alert::Coalesced>(row.integer("coalesced"));
            windows.add(tenant, key, window);
            return {};
        });
}

}  // namespace

void normalise(Entity& entity) {
    for (std::string* text : {&entity.kind, &entity.value, &entity.field, &entity.label}) {
        if (text->size() > kEntityBytes) text->resize(kEntityBytes);
        if (!base::is_valid_utf8(*text)) *text = base::replace_invalid_utf8(*text);
    }
}

Alert::Coalesced Triage::State::width_for(const FindingInput& finding) const {
    const auto made = [&](const std::string& key) {
        const auto found = new_alerts.find(key);
        return found == new_alerts.end() ? 0 : found->second;
    };
    const auto open = open_alerts.find(finding.tenant);
    if (made(tenant_key(finding)) >= policy.new_per_hour_tenant ||
        made(rule_key(finding)) >= policy.new_per_hour_rule ||
        (open != open_alerts.end() && open->second >= policy.open_per_tenant))
        return Alert::Coalesced::both;
    if (!finding.source.empty() && made(source_key(finding)) >= policy.new_per_hour_rule_and_source)
        return Alert::Coalesced::target;
    return Alert::Coalesced::none;
}

void Triage::State::count_new(const FindingInput& finding) {
    ++new_alerts[tenant_key(finding)];
    ++new_alerts[rule_key(finding)];
    if (!finding.source.empty()) ++new_alerts[source_key(finding)];
    ++open_alerts[finding.tenant];
}

Result<> Triage::assign(std::span<FindingInput> findings) {
    State& s = *state_;
    const std::scoped_lock assigning(s.assigning);
    const auto new_ones =
        std::count_if(findings.begin(), findings.end(), [](const FindingInput& f) { return f.alert_id == 0; });
    if (s.last_id - s.next_id + 1 < new_ones) {
        const int64_t block = std::max<int64_t>(kIdBlock, new_ones);
        TRY_ASSIGN(const int64_t first, s.ledger.transaction([&](ledger::Transaction& t) {
            return ledger::CheckpointStore::reserve_ids(t, "alert", block);
        }));
        s.next_id = first;
        s.last_id = first + block - 1;
    }

    const std::scoped_lock lock(s.mutex);
    std::vector<FindingInput*> done;  // assigned by this call, to be undone when it fails
    auto result = s.ledger.read([&](Reader& reader) -> Result<> {
        for (FindingInput& finding : findings) {
            normalise(finding.source);
            normalise(finding.target);
            const Timestamp at = sane_time(finding.event_time);
            if (finding.alert_id != 0) {
                // Stored before a crash: learn the window; the ledger may know the alert already.
                Window* window = s.windows.find(finding.alert_id);
                if (window == nullptr) {
                    TRY_ASSIGN(const auto row,
                               reader.query_one("SELECT match_key, first_seen, last_seen, count, state, "
                                                "coalesced FROM alert WHERE id = ? AND tenant = ?",
                                                {finding.alert_id, finding.tenant}));
                    Window learned;
                    learned.alert_id = finding.alert_id;
                    learned.first = row ? row->integer("first_seen") : at;
                    learned.last = row ? row->integer("last_seen") : at;
                    learned.committed = row ? row->integer("count") : 0;
                    learned.closed = row && row->integer("state") == static_cast<int>(AlertState::closed);
                    learned.coalesced =
                        row ? static_cast<Alert::Coalesced>(row->integer("coalesced")) : Alert::Coalesced::none;
                    window = s.windows.add(finding.tenant,
                                           row ? row->text("match_key") : match_key(finding, Alert::Coalesced::none),
                                           learned);
                }
                window->stretch(at);
                ++window->pending;
                finding.keep_event = window->committed + window->pending <= kCopies;
                continue;
            }

            const int64_t hour = finding.received / base::kHour;
            if (hour > s.hour) {
                s.hour = hour;
                s.new_alerts.clear();
            }
            if (!s.open_alerts.contains(finding.tenant)) {
                TRY_ASSIGN(s.open_alerts[finding.tenant],
                           reader.query_integer("SELECT count(*) FROM alert WHERE tenant = ? AND state IN (0, 1)",
                                                {finding.tenant}));
            }
            // An alert of the exact pair is preferred; a wider one only where the limits ask for it.
            Window* window = nullptr;
            std::string key = match_key(finding, Alert::Coalesced::none);
            Alert::Coalesced width = Alert::Coalesced::none;
            for (int attempt = 0; attempt < 2; ++attempt) {
                window = s.windows.find(finding.tenant, key, at, s.policy);
                if (window == nullptr) {
                    TRY(look_up(reader, finding.tenant, key, at, s.policy, s.windows));
                    window = s.windows.find(finding.tenant, key, at, s.policy);
                }
                if (window != nullptr || attempt > 0) break;
                width = s.width_for(finding);
                if (width == Alert::Coalesced::none) break;
                key = match_key(finding, width);
            }
            if (window == nullptr) {
                Window fresh;
                fresh.alert_id = s.next_id++;
                fresh.first = fresh.last = at;
                fresh.coalesced = width;
                window = s.windows.add(finding.tenant, key, fresh);
                s.count_new(finding);
            }
            window->stretch(at);
            ++window->pending;
            finding.alert_id = window->alert_id;
            finding.keep_event = window->committed + window->pending <= kCopies;
            done.push_back(&finding);
        }
        return {};
    });
    if (!result) {
        for (FindingInput* finding : done) {
            if (Window* window = s.windows.find(finding->alert_id)) --window->pending;
            finding->alert_id = 0;
        }
        return result;
    }

    // The last ten of each alert, as far as this call knows; apply() keeps the last of all.
    std::unordered_map<int64_t, int64_t> last;
    for (auto finding = findings.rbegin(); finding != findings.rend(); ++finding)
        if (++last[finding->alert_id] <= kCopies) finding->keep_event = true;
    return {};
}

}  // namespace shuwei::triage
