#include "shuwei/api/search_jobs.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "shuwei/base/random.hpp"
#include "shuwei/eventstore/expert_sql.hpp"

namespace shuwei::api {

using base::ErrorCode;
using base::fail;
using base::Result;

namespace {

struct Entry {
    SearchJob job;
    uint64_t number = 0;  // rising: order of creation
    std::stop_source stop;
};

constexpr std::string_view kNotThere = "There is no such search job, or its answer is no longer kept.";

}  // namespace

std::string_view to_string(SearchJobState state) {
    switch (state) {
        case SearchJobState::waiting: return "waiting";
        case SearchJobState::running: return "running";
        case SearchJobState::done: return "done";
        case SearchJobState::stopped: return "stopped";
        case SearchJobState::failed: return "failed";
    }
    return "failed";
}

struct SearchJobs::State {
    State(EventReader& reader, const base::Clock& of, SearchJobOptions given) : events(reader), clock(of), options(given) {}

    EventReader& events;
    const base::Clock& clock;
    SearchJobOptions options;
    mutable std::mutex mutex;
    mutable std::condition_variable_any changed;
    std::map<std::string, std::shared_ptr<Entry>> jobs;
    std::deque<std::shared_ptr<Entry>> queue;
    uint64_t last_number = 0;
    std::vector<std::jthread> threads;  // last: they use the members above

    std::shared_ptr<Entry> entry_of(const std::string& owner, const std::string& id) const {
        const auto found = jobs.find(id);
        return found == jobs.end() || found->second->job.owner != owner ? nullptr : found->second;
    }

    void forget_old() {
        const base::Timestamp now = clock.now();
        std::erase_if(jobs, [&](const auto& each) {
            const SearchJob& job = each.second->job;
            return job.over() && job.finished + options.kept <= now;
        });
    }

    void make_room(const std::string& owner) {
        std::vector<std::shared_ptr<Entry>> finished;
        size_t kept = 0;
        for (const auto& [id, entry] : jobs) {
            if (entry->job.owner != owner) continue;
            ++kept;
            if (entry->job.over()) finished.push_back(entry);
        }
        std::ranges::sort(finished, {}, [](const auto& entry) { return entry->number; });
        for (size_t i = 0; i < finished.size() && kept >= options.kept_of_one; ++i, --kept) jobs.erase(finished[i]->job.id);
    }

    void work(const std::stop_token& ending) {
        std::unique_lock lock(mutex);
        while (changed.wait(lock, ending, [&] { return !queue.empty(); })) {
            const auto entry = std::move(queue.front());
            queue.pop_front();
            if (entry->job.over()) continue;  // stopped while it waited
            entry->job.state = SearchJobState::running;
            lock.unlock();
            const std::stop_callback with_us(ending, [&] { entry->stop.request_stop(); });
            auto answer = run(*entry);
            lock.lock();
            SearchJob& job = entry->job;
            job.finished = clock.now();
            if (answer) {
                job.state = SearchJobState::done;
                job.progress = 1;
                job.answer = std::make_shared<const SearchAnswer>(std::move(*answer));
            } else {
                const bool stopped = entry->stop.stop_requested();
                job.state = stopped ? SearchJobState::stopped : SearchJobState::failed;
                if (!stopped) job.error = std::move(answer).error();
            }
            changed.notify_all();
        }
    }

    Result<SearchAnswer> run(Entry& entry) {
        eventstore::QueryLimits limits;
        limits.time = options.time;
        limits.stop = entry.stop.get_token();
        limits.progress = [&](double progress, uint64_t rows) {
            const std::scoped_lock lock(mutex);
            entry.job.progress = std::max(entry.job.progress, progress);
            entry.job.rows_read = rows;
        };
        SearchQuestion question = *entry.job.question;
        if (auto* search = std::get_if<eventstore::SearchRequest>(&question)) {
            search->limits = limits;
            TRY_ASSIGN(auto found, events.search(*search));
            return SearchAnswer(std::move(found));
        }
        if (auto* pivot = std::get_if<eventstore::PivotRequest>(&question)) {
            pivot->limits = limits;
            TRY_ASSIGN(auto table, events.pivot(*pivot));
            return SearchAnswer(std::move(table));
        }
        auto& expert = std::get<ExpertQuestion>(question);
        expert.request.limits = limits;
        TRY_ASSIGN(auto rows, events.expert_query(*expert.query, expert.request));
        return SearchAnswer(std::move(rows));
    }
};

SearchJobs::SearchJobs(EventReader& events, const base::Clock& clock, SearchJobOptions options)
    : state_(std::make_unique<State>(events, clock, options)) {
    for (size_t i = 0; i < options.at_once; ++i) {
        state_->threads.emplace_back([state = state_.get()](const std::stop_token& ending) { state->work(ending); });
    }
}

SearchJobs::~SearchJobs() = default;

Result<SearchJob> SearchJobs::start(std::string owner, std::string text, std::vector<uint32_t> tenants, SearchQuestion question) {
    const std::scoped_lock lock(state_->mutex);
    state_->forget_old();
    const auto unfinished = std::ranges::count_if(state_->jobs, [&](const auto& each) {
        return each.second->job.owner == owner && !each.second->job.over();
    });
    if (static_cast<size_t>(unfinished) >= state_->options.unfinished_of_one) {
        return fail(ErrorCode::resource_exhausted, "Too many searches of yours run; stop one or wait.");
    }
    state_->make_room(owner);
    auto entry = std::make_shared<Entry>();
    entry->number = ++state_->last_number;
    entry->job.id = base::SystemRandom().hex(12);
    entry->job.owner = std::move(owner);
    entry->job.text = std::move(text);
    entry->job.tenants = std::move(tenants);
    entry->job.question = std::make_shared<const SearchQuestion>(std::move(question));
    entry->job.created = state_->clock.now();
    if (entry->job.tenants.empty()) {  // who sees no client finds nothing
        entry->job.state = SearchJobState::done;
        entry->job.progress = 1;
        entry->job.finished = entry->job.created;
        SearchAnswer nothing = eventstore::SearchResult{};
        if (std::holds_alternative<eventstore::PivotRequest>(*entry->job.question)) nothing = eventstore::Pivot{};
        if (const auto* expert = std::get_if<ExpertQuestion>(entry->job.question.get())) {
            eventstore::ExpertResult empty;
            for (const auto& column : expert->query->columns) empty.columns.emplace_back(column.name, to_string(column.value.type));
            nothing = std::move(empty);
        }
        entry->job.answer = std::make_shared<const SearchAnswer>(std::move(nothing));
    } else {
        state_->queue.push_back(entry);
    }
    state_->jobs[entry->job.id] = entry;
    state_->changed.notify_all();
    return entry->job;
}

Result<SearchJob> SearchJobs::find(const std::string& owner, const std::string& id) const {
    const std::scoped_lock lock(state_->mutex);
    state_->forget_old();
    const auto entry = state_->entry_of(owner, id);
    if (entry == nullptr) return fail(ErrorCode::not_found, std::string(kNotThere));
    return entry->job;
}

Result<SearchJob> SearchJobs::wait(const std::string& owner, const std::string& id, base::Duration time, std::stop_token stop) const {
    std::unique_lock lock(state_->mutex);
    const auto entry = state_->entry_of(owner, id);
    if (entry == nullptr) return fail(ErrorCode::not_found, std::string(kNotThere));
    state_->changed.wait_for(lock, std::move(stop), std::chrono::nanoseconds(time), [&] { return entry->job.over(); });
    return entry->job;
}

std::vector<SearchJob> SearchJobs::list(const std::string& owner) const {
    const std::scoped_lock lock(state_->mutex);
    state_->forget_old();
    std::vector<std::shared_ptr<Entry>> found;
    for (const auto& [id, entry] : state_->jobs) {
        if (entry->job.owner == owner) found.push_back(entry);
    }
    std::ranges::sort(found, std::greater<>(), [](const auto& entry) { return entry->number; });
    std::vector<SearchJob> jobs;
    for (const auto& entry : found) jobs.push_back(entry->job);
    return jobs;
}

Result<> SearchJobs::stop(const std::string& owner, const std::string& id) {
    const std::scoped_lock lock(state_->mutex);
    const auto entry = state_->entry_of(owner, id);
    if (entry == nullptr) return fail(ErrorCode::not_found, std::string(kNotThere));
    entry->stop.request_stop();
    if (entry->job.state == SearchJobState::waiting) {
        entry->job.state = SearchJobState::stopped;
        entry->job.finished = state_->clock.now();
        std::erase(state_->queue, entry);
        state_->changed.notify_all();
    }
    return {};
}

Result<> SearchJobs::remove(const std::string& owner, const std::string& id) {
    TRY(stop(owner, id));
    const std::scoped_lock lock(state_->mutex);
    state_->jobs.erase(id);
    return {};
}

}  // namespace shuwei::api
