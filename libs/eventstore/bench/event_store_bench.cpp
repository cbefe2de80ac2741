// What the event store costs: encoding, durable appends, bytes at rest, and the questions analysts ask. The store has
// SHUWEI_BENCH_EVENTS events (200,000 unless said; 5000000 for the figures in README.md) of EventCorpus in a temporary folder under TMPDIR.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "event_corpus.hpp"
#include "shuwei/base/file.hpp"
#include "shuwei/base/random.hpp"
#include "shuwei/base/text.hpp"
#include "shuwei/eventstore/event_store.hpp"
#include "shuwei/eventstore/kql.hpp"

namespace shuwei::eventstore {
namespace {

constexpr size_t kBatch = 65'536;
constexpr base::Timestamp kStart = 1'795'348'800 * base::kSecond;

struct Batch {
    event::EventBatch events;
    std::vector<std::string> packs;
    size_t raw_bytes = 0;
};

void make_batch(EventCorpus& corpus, Batch& batch, size_t count) {
    batch.events.clear();
    batch.packs.clear();
    batch.raw_bytes = 0;
    for (size_t i = 0; i < count; ++i) {
        batch.raw_bytes += corpus.add(batch.events).raw.size();
        batch.packs.emplace_back(corpus.pack());
    }
}

RowBuffer encode(EventEncoder& encoder, const Batch& batch) {
    for (size_t i = 0; i < batch.events.size(); ++i) encoder.add(batch.events, batch.events[i], batch.packs[i]);
    auto rows = encoder.finish();
    if (!rows) std::abort();
    return std::move(*rows);
}

void encode_events(benchmark::State& state) {
    EventCorpus corpus;
    Batch batch;
    make_batch(corpus, batch, kBatch);
    EventEncoder encoder;
    size_t bytes = 0;
    for (auto _ : state) bytes = encode(encoder, batch).bytes();
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kBatch));
    state.counters["bytes_per_event"] = static_cast<double>(bytes) / kBatch;
    state.counters["raw_per_event"] = static_cast<double>(batch.raw_bytes) / kBatch;
}
BENCHMARK(encode_events)->Unit(benchmark::kMillisecond);

// CPU seconds that the worker has used.
double worker_cpu(int pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string word;
    double ticks = 0;
    for (int i = 1; i <= 15 && file >> word; ++i) {
        if (i >= 14) ticks += std::atof(word.c_str());
    }
    return ticks / 100;
}

// The store that all measurements share, filled once.
class Filled {
public:
    static Filled& instance() {
        static Filled filled;
        return filled;
    }
    EventStore& store() { return *store_; }
    size_t events = 200'000;
    double append_seconds = 0, worker_cpu_seconds = 0, raw_bytes = 0, at_rest = 0, indexed_at_rest = 0;
    base::Timestamp end = 0;

private:
    Filled() : folder_(std::filesystem::temp_directory_path() / ("shuwei-bench-" + base::SystemRandom().hex(8))) {
        if (const char* wanted = std::getenv("SHUWEI_BENCH_EVENTS")) events = base::parse_uint(wanted).value_or(events);
        EventStoreOptions options;
        options.data_folder = folder_;
        options.program = base::program_folder() / "eventstore_test_worker";
        options.worker_arguments = {};
        auto opened = EventStore::open(std::move(options));
        if (!opened) {
            std::fprintf(stderr, "%s\n", opened.error().to_string().c_str());
            std::exit(3);
        }
        store_ = std::move(*opened);
        check(store_->create_tenant(1));
        // A day's worth in all, so that ranges of hours mean something.
        EventCorpus corpus(1, kStart, static_cast<double>(events) / 86'000);
        EventEncoder encoder;
        Batch batch;
        for (size_t done = 0; done < events; done += batch.events.size()) {
            make_batch(corpus, batch, std::min(kBatch, events - done));
            const RowBuffer rows = encode(encoder, batch);
            raw_bytes += static_cast<double>(batch.raw_bytes);
            const base::Timestamp began = base::monotonic_now();
            check(store_->append(1, rows));
            append_seconds += static_cast<double>(base::monotonic_now() - began) / base::kSecond;
        }
        end = corpus.now();
        worker_cpu_seconds = worker_cpu(store_->worker_state().pid);
        check(store_->settle(1));
        at_rest = static_cast<double>(store_->stats(1)->bytes_on_disk);
        check(store_->index_days(1, end + 2 * base::kDay));
        indexed_at_rest = static_cast<double>(store_->stats(1)->bytes_on_disk);
    }
    ~Filled() {
        store_.reset();
        std::error_code error;
        std::filesystem::remove_all(folder_, error);
    }
    template <typename T>
    static void check(const base::Result<T>& result) {
        if (result) return;
        std::fprintf(stderr, "%s\n", result.error().to_string().c_str());
        std::abort();
    }

    std::filesystem::path folder_;
    std::unique_ptr<EventStore> store_;
};

void append_durably(benchmark::State& state) {
    Filled& filled = Filled::instance();
    for (auto _ : state) state.SetIterationTime(filled.append_seconds);
    const auto count = static_cast<double>(filled.events);
    state.counters["events_per_second"] = count / filled.append_seconds;
    state.counters["worker_cpu_us_per_event"] = filled.worker_cpu_seconds * 1e6 / count;
    state.counters["raw_per_event"] = filled.raw_bytes / count;
    state.counters["at_rest_of_raw"] = filled.at_rest / filled.raw_bytes;
    state.counters["with_raw_indexes_of_raw"] = filled.indexed_at_rest / filled.raw_bytes;
}
BENCHMARK(append_durably)->UseManualTime()->Iterations(1)->Unit(benchmark::kSecond);

// A hundred lines at a time, as one quiet tenant gives them.
void append_small(benchmark::State& state) {
    Filled& filled = Filled::instance();
    if (!filled.store().create_tenant(2)) std::abort();
    EventCorpus corpus(7);
    EventEncoder encoder;
    Batch batch;
    for (auto _ : state) {
        state.PauseTiming();
        make_batch(corpus, batch, 100);
        const RowBuffer rows = encode(encoder, batch);
        state.ResumeTiming();
        if (!filled.store().append(2, rows)) std::abort();
    }
}
BENCHMARK(append_small)->Unit(benchmark::kMillisecond)->UseRealTime();

Scope scope_of(std::string_view query) { return {{1}, *parse_kql(query), {}, {}}; }

void count_by_hour(benchmark::State& state) {
    Filled& filled = Filled::instance();
    HistogramRequest request;
    request.scope = scope_of("");
    request.scope.since = kStart;
    request.scope.until = filled.end;
    request.buckets = 24;
    for (auto _ : state) benchmark::DoNotOptimize(filled.store().histogram(request)->total);
}
BENCHMARK(count_by_hour)->Unit(benchmark::kMillisecond)->UseRealTime();

void top_sources_in_six_hours(benchmark::State& state) {
    Filled& filled = Filled::instance();
    FieldStatsRequest request;
    request.scope = scope_of("");
    request.scope.since = filled.end - 6 * base::kHour;
    request.field = "source.ip";
    request.sample = 0;
    for (auto _ : state) benchmark::DoNotOptimize(filled.store().field_stats(request)->values.size());
}
BENCHMARK(top_sources_in_six_hours)->Unit(benchmark::kMillisecond)->UseRealTime();

// Reading back in order of receipt, a range at a time, as a forwarding target does; the range begins anywhere.
void replay(benchmark::State& state, std::vector<std::string> fields, uint64_t range) {
    Filled& filled = Filled::instance();
    ReplayRequest request;
    request.tenant = 1;
    request.fields = std::move(fields);
    const uint64_t ranges = std::max<uint64_t>(1, filled.events / range);
    uint64_t turn = 0;
    uint64_t bytes = 0;
    uint64_t rows = 0;
    for (auto _ : state) {
        request.after = (turn++ * 7 % ranges) * range;
        request.until = request.after + range;
        const auto given = filled.store().replay(request, [&](StoredEvent&& event) {
            bytes += event.json.size();
            return true;
        });
        if (!given) {
            state.SkipWithError(given.error().to_string().c_str());
            return;
        }
        rows += *given;
    }
    state.SetItemsProcessed(static_cast<int64_t>(rows));
}
BENCHMARK_CAPTURE(replay, raw_4096, std::vector<std::string>{"host.name"}, 4096)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(replay, raw_16384, std::vector<std::string>{"host.name"}, 16'384)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(replay, whole_16384, std::vector<std::string>{}, 16'384)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(replay, raw_65536, std::vector<std::string>{"host.name"}, 65'536)->Unit(benchmark::kMillisecond)->UseRealTime();

void search(benchmark::State& state, std::string_view query, Total total) {
    Filled& filled = Filled::instance();
    SearchRequest request;
    request.scope = scope_of(query);
    request.total = total;
    request.limits.time = 5 * base::kMinute;
    uint64_t found = 0;
    for (auto _ : state) {
        const auto result = filled.store().search(request);
        if (!result) {
            state.SkipWithError(result.error().to_string().c_str());
            return;
        }
        found = result->total;
    }
    state.counters["found"] = static_cast<double>(found);
}
BENCHMARK_CAPTURE(search, newest_page, "", Total::none)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(search, one_source_address, "source.ip:10.1.2.51", Total::exact)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(search, fields_and_network, "source.ip:10.0.0.0/8 and event.outcome:failure", Total::exact)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(search, rest_field, "fortinet.sessionid:123456789", Total::exact)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(search, absent_needle, "mimikatz", Total::exact)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(search, rare_needle, "schedule499", Total::exact)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(search, chinese_absent_needle, "勒索", Total::exact)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(search, chinese_common_text, "登录失败", Total::exact)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(search, frequent_text, "failed password", Total::exact)->Unit(benchmark::kMillisecond)->UseRealTime();

void field_list(benchmark::State& state) {
    Filled& filled = Filled::instance();
    FieldStatsRequest request;
    request.scope = scope_of("");
    for (auto _ : state) benchmark::DoNotOptimize(filled.store().field_stats(request)->fields.size());
}
BENCHMARK(field_list)->Unit(benchmark::kMillisecond)->UseRealTime();

void one_event(benchmark::State& state) {
    Filled& filled = Filled::instance();
    uint64_t seq = 0;
    for (auto _ : state) {
        seq = (seq + 7919) % filled.events + 1;
        benchmark::DoNotOptimize(filled.store().get({1}, seq)->json.size());
    }
}
BENCHMARK(one_event)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace shuwei::eventstore
