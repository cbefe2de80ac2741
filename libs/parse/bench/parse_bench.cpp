// Lines per second of one core: the sample lines of all packs in turn, with recognition and with the pack known.
// items_per_second is lines; the packs come from content/packs beside the sources.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "shuwei/base/file.hpp"
#include "shuwei/parse/pack_check.hpp"
#include "shuwei/parse/parse_lines.hpp"
#include "shuwei/parse/parser.hpp"

namespace {

using namespace shuwei;

struct Sample {
    std::string line;
    uint16_t pack;
};

const std::shared_ptr<const parse::PackSet>& packs() {
    static const std::shared_ptr<const parse::PackSet> set = [] {
        auto loaded = parse::PackSet::load(std::filesystem::path(SHUWEI_SOURCE_DIR) / "content" / "packs");
        if (!loaded) std::abort();
        return loaded->set;
    }();
    return set;
}

// Every sample line of the packs whose name contains `only`.
std::vector<Sample> samples(std::string_view only = {}) {
    std::vector<Sample> found;
    for (const parse::PackInfo& info : packs()->packs()) {
        if (info.name.find(only) == std::string::npos) continue;
        const auto lines = parse::case_lines(info);
        if (!lines) continue;
        for (const std::string& line : *lines) found.push_back({line, info.number});
    }
    return found;
}

enum class Known { no, yes };

void run(benchmark::State& state, const std::vector<Sample>& lines, Known known, const std::shared_ptr<const parse::PackSet>& set = packs()) {
    parse::Parser parser(set);
    event::EventBatch batch;
    size_t at = 0;
    size_t bytes = 0;
    for (auto _ : state) {
        if (batch.size() >= 1000) batch.clear();
        const Sample& sample = lines[at];
        at = at + 1 == lines.size() ? 0 : at + 1;
        event::Event& event = batch.add_event();
        event.raw = batch.store(sample.line);
        event.received = 1'795'221'060 * base::kSecond;
        parse::SourceHint hint;
        if (known == Known::yes) hint.pack = sample.pack;
        benchmark::DoNotOptimize(parser.parse(batch, event, hint));
        bytes += sample.line.size();
    }
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(static_cast<int64_t>(bytes));
}

void parse_all_packs_recognised(benchmark::State& state) { run(state, samples(), Known::no); }
BENCHMARK(parse_all_packs_recognised);
void parse_all_packs_known(benchmark::State& state) { run(state, samples(), Known::yes); }
BENCHMARK(parse_all_packs_known);

// What cannot be recognised costs the header and one pass of the recogniser.
void parse_unrecognised(benchmark::State& state) {
    run(state, {{"<13>Nov 21 08:30:00 host1 myapp[811]: request 81 served in 12 ms for tenant a, cache hit", 0}}, Known::no);
}
BENCHMARK(parse_unrecognised);

const std::set<std::string> chosen{"cisco-asa", "fortinet-fortigate", "h3c-secpath", "huawei-usg", "linux-auditd", "linux-iptables", "linux-sshd",
                                   "nginx-access", "paloalto-panos", "postgresql", "suricata-eve", "windows-security", "windows-sysmon"};

// The chosen packs alone.
std::shared_ptr<const parse::PackSet> few_packs() {
    namespace fs = std::filesystem;
    const fs::path content = fs::path(SHUWEI_SOURCE_DIR) / "content" / "packs";
    const fs::path folder = fs::temp_directory_path() / ("parse_bench_" + std::to_string(::getpid()));
    std::error_code ignored;
    fs::create_directories(folder, ignored);
    fs::copy(content / "shared", folder / "shared", fs::copy_options::recursive, ignored);
    for (const std::string& name : chosen) {
        fs::copy(packs()->info(packs()->find(name))->folder, folder / name, fs::copy_options::recursive, ignored);
    }
    auto loaded = parse::PackSet::load(folder);
    fs::remove_all(folder, ignored);
    return loaded ? loaded->set : parse::PackSet::empty();
}

// What recognising costs: the same lines, the packs known, among few, among all.
void recognise(benchmark::State& state, const std::shared_ptr<const parse::PackSet>& set, Known known) {
    std::vector<Sample> lines;
    for (const parse::PackInfo& info : packs()->packs()) {
        if (!chosen.contains(info.name)) continue;
        if (const auto own = parse::case_lines(info)) {
            for (const std::string& line : *own) lines.push_back({line, info.number});
        }
    }
    run(state, lines, known, set);
}
void recognise_known(benchmark::State& state) { recognise(state, packs(), Known::yes); }
BENCHMARK(recognise_known);
void recognise_among_13_packs(benchmark::State& state) { recognise(state, few_packs(), Known::no); }
BENCHMARK(recognise_among_13_packs);
void recognise_among_all_packs(benchmark::State& state) { recognise(state, packs(), Known::no); }
BENCHMARK(recognise_among_all_packs);

// One format at a time: some of each kind of decoder.
void register_packs() {
    for (const parse::PackInfo& info : packs()->packs()) {
        if (!chosen.contains(info.name)) continue;
        benchmark::RegisterBenchmark(("parse/" + info.name + "/recognised").c_str(),
                                     [name = info.name](benchmark::State& state) { run(state, samples(name), Known::no); });
        benchmark::RegisterBenchmark(("parse/" + info.name + "/known").c_str(),
                                     [name = info.name](benchmark::State& state) { run(state, samples(name), Known::yes); });
    }
}

// As `shuwei parse --pack linux-sshd`: from a file to JSON lines.
void file_to_json(benchmark::State& state) {
    constexpr size_t kLines = 100'000;
    static const std::vector<Sample> lines = samples("linux-sshd");
    const base::FileDescriptor file(::memfd_create("lines", 0));
    std::string text;
    for (size_t i = 0; i < kLines; ++i) text += lines[i % lines.size()].line + "\n";
    if (!file || lines.empty() || !base::write_all(file.get(), text)) return state.SkipWithError("no lines");
    const base::FileDescriptor nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
    parse::SourceHint hint;
    if (state.range(0) != 0) hint.pack = packs()->find("linux-sshd");
    for (auto _ : state) {
        ::lseek(file.get(), 0, SEEK_SET);
        benchmark::DoNotOptimize(parse::parse_lines(file.get(), packs(), hint, base::SystemClock(),
                                                    [&](std::string_view out) { return base::write_all(nowhere.get(), out); }));
    }
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kLines));
    state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK(file_to_json)->ArgName("known")->Arg(1)->Arg(0)->Unit(benchmark::kMillisecond);

void load_packs(benchmark::State& state) {
    for (auto _ : state) {
        auto loaded = parse::PackSet::load(std::filesystem::path(SHUWEI_SOURCE_DIR) / "content" / "packs");
        benchmark::DoNotOptimize(loaded);
    }
}
BENCHMARK(load_packs)->Unit(benchmark::kMillisecond);

const bool registered = (register_packs(), true);

}  // namespace
