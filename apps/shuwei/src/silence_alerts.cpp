#include "silence_alerts.hpp"

#include <fmt/format.h>

#include "shuwei/base/ip_address.hpp"
#include "shuwei/ledger/checkpoint_store.hpp"

namespace shuwei::app {

using asset::SilenceChange;
using base::Result;
using ledger::TenantScope;

namespace {

constexpr std::string_view kRule = "shuwei-source-silent";
constexpr size_t kMarks = 600;  // beyond, the horizon moves in longer steps

std::string in_words(base::Duration duration) {
    const int64_t seconds = duration / base::kSecond;
    if (seconds < 120) return fmt::format("{} 秒", seconds);
    if (seconds < 2 * 3600) return fmt::format("{} 分钟", seconds / 60);
    if (seconds < 2 * 86400) return fmt::format("{:.1f} 小时", static_cast<double>(seconds) / 3600);
    return fmt::format("{:.1f} 天", static_cast<double>(seconds) / 86400);
}

triage::FindingInput finding_of(const SilenceChange& change, base::Timestamp now) {
    const asset::Source& source = change.source;
    triage::FindingInput finding;
    finding.tenant = source.key.tenant;
    finding.event_time = finding.received = now;
    finding.rule_id = kRule;
    finding.rule_title = "Source fell silent: " + source.name;
    finding.rule_title_zh = "数据源静默：" + source.name;
    finding.level = work::Severity::medium;
    finding.description = fmt::format(
        "数据源 {}（{}，接入 {}）已 {}没有发来日志，超过{} {}。平台自身停机和接入暂停的时间不计在内。", source.name, source.address(),
        source.key.listener, in_words(change.quiet),
        source.silence_rule == asset::SilenceRule::own ? "人工设定的阈值" : "按其历史间隔学习到的阈值", in_words(change.allowed));
    finding.advice = {"确认设备是否在线，以及到平台的网络和端口是否通畅", "检查设备的日志服务器配置是否被修改或关闭：停用日志也是攻击者的常用手法",
                      "设备已下线或本就很少发日志时，在数据源页面调整阈值或设为允许静默"};
    finding.source = {base::IpAddress::parse(source.address()) ? "ip" : "host", source.address(), "log.source.address", ""};
    finding.target = {"host", source.name, "shuwei.source", ""};
    return finding;
}

}  // namespace

SilenceAlerts::SilenceAlerts(ledger::Ledger& ledger, triage::Triage& triage, api::LiveEvents& live, base::Metrics& metrics)
    : ledger_(ledger), triage_(triage), live_(live),
      silent_(metrics.gauge("shuwei_silent_sources", "Sources that are silent now")),
      raised_(metrics.counter("shuwei_silence_alerts_total", "Alerts of sources that fell silent")) {}

// Lines wait in the spool before their source is recorded; a source that spoke there is not silent.
base::Timestamp SilenceAlerts::horizon(base::Timestamp now, uint64_t written, uint64_t done) {
    if (marks_.size() < kMarks) marks_.push_back({now, written});
    while (!marks_.empty() && marks_.front().written <= done) {
        horizon_ = marks_.front().at;
        marks_.pop_front();
    }
    return horizon_;
}

Result<> SilenceAlerts::begin(base::Timestamp now) {
    return ledger_.transaction([&](ledger::Transaction& t) { return watch_.begin(t, now); });
}

Result<> SilenceAlerts::look(base::Timestamp now, uint64_t written, uint64_t done, const std::vector<asset::Listener>& deaf,
                             const parse::PackSet& packs) {
    const base::Timestamp as_of = horizon(now, written, done);
    if (as_of == 0) return {};
    struct Told {
        std::vector<asset::Source> sources;
        std::vector<triage::Alert> alerts;
        int64_t raised = 0;
        int64_t silent = 0;
    };
    TRY_ASSIGN(const Told told, ledger_.transaction([&](ledger::Transaction& t) -> Result<Told> {
        Told all;
        TRY_ASSIGN(const auto changes, watch_.look(t, as_of, deaf));
        for (const SilenceChange& change : changes) {
            if (change.kind == SilenceChange::Kind::fell_silent) {
                TRY_ASSIGN(auto alert, raise(t, change, now));
                all.alerts.push_back(std::move(alert));
                ++all.raised;
            } else {
                TRY_ASSIGN(auto ended, end(t, change));
                for (auto& alert : ended) all.alerts.push_back(std::move(alert));
            }
            TRY_ASSIGN(auto source, sources_.find(t, TenantScope::every_tenant(), change.source.id));
            all.sources.push_back(std::move(source));
        }
        TRY_ASSIGN(const auto counts, sources_.count(t, TenantScope::every_tenant()));
        all.silent = counts.silent;
        return all;
    }));
    silent_.set(told.silent);
    raised_.add(told.raised);
    for (const triage::Alert& alert : told.alerts) live_.alert_changed(alert);
    for (const asset::Source& source : told.sources) live_.source_changed(source, nullptr, packs);
    return {};
}

// An alert with an id of its own, so that two sources of one name are never gathered in one.
Result<triage::Alert> SilenceAlerts::raise(ledger::Transaction& t, const SilenceChange& change, base::Timestamp now) {
    triage::FindingInput finding = finding_of(change, now);
    TRY_ASSIGN(finding.alert_id, ledger::CheckpointStore::reserve_ids(t, "alert", 1));
    TRY_ASSIGN(auto changes, triage_.apply(t, std::span(&finding, 1)));
    TRY(watch_.set_alert(t, change.source.id, finding.alert_id));
    return std::move(changes.front().alert);
}

Result<std::vector<triage::Alert>> SilenceAlerts::end(ledger::Transaction& t, const SilenceChange& change) {
    std::vector<triage::Alert> ended;
    if (change.source.silence_alert == 0) return ended;
    const TenantScope scope = TenantScope::only(change.source.key.tenant);
    const auto alert = triage_.find(t, scope, change.source.silence_alert);
    if (!alert || alert->state == triage::AlertState::closed) return ended;
    triage::AlertUpdate update;
    update.state = triage::AlertState::closed;
    update.comment = change.kind == SilenceChange::Kind::spoke_again
                         ? fmt::format("数据源已恢复发送日志，静默 {}", in_words(change.quiet))
                         : std::string("阈值已调整，数据源不再视为静默");
    TRY_ASSIGN(auto closed, triage_.update(t, scope, alert->id, update, ledger::Actor::system("silence")));
    ended.push_back(std::move(closed));
    return ended;
}

}  // namespace shuwei::app
