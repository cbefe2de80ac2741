// How fast pushed bodies become events: reading alone, and with spool and sync, as a request does. Bodies of 1,000 events
// with a line of about 300 bytes each, as shippers send them.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>

#include "pushed_body.hpp"
#include "shuwei/base/log.hpp"

namespace shuwei::collect {
namespace {

constexpr int kEvents = 1000;
const std::string kLine = "sshd[21001]: Failed password for root from 203.0.113.150 port 40001 ssh2 " + std::string(230, 'x');

void append_field(std::string& out, int field, std::string_view bytes) {
    out += static_cast<char>(field << 3 | 2);
    for (size_t size = bytes.size();; size >>= 7) {
        out += static_cast<char>(size >= 0x80 ? (size & 0x7f) | 0x80 : size);
        if (size < 0x80) break;
    }
    out += bytes;
}

std::string field(int number, std::string_view bytes) {
    std::string out;
    append_field(out, number, bytes);
    return out;
}

std::string attribute(std::string_view key, std::string_view value) { return field(1, key) + field(2, field(1, value)); }

std::string body_of(PushFormat format) {
    std::string body;
    std::string records;
    for (int i = 0; i < kEvents; ++i) {
        switch (format) {
            case PushFormat::elastic_bulk:
                body += R"({"create":{"_index":"filebeat-8.17.0"}})" "\n" R"({"@timestamp":"2026-11-21T00:30:00.000Z","message":")" + kLine +
                        R"(","log":{"file":{"path":"/var/log/auth.log"},"offset":17},"agent":{"type":"filebeat"},"host":{"name":"web-01"}})" "\n";
                break;
            case PushFormat::splunk_events:
                body += R"({"time":1763708400.123,"host":"web-01","source":"/var/log/auth.log","sourcetype":"linux_secure","event":")" + kLine + "\"}";
                break;
            case PushFormat::otlp_json:
                records += records.empty() ? "" : ",";
                records += R"({"timeUnixNano":"1763708400123456789","severityNumber":9,"body":{"stringValue":")" + kLine +
                           R"("},"attributes":[{"key":"log.file.name","value":{"stringValue":"auth.log"}}]})";
                break;
            default:
                records += field(2, std::string("\x09\0\0\0\0\0\0\0\x18", 9) + field(5, field(1, kLine)) + field(6, attribute("log.file.name", "auth.log")));
        }
    }
    if (format == PushFormat::otlp_json) {
        body = R"({"resourceLogs":[{"resource":{"attributes":[{"key":"host.name","value":{"stringValue":"web-01"}}]},"scopeLogs":[{"logRecords":[)" + records + "]}]}]}";
    }
    if (format == PushFormat::otlp_protobuf) body = field(1, field(1, field(1, attribute("host.name", "web-01"))) + field(2, records));
    return body;
}

base::Result<> read(PushFormat format, std::string_view text, PushedBody& body) {
    switch (format) {
        case PushFormat::elastic_bulk: return read_elastic_bulk(text, "", body);
        case PushFormat::splunk_events: return read_splunk_events(text, {}, body);
        case PushFormat::otlp_json: return read_otlp_json(text, body);
        default: return read_otlp_protobuf(text, body);
    }
}

void Read(benchmark::State& state, PushFormat format) {
    const std::string text = body_of(format);
    for (auto _ : state) {
        PushedBody body;
        if (!read(format, text, body) || body.events.size() != kEvents) state.SkipWithError("not read");
        benchmark::DoNotOptimize(body.events.data());
    }
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * kEvents);
    state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

void Ingest(benchmark::State& state, PushFormat format) {
    base::log::set_level(base::log::Level::error);
    std::string pattern = (std::filesystem::temp_directory_path() / "shuwei-push-bench-XXXXXX").string();
    const std::filesystem::path folder = ::mkdtemp(pattern.data());
    {
        base::Metrics metrics;
        const base::SystemClock clock;
        auto spool = spool::Spool::open(folder).value();
        FrameSink sink(*spool, metrics, clock);
        HttpIngest ingest({2, "bench", 1}, sink);
        const std::string text = body_of(format);
        IngestRequest request;
        request.body = text;
        request.format = format;
        for (auto _ : state) {
            const auto receipt = ingest.ingest(request);
            if (!receipt || receipt->accepted != kEvents) {
                state.SkipWithError("not taken");
                break;
            }
            spool->trim(receipt->last_seq + 1);
        }
        state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * kEvents);
    }
    std::filesystem::remove_all(folder);
}

BENCHMARK_CAPTURE(Read, elastic_bulk, PushFormat::elastic_bulk);
BENCHMARK_CAPTURE(Read, splunk_events, PushFormat::splunk_events);
BENCHMARK_CAPTURE(Read, otlp_json, PushFormat::otlp_json);
BENCHMARK_CAPTURE(Read, otlp_protobuf, PushFormat::otlp_protobuf);
BENCHMARK_CAPTURE(Ingest, elastic_bulk, PushFormat::elastic_bulk)->UseRealTime();
BENCHMARK_CAPTURE(Ingest, otlp_protobuf, PushFormat::otlp_protobuf)->UseRealTime();

}  // namespace
}  // namespace shuwei::collect
