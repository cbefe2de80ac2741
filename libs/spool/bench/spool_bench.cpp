// How fast frames go in and out, with 300-byte lines.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "shuwei/spool/spool.hpp"

namespace shuwei::spool {
namespace {

constexpr size_t kLineBytes = 300;

struct BenchSpool {
    std::filesystem::path folder;
    std::unique_ptr<Spool> spool;
    std::vector<FrameView> frames;
    std::string line = std::string(kLineBytes, 'x');

    explicit BenchSpool(size_t batch) {
        std::string pattern = (std::filesystem::temp_directory_path() / "shuwei-spool-bench-XXXXXX").string();
        folder = ::mkdtemp(pattern.data());
        spool = Spool::open(folder).value();
        FrameView frame;
        frame.payload = line;
        frame.true_length = line.size();
        frames.assign(batch, frame);
    }
    ~BenchSpool() {
        spool.reset();
        std::filesystem::remove_all(folder);
    }
};

void append(benchmark::State& state) {
    BenchSpool bench(static_cast<size_t>(state.range(0)));
    for (auto _ : state) {
        const auto range = bench.spool->append(bench.frames);
        if (!range) state.SkipWithError("append refused");
        if (range->last % 1'000'000 < bench.frames.size()) bench.spool->trim(range->last);
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
    state.SetBytesProcessed(state.iterations() * state.range(0) * static_cast<int64_t>(kLineBytes));
}
BENCHMARK(append)->Arg(1)->Arg(32)->Arg(256)->Arg(4096)->UseRealTime();

// What an HTTP sender waits for.
void append_and_sync(benchmark::State& state) {
    BenchSpool bench(1000);
    for (auto _ : state) {
        const auto range = bench.spool->append(bench.frames);
        if (!range || !bench.spool->sync_until(range->last)) state.SkipWithError("append refused");
        bench.spool->trim(range->last);
    }
    state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK(append_and_sync)->UseRealTime();

void read(benchmark::State& state) {
    BenchSpool bench(1000);
    for (int i = 0; i < 1000; ++i) {
        if (!bench.spool->append(bench.frames)) state.SkipWithError("append refused");
    }
    int64_t frames_read = 0;
    for (auto _ : state) {
        const auto reader = bench.spool->reader(1);
        while (true) {
            const auto frames = reader->next(4096, 4 << 20, 0);
            if (!frames || frames->empty()) break;
            benchmark::DoNotOptimize(frames->data());
            frames_read += static_cast<int64_t>(frames->size());
        }
    }
    state.SetItemsProcessed(frames_read);
    state.SetBytesProcessed(frames_read * static_cast<int64_t>(kLineBytes));
}
BENCHMARK(read)->UseRealTime();

}  // namespace
}  // namespace shuwei::spool
