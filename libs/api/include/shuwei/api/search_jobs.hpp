// SearchJobs: questions to the event store that may take long, answered beside the requests. A job belongs to whoever
// asked, tells how far it is, can be stopped, and keeps its answer for a while in memory: a restart forgets all.
// Owns its threads; all methods are thread-safe. `events` and `clock` outlive it.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "shuwei/api/event_reader.hpp"
#include "shuwei/base/clock.hpp"
#include "shuwei/base/result.hpp"

namespace shuwei::api {

struct SearchJobOptions {
    size_t at_once = 4;                              // further ones wait
    size_t unfinished_of_one = 6;                    // per person; beyond: resource_exhausted
    size_t kept_of_one = 20;                         // per person; the oldest finished go first
    base::Duration kept = 30 * base::kMinute;        // after the end
    base::Duration time = 30 * base::kMinute;        // a job may take
};

enum class SearchJobState : uint8_t { waiting, running, done, stopped, failed };
std::string_view to_string(SearchJobState state);

struct ExpertQuestion {
    std::shared_ptr<const eventstore::ExpertQuery> query;
    eventstore::ExpertRequest request;
};
// Their limits are set by SearchJobs.
using SearchQuestion = std::variant<eventstore::SearchRequest, eventstore::PivotRequest, ExpertQuestion>;
using SearchAnswer = std::variant<std::monostate, eventstore::SearchResult, eventstore::Pivot, eventstore::ExpertResult>;

struct SearchJob {
    std::string id;
    std::string owner;
    std::string text;               // the KQL or SQL, for lists
    std::vector<uint32_t> tenants;  // that the answer tells of
    std::shared_ptr<const SearchQuestion> question;
    SearchJobState state = SearchJobState::waiting;
    double progress = 0;            // 0 to 1
    uint64_t rows_read = 0;
    base::Timestamp created = 0;
    base::Timestamp finished = 0;   // 0: not yet
    std::optional<base::Error> error;
    std::shared_ptr<const SearchAnswer> answer;  // when done

    bool over() const { return state != SearchJobState::waiting && state != SearchJobState::running; }
};

class SearchJobs {
public:
    SearchJobs(EventReader& events, const base::Clock& clock, SearchJobOptions options = {});
    ~SearchJobs();  // stops what runs
    SearchJobs(const SearchJobs&) = delete;
    SearchJobs& operator=(const SearchJobs&) = delete;

    base::Result<SearchJob> start(std::string owner, std::string text, std::vector<uint32_t> tenants, SearchQuestion question);
    // not_found for an unknown job and for another's.
    base::Result<SearchJob> find(const std::string& owner, const std::string& id) const;
    // The same, once it is over or `time` has passed or `stop` is requested.
    base::Result<SearchJob> wait(const std::string& owner, const std::string& id, base::Duration time, std::stop_token stop) const;
    std::vector<SearchJob> list(const std::string& owner) const;  // newest first
    base::Result<> stop(const std::string& owner, const std::string& id);    // nothing when it is over
    base::Result<> remove(const std::string& owner, const std::string& id);  // stops it first

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace shuwei::api
