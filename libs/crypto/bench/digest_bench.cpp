// Rate of the hash functions on messages of a log line's length.
#include <benchmark/benchmark.h>

#include <vector>

#include "shuwei/crypto/digest.hpp"

namespace shuwei::crypto {
namespace {

constexpr size_t kMessages = 4096;

std::vector<std::string> messages(size_t bytes) {
    std::vector<std::string> texts;
    for (size_t i = 0; i < kMessages; ++i) texts.emplace_back(bytes, static_cast<char>(i));
    return texts;
}

void sm3_one_by_one(benchmark::State& state) {
    const auto texts = messages(static_cast<size_t>(state.range(0)));
    for (auto _ : state) {
        for (const auto& text : texts) benchmark::DoNotOptimize(sm3(text));
    }
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kMessages));
}
BENCHMARK(sm3_one_by_one)->Arg(65)->Arg(190)->Arg(400);

void sm3_in_lanes(benchmark::State& state) {
    const auto texts = messages(static_cast<size_t>(state.range(0)));
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    std::vector<Digest> digests(views.size());
    for (auto _ : state) {
        sm3_many(views, digests);
        benchmark::DoNotOptimize(digests.data());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kMessages));
}
BENCHMARK(sm3_in_lanes)->Arg(65)->Arg(190)->Arg(400);

}  // namespace
}  // namespace shuwei::crypto
