// All shared rules over the shared Windows recordings: load time cold and cached, memory, events per second of matching
// alone and with JSON parsing. `sigma_bench`; needs the shared data.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "../tests/shared_data.hpp"
#include "../tests/windows_json.hpp"
#include "shuwei/base/clock.hpp"
#include "shuwei/sigma/compiled_cache.hpp"
#include "shuwei/sigma/field_map.hpp"
#include "shuwei/sigma/json_documents.hpp"
#include "shuwei/sigma/log_source_map.hpp"
#include "shuwei/sigma/program.hpp"
#include "shuwei/sigma/rule.hpp"
#include "shuwei/sigma/rule_collection.hpp"

namespace {

using namespace shuwei;

sigma::CollectionOptions options() {
    sigma::CollectionOptions options;
    const auto data = sigma::test::shared_data() / "sigma";
    for (const char* folder : {"rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance"}) options.paths.push_back(data / folder);
    options.content = sigma::test::content();
    return options;
}

struct Loaded {
    std::shared_ptr<const sigma::Program> program;
    sigma::LoadReport report;
};

Loaded load(sigma::CompiledCache* cache) {
    auto collection = sigma::RuleCollection::load(options(), cache);
    if (!collection) {
        std::fprintf(stderr, "%s\n", collection.error().to_string().c_str());
        std::exit(1);
    }
    auto program = sigma::Program::compile(collection->detections, *collection->log_sources, *collection->fields, cache);
    if (!program) {
        std::fprintf(stderr, "%s\n", program.error().to_string().c_str());
        std::exit(1);
    }
    return {std::move(*program), std::move(collection->report)};
}

const Loaded& loaded() {
    static const Loaded all = load(nullptr);
    return all;
}

// The recordings, unpacked by unzip, one line an event.
const std::vector<std::string>& lines() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> read;
        for (const auto& entry : std::filesystem::directory_iterator(sigma::test::shared_data() / "windows-events")) {
            if (entry.path().extension() != ".zip") continue;
            const std::string command = "unzip -p '" + entry.path().string() + "'  2>/dev/null";
            std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
            std::string text;
            char buffer[65536];
            while (const size_t got = std::fread(buffer, 1, sizeof buffer, pipe.get())) text.append(buffer, got);
            size_t at = 0;
            while (at < text.size()) {
                size_t end = text.find('\n', at);
                if (end == std::string::npos) end = text.size();
                if (text[at] == '{') read.push_back(text.substr(at, end - at));
                at = end + 1;
            }
        }
        return read;
    }();
    return all;
}

const std::vector<event::EventBatch>& batches() {
    static const std::vector<event::EventBatch> all = [] {
        std::vector<event::EventBatch> made;
        sigma::test::WindowsJson reader;
        std::string padded;
        for (const std::string& line : lines()) {
            if (made.empty() || made.back().size() == 1024) made.emplace_back();
            padded.assign(line);
            padded.append(event::kArenaPadding, '\0');
            reader.read(std::string_view(padded.data(), line.size()), made.back());
        }
        return made;
    }();
    return all;
}

void LoadCold(benchmark::State& state) {
    for (auto _ : state) benchmark::DoNotOptimize(load(nullptr).program);
    const auto& stats = loaded().program->stats();
    const auto& report = loaded().report;
    state.counters["files"] = static_cast<double>(report.files);
    state.counters["failed"] = static_cast<double>(report.failed);
    state.counters["rules"] = static_cast<double>(stats.rules);
    state.counters["partitions"] = static_cast<double>(stats.partitions);
    state.counters["literals"] = static_cast<double>(stats.literals);
    state.counters["databases"] = static_cast<double>(stats.databases);
    state.counters["regexes"] = static_cast<double>(stats.expressions);
    state.counters["pcre"] = static_cast<double>(stats.pcre_expressions);
    state.counters["always"] = static_cast<double>(stats.always);
    state.counters["MiB"] = static_cast<double>(stats.bytes) / 1048576.0;
}
BENCHMARK(LoadCold)->Unit(benchmark::kMillisecond)->Iterations(2)->UseRealTime();

void LoadCached(benchmark::State& state) {
    const auto folder = std::filesystem::temp_directory_path() / "shuwei-sigma-bench";
    std::filesystem::remove_all(folder);
    {
        sigma::CompiledCache cache(folder);
        load(&cache);
        if (!cache.save()) state.SkipWithError("the cache cannot be written");
    }
    for (auto _ : state) {
        sigma::CompiledCache cache(folder);
        benchmark::DoNotOptimize(load(&cache).program);
        if (cache.missed()) state.SkipWithError("the cache was missed");
    }
    state.counters["MiB"] = static_cast<double>(std::filesystem::file_size(folder / "sigma.cache")) / 1048576.0;
    std::filesystem::remove_all(folder);
}
BENCHMARK(LoadCached)->Unit(benchmark::kMillisecond)->Iterations(3)->UseRealTime();

void Memory(benchmark::State& state) {
    const auto in_use = [] {
        const struct mallinfo2 info = mallinfo2();
        return static_cast<double>(info.uordblks + info.hblkhd) / 1048576.0;
    };
    for (auto _ : state) {
        const double before = in_use();
        const Loaded one = load(nullptr);
        const sigma::Matcher matcher(one.program);
        state.counters["MiB_rules_and_program"] = in_use() - before;
    }
}
BENCHMARK(Memory)->Iterations(1);

// Lines of a firewall and of a web server as the device packs would hand them over.
const std::vector<event::EventBatch>& device_batches() {
    static const std::vector<event::EventBatch> all = [] {
        std::vector<event::EventBatch> made;
        uint32_t random = 12345;
        const auto below = [&random](uint32_t bound) {
            random = random * 1664525 + 1013904223;
            return (random >> 8) % bound;
        };
        static constexpr const char* kPaths[] = {"/", "/index.php?id=", "/static/app.js?v=", "/api/v1/orders?page=", "/login?next=%2Fhome&t=", "/search?q=shoes&s="};
        static constexpr const char* kAgents[] = {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
                                                  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15", "curl/7.88.1"};
        for (size_t i = 0; i < 50'000; ++i) {
            if (made.empty() || made.back().size() == 1024) made.emplace_back();
            event::EventBatch& batch = made.back();
            event::Event& event = batch.add_event();
            const auto add = [&](event::FieldId field, const std::string& value) { batch.add(event, field, batch.store(value)); };
            const std::string address = "10." + std::to_string(below(256)) + "." + std::to_string(below(256)) + "." + std::to_string(below(256));
            add(event::source_ip, address);
            if (i % 2 == 0) {
                const std::string port = std::to_string(1024 + below(60'000));
                event.raw = batch.store("<190>Nov 21 08:30:00 USG6000 %%01POLICY/6/POLICYPERMIT(l):vsys=public, protocol=6, source-ip=" + address + ", source-port=" + port +
                                        ", destination-ip=203.0.113.9, destination-port=443, time=2026/11/21 08:30:00, source-zone=trust, destination-zone=untrust, rule-name=out.");
                add(event::shuwei_pack, "huawei-usg");
                add(event::observer_type, "firewall");
                add(event::observer_vendor, "Huawei");
                add(event::observer_name, "USG6000");
                add(event::event_category, "network");
                add(event::event_action, "permit");
                add(event::source_port, port);
                add(event::destination_ip, "203.0.113.9");
                add(event::destination_port, "443");
                add(event::network_transport, "tcp");
                add(event::log_level, "info");
            } else {
                const std::string url = kPaths[below(6)] + std::to_string(below(100'000));
                const std::string agent = kAgents[below(3)];
                event.raw = batch.store(address + " - - [21/Nov/2026:08:30:00 +0800] \"GET " + url + " HTTP/1.1\" 200 5123 \"https://shop.example.com/\" \"" + agent + "\"");
                add(event::shuwei_pack, "nginx-access");
                add(event::observer_type, "web-server");
                add(event::event_category, "web");
                add(event::http_request_method, "GET");
                add(event::url_original, url);
                add(event::http_response_status_code, "200");
                add(event::user_agent_original, agent);
                add(event::http_request_referrer, "https://shop.example.com/");
                add(event::host_name, "web1");
            }
        }
        return made;
    }();
    return all;
}

void match_all(benchmark::State& state, const std::vector<event::EventBatch>& events_of) {
    sigma::Matcher matcher(loaded().program);
    std::vector<uint32_t> rules;
    size_t events = 0;
    for (auto _ : state) {
        for (const event::EventBatch& batch : events_of) {
            for (const event::Event& event : batch) {
                rules.clear();
                matcher.match(batch, event, rules);
                benchmark::DoNotOptimize(rules.data());
            }
            events += batch.size();
        }
    }
    const auto& counters = matcher.counters();
    state.SetItemsProcessed(static_cast<int64_t>(events));
    state.counters["routed"] = static_cast<double>(counters.routed) / static_cast<double>(counters.events);
    state.counters["candidates"] = static_cast<double>(counters.candidates) / static_cast<double>(counters.events);
    state.counters["matches"] = static_cast<double>(counters.matches) / static_cast<double>(counters.events);
    state.counters["scanned_bytes"] = static_cast<double>(counters.bytes) / static_cast<double>(counters.events);
}

void MatchingWindows(benchmark::State& state) { match_all(state, batches()); }
BENCHMARK(MatchingWindows)->Unit(benchmark::kMillisecond)->MinTime(3);

// What a match costs beyond matching.
void Explaining(benchmark::State& state) {
    sigma::Matcher matcher(loaded().program);
    std::vector<uint32_t> rules;
    size_t explained = 0;
    for (auto _ : state) {
        for (const event::EventBatch& batch : batches()) {
            for (const event::Event& event : batch) {
                rules.clear();
                matcher.match(batch, event, rules);
                for (const uint32_t rule : rules) benchmark::DoNotOptimize(loaded().program->explain(rule, batch, event));
                explained += rules.size();
            }
        }
    }
    state.SetItemsProcessed(static_cast<int64_t>(explained));
}
BENCHMARK(Explaining)->Unit(benchmark::kMillisecond)->MinTime(1);

void MatchingFirewallAndWeb(benchmark::State& state) { match_all(state, device_batches()); }
BENCHMARK(MatchingFirewallAndWeb)->Unit(benchmark::kMillisecond)->MinTime(2);

void ParsingAndMatchingWindows(benchmark::State& state) {
    sigma::Matcher matcher(loaded().program);
    event::EventBatch batch;
    sigma::test::WindowsJson reader;
    std::vector<uint32_t> rules;
    std::vector<std::string> padded = lines();
    for (std::string& line : padded) line.reserve(line.size() + event::kArenaPadding);
    size_t events = 0;
    for (auto _ : state) {
        for (const std::string& line : padded) {
            if (batch.size() == 1024) batch.clear();
            if (!reader.read(line, batch)) continue;
            rules.clear();
            matcher.match(batch, batch[batch.size() - 1], rules);
            ++events;
        }
    }
    state.SetItemsProcessed(static_cast<int64_t>(events));
}
BENCHMARK(ParsingAndMatchingWindows)->Unit(benchmark::kMillisecond)->MinTime(3);

}  // namespace
