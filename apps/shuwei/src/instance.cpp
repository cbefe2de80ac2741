#include "instance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <ctime>
#include <map>
#include <thread>

#include "alert_desk.hpp"
#include "content.hpp"
#include "forwarding.hpp"
#include "home.hpp"
#include "http_listeners.hpp"
#include "running_figures.hpp"
#include "silence_alerts.hpp"
#include "shuwei/api/server.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/base/metrics.hpp"
#include "shuwei/collect/frame_sink.hpp"
#include "shuwei/collect/http_ingest.hpp"
#include "shuwei/crypto/secret_box.hpp"
#include "shuwei/custody/day_care.hpp"
#include "shuwei/custody/verification_job.hpp"
#include "shuwei/detect/engine.hpp"
#include "shuwei/eventstore/event_store.hpp"
#include "shuwei/intake/input_runner.hpp"
#include "shuwei/intake/input_store.hpp"
#include "shuwei/intake/pack_shelf.hpp"
#include "shuwei/intake/pack_store.hpp"
#include "shuwei/pipeline/pipeline.hpp"
#include "shuwei/spool/spool.hpp"
#include "shuwei/work/sla_scheme.hpp"
#include "web_assets.hpp"

namespace shuwei::app {

using base::ErrorCode;
using base::fail;
using base::Result;
using ledger::TenantScope;
namespace log = base::log;

namespace {

constexpr base::Duration kHousekeeping = base::kSecond;
constexpr base::Duration kSilenceEvery = 5 * base::kSecond;
constexpr base::Duration kCareEvery = base::kHour;
constexpr base::Duration kFiguresEvery = 10 * base::kSecond;
constexpr base::Duration kExportHeadEvery = base::kHour;
constexpr base::Duration kTimeStampEvery = base::kHour;
constexpr base::Duration kCloseSealsEvery = 30 * base::kSecond;

sigset_t awaited_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
    return set;
}

std::vector<api::StaticAsset> web_assets() {
    std::vector<api::StaticAsset> assets;
    for (const EmbeddedFile* file = shuwei_web_assets; file->path != nullptr; ++file) {
        assets.push_back({file->path, file->content_type, {file->gzipped, file->size}, file->etag});
    }
    return assets;
}

Result<parse::Charset> charset_named(const std::string& name) {
    if (name == "auto") return parse::Charset::automatic;
    if (name == "utf-8") return parse::Charset::utf8;
    if (name == "gb18030") return parse::Charset::gb18030;
    return fail(ErrorCode::invalid_argument, "unknown charset '" + name + "': auto, utf-8 or gb18030");
}

}  // namespace

struct Instance::Parts {
    Configuration configuration;
    base::Metrics metrics;
    base::FileDescriptor folder_lock;
    std::unique_ptr<LocalRecords> records;
    std::unique_ptr<work::CaseDesk> case_desk;
    std::unique_ptr<triage::Triage> triage;
    asset::SourceStore sources;
    asset::ResourceStore resources;
    int64_t resources_known = 0;  // revision that the engine has
    std::shared_ptr<const knowledge::KnowledgeBase> knowledge;
    std::unique_ptr<api::LiveStream> stream;
    std::unique_ptr<api::LiveEvents> live;
    std::unique_ptr<AlertDesk> desk;
    std::unique_ptr<SilenceAlerts> silence;
    std::unique_ptr<detect::Engine> engine;
    std::unique_ptr<eventstore::EventStore> store;
    std::unique_ptr<api::EventStoreReader> reader;
    std::unique_ptr<api::SearchJobs> search_jobs;
    std::unique_ptr<custody::Verifier> verifier;
    std::unique_ptr<custody::VerificationJob> verification;
    std::optional<custody::Retention> retention;
    std::optional<custody::DayCare> day_care;
    std::optional<custody::TimeStamping> time_stamping;
    std::unique_ptr<spool::Spool> spool;
    std::unique_ptr<collect::FrameSink> sink;
    std::unique_ptr<pipeline::Pipeline> pipeline;
    std::unique_ptr<Forwarding> forwarding;
    std::unique_ptr<RunningFigures> figures;
    std::map<uint32_t, collect::HttpIngest> http_ingest;  // by number of the listener
    std::unique_ptr<intake::InputStore> input_store;
    std::unique_ptr<intake::InputRunner> inputs;
    std::unique_ptr<intake::PackStore> pack_store;
    intake::PackShelf pack_shelf;
    std::atomic<std::shared_ptr<const parse::PackSet>> shipped_packs;  // without those of people
    struct {
        std::shared_ptr<const parse::PackSet> base;
        int64_t revision = 0;
        size_t tenants = 0;
    } shelved;  // what the pipeline's packs were made of
    std::vector<api::ListenerState> fixed_listeners;  // HTTP
    std::vector<api::StaticAsset> assets;
    std::unique_ptr<api::Server> server;

    base::Duration next_figures = 0;
    base::Duration next_silence = 0;
    base::Duration next_care = 0;
    std::jthread care;  // of stored days: retention and indexes, which may take hours
    std::atomic<bool> caring = false;
    std::jthread reload;  // of rules and packs
    std::atomic<bool> reloading = false;
    base::Duration next_head = 0;
    base::Duration next_seal = 0;
    base::Duration next_time_stamp = 0;
    std::jthread stamping;  // asks the authority, which may take its time
    std::atomic<bool> asking = false;
    bool told_full = false;

    base::Clock& clock() { return records->clock; }

    // --- start -----------------------------------------------------------------------------------------------------

    Result<> start() {
        TRY_ASSIGN(records, open_records(configuration.data, DataFolder::make_when_missing));
        TRY_ASSIGN(folder_lock, lock_folder(configuration.data));
        TRY(start_desk());
        TRY(start_detection());
        TRY(start_storage());
        TRY_ASSIGN(forwarding, Forwarding::start(configuration, *records, *store, *pipeline, metrics));
        TRY(start_inputs());
        return start_server();
    }

    Result<> start_desk() {
        TRY_ASSIGN(auto schemes, work::SlaSchemes::load(content_folder() / "sla"));
        TRY_ASSIGN(case_desk, work::CaseDesk::create(std::move(schemes), "managed-security", records->ledger->audit(), clock()));
        TRY_ASSIGN(auto policy, triage::Policy::load(content_folder() / "triage/policy.yaml"));
        triage = std::make_unique<triage::Triage>(*records->ledger, *case_desk, std::move(policy));
        stream = std::make_unique<api::LiveStream>(records->random, api::LiveStreamOptions{}, &metrics);
        live = std::make_unique<api::LiveEvents>(*stream, *records->access);
        desk = std::make_unique<AlertDesk>(*records->ledger, *triage, sources, *records->seals, *live);
        silence = std::make_unique<SilenceAlerts>(*records->ledger, *triage, *live, metrics);
        return {};
    }

    Result<std::shared_ptr<const detect::RuleSet>> load_all_rules() {
        std::vector<std::filesystem::path> folders{content_folder() / "rules"};
        folders.insert(folders.end(), configuration.rules.begin(), configuration.rules.end());
        TRY_ASSIGN(auto rules, load_rules(folders, configuration.data / "cache"));
        log::info("rules loaded", {{"rules", std::to_string(rules->rules().size())},
                                   {"passed_over", std::to_string(rules->report().failed)},
                                   {"seconds", fmt::format("{:.2f}", rules->report().seconds)},
                                   {"compiled", rules->report().cached ? "cached" : "cold"}});
        return rules;
    }

    Result<> start_detection() {
        TRY_ASSIGN(auto rules, load_all_rules());
        engine = std::make_unique<detect::Engine>(std::move(rules), detect::EngineOptions{}, &metrics);
        TRY_ASSIGN(resources, asset::ResourceStore::load(content_folder() / "resources"));
        TRY(keep_resources());
        return {};
    }

    Result<> start_storage() {
        eventstore::EventStoreOptions store_options;
        store_options.data_folder = configuration.data / "events";
        store_options.library = libchdb_path();
        store_options.memory_bytes = configuration.store_memory_bytes;
        store_options.archive_folder = configuration.archive;
        store_options.metrics = &metrics;
        TRY_ASSIGN(store, eventstore::EventStore::open(std::move(store_options)));
        reader = std::make_unique<api::EventStoreReader>(*store);
        search_jobs = std::make_unique<api::SearchJobs>(*reader, clock());
        verifier = std::make_unique<custody::Verifier>(*records->ledger, *records->seals, *store, std::string(AlertDesk::kCheckpoint));
        verification = std::make_unique<custody::VerificationJob>(
            [this](custody::VerifyRequest request) {
                request.trusted_authorities = configuration.time_stamping.certificates;
                return verifier->verify(request);
            },
            *records->ledger, clock());
        time_stamping.emplace(*records->ledger, *records->seals, clock(), records->random, configuration.time_stamping);
        retention.emplace(configuration.retention_days);
        day_care.emplace(*records->ledger, *records->seals, *retention, *store,
                         configuration.archive.empty() ? std::nullopt : std::optional(configuration.archive_after_days));
        TRY(make_tables({}));  // also adds columns that have come since

        TRY_ASSIGN(const uint64_t checkpoint, AlertDesk::checkpoint(*records->ledger));
        TRY_ASSIGN(const uint64_t stored, store->last_seq());
        TRY(records->ledger->transaction([&](ledger::Transaction& t) { return records->seals->begin(t, checkpoint); }));
        spool::SpoolOptions spool_options;
        spool_options.first_seq_floor = 1 + std::max(checkpoint, stored);
        spool_options.max_bytes = configuration.spool_bytes;
        spool_options.metrics = &metrics;
        TRY_ASSIGN(spool, spool::Spool::open(configuration.data / "spool", spool_options));
        sink = std::make_unique<collect::FrameSink>(*spool, metrics, clock());

        TRY(adopt_inputs());
        TRY_ASSIGN(auto shipped, load_packs(configuration.packs));
        shipped_packs.store(std::move(shipped));
        pack_store = std::make_unique<intake::PackStore>(clock());
        TRY_ASSIGN(auto packs, changed_packs());
        TRY_ASSIGN(const auto known, read_inputs());
        TRY_ASSIGN(auto bindings, read_bindings(known));
        pipeline::PipelineOptions pipeline_options;
        pipeline_options.workers = configuration.workers != 0
                                       ? configuration.workers
                                       : std::clamp(std::thread::hardware_concurrency(), 1u, 16u);
        pipeline = std::make_unique<pipeline::Pipeline>(*spool, *engine, *store, *desk, std::move(packs),
                                                        std::move(bindings), clock(), metrics, pipeline_options);
        TRY(silence->begin(clock().now()));
        TRY(pipeline->start(checkpoint));
        figures = std::make_unique<RunningFigures>(clock(), *records->ledger, *store, *spool, *pipeline);
        tell_content();
        return {};
    }

    void tell_content() {
        const auto rules = engine->rules();
        figures->set_content_remarks(fmt::format("{} rules, {} files passed over", rules->rules().size(), rules->report().failed),
                                     fmt::format("{} device packs", pipeline->packs()->size()));
    }

    // The packs for the stream, those of people among them; null when nothing has changed since the last call.
    Result<std::shared_ptr<const parse::PackSet>> changed_packs() {
        const auto base = shipped_packs.load();
        TRY_ASSIGN(const auto tenants, records->access->tenants(TenantScope::every_tenant()));
        return records->ledger->read([&](ledger::Reader& r) -> Result<std::shared_ptr<const parse::PackSet>> {
            TRY_ASSIGN(const int64_t revision, pack_store->revision(r));
            if (shelved.base == base && shelved.revision == revision && shelved.tenants == tenants.size()) return nullptr;
            TRY_ASSIGN(const auto live_packs, pack_store->live(r));
            shelved = {base, revision, tenants.size()};
            std::vector<ledger::TenantNumber> numbers;
            for (const auto& tenant : tenants) numbers.push_back(tenant.number);
            return pack_shelf.compile(base, live_packs, numbers);
        });
    }

    // For every tenant but those that `have` theirs.
    Result<> make_tables(const std::vector<uint32_t>& have) {
        TRY_ASSIGN(const auto tenants, records->access->tenants(TenantScope::every_tenant()));
        for (const auto& tenant : tenants) {
            if (std::find(have.begin(), have.end(), tenant.number) == have.end()) TRY(store->create_tenant(tenant.number));
        }
        return {};
    }

    // Those of the configuration into the ledger, where the others are.
    Result<> adopt_inputs() {
        TRY_ASSIGN(auto box, crypto::SecretBox::open(configuration.data / "secrets.key", records->random));
        input_store = std::make_unique<intake::InputStore>(std::move(box), configuration.input_folders, clock());
        std::vector<intake::InputDraft> drafts;
        for (const ConfiguredInput& input : configuration.inputs) {
            auto tenant = records->access->tenant(input.tenant);
            if (!tenant) return fail(std::move(tenant).error().at("tenant of input '" + input.name + "'"));
            if (auto zone = event::TimeZone::find(input.zone); !zone) return fail(std::move(zone).error().at("zone of input '" + input.name + "'"));
            drafts.push_back({tenant->number, input.name, input.kind, input.zone, input.charset, input.pack, input.settings});
        }
        return records->ledger->transaction([&](ledger::Transaction& t) { return input_store->adopt(t, drafts); });
    }

    // All of them; another process may have changed some.
    Result<std::vector<intake::InputRecord>> read_inputs() {
        return records->ledger->read([&](ledger::Reader& r) { return input_store->every(r); });
    }

    static std::map<uint32_t, pipeline::ListenerInfo> listeners_of(const std::vector<intake::InputRecord>& known) {
        std::map<uint32_t, pipeline::ListenerInfo> listeners;
        for (const auto& [number, name] : kHttpListeners) listeners[number] = {name, event::TimeZone::china(), parse::Charset::automatic};
        for (const intake::InputRecord& record : known) {
            pipeline::ListenerInfo info{record.name, event::TimeZone::china(), parse::Charset::automatic};
            if (auto zone = event::TimeZone::find(record.zone)) info.zone = *zone;
            if (auto charset = charset_named(record.charset)) info.charset = *charset;
            listeners[record.listener()] = std::move(info);
        }
        return listeners;
    }

    // What people set for sources, from the ledger: another process may have changed it too.
    Result<std::shared_ptr<const pipeline::SourceBindings>> read_bindings(const std::vector<intake::InputRecord>& known) {
        auto bindings = std::make_shared<pipeline::SourceBindings>();
        for (const std::string& relay : configuration.trusted_relays) {
            const auto network = base::IpNetwork::parse(relay);
            if (!network) return fail(ErrorCode::invalid_argument, "trusted_relays: '" + relay + "' is not a network");
            bindings->trusted_relays.push_back(*network);
        }
        bindings->listeners = listeners_of(known);
        TRY_ASSIGN(const auto bound, records->ledger->read([&](ledger::Reader& r) { return sources.bound(r); }));
        for (const asset::Source& source : bound) {
            pipeline::SourceBinding binding;
            if (source.pack_bound) binding.pack = source.pack;
            if (!source.zone.empty()) {
                if (auto zone = event::TimeZone::find(source.zone)) binding.zone = *zone;
            }
            if (auto charset = charset_named(source.charset); charset) binding.charset = *charset;
            bindings->bindings.emplace(source.key, std::move(binding));
        }
        return bindings;
    }

    // What placeholders of rules stand for, when it has changed; another process may have done so.
    Result<> keep_resources() {
        int64_t revision = 0;
        auto groups = std::make_shared<sigma::ValueGroups>();
        TRY(records->ledger->read([&](ledger::Reader& r) -> Result<> {
            TRY_ASSIGN(revision, resources.revision(r));
            if (revision == resources_known) return {};
            TRY_ASSIGN(const auto all, resources.everything(r));
            for (const asset::ResourceContent& content : all) groups->set(content.resource.tenant, content.resource.name, value_group(content));
            return {};
        }));
        if (revision == resources_known) return {};
        resources_known = revision;
        engine->set_groups(std::move(groups));
        return {};
    }

    Result<> start_inputs() {
        for (const auto& [number, name] : kHttpListeners) {
            http_ingest.try_emplace(number, collect::Listener{number, name, 0}, *sink);
        }
        inputs = std::make_unique<intake::InputRunner>(*sink, configuration.data / "inputs", content_folder(), configuration.input_folders);
        TRY_ASSIGN(const auto known, read_inputs());
        keep_inputs(known);
        // What the configuration asks for and cannot be had is an error at once; inputs of people are tried again.
        for (const intake::InputRecord& record : known) {
            const auto state = inputs->status(record.id);
            if (record.origin == intake::InputOrigin::file && record.state == intake::InputState::active && !state.running) {
                return fail(ErrorCode::unavailable, "input '" + record.name + "': " + state.status.last_error);
            }
        }
        return {};
    }

    // Runs what the records say.
    void keep_inputs(const std::vector<intake::InputRecord>& known) {
        inputs->apply(known, [&](const intake::InputRecord& record) {
            return records->ledger->read([&](ledger::Reader& r) { return input_store->settings(r, record); });
        });
        std::vector<api::ListenerState> states = fixed_listeners;
        for (const intake::InputRecord& record : known) {
            const auto state = inputs->status(record.id);
            if (state.running) states.push_back({record.name, record.kind, state.status.address, record.tenant});
        }
        figures->set_listeners(std::move(states));
    }

    Result<> start_server() {
        assets = web_assets();
        if (assets.empty()) log::warning("this build holds no web application: only the API is served");
        api::ServerOptions options;
        TRY_ASSIGN(options.address, net::SocketAddress::parse(configuration.http));
        TRY_ASSIGN(knowledge, load_knowledge(content_folder() / "knowledge"));
        if (!configuration.push.empty()) {
            TRY_ASSIGN(options.push_address, net::SocketAddress::parse(configuration.push));
        }
        options.assets = assets;
        api::Services services{
            .clock = clock(),
            .metrics = metrics,
            .ledger = *records->ledger,
            .access = *records->access,
            .desk = *case_desk,
            .triage = *triage,
            .sources = sources,
            .resources = resources,
            .inputs = *input_store,
            .input_status = [this](int64_t input) { return inputs->status(input); },
            .user_packs = *pack_store,
            .pack_problem = [this](int64_t pack) { return pack_shelf.problem(pack); },
            .knowledge = *knowledge,
            .events = *reader,
            .search_jobs = *search_jobs,
            .live_stats = *figures,
            .stream = *stream,
            .live_events = *live,
            .rules = [this] { return engine->rules(); },
            .packs = [this] { return pipeline->packs(); },
            .ingest = [this](const collect::IngestRequest& request) { return http_ingest.at(listener_of(request.format)).ingest(request); },
            .ingest_state = [this] { return http_ingest.at(kHttpListener).state(); },
            .targets = forwarding->targets(),
            .forwarder = forwarding->forwarder(),
            .place_for_target = [this](ledger::TenantNumber tenant, auto since) { return forwarding->place_for(tenant, since); },
            .prepare_tenant = [this](ledger::TenantNumber tenant) { return store->create_tenant(tenant); },
            .seals = *records->seals,
            .verification = *verification,
            .retention = *retention,
            .time_stamping = [this] { return time_stamping->state(); },
            .prove_event = [this](const TenantScope& scope, uint64_t seq) { return verifier->prove(scope, seq); },
            .about = {.version = SHUWEI_VERSION, .started = clock().now()},
        };
        TRY_ASSIGN(server, api::Server::start(std::move(services), options));
        fixed_listeners.push_back({"http", "http", server->address().to_string(), 0});
        if (const auto push = server->push_address()) fixed_listeners.push_back({"push", "http", push->to_string(), 0});
        TRY_ASSIGN(const auto known, read_inputs());
        keep_inputs(known);
        return {};
    }

    // --- while it runs ---------------------------------------------------------------------------------------------

    // Everybody hears of it once: the log, the metric, and readiness as long as it lasts.
    void tell_room() {
        const bool full = spool->full();
        if (full == told_full) return;
        told_full = full;
        metrics.gauge("shuwei_inputs_refused", "1 while inputs are refused for want of room on the disk or in the spool").set(full ? 1 : 0);
        if (full) log::error("no room on the disk or in the spool: inputs are refused, what is stored stays");
        else log::info("there is room again: inputs are taken");
    }

    void keep_house() {
        tell_room();
        // What is known of an input is in force before its first line comes.
        if (const auto known = read_inputs()) {
            if (auto bindings = read_bindings(*known)) pipeline->set_bindings(std::move(*bindings));
            keep_inputs(*known);
        } else {
            log::error("inputs were not looked after", {{"error", known.error().to_string()}});
        }
        if (auto packs = changed_packs(); !packs) log::error("packs were not looked after", {{"error", packs.error().to_string()}});
        else if (*packs) pipeline->set_packs(std::move(*packs));
        if (auto kept = keep_resources(); !kept) log::error("resources were not read", {{"error", kept.error().to_string()}});
        auto changed = records->ledger->transaction([&](ledger::Transaction& transaction) { return case_desk->tick(transaction); });
        if (!changed) {
            log::error("SLA clocks were not looked at", {{"error", changed.error().to_string()}});
        } else {
            for (const work::Case& record : *changed) live->case_changed(record);
        }
        const base::Duration now = base::monotonic_now();
        const auto due = [now](base::Duration& next, base::Duration every) {
            if (now < next) return false;
            next = now + every;
            return true;
        };
        if (auto forwarded = forwarding->forwarder().refresh(); !forwarded) {
            log::error("forwarding targets were not looked after", {{"error", forwarded.error().to_string()}});
        }
        const auto tenants = store->tenants();
        if (!tenants) return;
        // Another process may have made a tenant.
        if (auto made = make_tables(*tenants); !made) log::error("tables of a tenant were not made", {{"error", made.error().to_string()}});
        if (due(next_silence, kSilenceEvery)) look_for_silence();
        if (due(next_figures, kFiguresEvery)) figures->refresh_stored_bytes(*tenants);
        if (due(next_care, kCareEvery) && !caring.exchange(true)) {
            care = std::jthread([this, tenants = *tenants](const std::stop_token& stop) {
                for (const uint32_t tenant : tenants) {
                    if (!stop.stop_requested()) day_care->care(tenant, clock().now(), stop);
                }
                caring = false;
            });
        }
        if (due(next_seal, kCloseSealsEvery)) {
            const auto closed = records->ledger->transaction([&](ledger::Transaction& t) { return records->seals->close(t, clock().now()); });
            if (!closed) log::error("the segments of the past hour were not sealed", {{"error", closed.error().to_string()}});
        }
        if (!configuration.time_stamping.authority.empty() && due(next_time_stamp, kTimeStampEvery) && !asking.exchange(true)) {
            stamping = std::jthread([this] {
                const auto stamped = time_stamping->stamp();
                if (!stamped) log::warning("seals were not time-stamped", {{"error", stamped.error().to_string()}});
                asking = false;
            });
        }
        if (due(next_head, kExportHeadEvery)) {
            const auto exported = records->ledger->read([&](ledger::Reader& r) -> Result<> {
                TRY(records->ledger->audit().export_head(r));
                return records->seals->export_heads(r);
            });
            if (!exported) log::error("the heads of audit and seals were not exported", {{"error", exported.error().to_string()}});
        }
    }

    void look_for_silence() {
        std::vector<asset::Listener> deaf;
        const auto known = records->ledger->read([&](ledger::Reader& r) { return input_store->every(r); });
        for (const intake::InputRecord& record : known ? *known : std::vector<intake::InputRecord>{}) {
            if (!inputs->status(record.id).running) deaf.push_back({record.tenant, record.name});
        }
        const auto looked = silence->look(clock().now(), spool->written_seq(), pipeline->checkpoint(), deaf, *pipeline->packs());
        if (!looked) log::error("silent sources were not looked for", {{"error", looked.error().to_string()}});
    }

    // Rules and packs from their folders anew, beside the pipeline; what cannot be loaded leaves the old ones in place.
    void reload_content() {
        if (reloading.exchange(true)) return;
        reload = std::jthread([this] {
            if (auto rules = load_all_rules()) engine->swap(std::move(*rules));
            else log::error("the old rules stay", {{"error", rules.error().to_string()}});
            if (auto packs = load_packs(configuration.packs)) shipped_packs.store(std::move(*packs));
            else log::error("the old device packs stay", {{"error", packs.error().to_string()}});
            tell_content();
            log::info("rules and device packs reloaded", {{"packs", std::to_string(shipped_packs.load()->size())}});
            reloading = false;
        });
    }

    void stop() {
        // The door first, then what is inside: nothing is acknowledged any more, what was is worked off.
        if (stream) stream->close_all();
        if (server) server->stop();
        if (inputs) inputs->stop();
        if (verification) verification->stop();
        if (pipeline) pipeline->stop();
        care = {};
        stamping = {};
        reload = {};
        server.reset();
        forwarding.reset();
        figures.reset();
        pipeline.reset();
        inputs.reset();
        http_ingest.clear();
        sink.reset();
        spool.reset();
        reader.reset();
        store.reset();
    }
};

Instance::Instance(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Instance::~Instance() { stop(); }

Result<std::unique_ptr<Instance>> Instance::start(Configuration configuration) {
    const sigset_t signals = awaited_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::error_code error;
    configuration.data = std::filesystem::absolute(configuration.data, error);
    auto parts = std::make_unique<Parts>();
    parts->configuration = std::move(configuration);
    auto started = parts->start();
    if (!started) {
        parts->stop();
        return fail(std::move(started).error());
    }
    return std::unique_ptr<Instance>(new Instance(std::move(parts)));
}

void Instance::run_until_signal(const std::function<bool()>& finished) {
    const sigset_t signals = awaited_signals();
    while (true) {
        const timespec pause{kHousekeeping / base::kSecond, kHousekeeping % base::kSecond};
        const int signal = sigtimedwait(&signals, nullptr, &pause);
        if (signal == SIGINT || signal == SIGTERM) return;
        if (signal == SIGHUP) parts_->reload_content();
        parts_->keep_house();
        if (finished && finished()) return;
    }
}

void Instance::stop() {
    if (parts_) parts_->stop();
}

LocalRecords& Instance::records() { return *parts_->records; }
triage::Triage& Instance::triage() { return *parts_->triage; }
net::SocketAddress Instance::http_address() const { return parts_->server->address(); }
net::SocketAddress Instance::syslog_address() const {
    for (const api::ListenerState& listener : parts_->figures->listeners()) {
        if (listener.kind != "syslog") continue;
        if (const auto address = net::SocketAddress::parse(listener.address)) return *address;
    }
    return {};
}
uint64_t Instance::waiting_events() const { return parts_->figures->waiting_events(); }

}  // namespace shuwei::app
