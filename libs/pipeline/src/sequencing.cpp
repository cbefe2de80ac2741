// The sequencer: batches in the order of the spool, correlated, joined with what a crash left, gathered into flushes.
#include <fmt/format.h>

#include <algorithm>

#include "pipeline_state.hpp"
#include "shuwei/event/ndjson.hpp"

namespace shuwei::pipeline {

namespace {

eventstore::Finding to_row(const DeskFinding& desk_finding) {
    const detect::Finding& finding = desk_finding.finding;
    return {.seq = finding.seq,
            .received = finding.received,
            .time = finding.time,
            .alert_id = desk_finding.alert_id,
            .rule_id = finding.rule->id,
            .rule_hash = finding.rule->content_hash,
            .level = std::string(sigma::to_string(finding.rule->level)),
            .reason = finding.reason,
            .entity_source = finding.source,
            .entity_target = finding.target,
            .entity_source_field = std::string(finding.source_field),
            .entity_target_field = std::string(finding.target_field)};
}

std::string event_json(const Batch& batch, uint64_t seq) {
    const auto event = std::lower_bound(batch.events.begin(), batch.events.end(), seq,
                                        [](const event::Event& e, uint64_t wanted) { return e.seq < wanted; });
    std::string json;
    if (event != batch.events.end() && event->seq == seq) {
        event::append_json(json, batch.events, *event, batch.packs->name(event->pack));
    }
    return json;
}

}  // namespace

void Pipeline::State::sequence() {
    Building building;
    uint64_t expected = 0;
    while (true) {
        std::unique_ptr<Batch> batch;
        bool finished = false;
        {
            std::unique_lock lock(desk_mutex);
            const auto ready = [&] { return (!done.empty() && done.begin()->first == expected) || working == 0; };
            if (building.due == 0) {
                batch_done.wait(lock, ready);
            } else {
                const auto left = building.due - base::monotonic_now();
                if (left > 0) batch_done.wait_for(lock, std::chrono::nanoseconds(left), ready);
            }
            if (!done.empty() && done.begin()->first == expected) {
                batch = std::move(done.begin()->second);
                done.erase(done.begin());
                ++expected;
            } else {
                finished = working == 0;
            }
        }
        if (batch) {
            take(*batch, building);
            batch->clear();
            const std::scoped_lock lock(desk_mutex);
            pool.push_back(std::move(batch));
            batch_free.notify_one();
        }
        const bool due = building.due != 0 && base::monotonic_now() >= building.due;
        if (building.due != 0 && (finished || due || full(building))) hand_over(building);
        if (finished) break;
    }
    const std::scoped_lock lock(flush_mutex);
    no_more_flushes = true;
    flush_changed.notify_all();
}

bool Pipeline::State::full(const Building& building) const {
    size_t bytes = 0;
    for (const auto& [tenant, encoder] : building.encoders) bytes += encoder.bytes();
    return building.flush.events >= options.flush_events || bytes >= options.flush_bytes;
}

void Pipeline::State::take(Batch& batch, Building& building) {
    engine.correlate(batch.events, batch.scan);
    collect_findings(batch, building);

    const base::Timestamp now = clock.now();
    std::map<uint32_t, uint64_t> by_tenant;
    std::map<uint16_t, uint64_t> by_pack;
    size_t place = 0;
    for (const event::Event& event : batch.events) {
        building.flush.leaves[{event.tenant, 0}].push_back(batch.leaves[place++]);
        ++by_tenant[event.tenant];
        ++by_pack[event.pack];
        if (recovery.is_stored(event.tenant, event.seq)) {
            recovered.add();
            continue;
        }
        building.encoders[event.tenant].add(batch.events, event, batch.packs->name(event.pack));
    }
    for (const auto& [tenant, events] : by_tenant) live.add(tenant, now, events);
    for (const auto& [pack, events] : by_pack) {
        const parse::PackInfo* const info = batch.packs->info(pack);
        if (info != nullptr) live.add_pack(info->tenant == 0 ? info->name : fmt::format("{}/{}", info->tenant, info->name), events);
    }
    building.sources.add(batch.sources, *batch.bindings, live, now);
    parsed.add(static_cast<int64_t>(batch.events.size() - batch.unparsed));
    unparsed.add(static_cast<int64_t>(batch.unparsed));
    building.flush.events += batch.events.size();
    building.flush.last_seq = batch.last_seq;
    if (building.due == 0) {
        const auto tenants = static_cast<base::Duration>(building.encoders.size());
        building.due = base::monotonic_now() +
                       std::clamp(options.flush_per_tenant * tenants, options.flush_shortest, options.flush_longest);
    }
}

// Joins what the rules found with what was found and stored before a crash, gives all their alerts, and appends
// them to the flush in seq order.
void Pipeline::State::collect_findings(Batch& batch, Building& building) {
    std::vector<DeskFinding> found = recovery.take_findings(batch.last_seq);
    const size_t recovered_findings = found.size();
    for (detect::Finding& finding : batch.scan.findings) {
        if (recovery.is_stored(finding)) continue;
        found.push_back({std::move(finding), {}, false, {}});
    }
    if (found.empty()) return;
    for (base::Duration pause = 50 * base::kMillisecond;; pause = std::min(pause * 2, 2 * base::kSecond)) {
        auto assigned = desk.assign(found);
        if (assigned) break;
        tell_trouble(assigned.error());
        if (wait_to_retry(pause)) return;  // the flush will not be committed either
    }
    for (size_t i = 0; i < found.size(); ++i) {
        DeskFinding& finding = found[i];
        if (finding.keep_event) finding.event_json = event_json(batch, finding.finding.seq);
        if (i >= recovered_findings) {
            building.flush.finding_rows[finding.finding.tenant].push_back(to_row(finding));
            matched.add();
        }
        building.flush.findings.push_back(std::move(finding));
    }
    std::stable_sort(building.flush.findings.begin(), building.flush.findings.end(),
                     [](const DeskFinding& a, const DeskFinding& b) { return a.finding.seq < b.finding.seq; });
}

void Pipeline::State::hand_over(Building& building) {
    Flush flush = std::move(building.flush);
    building.flush = {};
    building.due = 0;
    for (auto& [tenant, encoder] : building.encoders) {
        if (encoder.rows() == 0) continue;
        while (true) {
            auto rows = encoder.finish();
            if (rows) {
                flush.rows[tenant] = std::move(*rows);
                break;
            }
            tell_trouble(rows.error());
            if (wait_to_retry(base::kSecond)) return;
        }
    }
    if (building.encoders.size() > 256) building.encoders.clear();
    flush.sources = building.sources.take();
    std::unique_lock lock(flush_mutex);
    flush_changed.wait(lock, [&] { return !waiting; });
    waiting = std::move(flush);
    flush_changed.notify_all();
}

}  // namespace shuwei::pipeline
