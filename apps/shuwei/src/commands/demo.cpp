// `shuwei demo`: a server with a demonstration client, and devices that send to it through the real inputs.
#include <atomic>
#include <thread>

#include "commands.hpp"
#include "demo/player.hpp"
#include "demo/scenario.hpp"
#include "exit_code.hpp"
#include "home.hpp"
#include "instance.hpp"
#include "shuwei/base/log.hpp"
#include "shuwei/triage/triage.hpp"

namespace shuwei::app {
namespace {

using base::Result;

constexpr std::string_view kTenant = "demo";
const ledger::Actor kDemo = ledger::Actor::system("demo");

struct Prepared {
    std::string password;  // of admin; empty when this is not the first start
    std::string token;     // for pushing events
};

Result<Prepared> prepare(const std::filesystem::path& data) {
    std::error_code error;
    const bool first_start = !std::filesystem::exists(data / "ledger.sqlite", error);
    TRY_ASSIGN(auto records, open_records(data, DataFolder::make_when_missing));
    Prepared prepared;
    if (first_start) {
        TRY_ASSIGN(prepared.password, records->access->reset_password("admin", kDemo));
    }
    if (!records->access->tenant(kTenant)) {
        TRY(records->access->create_tenant(kTenant, "演示客户", "Asia/Shanghai", kDemo));
    }
    access::NewToken token;
    token.name = "demo devices";
    token.purpose = access::TokenPurpose::ingest;
    token.tenant = std::string(kTenant);
    token.expires = records->clock.now() + base::kDay;
    TRY_ASSIGN(auto created, records->access->create_token("admin", token, kDemo));
    prepared.token = std::move(created.secret);
    return prepared;
}

// What the rules made of the traffic so far, worst first.
void print_found(Instance& instance) {
    triage::AlertFilter worst_first;
    worst_first.order = triage::AlertOrder::severity;
    worst_first.limit = 15;
    const auto page = instance.records().ledger->read([&](ledger::Reader& reader) {
        return instance.triage().list(reader, access::TenantScope::every_tenant(), worst_first);
    });
    if (!page) return;
    std::printf("\nFound 已发现 (%lld alerts):\n", static_cast<long long>(page->total));
    for (const triage::Alert& alert : page->items) {
        std::printf("  %-8s %5lldx  %s  %s%s%s  %s\n", std::string(work::to_string(alert.severity)).c_str(),
                    static_cast<long long>(alert.count), alert.rule_title.c_str(), alert.source.value.c_str(),
                    alert.target.empty() ? "" : " -> ", alert.target.value.c_str(), alert.case_number.c_str());
    }
    std::fflush(stdout);
}

Result<int> run(const DemoOptions& options) {
    TRY_ASSIGN(const demo::Scenario scenario, demo::load_scenario(content_folder() / "demo"));
    TRY_ASSIGN(const Prepared prepared, prepare(options.data));
    Configuration configuration;
    configuration.data = options.data;
    configuration.http = options.http;
    replace_syslog(configuration, {options.syslog});
    configuration.inputs.front().tenant = kTenant;
    configuration.rules = options.rules;
    TRY_ASSIGN(auto instance, Instance::start(std::move(configuration)));

    const std::string address = "http://" + instance->http_address().to_string();
    std::printf("\nShuwei 戍卫 runs at %s\n  account   admin\n", address.c_str());
    if (prepared.password.empty()) {
        std::printf("  password  as printed at the first start; a new one: shuwei account reset-password admin --data %s\n",
                    options.data.c_str());
    } else {
        std::printf("  password  %s   (shown this once)\n", prepared.password.c_str());
    }
    const auto syslog = instance->syslog_address();
    std::printf("  syslog    %s, UDP and TCP: logger -n 127.0.0.1 -P %u --udp 'hello 你好'\n", syslog.to_string().c_str(),
                syslog.port);
    std::printf("Demonstration devices are sending; attacks follow within a minute. Stop with Ctrl-C.\n");
    std::fflush(stdout);

    demo::PlayOptions play;
    play.syslog = syslog.to_string();
    play.http = instance->http_address().to_string();
    play.token = prepared.token;
    play.lines_per_second = options.rate;
    play.duration = static_cast<base::Duration>(options.seconds) * base::kSecond;
    demo::PlayCounts counts;
    std::atomic<bool> stop{false};
    std::atomic<bool> ended{false};
    const base::SystemClock clock;
    std::jthread player([&] {
        const auto played = demo::play(scenario, play, clock, counts, stop);
        if (!played) base::log::error("the demonstration devices stopped", {{"error", played.error().to_string()}});
        ended = true;
    });
    uint64_t stories_printed = 0;
    instance->run_until_signal([&] {
        if (const uint64_t told = counts.stories_told; told != stories_printed && instance->waiting_events() == 0) {
            stories_printed = told;
            print_found(*instance);
        }
        return options.seconds > 0 && ended;
    });
    stop = true;
    player.join();
    instance->stop();
    print_found(*instance);
    std::printf("%llu lines were sent.\n", static_cast<unsigned long long>(counts.lines()));
    return kFine;
}

}  // namespace

int run_demo(const DemoOptions& options) {
    const auto code = run(options);
    return code ? *code : report(code.error());
}

}  // namespace shuwei::app
