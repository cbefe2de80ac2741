#include "shuwei/pipeline/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <unordered_map>

#include "shuwei/base/assert.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/event/ndjson.hpp"
#include "recovery.hpp"
#include "source_tally.hpp"

namespace shuwei::pipeline {

using base::Result;
using eventstore::Delivery;
namespace log = base::log;

namespace {

// A batch on its way from a worker to the sequencer.
struct Batch {
    uint64_t ordinal = 0;
    uint64_t last_seq = 0;  // of the frames, also where the batch holds none
    event::EventBatch events;
    detect::ScanResult scan;
    std::shared_ptr<const parse::PackSet> packs;
    std::shared_ptr<const SourceBindings> bindings;
    SourceTally sources;
    uint64_t unparsed = 0;

    void clear() {
        events.clear();
        scan.clear();
        sources.clear();
        unparsed = 0;
    }
};

// Everything that is committed together.
struct Flush {
    std::map<uint32_t, eventstore::RowBuffer> rows;                    // by tenant
    std::map<uint32_t, std::vector<eventstore::Finding>> finding_rows;  // by tenant, new ones only
    std::vector<DeskFinding> findings;
    std::vector<asset::SourceDelta> sources;
    uint64_t last_seq = 0;
    uint64_t events = 0;
};

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

}  // namespace

struct Pipeline::State {
    spool::Spool& spool;
    detect::Engine& engine;
    eventstore::EventStore& store;
    Desk& desk;
    const base::Clock& clock;
    PipelineOptions options;
    std::atomic<std::shared_ptr<const parse::PackSet>> packs;
    std::atomic<std::shared_ptr<const SourceBindings>> bindings;
    LiveCounters live;

    base::Metric& parsed;
    base::Metric& unparsed;
    base::Metric& matched;
    base::Metric& stored;
    base::Metric& recovered;
    base::Metric& commits;
    base::Metric& commit_failures;
    base::Metric& checkpoint_metric;

    // The spool's reader and the order of batches, shared by the workers.
    std::mutex reader_mutex;
    std::unique_ptr<spool::Reader> reader;
    uint64_t next_ordinal = 0;
    std::atomic<uint64_t> stop_at_seq{UINT64_MAX};  // frames beyond are left for the next start

    // Batches done out of order wait here; the sequencer takes them in order. Free batches come back through `pool`.
    std::mutex desk_mutex;
    std::condition_variable batch_done;
    std::condition_variable batch_free;
    std::map<uint64_t, std::unique_ptr<Batch>> done;
    std::vector<std::unique_ptr<Batch>> pool;
    unsigned working = 0;  // workers that may still bring batches

    // One flush waits while one is being committed.
    std::mutex flush_mutex;
    std::condition_variable flush_changed;
    std::optional<Flush> waiting;
    bool no_more_flushes = false;
    std::stop_source give_up;  // stop() has lost patience with the store

    std::atomic<uint64_t> checkpoint{0};
    mutable std::mutex trouble_mutex;
    std::string trouble;

    Recovery recovery;

    std::vector<std::jthread> workers;
    std::jthread sequencer;
    std::jthread committer;
    bool running = false;

    State(spool::Spool& spool_, detect::Engine& engine_, eventstore::EventStore& store_, Desk& desk_,
          const base::Clock& clock_, base::Metrics& metrics, PipelineOptions options_)
        : spool(spool_), engine(engine_), store(store_), desk(desk_), clock(clock_), options(options_),
          parsed(metrics.counter("shuwei_parsed_total", "Events that a device pack understood")),
          unparsed(metrics.counter("shuwei_unparsed_total", "Events that no device pack understood")),
          matched(metrics.counter("shuwei_matched_total", "Findings of rules")),
          stored(metrics.counter("shuwei_stored_total", "Events inserted into the event store")),
          recovered(metrics.counter("shuwei_recovered_total", "Replayed events that were already stored")),
          commits(metrics.counter("shuwei_commits_total", "Flushes committed")),
          commit_failures(metrics.counter("shuwei_commit_failures_total", "Tries to commit a flush that failed")),
          checkpoint_metric(metrics.gauge("shuwei_checkpoint_seq", "Last frame that is done")) {}

    // --- workers ---------------------------------------------------------------------------------------------------

    struct FrameFacts {
        spool::FrameView frame;  // views into the batch's arena
        std::string_view sm3;
    };

    // Copies the next frames into the batch's arena. False when there is nothing more to do.
    bool pull(Batch& batch, std::vector<FrameFacts>& facts) {
        const std::scoped_lock lock(reader_mutex);
        facts.clear();
        while (true) {
            if (reader->next_seq() > stop_at_seq) return false;
            auto frames = reader->next(options.batch_frames, options.batch_bytes, 200 * base::kMillisecond);
            if (!frames) {
                log::error("the spool cannot be read", {{"error", frames.error().to_string()}});
                std::this_thread::sleep_for(std::chrono::seconds(1));
                continue;
            }
            if (frames->empty()) {
                if (stop_at_seq != UINT64_MAX) return false;
                continue;
            }
            for (const spool::FrameView& frame : *frames) {
                if (frame.seq > stop_at_seq) break;
                FrameFacts fact{frame, {}};
                fact.frame.payload = batch.events.store(frame.payload);
                fact.frame.source = batch.events.store(frame.source);
                fact.frame.pack = batch.events.store(frame.pack);
                if (!frame.sm3.empty()) fact.sm3 = batch.events.store(base::hex_encode(frame.sm3));
                facts.push_back(fact);
            }
            if (facts.empty()) return false;
            batch.ordinal = next_ordinal++;
            batch.last_seq = facts.back().frame.seq;
            return true;
        }
    }

    void work() {
        parse::Parser parser(packs.load());
        detect::Scanner scanner;
        std::shared_ptr<const parse::PackSet> scanner_packs;
        std::vector<FrameFacts> facts;
        while (true) {
            std::unique_ptr<Batch> batch = take_free_batch();
            if (!pull(*batch, facts)) break;
            batch->packs = packs.load();
            batch->bindings = bindings.load();
            if (parser.packs() != batch->packs) parser.use(batch->packs);
            if (scanner_packs != batch->packs) {
                scanner_packs = batch->packs;
                std::vector<std::string> names{""};
                for (const parse::PackInfo& pack : scanner_packs->packs()) names.push_back(pack.name);
                scanner.set_pack_names(std::move(names));
            }
            for (const FrameFacts& fact : facts) parse_frame(*batch, fact, parser);
            engine.scan(batch->events, scanner, batch->scan);
            const std::scoped_lock lock(desk_mutex);
            done.emplace(batch->ordinal, std::move(batch));
            batch_done.notify_one();
        }
        const std::scoped_lock lock(desk_mutex);
        --working;
        batch_done.notify_one();
    }

    std::unique_ptr<Batch> take_free_batch() {
        std::unique_lock lock(desk_mutex);
        batch_free.wait(lock, [&] { return !pool.empty(); });
        auto batch = std::move(pool.back());
        pool.pop_back();
        return batch;
    }

    void parse_frame(Batch& batch, const FrameFacts& fact, parse::Parser& parser) {
        const SourceBindings& bound = *batch.bindings;
        const spool::FrameView& frame = fact.frame;
        event::Event& event = batch.events.add_event();
        event.seq = frame.seq;
        event.received = frame.received;
        event.time = frame.received;
        event.raw = frame.payload;
        event.peer = frame.peer;
        event.tenant = frame.tenant;
        event.listener = frame.listener;

        const SenderKey sender{frame.tenant, frame.listener, frame.peer, frame.source};
        SenderTally* tally = &batch.sources.at(sender, bound);
        parse::Outcome outcome = parser.parse(batch.events, event, hint_for(frame, *tally, *batch.packs));
        if (sender.host.empty() && is_trusted_relay(frame.peer, bound)) {
            // The header names the true source, so what is known of that one counts: read the line again with it.
            SenderKey relayed = sender;
            relayed.host = batch.events.get(event, event::host_name);
            if (relayed.host.empty()) relayed.host = batch.events.get(event, event::observer_name);
            tally = &batch.sources.at(relayed, bound);
            if (tally->binding != nullptr) {
                const event::Event fresh = before_parsing(event);
                batch.events.drop_last_event();
                event::Event& again = batch.events.add_event();
                const uint32_t first_field = again.first_field;
                again = fresh;
                again.first_field = first_field;
                outcome = parser.parse(batch.events, again, hint_for(frame, *tally, *batch.packs));
            }
        }
        event::Event& parsed_event = batch.events[batch.events.size() - 1];
        if (frame.truncated()) {
            batch.events.add_integer(parsed_event, event::shuwei_truncated_bytes,
                                     static_cast<int64_t>(frame.true_length));
            batch.events.add(parsed_event, event::shuwei_truncated_sm3, fact.sm3);
        }
        ++tally->lines;
        tally->bytes += static_cast<int64_t>(frame.payload.size());
        if (tally->first == 0) tally->first = frame.received;
        tally->last = frame.received;
        if (parsed_event.time != frame.received) tally->drift = parsed_event.time - frame.received;
        if (outcome == parse::Outcome::parsed) {
            tally->pack = batch.packs->name(parsed_event.pack);
        } else {
            ++tally->unparsed;
            ++batch.unparsed;
        }
    }

    static event::Event before_parsing(const event::Event& event) {
        event::Event fresh = event;
        fresh.time = event.received;
        fresh.pack = 0;
        fresh.overflowed = 0;
        fresh.field_count = 0;
        return fresh;
    }

    static parse::SourceHint hint_for(const spool::FrameView& frame, const SenderTally& tally,
                                      const parse::PackSet& pack_set) {
        parse::SourceHint hint;
        if (tally.listener != nullptr) {
            hint.zone = &tally.listener->zone;
            hint.charset = tally.listener->charset;
        }
        if (tally.binding != nullptr) {
            hint.zone = &tally.binding->zone;
            hint.charset = tally.binding->charset;
            hint.pack = pack_set.find(tally.binding->pack);
        }
        if (!frame.pack.empty()) hint.pack = pack_set.find(frame.pack);
        // Files and pushed text hold syslog lines, too: /var/log/auth.log is one.
        hint.format = frame.kind == spool::FrameKind::json ? parse::LineFormat::raw : parse::LineFormat::automatic;
        return hint;
    }

    // --- sequencer -------------------------------------------------------------------------------------------------

    struct Building {
        std::map<uint32_t, eventstore::EventEncoder> encoders;
        Flush flush;
        SourceTotals sources;
        base::Duration due = 0;  // monotonic; 0 = nothing waits
    };

    void sequence() {
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

    bool full(const Building& building) const {
        size_t bytes = 0;
        for (const auto& [tenant, encoder] : building.encoders) bytes += encoder.bytes();
        return building.flush.events >= options.flush_events || bytes >= options.flush_bytes;
    }

    void take(Batch& batch, Building& building) {
        engine.correlate(batch.events, batch.scan);
        collect_findings(batch, building);

        const base::Timestamp now = clock.now();
        std::map<uint32_t, uint64_t> by_tenant;
        std::map<uint16_t, uint64_t> by_pack;
        for (const event::Event& event : batch.events) {
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
            if (pack != 0) live.add_pack(batch.packs->name(pack), events);
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
    void collect_findings(Batch& batch, Building& building) {
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

    static std::string event_json(const Batch& batch, uint64_t seq) {
        const auto event = std::lower_bound(batch.events.begin(), batch.events.end(), seq,
                                            [](const event::Event& e, uint64_t wanted) { return e.seq < wanted; });
        std::string json;
        if (event != batch.events.end() && event->seq == seq) {
            event::append_json(json, batch.events, *event, batch.packs->name(event->pack));
        }
        return json;
    }

    void hand_over(Building& building) {
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

    // --- committer -------------------------------------------------------------------------------------------------

    void commit_all() {
        while (true) {
            Flush flush;
            {
                std::unique_lock lock(flush_mutex);
                flush_changed.wait(lock, [&] { return waiting || no_more_flushes; });
                if (!waiting) return;
                flush = std::move(*waiting);
                waiting.reset();
                flush_changed.notify_all();
            }
            if (give_up.stop_requested()) continue;  // stays in the spool
            commit(flush);
        }
    }

    // Tries until it is done or stop() has lost patience. Steps that are done are not repeated.
    void commit(Flush& flush) {
        Delivery delivery = Delivery::first;
        for (base::Duration pause = 50 * base::kMillisecond;; pause = std::min(pause * 2, 2 * base::kSecond)) {
            const auto done_now = try_commit(flush, delivery);
            if (done_now) break;
            commit_failures.add();
            delivery = Delivery::repeated;
            tell_trouble(done_now.error());
            if (wait_to_retry(pause)) return;
        }
        {
            const std::scoped_lock lock(trouble_mutex);
            if (!trouble.empty()) log::info("commits work again");
            trouble.clear();
        }
        checkpoint.store(flush.last_seq);
        checkpoint_metric.set(static_cast<int64_t>(flush.last_seq));
        commits.add();
        spool.trim(flush.last_seq + 1);
    }

    Result<> try_commit(Flush& flush, Delivery delivery) {
        while (!flush.rows.empty()) {
            const auto first = flush.rows.begin();
            TRY(in_tenant(first->first, [&] { return store.append(first->first, first->second, delivery); }));
            stored.add(static_cast<int64_t>(first->second.rows()));
            flush.rows.erase(first);
        }
        while (!flush.finding_rows.empty()) {
            const auto first = flush.finding_rows.begin();
            TRY(in_tenant(first->first, [&] { return store.append_findings(first->first, first->second, delivery); }));
            flush.finding_rows.erase(first);
        }
        return desk.commit({flush.findings, flush.sources, flush.last_seq});
    }

    // A tenant that another process has just made gets its tables at its first event.
    template <typename Append>
    Result<> in_tenant(uint32_t tenant, Append append) {
        auto appended = append();
        if (appended || appended.error().code() != base::ErrorCode::not_found) return appended;
        TRY(store.create_tenant(tenant));
        return append();
    }

    void tell_trouble(const base::Error& error) {
        std::string text = error.to_string();
        const std::scoped_lock lock(trouble_mutex);
        if (trouble != text) log::error("cannot commit, trying again", {{"error", text}});
        trouble = std::move(text);
    }

    // True when there is no point in trying again.
    bool wait_to_retry(base::Duration pause) {
        std::mutex mutex;
        std::condition_variable_any changed;
        std::unique_lock lock(mutex);
        changed.wait_for(lock, give_up.get_token(), std::chrono::nanoseconds(pause), [] { return false; });
        return give_up.stop_requested();
    }
};

Pipeline::Pipeline(spool::Spool& spool, detect::Engine& engine, eventstore::EventStore& store, Desk& desk,
                   std::shared_ptr<const parse::PackSet> packs, std::shared_ptr<const SourceBindings> bindings,
                   const base::Clock& clock, base::Metrics& metrics, PipelineOptions options)
    : state_(std::make_unique<State>(spool, engine, store, desk, clock, metrics, options)) {
    SHUWEI_ASSERT(packs && bindings && options.workers > 0);
    state_->packs.store(std::move(packs));
    state_->bindings.store(std::move(bindings));
}

Pipeline::~Pipeline() { stop(); }

Result<> Pipeline::start(uint64_t checkpoint) {
    State& state = *state_;
    SHUWEI_ASSERT(!state.running);
    TRY_ASSIGN(state.recovery, Recovery::read(state.store, checkpoint, *state.engine.rules(), state.desk));
    state.checkpoint = checkpoint;
    state.checkpoint_metric.set(static_cast<int64_t>(checkpoint));
    state.reader = state.spool.reader(checkpoint + 1);
    for (unsigned i = 0; i < 3 * state.options.workers + 2; ++i) state.pool.push_back(std::make_unique<Batch>());
    state.working = state.options.workers;
    state.running = true;
    for (unsigned i = 0; i < state.options.workers; ++i) state.workers.emplace_back([&state] { state.work(); });
    state.sequencer = std::jthread([&state] { state.sequence(); });
    state.committer = std::jthread([&state] { state.commit_all(); });
    return {};
}

void Pipeline::stop() {
    State& state = *state_;
    if (!state.running) return;
    state.running = false;
    // The workers end by themselves once the reader has given all that was written until now.
    state.stop_at_seq = state.spool.written_seq();
    state.reader->interrupt();
    // A store that does not answer must not keep the program from ending: what is not committed stays in the spool.
    std::mutex mutex;
    std::condition_variable_any ended;
    std::jthread patience([&](const std::stop_token& all_done) {
        std::unique_lock lock(mutex);
        ended.wait_for(lock, all_done, std::chrono::nanoseconds(state.options.stop_patience), [] { return false; });
        if (!all_done.stop_requested()) state.give_up.request_stop();
    });
    state.workers.clear();
    state.sequencer.join();
    state.committer.join();
    patience.request_stop();
}

void Pipeline::set_packs(std::shared_ptr<const parse::PackSet> packs) { state_->packs.store(std::move(packs)); }
std::shared_ptr<const parse::PackSet> Pipeline::packs() const { return state_->packs.load(); }

void Pipeline::set_bindings(std::shared_ptr<const SourceBindings> bindings) {
    state_->bindings.store(std::move(bindings));
}

uint64_t Pipeline::checkpoint() const { return state_->checkpoint.load(); }

std::string Pipeline::trouble() const {
    const std::scoped_lock lock(state_->trouble_mutex);
    return state_->trouble;
}

LiveCounters& Pipeline::live() { return state_->live; }

}  // namespace shuwei::pipeline
