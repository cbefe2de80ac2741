// The workers: from frames of the spool to parsed and scanned batches.
#include <algorithm>
#include <chrono>

#include "pipeline_state.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/base/text.hpp"

namespace shuwei::pipeline {

namespace log = base::log;

namespace {

constexpr base::Duration kClockSteps = 5 * base::kSecond;  // listeners hand in their frames by turns

event::Event before_parsing(const event::Event& event) {
    event::Event fresh = event;
    fresh.time = event.received;
    fresh.pack = 0;
    fresh.overflowed = 0;
    fresh.field_count = 0;
    return fresh;
}

parse::SourceHint hint_for(const spool::FrameView& frame, const SenderTally& tally,
                                  const parse::PackSet& pack_set) {
    parse::SourceHint hint;
    if (tally.listener != nullptr) {
        hint.zone = &tally.listener->zone;
        hint.charset = tally.listener->charset;
    }
    if (tally.binding != nullptr) {
        if (tally.binding->zone) hint.zone = &*tally.binding->zone;
        if (tally.binding->charset != parse::Charset::automatic) hint.charset = tally.binding->charset;
        hint.pack = pack_set.find(tally.binding->pack, frame.tenant);
    }
    if (!frame.pack.empty()) hint.pack = pack_set.find(frame.pack, frame.tenant);
    // Files and pushed text hold syslog lines, too: /var/log/auth.log is one.
    hint.format = frame.kind == spool::FrameKind::json ? parse::LineFormat::raw : parse::LineFormat::automatic;
    return hint;
}

}  // namespace

// Copies the next frames into the batch's arena. False when there is nothing more to do.
bool Pipeline::State::pull(Batch& batch, std::vector<FrameFacts>& facts) {
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
            newest_received = std::max(newest_received, frame.received);
            fact.clock_repeats = frame.received < newest_received - kClockSteps;
            facts.push_back(fact);
        }
        if (facts.empty()) return false;
        batch.ordinal = next_ordinal++;
        batch.last_seq = facts.back().frame.seq;
        return true;
    }
}

void Pipeline::State::work() {
    parse::Parser parser(packs.load());
    detect::Scanner scanner;
    std::shared_ptr<const parse::PackSet> scanner_packs;
    std::vector<FrameFacts> facts;
    std::vector<custody::SealedLine> lines;
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
        lines.clear();
        for (const event::Event& event : batch->events) lines.push_back({event.seq, event.received, event.peer, event.raw});
        custody::append_leaves(lines, batch->leaves);
        engine.scan(batch->events, scanner, batch->scan);
        const std::scoped_lock lock(desk_mutex);
        done.emplace(batch->ordinal, std::move(batch));
        batch_done.notify_one();
    }
    const std::scoped_lock lock(desk_mutex);
    --working;
    batch_done.notify_one();
}

std::unique_ptr<Batch> Pipeline::State::take_free_batch() {
    std::unique_lock lock(desk_mutex);
    batch_free.wait(lock, [&] { return !pool.empty(); });
    auto batch = std::move(pool.back());
    pool.pop_back();
    return batch;
}

void Pipeline::State::parse_frame(Batch& batch, const FrameFacts& fact, parse::Parser& parser) {
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
    parse::SourceHint hint = hint_for(frame, *tally, *batch.packs);
    parse::Outcome outcome = parser.parse(batch.events, event, hint);
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
            hint = hint_for(frame, *tally, *batch.packs);
            outcome = parser.parse(batch.events, again, hint);
        }
    }
    event::Event& parsed_event = batch.events[batch.events.size() - 1];
    if (frame.truncated()) {
        batch.events.add_integer(parsed_event, event::shuwei_truncated_bytes,
                                 static_cast<int64_t>(frame.true_length));
        batch.events.add(parsed_event, event::shuwei_truncated_sm3, fact.sm3);
    }
    if (tally->lines++ == 0) {
        tally->named_host = batch.events.get(parsed_event, event::host_name);
        if (tally->named_host.empty()) tally->named_host = batch.events.get(parsed_event, event::observer_name);
    }
    tally->bytes += static_cast<int64_t>(frame.payload.size());
    if (tally->first == 0) tally->first = frame.received;
    tally->last = frame.received;
    if (parsed_event.time != frame.received && !fact.clock_repeats) {
        tally->drift = parsed_event.time - frame.received;
        tally->zone = hint.zone;
    }
    if (outcome == parse::Outcome::parsed) {
        tally->count_pack(batch.packs->name(parsed_event.pack));
    } else {
        ++tally->unparsed;
        ++batch.unparsed;
    }
}

}  // namespace shuwei::pipeline
