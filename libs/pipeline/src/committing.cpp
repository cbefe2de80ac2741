// The committer: a flush becomes durable, first in the event store, then in the ledger, then the checkpoint moves.
#include <algorithm>

#include "pipeline_state.hpp"
#include "shuwei/base/log.hpp"

namespace shuwei::pipeline {

using base::Result;
using eventstore::Delivery;
namespace log = base::log;

namespace {

// A tenant that another process has just made gets its tables at its first event.
template <typename Append>
Result<> in_tenant(eventstore::EventStore& store, uint32_t tenant, Append append) {
    auto appended = append();
    if (appended || appended.error().code() != base::ErrorCode::not_found) return appended;
    TRY(store.create_tenant(tenant));
    return append();
}

}  // namespace

void Pipeline::State::commit_all() {
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
void Pipeline::State::commit(Flush& flush) {
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

Result<> Pipeline::State::try_commit(Flush& flush, Delivery delivery) {
    while (!flush.rows.empty()) {
        const auto first = flush.rows.begin();
        TRY(in_tenant(store, first->first, [&] { return store.append(first->first, first->second, delivery); }));
        stored.add(static_cast<int64_t>(first->second.rows()));
        flush.rows.erase(first);
    }
    while (!flush.finding_rows.empty()) {
        const auto first = flush.finding_rows.begin();
        TRY(in_tenant(store, first->first, [&] { return store.append_findings(first->first, first->second, delivery); }));
        flush.finding_rows.erase(first);
    }
    return desk.commit({flush.findings, flush.sources, flush.leaves, flush.last_seq});
}

void Pipeline::State::tell_trouble(const base::Error& error) {
    std::string text = error.to_string();
    const std::scoped_lock lock(trouble_mutex);
    if (trouble != text) log::error("cannot commit, trying again", {{"error", text}});
    trouble = std::move(text);
}

// True when there is no point in trying again.
bool Pipeline::State::wait_to_retry(base::Duration pause) {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, give_up.get_token(), std::chrono::nanoseconds(pause), [] { return false; });
    return give_up.stop_requested();
}

}  // namespace shuwei::pipeline
