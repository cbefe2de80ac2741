#include "api_fixture.hpp"

#include <stdlib.h>

#include <algorithm>

#include "schema.hpp"
#include "shuwei/event/ndjson.hpp"
#include "shuwei/event/time_parse.hpp"
#include "shuwei/eventstore/expert_sql.hpp"
#include "shuwei/work/saved_view.hpp"

namespace shuwei::api {
namespace {

using base::ErrorCode;
using base::Result;

const std::filesystem::path kRoot = SHUWEI_SOURCE_DIR;

constexpr const char* kRule = R"(title: SSH password guessing
id: 5f0ee6ba-0000-4000-8000-000000000001
status: test
description: Many failed logins
author: Shuwei
level: high
tags:
  - attack.credential_access
  - attack.t1110
logsource:
  product: linux
  service: sshd
detection:
  selection:
    event.outcome: failure
  condition: selection
falsepositives:
  - Forgotten passwords
shuwei:
  title_zh: SSH 口令猜测
  description_zh: 有人在猜测口令。
  advice_zh: [封禁来源地址, 修改口令]
  advice_en: [Block the source, Change the password]
)";

template <typename T>
T must(Result<T> result) {
    if (!result) {
        ADD_FAILURE() << result.error().to_string();
        abort();
    }
    return std::move(*result);
}
void must(Result<> result) {
    if (!result) {
        ADD_FAILURE() << result.error().to_string();
        abort();
    }
}

net::HttpMethod method_named(std::string_view name) {
    for (const auto method : {net::HttpMethod::get, net::HttpMethod::head, net::HttpMethod::post, net::HttpMethod::put,
                              net::HttpMethod::patch, net::HttpMethod::delete_, net::HttpMethod::options}) {
        if (net::to_string(method) == name) return method;
    }
    return net::HttpMethod::other;
}

// Whether the contract foresees this answer, with this body.
void check_against_contract(const Operation& operation, const Reply& answer) {
    const auto given_type = answer.headers.get("Content-Type").value_or("");
    auto exact = std::ranges::find_if(operation.answers, [&](const auto& a) {
        return a.status == answer.status && given_type.starts_with(a.media_type);
    });
    if (exact == operation.answers.end()) {
        exact = std::ranges::find_if(operation.answers, [&](const auto& a) { return a.status == answer.status; });
    }
    const auto any = std::ranges::find_if(operation.answers, [&](const auto& a) { return a.status == 0; });
    const auto found = exact != operation.answers.end() ? exact : any;
    ASSERT_NE(found, operation.answers.end()) << operation.id << " may not answer " << answer.status;
    const bool success = answer.status < 300;
    ASSERT_TRUE(!success || exact != operation.answers.end()) << operation.id << " may not answer " << answer.status;
    if (found->media_type.empty()) {
        EXPECT_EQ(answer.text, "") << operation.id;
        return;
    }
    const auto type = answer.headers.get("Content-Type").value_or("");
    EXPECT_TRUE(type.starts_with(found->media_type)) << operation.id << ": " << type;
    if (found->media_type != "application/json") return;
    const auto fits = check(answer.body, *found->schema, "answer");
    EXPECT_TRUE(fits) << operation.id << " " << answer.status << ": " << fits.error().message() << "\n" << answer.text.substr(0, 2000);
}

}  // namespace

// ---- events in memory

void EventsInMemory::add(uint32_t tenant, uint64_t seq, base::Timestamp time, std::string_view line,
                         const std::map<std::string, std::string>& fields) {
    event::Event& event = batch_.add_event();
    event.seq = seq;
    event.tenant = tenant;
    event.time = time;
    event.received = time;
    event.raw = batch_.store(line);
    event.peer = *base::IpAddress::parse("10.0.0.5");
    for (const auto& [name, value] : fields) batch_.add(event, name, batch_.store(value));
}

void EventsInMemory::add_finding(uint32_t tenant, eventstore::Finding finding) { findings_.push_back({tenant, std::move(finding)}); }

std::vector<const event::Event*> EventsInMemory::matching(const eventstore::Scope& scope) const {
    std::vector<const event::Event*> out;
    for (const event::Event& event : batch_) {
        if (std::ranges::find(scope.tenants, event.tenant) == scope.tenants.end()) continue;
        if (scope.since && event.time < *scope.since) continue;
        if (scope.until && event.time >= *scope.until) continue;
        const auto own = std::ranges::find(scope.predicate_of, event.tenant, [](const auto& one) { return one.first; });
        if (event::matches(own == scope.predicate_of.end() ? scope.predicate : own->second, batch_, event)) out.push_back(&event);
    }
    return out;
}

eventstore::StoredEvent EventsInMemory::stored(const event::Event& event) const {
    eventstore::StoredEvent out;
    out.tenant = event.tenant;
    out.seq = event.seq;
    out.time = event.time;
    out.received = event.received;
    out.source = event.source;
    event::append_json(out.json, batch_, event);
    return out;
}

Result<eventstore::SearchResult> EventsInMemory::search(const eventstore::SearchRequest& request) {
    if (trouble) return base::fail(*trouble);
    auto found = matching(request.scope);
    std::ranges::sort(found, [&](const event::Event* a, const event::Event* b) {
        return request.order == eventstore::Order::newest_first ? std::pair(a->time, a->seq) > std::pair(b->time, b->seq)
                                                                : std::pair(a->time, a->seq) < std::pair(b->time, b->seq);
    });
    eventstore::SearchResult result;
    result.total = found.size();
    bool begun = !request.after;
    for (const event::Event* event : found) {
        if (begun && result.events.size() == request.limit) {
            result.next = eventstore::Cursor{result.events.back().time, result.events.back().seq};
            break;
        }
        if (begun) result.events.push_back(stored(*event));
        if (!begun) begun = event->seq == request.after->seq;
    }
    return result;
}

Result<uint64_t> EventsInMemory::stream(const eventstore::SearchRequest& request,
                                        const std::function<bool(eventstore::StoredEvent&&)>& row) {
    eventstore::SearchRequest all = request;
    if (all.limit == 0) all.limit = SIZE_MAX;
    auto found = search(all);
    if (!found) return base::fail(found.error());
    uint64_t given = 0;
    for (eventstore::StoredEvent& event : found->events) {
        ++given;
        if (!row(std::move(event))) break;
    }
    return given;
}

Result<eventstore::StoredEvent> EventsInMemory::get(const std::vector<uint32_t>& tenants, uint64_t seq) {
    if (trouble) return base::fail(*trouble);
    for (const event::Event& event : batch_) {
        if (event.seq == seq && std::ranges::find(tenants, event.tenant) != tenants.end()) return stored(event);
    }
    return base::fail(ErrorCode::not_found, "no such event");
}

Result<std::vector<eventstore::StoredEvent>> EventsInMemory::get_many(const std::vector<uint32_t>& tenants, std::vector<uint64_t> seqs) {
    std::vector<eventstore::StoredEvent> out;
    for (const uint64_t seq : seqs) {
        if (auto event = get(tenants, seq)) out.push_back(std::move(*event));
    }
    return out;
}

Result<eventstore::Histogram> EventsInMemory::histogram(const eventstore::HistogramRequest& request) {
    if (trouble) return base::fail(*trouble);
    const auto found = matching(request.scope);
    eventstore::Histogram out;
    out.until = *request.scope.until;
    out.since = request.scope.since.value_or(out.until - base::kDay);
    out.interval = (out.until - out.since) / static_cast<int64_t>(request.buckets);
    for (size_t i = 0; i < request.buckets; ++i) {
        eventstore::HistogramBucket bucket;
        bucket.at = out.since + static_cast<int64_t>(i) * out.interval;
        for (const event::Event* event : found) bucket.count += event->time >= bucket.at && event->time < bucket.at + out.interval;
        if (!request.split_field.empty()) bucket.split = {bucket.count};
        out.buckets.push_back(std::move(bucket));
    }
    out.total = found.size();
    return out;
}

// By the first group alone, counts alone: what the shape of an answer needs.
Result<eventstore::Pivot> EventsInMemory::pivot(const eventstore::PivotRequest& request) {
    if (trouble) return base::fail(*trouble);
    eventstore::Pivot out;
    std::map<std::string, double> counts;
    for (const event::Event* event : matching(request.scope)) {
        std::string key;
        for (const event::FieldValue& value : batch_.fields(*event)) {
            if (!request.groups.empty() && event::field_name(value.field) == request.groups[0]) key = value.text();
        }
        ++counts[key];
    }
    for (const auto& [value, count] : counts) {
        eventstore::PivotGroup group;
        group.values.assign(request.groups.size(), value);
        group.totals = {count, std::nullopt};
        if (request.buckets > 0) group.buckets = {{count, std::nullopt}, {}};
        out.groups.push_back(std::move(group));
    }
    if (request.buckets > 0) {
        out.since = 1'763'600'000 * base::kSecond;
        out.interval = base::kHour;
        out.buckets = 2;
    }
    return out;
}

// One row that says how many events of the tenants there are.
Result<eventstore::ExpertResult> EventsInMemory::expert_query(const eventstore::ExpertQuery& query, const eventstore::ExpertRequest& request) {
    if (trouble) return base::fail(*trouble);
    eventstore::ExpertResult out;
    for (const auto& column : query.columns) out.columns.emplace_back(column.name, to_string(column.value.type));
    std::string names;
    for (const std::string& name : request.tenant_names) names += (names.empty() ? "" : " ") + name;
    const eventstore::Scope scope{request.tenants, {}, request.since, request.until};
    out.rows = {"[" + std::to_string(matching(scope).size()) + ",\"" + names + "\",null]"};
    return out;
}

Result<eventstore::FieldStats> EventsInMemory::field_stats(const eventstore::FieldStatsRequest& request) {
    if (trouble) return base::fail(*trouble);
    eventstore::FieldStats out;
    std::map<std::string, uint64_t> counts;
    for (const event::Event* event : matching(request.scope)) {
        ++out.sampled;
        for (const event::FieldValue& value : batch_.fields(*event)) {
            const std::string name(event::field_name(value.field));
            if (request.field.empty()) ++counts[name];
            if (name == request.field && value.text().starts_with(request.prefix)) ++counts[std::string(value.text())];
        }
    }
    auto& list = request.field.empty() ? out.fields : out.values;
    for (const auto& [value, count] : counts) list.push_back({value, count});
    out.distinct = out.values.size();
    return out;
}

Result<std::vector<eventstore::StoredFinding>> EventsInMemory::findings(const eventstore::FindingsRequest& request) {
    if (trouble) return base::fail(*trouble);
    std::vector<eventstore::StoredFinding> out;
    for (const auto& found : findings_) {
        if (std::ranges::find(request.tenants, found.tenant) == request.tenants.end()) continue;
        if (request.alert_id && found.finding.alert_id != *request.alert_id) continue;
        if (request.seq && found.finding.seq != *request.seq) continue;
        if (out.size() < request.limit) out.push_back(found);
    }
    return out;
}

// ---- figures

double FixedStats::events_per_second(const ledger::TenantScope& scope) const { return scope.sees_every_tenant() ? 30.5 : 10.25; }

std::vector<SourceRate> FixedStats::source_rates(const ledger::TenantScope& scope) const {
    std::vector<SourceRate> rates;
    for (const ledger::TenantNumber tenant : {2u, 3u}) {
        if (scope.contains(tenant)) rates.push_back({{tenant, "syslog", "10.0.0.5", ""}, 2.5, {1, 2, 2.5}});
    }
    return rates;
}

std::vector<ListenerState> FixedStats::listeners() const {
    return {{"syslog", "syslog", "0.0.0.0:5514", 2}, {"beta", "syslog", "0.0.0.0:5515", 3}, {"http", "http", "127.0.0.1:8080", 0}};
}

// ---- the fixture

ApiTest::ApiTest() {
    base::log::set_level(base::log::Level::off);
    std::string name = (std::filesystem::temp_directory_path() / "shuwei-api-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    const std::vector migrations = {access::migrations(), asset::migrations(),  intake::migrations(),
                                    work::migrations(),   triage::migrations(), custody::migrations(), work::saved_view_migrations(),
                                    forward::migrations(), asset::resource_migrations()};
    resources = must(asset::ResourceStore::load(kRoot / "content" / "resources"));
    ledger = must(ledger::Ledger::open(folder, migrations, clock, random));
    seals = std::make_unique<custody::SealLog>(folder, ledger->audit());
    verification.emplace([this](const custody::VerifyRequest&) { return verified(); }, *ledger, clock);
    access = std::make_unique<access::Access>(*ledger, hasher, clock, random);
    user_packs.emplace(clock);
    inputs.emplace(must(crypto::SecretBox::open(folder / "secrets.key", random)), std::vector<std::filesystem::path>{"/var/log"}, clock);
    must(access->prepare());
    auto schemes = must(work::SlaSchemes::load(kRoot / "content" / "sla"));
    desk = must(work::CaseDesk::create(std::move(schemes), "managed-security", ledger->audit(), clock));
    triage = std::make_unique<triage::Triage>(*ledger, *desk, must(triage::Policy::load(kRoot / "content" / "triage" / "policy.yaml")));
    stream = std::make_unique<LiveStream>(random);
    live = std::make_unique<LiveEvents>(*stream, *access);

    // Compiled once for all tests; both are immutable.
    static const auto compiled_rules = [&] {
        std::filesystem::create_directories(folder / "rules");
        must(base::write_file_durably(folder / "rules" / "guessing.yml", kRule));
        return must(detect::RuleSet::load({.folders = {folder / "rules"}, .content = kRoot / "content" / "sigma", .cache = {}, .placeholders = {}}));
    }();
    static const auto compiled_packs = must(parse::PackSet::load(kRoot / "content" / "packs")).set;
    rules = compiled_rules;
    packs = compiled_packs;
    box = std::make_unique<crypto::SecretBox>(must(crypto::SecretBox::open(folder / "secrets.key", random)));
    targets = std::make_unique<forward::TargetStore>(*box);
    forward::EventLog nothing{[](const auto&, const auto&) { return Result<uint64_t>(0); }, [] { return uint64_t{300}; }};
    forwarder = std::make_unique<forward::Forwarder>(*ledger, *targets, std::move(nothing), [](ledger::TenantNumber) { return "alpha"; },
                                                     clock, random, metrics);
    knowledge = must(knowledge::KnowledgeBase::load(kRoot / "content" / "knowledge")).base;
    seed();
    restart_server();
}

ApiTest::~ApiTest() {
    server = nullptr;
    search_jobs = nullptr;
    forwarder = nullptr;
    live = nullptr;
    stream = nullptr;
    triage = nullptr;
    desk = nullptr;
    access = nullptr;
    ledger = nullptr;
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
}

void ApiTest::restart_server(ServerOptions options) {
    server = nullptr;
    options.stats_interval = 50 * base::kMillisecond;
    options.address = *net::SocketAddress::parse("127.0.0.1:0");
    search_jobs = std::make_unique<SearchJobs>(events, clock);
    Services services{
        .clock = clock,
        .metrics = metrics,
        .ledger = *ledger,
        .access = *access,
        .desk = *desk,
        .triage = *triage,
        .sources = sources,
        .resources = resources,
        .inputs = *inputs,
        .input_status = [this](int64_t id) { return input_status.contains(id) ? input_status.at(id) : intake::InputRunner::Running{}; },
        .user_packs = *user_packs,
        .pack_problem = [this](int64_t id) { return pack_problems[id]; },
        .knowledge = *knowledge,
        .events = events,
        .search_jobs = *search_jobs,
        .live_stats = stats,
        .stream = *stream,
        .live_events = *live,
        .rules = [this] { return rules; },
        .packs = [this] { return packs; },
        .ingest = [this](const collect::IngestRequest& request) {
            const std::scoped_lock lock(mutex_);
            ingest_tenants.push_back(request.tenant);
            ingest_requests.push_back({request.format, std::string(request.body), std::string(request.index),
                                       std::string(request.origin.host), std::string(request.pack)});
            return ingest_answer;
        },
        .ingest_state = [this] { return ingest_state; },
        .targets = *targets,
        .forwarder = *forwarder,
        .place_for_target = [](ledger::TenantNumber, std::optional<base::Timestamp>) { return Result<uint64_t>(99); },
        .prepare_tenant = [](ledger::TenantNumber) { return Result<>(); },
        .seals = *seals,
        .verification = *verification,
        .retention = retention,
        .time_stamping = [] { return custody::TimeStampingState{}; },
        .prove_event = [this](const ledger::TenantScope& scope, uint64_t seq) -> Result<custody::InclusionProof> {
            if (!scope.contains(alpha) || seq != kAlphaSeq) return base::fail(base::ErrorCode::not_found, "no seal covers it");
            return custody::InclusionProof{};
        },
        .about = {.version = "0.1.0", .revision = "abc", .started = clock.now()},
    };
    server = must(Server::start(std::move(services), options));
}

void ApiTest::seed() {
    const ledger::Actor admin = admin_actor();
    alpha = must(access->create_tenant("alpha", "甲公司", "", admin)).number;
    beta = must(access->create_tenant("beta", "乙公司", "", admin)).number;
    must(access->set_password("admin", kPassword, admin));
    const auto account = [&](const char* name, access::Role role, bool all, std::vector<std::string> tenants) {
        must(access->create_account({.name = name, .role = role, .all_tenants = all, .tenants = std::move(tenants), .password = kPassword}, admin));
    };
    account("analyst", access::Role::analyst, true, {});
    account("beta-analyst", access::Role::analyst, false, {"beta"});
    account("alpha-client", access::Role::client, false, {"alpha"});
    account("beta-client", access::Role::client, false, {"beta"});
    account("victim", access::Role::analyst, false, {"alpha"});
    token_id = must(access->create_token("victim", {.name = "first"}, admin)).token.id;
    seed_tenant(alpha, kAlphaSeq, "203.0.113.9", alpha_alert, alpha_case, alpha_source);
    seed_tenant(beta, kBetaSeq, "198.51.100.7", beta_alert, beta_case, beta_source);
    forward::TargetSettings siem{.name = "集团 SIEM", .kind = forward::TargetKind::http, .format = forward::Format::json, .address = "https://siem.example.cn/in"};
    alpha_target = must(ledger->transaction([&](ledger::Transaction& t) {
        return targets->add(t, {alpha, forward::TargetOrigin::page, siem, {.password = "s3cret", .key = {}}, 10, clock.now(), true}, admin, ledger->audit());
    })).id;
}

int64_t ApiTest::add_resource(const std::string& name) const {
    const asset::Resource resource{.tenant = alpha, .name = name, .kind = asset::ResourceKind::addresses};
    return must(ledger->transaction([&](ledger::Transaction& t) {
        return resources.create(t, resource, {{"10.0.0.0/8", "head office"}}, clock.now(), admin_actor(), ledger->audit());
    })).id;
}

int64_t ApiTest::add_pack(ledger::TenantNumber tenant, const std::string& name) const {
    const std::string text = "pack: " + name +
                             "\ntitle: {zh: 测试, en: Test}\nvendor: Own\nproduct: Gate\ndevice_type: firewall\nprovenance: observed\n"
                             "recognise: [{contains: 'OWNGATE '}]\nextract: [{dissect: 'OWNGATE %{user.name} from %{source.ip:ip}'}]\n";
    return must(ledger->transaction([&](ledger::Transaction& t) { return user_packs->add(t, tenant, name, text, admin_actor(), ledger->audit()); })).id;
}

void ApiTest::seed_tenant(ledger::TenantNumber tenant, uint64_t seq, const std::string& address, int64_t& alert,
                          std::string& case_number, int64_t& source) {
    const base::Timestamp at = clock.now() - base::kMinute;
    const std::string line = "sshd[1]: Failed password for root from " + address;
    events.add(tenant, seq, at, line, {{"source.ip", address}, {"event.outcome", "failure"}, {"user.name", "root"}});
    events.add(tenant, seq + 1, at + base::kSecond, "cron[2]: job", {{"event.outcome", "success"}});

    triage::FindingInput finding;
    finding.tenant = tenant;
    finding.seq = seq;
    finding.event_time = finding.received = at;
    finding.rule_id = rule_id;
    finding.rule_title = "SSH password guessing";
    finding.rule_title_zh = "SSH 口令猜测";
    finding.level = work::Severity::low;  // opens no case by itself
    finding.tags = {"attack.credential_access", "attack.t1110"};
    finding.description = "As it was";
    finding.advice = {"Block the address"};
    finding.reason_json = R"({"selections":[{"name":"selection","fields":[{"field":"event.outcome","value":"failure","pattern":"failure"}]}],"condition":"selection"})";
    finding.source = {"ip", address, "source.ip", ""};
    finding.target = {"host", "web-1", "host.name", ""};
    std::vector<triage::FindingInput> findings = {finding};
    must(triage->assign(findings));
    findings[0].event_json = R"({"@timestamp":"2025-11-21T04:39:00.000000Z","shuwei.seq":)" + std::to_string(seq) + R"(,"event.original":"line"})";
    const auto changes = must(ledger->transaction([&](ledger::Transaction& t) { return triage->apply(t, findings); }));
    alert = changes.at(0).alert.id;
    eventstore::Finding stored;
    stored.seq = seq;
    stored.time = stored.received = at;
    stored.alert_id = std::to_string(alert);
    stored.rule_id = rule_id;
    stored.reason = finding.reason_json;
    events.add_finding(tenant, stored);

    const work::NewCase opening{.tenant = tenant, .title = "口令猜测 " + address, .source = finding.source};
    case_number = must(ledger->transaction([&](ledger::Transaction& t) {
                      return triage->open_case_with(t, access::TenantScope::only(tenant), opening, {}, admin_actor());
                  })).number;
    const asset::SourceDelta delta{{tenant, "syslog", "10.0.0.5", ""}, 10, 2, 900, at, at, {{"linux-sshd", 8}}, base::kSecond, 8 * base::kHour, "web-1"};
    must(ledger->transaction([&](ledger::Transaction& t) { return sources.record(t, std::vector{delta}); }));
    const intake::InputDraft draft{.tenant = tenant, .name = "branch", .kind = "syslog_tls",
                                   .values = {{"address", "0.0.0.0:6514"}, {"certificate", "PEM"}, {"key", "never shown"}}};
    (tenant == alpha ? alpha_input : beta_input) =
        must(ledger->transaction([&](ledger::Transaction& t) { return inputs->add(t, draft, admin_actor(), ledger->audit()); })).id;
    if (tenant == alpha) alpha_resource = add_resource("office");
    source = must(ledger->read([&](ledger::Reader& r) { return sources.list(r, access::TenantScope::only(tenant)); })).at(0).id;
    asset::Asset device;
    device.tenant = tenant;
    device.name = "核心交换机 " + address;
    device.addresses = {address};
    (tenant == alpha ? alpha_asset : beta_asset) = must(ledger->transaction([&](ledger::Transaction& t) { return sources.assets().add(t, device, at); }));
}

Who ApiTest::session(const std::string& account) {
    const auto signed_in = must(access->sign_in(account, kPassword, "10.0.0.7"));
    EXPECT_EQ(signed_in.outcome, access::SignIn::Outcome::ok) << account;
    return {signed_in.cookie, signed_in.principal ? signed_in.principal->csrf_token : "", ""};
}

Who ApiTest::token(const std::string& account, access::NewToken token) {
    return {"", "", must(access->create_token(account, token, admin_actor())).secret};
}

Reply ApiTest::send(net::HttpClientRequest request) {
    auto client = must(net::HttpClient::create("http://" + server->address().to_string()));
    const auto response = must(client.send(request));
    Reply answer{response.status, std::string(response.content()), nullptr, response.headers};
    if (response.headers.get("Content-Type").value_or("").starts_with("application/json")) {
        answer.body = json::parse(answer.text, nullptr, false);
    }
    return answer;
}

Reply ApiTest::call(const Who& who, std::string_view method, const std::string& target, const json& body) {
    net::HttpClientRequest request;
    request.method = method_named(method);
    request.target = target;
    if (!who.cookie.empty()) request.headers.set("Cookie", "shuwei_session=" + who.cookie);
    if (!who.csrf.empty()) request.headers.set("X-CSRF-Token", who.csrf);
    if (!who.bearer.empty()) request.headers.set("Authorization", "Bearer " + who.bearer);
    if (body.is_string()) {
        request.headers.set("Content-Type", "application/x-ndjson");
        request.body = body.get<std::string>();
    } else if (!body.is_null()) {
        request.headers.set("Content-Type", "application/json");
        request.body = body.dump();
    }
    Reply answer = send(std::move(request));
    static const Router router(operations());
    if (const Route route = router.find(method_named(method), target); route.operation != nullptr) {
        check_against_contract(*route.operation, answer);
    }
    return answer;
}

std::vector<ledger::AuditEntry> ApiTest::audited(const std::string& action) {
    return must(ledger->read([&](ledger::Reader& r) {
        ledger::AuditFilter filter;
        filter.action = action;
        filter.limit = 1000;
        return ledger->audit().list(r, filter);
    }));
}

}  // namespace shuwei::api
