// What the interface serves: references to the parts that the program built. Everything referred to must outlive the
// Server and be usable from any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "shuwei/access/access.hpp"
#include "shuwei/api/event_reader.hpp"
#include "shuwei/api/live_events.hpp"
#include "shuwei/api/live_stats.hpp"
#include "shuwei/api/live_stream.hpp"
#include "shuwei/api/search_jobs.hpp"
#include "shuwei/asset/resource_store.hpp"
#include "shuwei/asset/source_store.hpp"
#include "shuwei/base/clock.hpp"
#include "shuwei/base/metrics.hpp"
#include "shuwei/collect/http_ingest.hpp"
#include "shuwei/detect/rule_set.hpp"
#include "shuwei/knowledge/knowledge_base.hpp"
#include "shuwei/forward/forwarder.hpp"
#include "shuwei/intake/input_runner.hpp"
#include "shuwei/intake/input_store.hpp"
#include "shuwei/intake/pack_store.hpp"
#include "shuwei/ledger/ledger.hpp"
#include "shuwei/parse/pack_set.hpp"
#include "shuwei/triage/triage.hpp"
#include "shuwei/work/case_desk.hpp"

namespace shuwei::custody {  // their headers only where they are used
class SealLog;
class VerificationJob;
class Retention;
struct InclusionProof;
struct TimeStampingState;
}  // namespace shuwei::custody

namespace shuwei::api {

struct About {
    std::string product = "Shuwei";
    std::string version;
    std::string revision;         // may be empty
    base::Timestamp started = 0;
};

struct Services {
    const base::Clock& clock;
    base::Metrics& metrics;
    ledger::Ledger& ledger;
    access::Access& access;
    const work::CaseDesk& desk;
    triage::Triage& triage;
    asset::SourceStore& sources;
    const asset::ResourceStore& resources;
    const intake::InputStore& inputs;
    std::function<intake::InputRunner::Running(int64_t input)> input_status;
    const intake::PackStore& user_packs;
    // Why a live pack of people is not in the stream; empty when it is.
    std::function<std::string(int64_t pack)> pack_problem;
    const knowledge::KnowledgeBase& knowledge;
    EventReader& events;
    SearchJobs& search_jobs;
    const LiveStats& live_stats;
    LiveStream& stream;
    LiveEvents& live_events;
    // The sets in use now; never null.
    std::function<std::shared_ptr<const detect::RuleSet>()> rules;
    std::function<std::shared_ptr<const parse::PackSet>()> packs;
    // Takes pushed events: collect::HttpIngest::ingest, of the input that the request's format belongs to.
    std::function<base::Result<collect::IngestReceipt>(const collect::IngestRequest&)> ingest;
    std::function<collect::IngestState()> ingest_state;
    const forward::TargetStore& targets;
    forward::Forwarder& forwarder;
    // The seq behind which a new target begins: now, or at the first event received at the time given.
    std::function<base::Result<uint64_t>(ledger::TenantNumber, std::optional<base::Timestamp>)> place_for_target;
    // Called after a tenant was made in the ledger: its tables in the event store.
    std::function<base::Result<>(ledger::TenantNumber)> prepare_tenant;
    const custody::SealLog& seals;
    custody::VerificationJob& verification;
    const custody::Retention& retention;
    std::function<custody::TimeStampingState()> time_stamping;
    std::function<base::Result<custody::InclusionProof>(const ledger::TenantScope&, uint64_t seq)> prove_event;
    About about;
};

}  // namespace shuwei::api
