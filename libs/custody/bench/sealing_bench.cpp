// What sealing costs an event: the leaf, the tree, and the whole append into a ledger, in flushes of the pipeline's size; and
// the bytes of tags. Lines of 150 bytes.
#include <benchmark/benchmark.h>

#include <filesystem>

#include "shuwei/base/random.hpp"
#include "shuwei/custody/seal_log.hpp"
#include "shuwei/ledger/ledger.hpp"

namespace shuwei::custody {
namespace {

constexpr size_t kLineBytes = 150;
constexpr base::Timestamp kNoon = 1'795'348'800 * base::kSecond;

std::vector<SealedLine> lines(size_t count, std::string_view text) {
    std::vector<SealedLine> made;
    for (uint64_t seq = 1; seq <= count; ++seq) made.push_back({seq, kNoon, {}, text});
    return made;
}

void leaves_of_lines(benchmark::State& state) {
    const std::string text(kLineBytes, 'x');
    const auto some = lines(static_cast<size_t>(state.range(0)), text);
    std::vector<Leaf> leaves;
    for (auto _ : state) {
        leaves.clear();
        append_leaves(some, leaves);
        benchmark::DoNotOptimize(leaves.data());
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(leaves_of_lines)->Arg(1024);

void tree_of_leaves(benchmark::State& state) {
    const std::vector<crypto::Digest> digests(static_cast<size_t>(state.range(0)));
    for (auto _ : state) {
        MerkleTree tree;
        tree.add(digests);
        benchmark::DoNotOptimize(tree.root());
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(tree_of_leaves)->Arg(kSegmentEvents);

// Leaf to ledger, syncs included; the argument is the events of a flush.
void seal_flushes(benchmark::State& state) {
    const auto folder = std::filesystem::temp_directory_path() / ("shuwei-sealing-" + base::SystemRandom().hex(8));
    std::filesystem::create_directories(folder);
    {
        base::ManualClock clock{kNoon};
        base::SystemRandom random;
        const std::array sets{migrations()};
        auto ledger = ledger::Ledger::open(folder, sets, clock, random);
        if (!ledger) return state.SkipWithError(ledger.error().to_string().c_str());
        const SealLog log(folder, (*ledger)->audit());
        const auto flush = static_cast<uint64_t>(state.range(0));
        const std::string text(kLineBytes, 'x');
        auto some = lines(flush, text);
        uint64_t done = 0;
        for (auto _ : state) {
            for (uint64_t i = 0; i < flush; ++i) some[i].seq = done + i + 1;
            std::vector<Leaf> leaves;
            append_leaves(some, leaves);
            const auto appended = (*ledger)->transaction([&](ledger::Transaction& t) { return log.append(t, {1, 0}, leaves); });
            if (!appended) return state.SkipWithError(appended.error().to_string().c_str());
            done += flush;
        }
        state.SetItemsProcessed(static_cast<int64_t>(done));
        uint64_t bytes = 0;
        for (const auto& file : std::filesystem::recursive_directory_iterator(folder / "seals")) bytes += file.is_regular_file() ? file.file_size() : 0;
        state.counters["tag_bytes_an_event"] = static_cast<double>(bytes) / static_cast<double>(done);
    }
    std::filesystem::remove_all(folder);
}
BENCHMARK(seal_flushes)->Arg(5'000)->Arg(60'000)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

}  // namespace
}  // namespace shuwei::custody
