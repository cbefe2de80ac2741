// The whole interface in one process: a real server on a free port, real ledger, access, triage, cases and sources in
// a folder of its own; events in memory. Two clients, alpha and beta, with a little of everything each.
// Every answer that passes through call() is checked against the contract.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "operations.hpp"
#include "router.hpp"
#include "shuwei/api/server.hpp"
#include "shuwei/custody/retention.hpp"
#include "shuwei/custody/time_stamping.hpp"
#include "shuwei/custody/verification_job.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/event/batch.hpp"
#include "shuwei/net/http_client.hpp"

namespace shuwei::api {

using nlohmann::json;

// A few events, searched with the reference meaning of predicates.
class EventsInMemory final : public EventReader {
public:
    void add(uint32_t tenant, uint64_t seq, base::Timestamp time, std::string_view line,
             const std::map<std::string, std::string>& fields);
    void add_finding(uint32_t tenant, eventstore::Finding finding);

    base::Result<eventstore::SearchResult> search(const eventstore::SearchRequest& request) override;
    base::Result<uint64_t> stream(const eventstore::SearchRequest& request,
                                  const std::function<bool(eventstore::StoredEvent&&)>& row) override;
    base::Result<eventstore::StoredEvent> get(const std::vector<uint32_t>& tenants, uint64_t seq) override;
    base::Result<std::vector<eventstore::StoredEvent>> get_many(const std::vector<uint32_t>& tenants,
                                                                std::vector<uint64_t> seqs) override;
    base::Result<eventstore::Histogram> histogram(const eventstore::HistogramRequest& request) override;
    base::Result<eventstore::Pivot> pivot(const eventstore::PivotRequest& request) override;
    base::Result<eventstore::ExpertResult> expert_query(const eventstore::ExpertQuery& query,
                                                        const eventstore::ExpertRequest& request) override;
    base::Result<eventstore::FieldStats> field_stats(const eventstore::FieldStatsRequest& request) override;
    base::Result<std::vector<eventstore::StoredFinding>> findings(const eventstore::FindingsRequest& request) override;

    // What every call answers instead, when set.
    std::optional<base::Error> trouble;

private:
    std::vector<const event::Event*> matching(const eventstore::Scope& scope) const;
    eventstore::StoredEvent stored(const event::Event& event) const;

    event::EventBatch batch_;
    std::vector<eventstore::StoredFinding> findings_;
};

class FixedStats final : public LiveStats {
public:
    double events_per_second(const ledger::TenantScope& scope) const override;
    std::vector<SourceRate> source_rates(const ledger::TenantScope& scope) const override;
    std::vector<ListenerState> listeners() const override;
    uint64_t waiting_events() const override { return 12; }
    uint64_t stored_bytes(const ledger::TenantScope&) const override { return 4096; }
    std::map<std::string, uint64_t> pack_events() const override { return {{"linux-sshd", 5}}; }
    std::vector<ReadinessPart> readiness() const override { return parts; }
    bool room_is_out() const override { return no_room; }

    std::vector<ReadinessPart> parts = {{"ledger", true, ""}, {"event_store", true, ""}};
    bool no_room = false;
};

// How a request is authenticated.
struct Who {
    std::string cookie;  // of a session
    std::string csrf;
    std::string bearer;
};

struct Reply {
    int status = 0;
    std::string text;
    json body;  // when it is JSON
    net::HttpHeaders headers;
};

struct ApiTest : testing::Test {
    ApiTest();
    ~ApiTest() override;

    Who session(const std::string& account);                              // signs in behind HTTP
    Who token(const std::string& account, access::NewToken token = {.name = "test"});
    Reply call(const Who& who, std::string_view method, const std::string& target, const json& body = nullptr);
    // As it is: any headers, any bytes.
    Reply send(net::HttpClientRequest request);

    std::vector<ledger::AuditEntry> audited(const std::string& action);
    ledger::Actor admin_actor() const { return ledger::Actor::person("admin", "10.0.0.1"); }
    void restart_server(ServerOptions options = {});

    static constexpr const char* kPassword = "Correct-Horse-1";
    const Who nobody;

    std::filesystem::path folder;
    base::ManualClock clock{1'763'700'000 * base::kSecond};
    base::SystemRandom random;
    base::Metrics metrics;
    crypto::PasswordHasher hasher{{.memory_kib = 64, .passes = 1, .lanes = 1}, random};
    std::unique_ptr<ledger::Ledger> ledger;
    std::unique_ptr<access::Access> access;
    std::unique_ptr<work::CaseDesk> desk;
    std::unique_ptr<triage::Triage> triage;
    asset::SourceStore sources;
    asset::ResourceStore resources;
    int64_t alpha_resource = 0;
    std::optional<intake::InputStore> inputs;
    std::optional<intake::PackStore> user_packs;
    std::map<int64_t, std::string> pack_problems;
    // A draft that reads "OWNGATE alice from 10.0.0.5".
    int64_t add_resource(const std::string& name) const;  // of alpha, with one network
    int64_t add_pack(ledger::TenantNumber tenant, const std::string& name) const;
    std::map<int64_t, intake::InputRunner::Running> input_status;
    int64_t alpha_input = 0;
    int64_t beta_input = 0;
    EventsInMemory events;
    std::unique_ptr<SearchJobs> search_jobs;
    FixedStats stats;
    std::unique_ptr<LiveStream> stream;
    std::unique_ptr<LiveEvents> live;
    std::unique_ptr<crypto::SecretBox> box;
    std::unique_ptr<forward::TargetStore> targets;
    std::unique_ptr<forward::Forwarder> forwarder;
    std::shared_ptr<const detect::RuleSet> rules;
    std::shared_ptr<const parse::PackSet> packs;
    std::shared_ptr<const knowledge::KnowledgeBase> knowledge;
    base::Result<collect::IngestReceipt> ingest_answer = collect::IngestReceipt{2, 100, 101, 0};
    collect::IngestState ingest_state{false, 101};
    std::vector<uint32_t> ingest_tenants;  // of the requests taken
    struct Pushed {
        collect::PushFormat format;
        std::string body, index, host, pack;
    };
    std::vector<Pushed> ingest_requests;
    std::unique_ptr<custody::SealLog> seals;
    std::function<custody::Verification()> verified = [] { return custody::Verification{}; };
    std::optional<custody::VerificationJob> verification;
    custody::Retention retention{180};
    std::unique_ptr<Server> server;

    // What was seeded.
    ledger::TenantNumber alpha = 0;
    ledger::TenantNumber beta = 0;
    int64_t alpha_alert = 0;
    int64_t beta_alert = 0;
    std::string alpha_case;
    std::string beta_case;
    int64_t alpha_source = 0;
    int64_t alpha_asset = 0;
    int64_t beta_asset = 0;
    int64_t beta_source = 0;
    int64_t alpha_target = 0;  // of forwarding, paused
    static constexpr uint64_t kAlphaSeq = 100;
    static constexpr uint64_t kBetaSeq = 200;
    std::string rule_id = "5f0ee6ba-0000-4000-8000-000000000001";
    std::string token_id;  // of account `victim`

private:
    void seed();
    void seed_tenant(ledger::TenantNumber tenant, uint64_t seq, const std::string& address, int64_t& alert,
                     std::string& case_number, int64_t& source);
    std::mutex mutex_;
};

}  // namespace shuwei::api
