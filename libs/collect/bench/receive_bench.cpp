// How fast lines come in over real loopback sockets, into a spool on disk. 300-byte lines; the sender runs beside the
// receiver, so that on two cores each has one.
#include <benchmark/benchmark.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "shuwei/base/log.hpp"
#include "shuwei/collect/http_ingest.hpp"
#include "shuwei/collect/syslog_input.hpp"
#include "shuwei/net/gzip.hpp"
#include "stream_framer.hpp"

namespace shuwei::collect {
namespace {

const std::string kLine = "<34>Nov 21 10:00:00 fw01 kernel: " + std::string(267, 'x');

struct BenchSink {
    std::filesystem::path folder;
    base::Metrics metrics;
    base::SystemClock clock;
    std::unique_ptr<spool::Spool> spool;
    std::unique_ptr<FrameSink> sink;

    BenchSink() {
        base::log::set_level(base::log::Level::error);
        std::string pattern = (std::filesystem::temp_directory_path() / "shuwei-receive-bench-XXXXXX").string();
        folder = ::mkdtemp(pattern.data());
        spool = spool::Spool::open(folder).value();
        sink = std::make_unique<FrameSink>(*spool, metrics, clock);
    }
    ~BenchSink() {
        sink.reset();
        spool.reset();
        std::filesystem::remove_all(folder);
    }
    int64_t received() const { return metrics.sum("shuwei_received_total"); }
};

base::FileDescriptor connect_to(const net::SocketAddress& address, int type) {
    base::FileDescriptor fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
    sockaddr_storage storage{};
    const socklen_t size = net::to_sockaddr(address, storage);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&storage), size) != 0) fd.close();
    return fd;
}

std::unique_ptr<SyslogInput> start(FrameSink& sink) {
    SyslogInputOptions options;
    options.listener = {1, "bench", 1};
    options.address = *net::SocketAddress::parse("127.0.0.1:0");
    return SyslogInput::start(options, sink).value();
}

void wait_for(const BenchSink& bench, int64_t count) {
    while (bench.received() < count) std::this_thread::yield();
}

void tcp(benchmark::State& state) {
    BenchSink bench;
    const auto input = start(*bench.sink);
    std::vector<base::FileDescriptor> senders;
    for (int64_t i = 0; i < state.range(0); ++i) senders.push_back(connect_to(input->address(), SOCK_STREAM));
    std::string piece;
    for (int i = 0; i < 200; ++i) piece += kLine + '\n';
    int64_t sent = 0;
    for (auto _ : state) {
        for (const auto& sender : senders) {
            if (!base::write_all(sender.get(), piece)) state.SkipWithError("send");
            sent += 200;
        }
        wait_for(bench, sent - 20'000);
        if (sent % 1'000'000 < 200 * state.range(0)) bench.spool->trim(bench.spool->written_seq());
    }
    wait_for(bench, sent);
    state.SetItemsProcessed(sent);
}
BENCHMARK(tcp)->Arg(1)->Arg(100)->UseRealTime();

// As fast as one sender can; what the kernel drops is told beside the rate of what came through.
void udp(benchmark::State& state) {
    BenchSink bench;
    const auto input = start(*bench.sink);
    const auto sender = connect_to(input->address(), SOCK_DGRAM);
    std::vector<iovec> parts(256, {const_cast<char*>(kLine.data()), kLine.size()});
    std::vector<mmsghdr> messages(256);
    for (size_t i = 0; i < messages.size(); ++i) {
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    int64_t sent = 0;
    for (auto _ : state) {
        const int count = ::sendmmsg(sender.get(), messages.data(), static_cast<unsigned>(messages.size()), 0);
        if (count > 0) sent += count;
        if (sent % 1'000'000 < 256) bench.spool->trim(bench.spool->written_seq());
    }
    state.SetItemsProcessed(bench.received());
    state.counters["sent"] = static_cast<double>(sent);
    state.counters["lost_percent"] = 100.0 * static_cast<double>(sent - bench.received()) / static_cast<double>(std::max<int64_t>(sent, 1));
}
BENCHMARK(udp)->UseRealTime();

void http(benchmark::State& state) {
    BenchSink bench;
    HttpIngest ingest({2, "http", 0}, *bench.sink);
    std::string body;
    for (int i = 0; i < 5000; ++i) body += "{\"message\":\"" + kLine + "\"}\n";
    if (state.range(0) != 0) body = net::gzip(body);
    IngestRequest request;
    request.body = body;
    request.content_encoding = state.range(0) != 0 ? "gzip" : "";
    request.tenant = 1;
    for (auto _ : state) {
        const auto receipt = ingest.ingest(request);
        if (!receipt) state.SkipWithError("refused");
        bench.spool->trim(receipt->last_seq);
    }
    state.SetItemsProcessed(state.iterations() * 5000);
}
BENCHMARK(http)->ArgName("gzip")->Arg(0)->Arg(1)->UseRealTime();

void framing(benchmark::State& state) {
    std::string stream;
    for (int i = 0; i < 200; ++i) stream += state.range(0) != 0 ? std::to_string(kLine.size()) + ' ' + kLine : kLine + '\n';
    StreamFramer framer(StreamFraming::syslog);
    int64_t frames = 0;
    for (auto _ : state) {
        std::copy(stream.begin(), stream.end(), framer.room(stream.size()).data());
        framer.commit(stream.size());
        while (const auto frame = framer.next()) ++frames;
        framer.release();
    }
    state.SetItemsProcessed(frames);
}
BENCHMARK(framing)->ArgName("counted")->Arg(0)->Arg(1);

}  // namespace
}  // namespace shuwei::collect
