// The part of the event store that the interface reads. EventStoreReader is the real one; tests put a few events in
// memory in its place. Thread-safe; calls block for the time of a query. Errors as in eventstore/event_store.hpp.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "shuwei/base/result.hpp"
#include "shuwei/eventstore/event_store.hpp"

namespace shuwei::api {

class EventReader {
public:
    virtual ~EventReader() = default;
    virtual base::Result<eventstore::SearchResult> search(const eventstore::SearchRequest& request) = 0;
    virtual base::Result<uint64_t> stream(const eventstore::SearchRequest& request,
                                          const std::function<bool(eventstore::StoredEvent&&)>& row) = 0;
    virtual base::Result<eventstore::StoredEvent> get(const std::vector<uint32_t>& tenants, uint64_t seq) = 0;
    virtual base::Result<std::vector<eventstore::StoredEvent>> get_many(const std::vector<uint32_t>& tenants,
                                                                        std::vector<uint64_t> seqs) = 0;
    virtual base::Result<eventstore::Histogram> histogram(const eventstore::HistogramRequest& request) = 0;
    virtual base::Result<eventstore::Pivot> pivot(const eventstore::PivotRequest& request) = 0;
    virtual base::Result<eventstore::ExpertResult> expert_query(const eventstore::ExpertQuery& query,
                                                                const eventstore::ExpertRequest& request) = 0;
    virtual base::Result<eventstore::FieldStats> field_stats(const eventstore::FieldStatsRequest& request) = 0;
    virtual base::Result<std::vector<eventstore::StoredFinding>> findings(
        const eventstore::FindingsRequest& request) = 0;
};

class EventStoreReader final : public EventReader {
public:
    explicit EventStoreReader(eventstore::EventStore& store) : store_(store) {}

    base::Result<eventstore::SearchResult> search(const eventstore::SearchRequest& request) override {
        return store_.search(request);
    }
    base::Result<uint64_t> stream(const eventstore::SearchRequest& request,
                                  const std::function<bool(eventstore::StoredEvent&&)>& row) override {
        return store_.stream(request, row);
    }
    base::Result<eventstore::StoredEvent> get(const std::vector<uint32_t>& tenants, uint64_t seq) override {
        return store_.get(tenants, seq);
    }
    base::Result<std::vector<eventstore::StoredEvent>> get_many(const std::vector<uint32_t>& tenants,
                                                                std::vector<uint64_t> seqs) override {
        return store_.get_many(tenants, std::move(seqs));
    }
    base::Result<eventstore::Histogram> histogram(const eventstore::HistogramRequest& request) override {
        return store_.histogram(request);
    }
    base::Result<eventstore::Pivot> pivot(const eventstore::PivotRequest& request) override { return store_.pivot(request); }
    base::Result<eventstore::ExpertResult> expert_query(const eventstore::ExpertQuery& query,
                                                        const eventstore::ExpertRequest& request) override {
        return store_.expert_query(query, request);
    }
    base::Result<eventstore::FieldStats> field_stats(const eventstore::FieldStatsRequest& request) override {
        return store_.field_stats(request);
    }
    base::Result<std::vector<eventstore::StoredFinding>> findings(
        const eventstore::FindingsRequest& request) override {
        return store_.findings(request);
    }

private:
    eventstore::EventStore& store_;
};

}  // namespace shuwei::api
