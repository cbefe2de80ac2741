// Seals: verifying stored events, proving one, closing open segments.
#include <nlohmann/json.hpp>

#include <chrono>
#include <thread>

#include "alert_desk.hpp"
#include "commands.hpp"
#include "exit_code.hpp"
#include "home.hpp"
#include "local_records.hpp"
#include "output.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/custody/time_stamping.hpp"
#include "shuwei/custody/verification_job.hpp"
#include "shuwei/event/time_parse.hpp"
#include "shuwei/eventstore/event_store.hpp"
#include "shuwei/net/http_client.hpp"

namespace shuwei::app {
namespace {

using Json = nlohmann::ordered_json;
using base::ErrorCode;
using base::fail;
using base::Result;
using ledger::TenantScope;

constexpr base::Duration kSilentFor = 2 * base::kSecond;  // progress is shown when it takes longer
constexpr base::Duration kProgressEvery = base::kSecond;
constexpr size_t kMostProofBytes = size_t{64} << 20;

class ProgressLine {
public:
    void show(uint64_t done, uint64_t total) {
        const base::Duration now = base::monotonic_now();
        if (now < next_) return;
        next_ = now + kProgressEvery;
        std::fprintf(stderr, "%llu of %llu events compared\n", static_cast<unsigned long long>(done),
                     static_cast<unsigned long long>(total));
    }

private:
    base::Duration next_ = base::monotonic_now() + kSilentFor;
};

// The parts of a server that does not run.
struct StoppedServer {
    base::FileDescriptor lock;
    std::unique_ptr<LocalRecords> records;
    std::unique_ptr<eventstore::EventStore> store;
    std::unique_ptr<custody::Verifier> verifier;

    static Result<StoppedServer> open(const std::filesystem::path& data) {
        StoppedServer server;
        std::error_code error;
        const auto folder = std::filesystem::absolute(data, error);
        TRY_ASSIGN(server.records, open_records(folder, DataFolder::must_exist));
        auto lock = lock_folder(folder);
        if (!lock) {
            return fail(lock.error().code(), lock.error().message() + ": ask it by --server and --token instead of --data");
        }
        server.lock = std::move(*lock);
        eventstore::EventStoreOptions options;
        options.data_folder = folder / "events";
        options.library = libchdb_path();
        TRY_ASSIGN(server.store, eventstore::EventStore::open(std::move(options)));
        server.verifier = std::make_unique<custody::Verifier>(*server.records->ledger, *server.records->seals, *server.store,
                                                              std::string(AlertDesk::kCheckpoint));
        return server;
    }

    Result<TenantScope> scope(const std::string& tenant) const {
        if (tenant.empty()) return TenantScope::every_tenant();
        TRY_ASSIGN(const auto found, records->access->tenant(tenant));
        return TenantScope::only(found.number);
    }
};

Result<std::optional<base::Timestamp>> time_option(const std::string& name, const std::string& text) {
    if (text.empty()) return std::optional<base::Timestamp>{};
    auto time = event::parse_time_argument(text, base::SystemClock().now());
    if (!time) return fail(std::move(time).error().at(name));
    return *time;
}

// The answer of a running server, or what it says went wrong.
Result<Json> call(net::HttpClient& client, const ProofOptions& options, net::HttpMethod method, std::string target, const Json& body = {}) {
    net::HttpClientRequest request;
    request.method = method;
    if (!options.tenant.empty()) target += "?tenant=" + net::percent_encode(options.tenant);
    request.target = std::move(target);
    request.headers.add("Authorization", "Bearer " + options.token);
    if (method == net::HttpMethod::post) {
        request.headers.add("Content-Type", "application/json");
        request.body = body.is_null() ? "{}" : body.dump();
    }
    TRY_ASSIGN(const net::HttpResponse response, client.send(request));
    Json answer = Json::parse(response.body, nullptr, false);
    if (response.status >= 200 && response.status < 300 && answer.is_object()) return answer;
    std::string message = "the server answered " + std::to_string(response.status);
    if (answer.is_object() && answer.contains("message")) message += ": " + answer.value("message", "");
    return fail(response.status == 400 ? ErrorCode::invalid_argument : ErrorCode::unavailable, std::move(message));
}

Result<net::HttpClient> client_of(const ProofOptions& options) {
    if (options.token.empty()) {
        return fail(ErrorCode::invalid_argument, "give --data of a server that does not run, or an API token of one that does: --token or SHUWEI_TOKEN");
    }
    return net::HttpClient::create(options.server);
}

Result<Json> verify_stopped(const ProofOptions& options) {
    TRY_ASSIGN(const StoppedServer server, StoppedServer::open(options.data));
    custody::VerifyRequest request;
    TRY_ASSIGN(request.scope, server.scope(options.tenant));
    TRY_ASSIGN(request.filter.since, time_option("--since", options.since));
    TRY_ASSIGN(request.filter.until, time_option("--until", options.until));
    ProgressLine line;
    request.trusted_authorities = options.authorities;
    request.progress = [&](const custody::VerifyProgress& progress) { line.show(progress.events_done, progress.events_total); };
    custody::VerificationState state;
    state.started = server.records->clock.now();
    state.id = std::to_string(state.started / base::kMillisecond) + "-local";
    state.by = "local";
    state.scope = request.scope;
    TRY_ASSIGN(state.outcome, server.verifier->verify(request));
    state.finished = server.records->clock.now();
    TRY(custody::record_verification(*server.records->ledger, state, ledger::Actor::person("local", "")));
    return Json::parse(state.outcome->to_json([&](ledger::TenantNumber number) {
        const auto tenant = server.records->access->tenant(number);
        return tenant ? tenant->name : std::to_string(number);
    }));
}

Result<Json> verify_running(const ProofOptions& options) {
    TRY_ASSIGN(auto client, client_of(options));
    Json body = Json::object();
    for (const auto& [name, text] : {std::pair{"since", options.since}, std::pair{"until", options.until}}) {
        TRY_ASSIGN(const auto time, time_option(std::string("--") + name, text));
        if (time) body[name] = event::format_rfc3339(*time);
    }
    TRY_ASSIGN(Json state, call(client, options, net::HttpMethod::post, "/api/v1/proof/verifications", body));
    const std::string id = state.value("id", "");
    ProgressLine line;
    while (state.value("state", "") == "running") {
        line.show(state.value("events_done", uint64_t{0}), state.value("events_total", uint64_t{0}));
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        TRY_ASSIGN(Json proof, call(client, options, net::HttpMethod::get, "/api/v1/proof"));
        state = proof.value("verification", Json::object());
        if (state.value("id", "") != id) return fail(ErrorCode::unavailable, "another verification was begun meanwhile");
    }
    if (state.value("state", "") != "done") return fail(ErrorCode::unavailable, state.value("error", "the verification has not come to its end"));
    return state;
}

int print_verification(const Json& verification, OutputFormat output) {
    std::vector<Json> rows;
    bool ok = true;
    for (const Json& chain : verification.at("chains")) {
        Json row = chain;
        if (output == OutputFormat::table || output == OutputFormat::csv) {
            const Json flaws = chain.value("flaws", Json::array());
            row["flaws"] = flaws.size();
            row["first_flaw"] = flaws.empty() ? "" : flaws.front().value("message", "");
        }
        ok = ok && chain.value("ok", false);
        rows.push_back(std::move(row));
    }
    std::vector<std::string> columns;
    if (output == OutputFormat::table) {
        columns = {"tenant", "class", "ok", "segments", "events", "retired_events", "last_seal", "time_stamps", "flaws", "first_flaw"};
    }
    print_rows(rows, output, std::move(columns));
    for (const Json& chain : verification.at("chains")) {
        for (const Json& flaw : chain.at("flaws")) {
            std::fprintf(stderr, "shuwei: %s: %s\n", chain.value("tenant", "").c_str(), flaw.value("message", "").c_str());
        }
    }
    return ok ? kFine : kFindings;
}

Result<std::string> proof_of(const ProofOptions& options) {
    if (!options.data.empty()) {
        TRY_ASSIGN(const StoppedServer server, StoppedServer::open(options.data));
        TRY_ASSIGN(const TenantScope scope, server.scope(options.tenant));
        TRY_ASSIGN(const custody::InclusionProof proof, server.verifier->prove(scope, options.seq));
        return proof.to_json();
    }
    TRY_ASSIGN(auto client, client_of(options));
    TRY_ASSIGN(const Json proof, call(client, options, net::HttpMethod::get, "/api/v1/events/" + std::to_string(options.seq) + "/proof"));
    return proof.dump(2);
}

Result<> check_proof(const ProofOptions& options) {
    TRY_ASSIGN(const std::string text, base::read_file(options.check, kMostProofBytes));
    TRY_ASSIGN(const custody::InclusionProof proof, custody::InclusionProof::parse(text));
    TRY_ASSIGN(const auto stamp, proof.check(options.authorities));
    std::printf("event %llu, received %s from %s, is sealed: seal %lld of client %u, chain head %lld %s\n",
                static_cast<unsigned long long>(proof.seq), event::format_rfc3339(proof.received).c_str(), proof.peer.c_str(),
                static_cast<long long>(proof.seal.number), proof.seal.chain.tenant, static_cast<long long>(proof.head_number),
                crypto::to_hex(proof.head).c_str());
    if (stamp) {
        std::printf("seal %lld was time-stamped %s by %s%s\n", static_cast<long long>(proof.stamped_number), event::format_rfc3339(stamp->time).c_str(),
                    stamp->signer.empty() ? "an authority that is not named" : stamp->signer.c_str(),
                    options.authorities.empty() ? "; whether that is true was not checked: give --authorities" : "");
    }
    std::printf("compare that head with a copy of seal.heads that was made elsewhere\n");
    return {};
}

}  // namespace

int run_events_verify(const ProofOptions& options) {
    const auto verification = options.data.empty() ? verify_running(options) : verify_stopped(options);
    return verification ? print_verification(*verification, options.output) : report(verification.error());
}

int run_events_prove(const ProofOptions& options) {
    if (!options.check.empty()) {
        const auto checked = check_proof(options);
        if (checked) return kFine;
        std::fprintf(stderr, "shuwei: %s: %s\n", options.check.c_str(), checked.error().to_string().c_str());
        return checked.error().code() == ErrorCode::invalid_argument ? kFindings : kCannotDo;
    }
    if (options.seq == 0) return report(base::Error(ErrorCode::invalid_argument, "give the number of an event, or --check FILE"));
    const auto proof = proof_of(options);
    if (!proof) return report(proof.error());
    std::printf("%s\n", proof->c_str());
    return kFine;
}

int run_events_stamp(const StampOptions& options) {
    auto records = open_records(options.data, DataFolder::must_exist);
    if (!records) return report(records.error());
    LocalRecords& local = **records;
    const auto stamped = custody::TimeStamping(*local.ledger, *local.seals, local.clock, local.random, {options.authority, options.certificates}).stamp();
    if (!stamped) return report(stamped.error());
    auto recorded = local.ledger->record(ledger::Actor::person("local", ""), {"events.stamp", options.authority, std::to_string(*stamped) + " seals time-stamped", 0, ledger::AuditResult::ok});
    if (!recorded) return report(recorded.error());
    std::printf("%zu seals time-stamped\n", *stamped);
    return kFine;
}

int run_events_seal(const ProofOptions& options) {
    auto records = open_records(options.data, DataFolder::must_exist);
    if (!records) return report(records.error());
    const auto closed = (*records)->ledger->transaction([&](ledger::Transaction& t) -> Result<size_t> {
        TRY_ASSIGN(const size_t count, (*records)->seals->close(t, std::nullopt));
        TRY((*records)->ledger->audit().append(t, ledger::Actor::person("local", ""), {"events.seal", "seals", std::to_string(count) + " segments sealed", 0, ledger::AuditResult::ok}));
        return count;
    });
    if (!closed) return report(closed.error());
    std::printf("%zu segments sealed\n", *closed);
    return kFine;
}

}  // namespace shuwei::app
