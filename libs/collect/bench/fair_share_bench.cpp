// What asking for its share costs an input while the spool is not filling, which is nearly always: a read's worth of frames
// into the spool, without and with the question.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "shuwei/base/log.hpp"
#include "shuwei/collect/frame_sink.hpp"

namespace shuwei::collect {
namespace {

enum class Share { unasked, asked };

void append(benchmark::State& state, Share share) {
    base::log::set_level(base::log::Level::error);
    std::string folder = (std::filesystem::temp_directory_path() / "shuwei-share-bench-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return;
    {
        base::Metrics metrics;
        base::SystemClock clock;
        const auto spool = spool::Spool::open(folder).value();
        FrameSink sink(*spool, metrics, clock);
        auto& counters = sink.counters("bench");
        const std::string line(300, 'x');
        std::vector<spool::FrameView> frames(static_cast<size_t>(state.range(0)));
        for (auto& frame : frames) {
            frame.payload = line;
            frame.true_length = line.size();
        }
        const auto sender = *base::IpAddress::parse("10.0.0.1");
        uint64_t last = 0;
        for (auto _ : state) {
            if (share == Share::asked && !sink.admits(1, sender, line.size() * frames.size())) state.SkipWithError("the spool fills");
            const auto range = sink.append(counters, frames);
            if (!range) state.SkipWithError("the spool is full");
            last = range ? range->last : last;
            if (last % (1 << 16) < frames.size()) spool->trim(last);
        }
        state.SetItemsProcessed(state.iterations() * state.range(0));
    }
    std::filesystem::remove_all(folder);
}

BENCHMARK_CAPTURE(append, unasked, Share::unasked)->Arg(1)->Arg(200);
BENCHMARK_CAPTURE(append, asked, Share::asked)->Arg(1)->Arg(200);

}  // namespace
}  // namespace shuwei::collect
